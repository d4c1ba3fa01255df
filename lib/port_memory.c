// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_memory.c - a single-producer single-consumer ring of frames in this
 * process; see port.h. One transmitting and one receiving thread, no locks:
 *
 *	tail	frames committed; the transmitter stores it with release order
 *		after lengths, times and bytes, the receiver loads it (acquire)
 *	head	frames released; the other way round
 *
 * Both only grow; a frame's slot is its number modulo the slots. Each side
 * keeps the other's index as it last saw it and looks again only when that
 * leaves too little, so a burst costs one store to a shared line, and a load
 * from one now and then.
 *
 * Between two CPUs, lines move from cache to cache. One that the receiver has
 * only read is in both; before the transmitter can store into it again, the
 * copy must be invalidated, and such requests hardly overlap (Zen 4: 28 ns a
 * line, and prefetching for writing does not help). One that the receiver has
 * written is in its cache alone, and is fetched from there with many others
 * under way. So a receiver that is another thread than the transmitter writes
 * into every line that it gives back.
 */
#include "lib/port.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/topo.h"

#define LINE		64
#define SLOTS_MIN	64
#define SLOTS_MAX	65536
#define SLOTS_DEFAULT	1024
#define FRAME_MIN	60
#define FRAME_MAX	9216

/*
 * Keeps a loop over frames scalar. Vectorised, it reads several frames with one
 * wide load right after the caller wrote their fields one by one; such a load
 * waits until those stores have left the store buffer: three times the time.
 */
#define scalar(p) __asm__("" : "+r"(p))

/* What one side lets the other see. Two lines: they are fetched in pairs. */
struct ring_shown {
	u64 index;		/* atomic */
	uintptr_t thread;	/* atomic; transmitter: which one, as of this round */
} __attribute__((aligned(2 * LINE)));

/* What one side keeps for itself: stores into a line that the other polls are slow. */
struct ring_side {
	u64 index;	/* as shown */
	u64 other;	/* the other side's index, as last seen */
	u64 handed;	/* frames of the reserve (peek) that is open */
	bool apart;	/* receiver: the transmitter is another thread, as of this round */
} __attribute__((aligned(2 * LINE)));

struct memory_port {
	struct port port;
	u8 *data;
	u64 *time;
	u16 *len;
	u32 slots;
	u32 stride;
	u32 room;
	size_t size;
	const char *backing;
	struct ring_side tx;
	struct ring_side rx;
	struct ring_shown tail;
	struct ring_shown head;
};

static struct memory_port *to_memory(struct port *p)
{
	return container_of(p, struct memory_port, port);
}

/* How many of @n slots from number @index on lie before the ring's end. */
static unsigned int ring_run(const struct memory_port *m, u64 index, unsigned int n)
{
	unsigned int left = m->slots - (unsigned int)(index & (m->slots - 1));

	return min(n, left);
}

/* Is the first slot among @n from number @index on? Once a round it is. */
static bool ring_round(const struct memory_port *m, u64 index, unsigned int n)
{
	return ((index + n - 1) & (m->slots - 1)) < n;
}

static void ring_reserve(const struct memory_port *m, u64 index, struct frame *f, unsigned int n)
{
	u8 *data = m->data + (index & (m->slots - 1)) * m->stride;
	u32 stride = m->stride, room = m->room;

	for (unsigned int i = 0; i < n; i++, data += stride) {
		scalar(f);
		f[i].data = data;
		f[i].room = room;
	}
}

static int memory_reserve(struct port *p, struct frame *f, unsigned int n)
{
	struct memory_port *m = to_memory(p);
	u64 tail = m->tx.index, room = m->slots - (tail - m->tx.other);
	unsigned int run;

	if (room < n) {
		m->tx.other = __atomic_load_n(&m->head.index, __ATOMIC_ACQUIRE);
		room = m->slots - (tail - m->tx.other);
		n = min((u64)n, room);
	}
	m->tx.handed = n;
	run = ring_run(m, tail, n);
	ring_reserve(m, tail, f, run);
	ring_reserve(m, tail + run, f + run, n - run);
	return (int)n;
}

/*
 * Returns the bytes; the sign of @ret_over says that a frame exceeds its room.
 * (A maximum would be kept in a vector register, with the same wait as above.)
 */
static u64 ring_commit(const struct memory_port *m, u64 index, const struct frame *f,
		       unsigned int n, s64 *ret_over)
{
	size_t at = index & (m->slots - 1);
	u64 *time = m->time + at;
	u16 *len = m->len + at;
	u64 bytes = 0;
	s64 over = 0, room = m->room;

	for (unsigned int i = 0; i < n; i++) {
		scalar(f);
		len[i] = (u16)f[i].len;
		time[i] = f[i].time;
		bytes += f[i].len;
		over |= room - (s64)f[i].len;
	}
	*ret_over |= over;
	return bytes;
}

static int memory_commit(struct port *p, const struct frame *f, unsigned int n)
{
	struct memory_port *m = to_memory(p);
	u64 tail = m->tx.index, bytes;
	unsigned int run;
	s64 over = 0;

	if (unlikely(n > m->tx.handed))
		return -EINVAL;
	run = ring_run(m, tail, n);
	bytes = ring_commit(m, tail, f, run, &over);
	bytes += ring_commit(m, tail + run, f + run, n - run, &over);
	if (unlikely(over < 0))
		return -EMSGSIZE;
	m->tx.handed = 0;
	p->stats.tx_frames += n;
	p->stats.tx_bytes += bytes;
	m->tx.index = tail + n;
	if (unlikely(ring_round(m, tail, n)))
		__atomic_store_n(&m->tail.thread, (uintptr_t)pthread_self(), __ATOMIC_RELAXED);
	__atomic_store_n(&m->tail.index, tail + n, __ATOMIC_RELEASE);
	return 0;
}

static void ring_peek(const struct memory_port *m, u64 index, struct frame *f, unsigned int n)
{
	size_t at = index & (m->slots - 1);
	u8 *data = m->data + at * m->stride;
	const u64 *time = m->time + at;
	const u16 *len = m->len + at;
	u32 stride = m->stride, room = m->room;

	for (unsigned int i = 0; i < n; i++, data += stride) {
		scalar(f);
		f[i] = (struct frame){ data, len[i], room, time[i] };
		prefetch(data);
	}
}

static int memory_peek(struct port *p, struct frame *f, unsigned int n)
{
	struct memory_port *m = to_memory(p);
	u64 head = m->rx.index, ready = m->rx.other - head;
	unsigned int run;

	if (ready < n) {
		m->rx.other = __atomic_load_n(&m->tail.index, __ATOMIC_ACQUIRE);
		ready = m->rx.other - head;
		n = min((u64)n, ready);
	}
	if (unlikely(ring_round(m, head, n)))
		m->rx.apart = __atomic_load_n(&m->tail.thread, __ATOMIC_RELAXED) !=
			      (uintptr_t)pthread_self();
	m->rx.handed = n;
	run = ring_run(m, head, n);
	ring_peek(m, head, f, run);
	ring_peek(m, head + run, f + run, n - run);
	return (int)n;
}

static void ring_own_run(const struct memory_port *m, u64 index, unsigned int n)
{
	size_t at = index & (m->slots - 1);
	u8 *data = m->data + at * m->stride;

	for (unsigned int i = 0; i < n; i++, data += m->stride)
		for (u32 line = 0; line < m->len[at + i]; line += LINE)
			memset(data + line, 0, sizeof(u64));
	memset(m->time + at, 0, n * sizeof(*m->time));
	memset(m->len + at, 0, n * sizeof(*m->len));
}

/*
 * Make the lines of @n slots from number @index on the receiver's own. Not
 * inline: where both sides are one thread it is not called, and release then
 * has no registers to save.
 */
static __attribute__((noinline)) void ring_own(const struct memory_port *m, u64 index,
					       unsigned int n)
{
	unsigned int run = ring_run(m, index, n);

	ring_own_run(m, index, run);
	ring_own_run(m, index + run, n - run);
}

static int memory_release(struct port *p, unsigned int n)
{
	struct memory_port *m = to_memory(p);
	u64 head = m->rx.index, bytes = 0;

	if (unlikely(n > m->rx.handed))
		return -EINVAL;
	for (unsigned int i = 0; i < n; i++)
		bytes += m->len[(head + i) & (m->slots - 1)];
	if (m->rx.apart)
		ring_own(m, head, n);
	m->rx.handed -= n;
	p->stats.rx_frames += n;
	p->stats.rx_bytes += bytes;
	m->rx.index = head + n;
	__atomic_store_n(&m->head.index, head + n, __ATOMIC_RELEASE);
	return 0;
}

static u64 memory_pending(struct port *p)
{
	struct memory_port *m = to_memory(p);
	/* head first: a release between the loads may only add, never go below 0 */
	u64 head = __atomic_load_n(&m->head.index, __ATOMIC_ACQUIRE);

	return __atomic_load_n(&m->tail.index, __ATOMIC_ACQUIRE) - head;
}

static int memory_close(struct port *p)
{
	struct memory_port *m = to_memory(p);

	mem_free(m->data, m->size);
	free(m);
	return 0;
}

static const struct port_ops memory_ops = {
	.name = "memory",
	.help = "single-producer single-consumer ring in this process",
	.reserve = memory_reserve,
	.commit = memory_commit,
	.peek = memory_peek,
	.release = memory_release,
	.pending = memory_pending,
	.close = memory_close,
};

/* An odd number of lines; of two, frames that need them touch both: nothing to spread. */
static u32 slot_stride(u32 frame_max)
{
	u32 lines = (frame_max + LINE - 1) / LINE;

	return (lines <= 2 ? lines : lines | 1) * LINE;
}

static int memory_check(u32 slots, u32 frame_max, struct err *err)
{
	if (slots < SLOTS_MIN || slots > SLOTS_MAX || slots & (slots - 1))
		return err_set(err, -EINVAL,
			       "memory port: %u slots: must be a power of two from %u to %u", slots,
			       SLOTS_MIN, SLOTS_MAX);
	if (frame_max < FRAME_MIN || frame_max > FRAME_MAX)
		return err_set(err, -EINVAL,
			       "memory port: frames of %u bytes (without FCS): must be %u to %u",
			       frame_max, FRAME_MIN, FRAME_MAX);
	return 0;
}

int port_memory_open(const struct port_memory_config *config, struct port **ret_port,
		     struct err *err)
{
	u32 slots = config->slots ? config->slots : SLOTS_DEFAULT;
	struct memory_port *m;
	size_t data_size;
	int ret;

	ret = memory_check(slots, config->frame_max, err);
	if (ret)
		return ret;
	m = aligned_alloc(_Alignof(struct memory_port), sizeof(*m));
	if (!m)
		return err_set(err, -ENOMEM, "memory port: out of memory");
	*m = (struct memory_port){
		.port.ops = &memory_ops,
		.slots = slots,
		.room = config->frame_max,
		.stride = slot_stride(config->frame_max),
	};
	data_size = (size_t)slots * m->stride;
	m->size = data_size + slots * (sizeof(*m->time) + sizeof(*m->len));
	m->data = mem_alloc(m->size, config->node, &m->backing);
	if (!m->data) {
		ret = err_set(err, -ENOMEM, "memory port: no memory for %u slots of %u bytes",
			      slots, m->stride);
		goto err_free;
	}
	m->time = (u64 *)(m->data + data_size);
	m->len = (u16 *)(m->time + slots);
	*ret_port = &m->port;
	return 0;

err_free:
	free(m);
	return ret;
}

const char *port_memory_backing(const struct port *p)
{
	return container_of(p, const struct memory_port, port)->backing;
}
