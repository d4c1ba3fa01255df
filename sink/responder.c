// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * responder.c - the fill phase; see responder.h. A fill belongs to one thread;
 * it borrows ports, table and clock, which outlive it.
 *
 * Flows in flight stand in a ring in the order in which they were sent, so the
 * head is the next to time out. What was answered leaves when it gets there,
 * what was not is sent again and goes to the tail. Per flow there are three
 * bits: answered (seen at the near end), opened (nothing left to wait for) and
 * given up (which does not keep a late answer from opening it).
 *
 * Backpressure: an end takes no more frames than it can answer at once, so an
 * answer is never made and then lost for lack of room. What a full DUT loses
 * comes again after the timeout.
 */
#include "sink/responder.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/stream_build.h"
#include "sink/inspect.h"
#include "sink/tuples.h"

#define OUTSTANDING_DEFAULT	256
#define OUTSTANDING_MAX		16384
#define TRIES_DEFAULT		4
#define TIMEOUT_DEFAULT_NS	(20 * 1000 * 1000ULL)
#define RING			65536	/* answered ones wait here for the head, too */

#define TCP_FIN 1
#define TCP_SYN 2
#define TCP_RST 4
#define TCP_ACK 16

struct flight {
	u64 flow, sent_ns;
	u32 tries;
};

struct fill {
	struct fill_config config;
	struct fill_ports ports;
	struct tuple_table *table;
	bool tcp;
	struct kpps_stream open;	/* near: UDP, ICMP: the stream; TCP: its SYN */
	struct kpps_stream answer;	/* far: the reverse; TCP: its SYN/ACK */
	struct kpps_stream confirm;	/* near, TCP: the ACK */
	u64 *answered, *opened, *given_up;	/* bits by flow */
	struct flight *ring;
	u64 head, tail;			/* of the ring; both only grow */
	u64 in_flight;			/* not open, not given up */
	u64 next;			/* first flow never sent */
	bool started;
	u64 start_ns, now;
	double per_ns;
	struct fill_report report;
};

static bool bit_test(const u64 *bits, u64 at)
{
	return bits[at / 64] >> at % 64 & 1;
}

/* Returns whether it was set before. */
static bool bit_set(u64 *bits, u64 at)
{
	u64 bit = 1ULL << at % 64;
	bool before = bits[at / 64] & bit;

	bits[at / 64] |= bit;
	return before;
}

static void flow_open(struct fill *f, u64 flow)
{
	if (bit_set(f->opened, flow))
		return;
	f->report.opened++;
	if (!bit_test(f->given_up, flow))
		f->in_flight--;
}

/* ------------------------------------------------------------ frames that arrive */

static u8 tcp_flags(const struct inspected *in)
{
	return in->l4[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK);
}

/* Which flow a signed frame of stream @id is of. */
static bool signed_flow(const struct fill *f, const struct inspected *in, u16 id, u64 *ret_flow)
{
	struct kpps_sig sig;

	if (!kpps_sig_read(in->payload, in->payload_len, &sig) || sig.run != f->open.run ||
	    sig.stream != id)
		return false;
	*ret_flow = sig.index;
	return true;
}

/* An opening packet at the far end, or TCP's last one; @ret_last says which. */
static bool far_flow(const struct fill *f, const struct inspected *in, u64 *ret_flow, bool *ret_last)
{
	u32 seq;

	*ret_last = false;
	if (in->protocol != f->open.protocol)
		return false;
	if (!f->tcp)
		return signed_flow(f, in, f->open.id, ret_flow);
	seq = ntohl(inspect_load32(in->l4 + 4));
	*ret_last = tcp_flags(in) == TCP_ACK;
	if (*ret_last)
		return kpps_tcp_flow(&f->confirm, seq, ret_flow);
	return tcp_flags(in) == TCP_SYN && kpps_tcp_flow(&f->open, seq, ret_flow);
}

/* An answer at the near end. TCP: its acknowledgment must fit its own number. */
static bool near_flow(const struct fill *f, const struct inspected *in, u64 *ret_flow)
{
	u64 acked;

	if (in->protocol != f->answer.protocol)
		return false;
	if (!f->tcp)
		return signed_flow(f, in, f->answer.id, ret_flow);
	return tcp_flags(in) == (TCP_SYN | TCP_ACK) &&
	       kpps_tcp_flow(&f->answer, ntohl(inspect_load32(in->l4 + 4)), ret_flow) &&
	       kpps_tcp_flow(&f->confirm, ntohl(inspect_load32(in->l4 + 8)), &acked) &&
	       acked == *ret_flow;
}

/* How the far end reaches who sent this frame. */
static void tuple_back(const struct inspected *in, struct kpps_tuple *t)
{
	memset(t, 0, sizeof(*t));
	if (in->version == 6) {
		t->src_hi = inspect_load64(in->l3 + 24);
		t->src_lo = inspect_load64(in->l3 + 32);
		t->dst_hi = inspect_load64(in->l3 + 8);
		t->dst_lo = inspect_load64(in->l3 + 16);
	} else {
		t->src_lo = inspect_load32(in->l3 + 16);
		t->dst_lo = inspect_load32(in->l3 + 12);
	}
	if (in->protocol == IPPROTO_ICMP || in->protocol == IPPROTO_ICMPV6) {
		t->sport = inspect_load16(in->l4 + 4);
		return;
	}
	t->sport = inspect_load16(in->l4 + 2);
	t->dport = inspect_load16(in->l4);
}

static void frame_put(const struct fill *f, const struct kpps_stream *s, u64 flow,
		      const struct kpps_tuple *t, struct frame *frame)
{
	frame->len = kpps_frame_write(s, flow, flow, t, f->now, frame->data);
	frame->time = f->now;
}

/* Frames to take from @rx, and as many to answer on @tx when there are answers. */
static int end_begin(struct port *rx, struct port *tx, bool answers, struct frame *in,
		     struct frame *out)
{
	int n = port_peek(rx, in, PORT_BURST), room;

	if (n <= 0 || !answers)
		return n;
	room = port_reserve(tx, out, (unsigned int)n);
	return room < 0 ? room : min(n, room);
}

static int end_finish(struct port *rx, struct port *tx, int taken, const struct frame *out,
		      unsigned int answers)
{
	int ret = 0;

	if (answers)
		ret = port_commit(tx, out, answers);
	if (ret >= 0 && taken)
		ret = port_release(rx, (unsigned int)taken);
	return ret < 0 ? ret : taken;
}

/* One frame at the far end; returns whether it was answered into @out. */
static bool far_frame(struct fill *f, const struct frame *frame, struct frame *out)
{
	struct inspected in;
	struct kpps_tuple back;
	bool last;
	u64 flow;

	if (frame_inspect(frame->data, frame->len, &in) != VERDICT_INTACT ||
	    !far_flow(f, &in, &flow, &last) || flow >= f->next) {
		f->report.foreign++;
		return false;
	}
	if (last) {
		flow_open(f, flow);
		return false;
	}
	tuple_back(&in, &back);
	if (!tuple_table_set(f->table, flow, &back))
		f->report.noted++;
	if (!f->config.answer) {
		flow_open(f, flow);
		return false;
	}
	frame_put(f, &f->answer, flow, &back, out);
	return true;
}

static int far_poll(struct fill *f)
{
	struct frame in[PORT_BURST], out[PORT_BURST];
	unsigned int answers = 0;
	int n = end_begin(f->ports.far_rx, f->ports.far_tx, f->config.answer, in, out);

	for (int i = 0; i < n; i++)
		answers += far_frame(f, &in[i], &out[answers]);
	return n < 0 ? n : end_finish(f->ports.far_rx, f->ports.far_tx, n, out, answers);
}

static bool near_frame(struct fill *f, const struct frame *frame, struct frame *out)
{
	struct inspected in;
	struct kpps_tuple t;
	u64 flow;

	if (frame_inspect(frame->data, frame->len, &in) != VERDICT_INTACT ||
	    !near_flow(f, &in, &flow) || flow >= f->next) {
		f->report.foreign++;
		return false;
	}
	bit_set(f->answered, flow);
	if (!f->tcp) {
		flow_open(f, flow);
		return false;
	}
	kpps_stream_tuple(&f->confirm, flow, &t);
	frame_put(f, &f->confirm, flow, &t, out);
	return true;
}

static int near_poll(struct fill *f)
{
	struct frame in[PORT_BURST], out[PORT_BURST];
	unsigned int answers = 0;
	int n = end_begin(f->ports.near_rx, f->ports.near_tx, f->tcp, in, out);

	for (int i = 0; i < n; i++)
		answers += near_frame(f, &in[i], &out[answers]);
	return n < 0 ? n : end_finish(f->ports.near_rx, f->ports.near_tx, n, out, answers);
}

/* ------------------------------------------------------------------ frames to send */

static struct flight *flight_at(struct fill *f, u64 at)
{
	return &f->ring[at % RING];
}

/* What the near end must send for @flow: the ACK when only that is missing. */
static void flight_send(struct fill *f, u64 flow, u32 tries, struct frame *frame)
{
	const struct kpps_stream *s = f->tcp && bit_test(f->answered, flow) ? &f->confirm : &f->open;
	struct kpps_tuple t;

	kpps_stream_tuple(s, flow, &t);
	frame_put(f, s, flow, &t, frame);
	*flight_at(f, f->tail++) = (struct flight){ flow, f->now, tries };
}

/* Send the timed-out again, as far as @room goes; returns frames made. */
static unsigned int retry(struct fill *f, struct frame *out, unsigned int room)
{
	unsigned int n = 0;

	while (f->head != f->tail) {
		struct flight again = *flight_at(f, f->head);

		if (!bit_test(f->opened, again.flow)) {
			if (f->now - again.sent_ns < f->config.timeout_ns)
				break;
			if (again.tries < f->config.tries) {
				if (n == room)
					break;
				f->head++;
				f->report.retried++;
				flight_send(f, again.flow, again.tries + 1, &out[n++]);
				continue;
			}
			bit_set(f->given_up, again.flow);
			f->in_flight--;
		}
		f->head++;
	}
	return n;
}

/* New flows that may be sent now. */
static u64 openable(const struct fill *f)
{
	u64 n = f->open.flows - f->next, ring = RING - (f->tail - f->head), due;

	n = min(n, f->config.outstanding - f->in_flight);
	n = min(n, ring);
	if (f->per_ns > 0) {
		due = (u64)((double)(f->now - f->start_ns) * f->per_ns);
		n = min(n, due > f->next ? due - f->next : 0);
	}
	return n;
}

static int open_poll(struct fill *f)
{
	struct frame out[PORT_BURST];
	unsigned int n;
	u64 more;
	int room;

	room = port_reserve(f->ports.near_tx, out, PORT_BURST);
	if (room < 0)
		return room;
	n = retry(f, out, (unsigned int)room);
	more = min(openable(f), (u64)room - n);
	for (; more; more--) {
		f->in_flight++;
		flight_send(f, f->next++, 1, &out[n++]);
	}
	return n ? port_commit(f->ports.near_tx, out, n) : 0;
}

int fill_poll_at(struct fill *f, u64 now)
{
	int ret;

	f->now = now;
	if (!f->started) {
		f->started = true;
		f->start_ns = now;
	}
	ret = far_poll(f);
	if (ret >= 0)
		ret = near_poll(f);
	if (ret >= 0)
		ret = open_poll(f);
	if (ret < 0)
		return ret;
	f->report.elapsed_ns = f->now - f->start_ns;
	return f->next == f->open.flows && !f->in_flight ? -ENODATA : 0;
}

int fill_poll(struct fill *f)
{
	return fill_poll_at(f, clk_ns(f->config.clk));
}

/* ---------------------------------------------------------------------- life cycle */

static int fill_check(const struct fill_config *c, const struct tuple_table *table, struct err *err)
{
	const struct kpps_stream *s = c->stream;

	if (!c->clk)
		return err_set(err, -EINVAL, "fill: no clock");
	if (c->run != s->run)
		return err_set(err, -EINVAL, "fill: run %u, but the stream was built for run %u",
			       c->run, s->run);
	if (table->flows != s->flows || table->ipv6 != !!(s->flags & KPPS_F_IPV6))
		return err_set(err, -EINVAL, "fill: the tuple table is of another stream");
	if (c->outstanding > OUTSTANDING_MAX)
		return err_set(err, -ERANGE, "fill: %u flows outstanding: at most %u",
			       c->outstanding, OUTSTANDING_MAX);
	if (!(s->flags & (KPPS_F_TCP | KPPS_F_SIG)))
		return err_set(err, -EINVAL,
			       "fill: the frames are too small for a signature, so answers can't be told apart: use larger ones");
	if (s->flags & KPPS_F_TCP && s->flows > 1ULL << 32)
		return err_set(err, -ERANGE,
			       "fill: %llu TCP flows: at most 2^32 have sequence numbers of their own",
			       (unsigned long long)s->flows);
	return 0;
}

static int fill_streams(struct fill *f, struct err *err)
{
	const struct kpps_stream *s = f->config.stream;
	struct kpps_stream reverse;
	int ret;

	f->tcp = s->flags & KPPS_F_TCP;
	ret = stream_reverse(s, &reverse);
	if (ret)
		return err_set(err, ret, "fill: the stream can't be answered: %s", strerror(-ret));
	if (f->config.reverse_macs)
		memcpy(reverse.header, f->config.reverse_macs, 12);
	if (!f->tcp) {
		f->open = *s;
		f->answer = reverse;
		return 0;
	}
	ret = stream_segment(s, KPPS_SYN, &f->open);
	if (!ret)
		ret = stream_segment(&reverse, KPPS_SYNACK, &f->answer);
	if (!ret)
		ret = stream_segment(s, KPPS_ACK, &f->confirm);
	return ret ? err_set(err, ret, "fill: no TCP handshake: %s", strerror(-ret)) : 0;
}

static int fill_memory(struct fill *f, struct err *err)
{
	u64 words = f->open.flows / 64 + 1;

	f->answered = calloc(words, sizeof(u64));
	f->opened = calloc(words, sizeof(u64));
	f->given_up = calloc(words, sizeof(u64));
	f->ring = calloc(RING, sizeof(*f->ring));
	if (f->answered && f->opened && f->given_up && f->ring)
		return 0;
	return err_set(err, -ENOMEM, "fill: no memory for %llu flows: %llu bytes needed",
		       (unsigned long long)f->open.flows,
		       (unsigned long long)(3 * words * sizeof(u64) + RING * sizeof(*f->ring)));
}

int fill_create(const struct fill_config *config, const struct fill_ports *ports,
		struct tuple_table *table, struct fill **ret_fill, struct err *err)
{
	struct fill *f;
	int ret;

	ret = fill_check(config, table, err);
	if (ret)
		return ret;
	f = calloc(1, sizeof(*f));
	if (!f)
		return err_set(err, -ENOMEM, "fill: out of memory");
	f->config = *config;
	f->ports = *ports;
	f->table = table;
	if (!config->outstanding)
		f->config.outstanding = OUTSTANDING_DEFAULT;
	if (!config->tries)
		f->config.tries = TRIES_DEFAULT;
	if (!config->timeout_ns)
		f->config.timeout_ns = TIMEOUT_DEFAULT_NS;
	f->per_ns = config->rate_pps / 1e9;
	ret = fill_streams(f, err);
	if (!ret)
		ret = fill_memory(f, err);
	if (ret) {
		fill_destroy(f);
		return ret;
	}
	tuple_table_clear(table);
	f->report.flows = f->open.flows;
	f->config.stream = NULL;	/* the caller's, and copied */
	f->config.reverse_macs = NULL;
	*ret_fill = f;
	return 0;
}

void fill_report(const struct fill *f, struct fill_report *ret)
{
	*ret = f->report;
}

void fill_destroy(struct fill *f)
{
	if (!f)
		return;
	free(f->answered);
	free(f->opened);
	free(f->given_up);
	free(f->ring);
	free(f);
}
