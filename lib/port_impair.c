// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_impair.c - a port that harms a known share of what another one
 * receives; see port.h for what each treatment promises. Receiving side: one
 * thread. The wrapped port is owned and closed.
 *
 * Frames of the wrapped port are taken in order, each gets its verdict, and
 * what is to leave goes through one queue: by reference while the frame stays
 * with the wrapped port, as a copy in a slot when it was held. The wrapped
 * port gets its frames back as soon as no reference in the queue is older.
 */
#include "lib/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/clock.h"

#define SLOT_SIZE	9216
#define HOLD_MAX	64	/* reordered frames waiting */
#define HOLD_SLOTS	256	/* those, and those that left but are not released */
#define HOLD_SIZE	((size_t)HOLD_SLOTS * SLOT_SIZE)
#define DELAY_SLOTS	16384
#define DELAY_SIZE	(DELAY_SLOTS * sizeof(struct delayed))
#define QUEUE_SIZE	512
#define IDLE_NS		10000000ULL
#define IDLE_POLLS	64
#define ALWAYS		0xffffffffU
#define NO_SLOT		-1

enum treatment { PASS, DROP, DUPLICATE, REORDER, CORRUPT, DELAY };

struct queued {
	struct frame f;
	u64 number;	/* in the wrapped port, while the frame is there */
	int slot;	/* of hold_data; NO_SLOT */
	enum { AT_INNER, AT_HOLD, AT_DELAY } where;
};

struct held {
	struct frame f;
	u64 number;
	int slot;
	u32 left;	/* later frames to hand out before it */
};

struct delayed {
	u64 due;
	u64 number;
	u64 time;
	u32 len;
	u8 data[SLOT_SIZE];
};

struct impair_port {
	struct port port;
	struct port *inner;
	struct port_impair_config config;
	struct port_impair_stats done;
	u64 limit[DELAY + 1];	/* a draw below limit[t] is treatment t or an earlier one */

	u64 taken;		/* frames taken from the wrapped port */
	u64 returned;		/* of them released to it */
	int ended;		/* its negative errno, once it gave one */
	unsigned int idle_polls;
	u64 idle_since;

	struct queued queue[QUEUE_SIZE];
	u64 queue_in, queue_out;
	unsigned int handed;

	struct held held[HOLD_MAX];	/* in order of arrival */
	unsigned int nheld;
	u8 *hold_data;
	int hold_free[HOLD_SLOTS];
	unsigned int nhold_free;

	struct delayed *delayed;	/* a ring: all wait equally long */
	u64 delay_in, delay_out, delay_freed;
};

static struct impair_port *to_impair(struct port *p)
{
	return container_of(p, struct impair_port, port);
}

/* The draws of a frame: a function of seed and number alone (splitmix64's mixer). */
static u64 draw(const struct impair_port *ip, u64 number)
{
	u64 x = ip->config.seed + (number + 1) * 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* ---------------------------------------------------------------- corruption */

/* The bytes of a frame that its L4 checksum covers. */
struct covered {
	u32 at, len;
	u8 protocol;
};

static u16 load16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static bool cover_ipv4(const struct frame *f, struct covered *c)
{
	const u8 *ip = f->data + c->at;
	u32 header, total;

	if (f->len < c->at + 20 || ip[0] >> 4 != 4)
		return false;
	header = (ip[0] & 15U) * 4;
	total = load16(ip + 2);
	/* of a fragment alone the checksum can't be verified */
	if (header < 20 || total < header || f->len - c->at < total || load16(ip + 6) & 0x3fff)
		return false;
	c->protocol = ip[9];
	c->at += header;
	c->len = total - header;
	return true;
}

static bool cover_ipv6(const struct frame *f, struct covered *c)
{
	const u8 *ip = f->data + c->at;
	u32 end, at = c->at + 40;

	if (f->len < at || ip[0] >> 4 != 6)
		return false;
	end = at + load16(ip + 4);
	if (f->len < end)
		return false;
	c->protocol = ip[6];
	while (c->protocol == IPPROTO_HOPOPTS || c->protocol == IPPROTO_ROUTING ||
	       c->protocol == IPPROTO_DSTOPTS) {
		if (end - at < 8)
			return false;
		c->protocol = f->data[at];
		at += 8 + f->data[at + 1] * 8U;
		if (at > end)
			return false;
	}
	c->at = at;
	c->len = end - at;
	return true;
}

static bool covered_by_checksum(const struct frame *f, struct covered *c)
{
	u16 type;

	c->at = 12;
	for (unsigned int tags = 0; tags < 4; tags++, c->at += 4) {
		if (f->len < c->at + 2)
			return false;
		type = load16(f->data + c->at);
		if (type != 0x8100 && type != 0x88a8)
			break;
	}
	c->at += 2;
	if (type != 0x0800 && type != 0x86dd)
		return false;
	if (!(type == 0x0800 ? cover_ipv4(f, c) : cover_ipv6(f, c)))
		return false;
	switch (c->protocol) {
	case IPPROTO_TCP:
		return c->len >= 20;
	case IPPROTO_UDP:
		return c->len >= 8 && load16(f->data + c->at + 6);
	case IPPROTO_ICMP:
		return type == 0x0800 && c->len >= 4;
	case IPPROTO_ICMPV6:
		return type == 0x86dd && c->len >= 4;
	default:
		return false;
	}
}

/*
 * Flip the bit that @random picks. Of UDP spare the length, which changes what
 * is summed, and the checksum, which may become 0 and mean "none".
 */
static bool corrupt(struct frame *f, u32 random)
{
	struct covered c = { 0 };
	u32 spared, bit, byte;

	if (!covered_by_checksum(f, &c))
		return false;
	spared = c.protocol == IPPROTO_UDP ? 4 : 0;
	bit = (u32)((u64)random * ((c.len - spared) * 8) >> 32);
	byte = bit / 8;
	if (byte >= 4)
		byte += spared;
	f->data[c.at + byte] ^= (u8)(1U << bit % 8);
	return true;
}

/* --------------------------------------------------------------------- queue */

static unsigned int queue_len(const struct impair_port *ip)
{
	return (unsigned int)(ip->queue_in - ip->queue_out);
}

static struct queued *queue_at(struct impair_port *ip, u64 index)
{
	return &ip->queue[index % QUEUE_SIZE];
}

/* Frame @number was handed out: count it for the held ones that came before it. */
static void held_advance(struct impair_port *ip, u64 number)
{
	for (unsigned int i = 0; i < ip->nheld; i++)
		if (ip->held[i].number < number && ip->held[i].left)
			ip->held[i].left--;
}

static void queue_add(struct impair_port *ip, const struct queued *q)
{
	*queue_at(ip, ip->queue_in++) = *q;
}

static void held_leave(struct impair_port *ip, unsigned int i)
{
	const struct held h = ip->held[i];
	const struct queued q = { h.f, h.number, h.slot, AT_HOLD };

	memmove(&ip->held[i], &ip->held[i + 1], (ip->nheld - i - 1) * sizeof(h));
	ip->nheld--;
	ip->done.reordered += h.left < ip->config.reorder_by;
	queue_add(ip, &q);
	held_advance(ip, h.number);
}

/* Hand out @q, and every held frame whose time has come with it. */
static void emit(struct impair_port *ip, const struct queued *q)
{
	unsigned int i = 0;

	queue_add(ip, q);
	held_advance(ip, q->number);
	while (i < ip->nheld) {
		if (ip->held[i].left) {
			i++;
			continue;
		}
		held_leave(ip, i);
		i = 0;	/* it may have been the last that an earlier one waited for */
	}
}

/* ---------------------------------------------------------------- treatments */

static bool hold(struct impair_port *ip, const struct frame *f, u64 number)
{
	struct held *h = &ip->held[ip->nheld];

	if (ip->nheld == HOLD_MAX || !ip->nhold_free || f->len > SLOT_SIZE)
		return false;
	ip->nheld++;
	h->slot = ip->hold_free[--ip->nhold_free];
	h->f = *f;
	h->f.data = ip->hold_data + (size_t)h->slot * SLOT_SIZE;
	h->f.room = SLOT_SIZE;
	memcpy(h->f.data, f->data, f->len);
	h->number = number;
	h->left = ip->config.reorder_by;
	return true;
}

static struct delayed *delayed_at(const struct impair_port *ip, u64 index)
{
	return &ip->delayed[index % DELAY_SLOTS];
}

static bool delay(struct impair_port *ip, const struct frame *f, u64 number)
{
	struct delayed *d = delayed_at(ip, ip->delay_in);

	if (ip->delay_in - ip->delay_freed == DELAY_SLOTS || f->len > SLOT_SIZE)
		return false;
	ip->delay_in++;
	memcpy(d->data, f->data, f->len);
	d->due = clk_system_ns() + ip->config.delay_ns;
	d->number = number;
	d->len = f->len;
	d->time = f->time || ip->port.stamped ? f->time + ip->config.delay_ns : 0;
	return true;
}

static enum treatment verdict(const struct impair_port *ip, u32 random)
{
	for (enum treatment t = DROP; t <= DELAY; t++)
		if (random < ip->limit[t])
			return t;
	return PASS;
}

static void treat(struct impair_port *ip, const struct frame *f)
{
	struct queued q = { *f, ip->taken, NO_SLOT, AT_INNER };
	u64 random = draw(ip, ip->taken++);

	ip->done.seen++;
	switch (verdict(ip, (u32)random)) {
	case DROP:
		ip->done.dropped++;
		return;
	case DUPLICATE:
		ip->done.duplicated++;
		/* the copy comes next, before any held frame: in succession */
		queue_add(ip, &q);
		break;
	case REORDER:
		if (hold(ip, f, q.number))
			return;
		break;
	case CORRUPT:
		ip->done.corrupted += corrupt(&q.f, (u32)(random >> 32));
		break;
	case DELAY:
		if (delay(ip, f, q.number)) {
			ip->done.delayed++;
			return;
		}
		break;
	case PASS:
		break;
	}
	emit(ip, &q);
}

/* ----------------------------------------------------------------- receiving */

static bool queue_has_room(const struct impair_port *ip)
{
	return QUEUE_SIZE - queue_len(ip) >= HOLD_MAX + 2;
}

static void emit_due(struct impair_port *ip)
{
	u64 now;

	if (ip->delay_out == ip->delay_in)
		return;
	now = clk_system_ns();
	while (ip->delay_out < ip->delay_in && queue_has_room(ip)) {
		struct delayed *d = delayed_at(ip, ip->delay_out);
		const struct queued q = {
			.f = { d->data, d->len, SLOT_SIZE, d->time },
			.number = d->number,
			.slot = NO_SLOT,
			.where = AT_DELAY,
		};

		if (d->due > now)
			break;
		ip->delay_out++;
		emit(ip, &q);
	}
}

/* Give back what nothing in the queue refers to any more. */
static int return_frames(struct impair_port *ip)
{
	u64 until = ip->taken;
	int ret;

	for (u64 i = ip->queue_out; i < ip->queue_in; i++) {
		if (queue_at(ip, i)->where != AT_INNER)
			continue;
		until = queue_at(ip, i)->number;
		break;
	}
	if (until == ip->returned)
		return 0;
	ret = port_release(ip->inner, (unsigned int)(until - ip->returned));
	ip->returned = until;
	return ret;
}

/*
 * An empty port is no proof that nothing follows; 10 ms without a frame is
 * taken for it, and some polls, so that a caller who was only asleep is not.
 */
static bool inner_is_idle(struct impair_port *ip)
{
	if (!ip->nheld)
		return false;
	if (!ip->idle_polls++)
		ip->idle_since = clk_system_ns();
	return ip->idle_polls >= IDLE_POLLS && clk_system_ns() - ip->idle_since >= IDLE_NS;
}

/* Take what the wrapped port has; the number of frames taken, or its error. */
static int take(struct impair_port *ip)
{
	unsigned int known = (unsigned int)(ip->taken - ip->returned);
	struct frame f[PORT_BURST];
	int n = port_peek(ip->inner, f, PORT_BURST);

	if (n < 0)
		return n;
	/* those before are in the queue already: peek repeats what isn't released */
	for (int i = (int)known; i < n && queue_has_room(ip); i++)
		treat(ip, &f[i]);
	return (int)(ip->taken - ip->returned - known);
}

static int refill(struct impair_port *ip)
{
	int n, ret;

	emit_due(ip);
	do {
		ret = return_frames(ip);
		if (ret)
			return ret;
		n = ip->ended ? 0 : take(ip);
		/* a whole burst may have been dropped or held */
	} while (n > 0 && !queue_len(ip));
	if (n > 0)
		ip->idle_polls = 0;
	if (n < 0 && ip->taken == ip->returned)
		ip->ended = n;
	if (!queue_len(ip) && (ip->ended || inner_is_idle(ip)))
		while (ip->nheld && queue_has_room(ip))
			held_leave(ip, 0);
	return 0;
}

static int impair_peek(struct port *p, struct frame *f, unsigned int n)
{
	struct impair_port *ip = to_impair(p);
	int ret;

	n = min(n, (unsigned int)PORT_BURST);
	if (queue_len(ip) < n) {
		ret = refill(ip);
		if (ret)
			return ret;
	}
	n = min(n, queue_len(ip));
	for (unsigned int i = 0; i < n; i++)
		f[i] = queue_at(ip, ip->queue_out + i)->f;
	ip->handed = n;
	if (!n && ip->ended && ip->delay_out == ip->delay_in)
		return ip->ended;
	return (int)n;
}

static int impair_release(struct port *p, unsigned int n)
{
	struct impair_port *ip = to_impair(p);

	if (n > ip->handed)
		return -EINVAL;
	for (unsigned int i = 0; i < n; i++) {
		const struct queued *q = queue_at(ip, ip->queue_out++);

		p->stats.rx_bytes += q->f.len;
		if (q->where == AT_HOLD)
			ip->hold_free[ip->nhold_free++] = q->slot;
		else if (q->where == AT_DELAY)
			ip->delay_freed++;
	}
	p->stats.rx_frames += n;
	ip->handed -= n;
	return return_frames(ip);
}

static u64 impair_pending(struct port *p)
{
	struct impair_port *ip = to_impair(p);

	return port_pending(ip->inner) - (ip->taken - ip->returned) + queue_len(ip) + ip->nheld +
	       (ip->delay_in - ip->delay_out);
}

/* ---------------------------------------------------------- the rest, opening */

static int impair_reserve(struct port *p, struct frame *f, unsigned int n)
{
	return port_reserve(to_impair(p)->inner, f, n);
}

static int impair_commit(struct port *p, const struct frame *f, unsigned int n)
{
	return port_commit(to_impair(p)->inner, f, n);
}

static const struct err *impair_error(const struct port *p)
{
	return port_error(container_of(p, const struct impair_port, port)->inner);
}

static void slots_unmap(void *slots, size_t size)
{
	if (slots)
		munmap(slots, size);
}

static int impair_close(struct port *p)
{
	struct impair_port *ip = to_impair(p);
	int ret = port_close(ip->inner);

	slots_unmap(ip->delayed, DELAY_SIZE);
	slots_unmap(ip->hold_data, HOLD_SIZE);
	free(ip);
	return ret;
}

static const struct port_ops impair_ops = {
	.name = "impair",
	.help = "drops, duplicates, reorders, corrupts, delays a known share of another port",
	.reserve = impair_reserve,
	.commit = impair_commit,
	.peek = impair_peek,
	.release = impair_release,
	.pending = impair_pending,
	.error = impair_error,
	.close = impair_close,
};

/* Address space: a page of it costs memory only once a frame was held there. */
static void *slots_map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static int impair_limits(const struct port_impair_config *config, u64 *limit, struct err *err)
{
	const u32 share[] = {
		[DROP] = config->drop,	     [DUPLICATE] = config->duplicate,
		[REORDER] = config->reorder, [CORRUPT] = config->corrupt,
		[DELAY] = config->delay,
	};
	u64 sum = 0;

	for (enum treatment t = DROP; t <= DELAY; t++) {
		sum += share[t] == ALWAYS ? 1ULL << 32 : share[t];
		limit[t] = sum;
	}
	if (sum > 1ULL << 32)
		return err_set(err, -EINVAL, "impairment: the shares add up to %.4g %%: a frame "
			       "gets at most one treatment, so at most 100 %%",
			       (double)sum / (double)(1ULL << 32) * 100);
	if (config->reorder_by > HOLD_MAX)
		return err_set(err, -EINVAL, "impairment: reordering by %u frames: must be 1 to %u",
			       config->reorder_by, HOLD_MAX);
	return 0;
}

int port_impair_open(struct port *inner, const struct port_impair_config *config,
		     struct port **ret_port, struct err *err)
{
	struct impair_port *ip;
	u64 limit[DELAY + 1] = { 0 };
	int ret;

	ret = impair_limits(config, limit, err);
	if (ret)
		return ret;
	ip = aligned_alloc(_Alignof(struct impair_port), sizeof(*ip));
	if (!ip)
		goto err_memory;
	memset(ip, 0, sizeof(*ip));
	ip->port.ops = &impair_ops;
	ip->port.stamped = inner->stamped;
	ip->inner = inner;
	ip->config = *config;
	ip->config.reorder_by = max(config->reorder_by, 1U);
	memcpy(ip->limit, limit, sizeof(limit));
	if (config->reorder) {
		ip->hold_data = slots_map(HOLD_SIZE);
		if (!ip->hold_data)
			goto err_port;
	}
	if (config->delay) {
		ip->delayed = slots_map(DELAY_SIZE);
		if (!ip->delayed)
			goto err_hold;
	}
	for (int i = 0; i < HOLD_SLOTS; i++)
		ip->hold_free[ip->nhold_free++] = i;
	*ret_port = &ip->port;
	return 0;

err_hold:
	slots_unmap(ip->hold_data, HOLD_SIZE);
err_port:
	free(ip);
err_memory:
	return err_set(err, -ENOMEM, "impairment: out of memory");
}

void port_impair_stats(const struct port *p, struct port_impair_stats *ret)
{
	*ret = container_of(p, const struct impair_port, port)->done;
}
