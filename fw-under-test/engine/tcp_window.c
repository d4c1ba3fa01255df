// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tcp_window.c - TCP window tracking after van Rooij, "Real Stateful TCP Packet
 * Filtering in IP Filter", as Linux 6 does it: four bounds (I to IV below)
 * say whether a segment can belong to the connection, from what both sides sent
 * and offered so far. All comparisons are modulo 2^32.
 *
 * Above a bound a segment is invalid; below one it is only late, and passes
 * without a trace. Segments without data are no exception.
 */
#include "fw-under-test/engine/conn_tcp.h"

#define SCALE_MAX	14
/* Bound IV lets an ACK be this old, whatever the window (66000 in Linux). */
#define ACK_WINDOW_MIN	66000u

#define OPT_END		0
#define OPT_NOP		1
#define OPT_WSCALE	3
#define OPT_SACK_PERM	4
#define OPT_SACK	5

static inline bool before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool after(u32 a, u32 b)
{
	return before(b, a);
}

void segment_read(const struct pkt_view *v, struct segment *ret)
{
	static const u8 classes[16] = {	/* FIN 1, SYN 2, RST 4, ACK 8 */
		TCPI_NONE, TCPI_FIN, TCPI_SYN, TCPI_SYN, TCPI_RST, TCPI_RST, TCPI_RST, TCPI_RST,
		TCPI_ACK, TCPI_FIN, TCPI_SYNACK, TCPI_SYNACK, TCPI_RST, TCPI_RST, TCPI_RST,
		TCPI_RST,
	};
	const u8 *p = v->data + v->l4_off;
	u32 header = (u32)(p[12] >> 4) * 4;

	ret->flags = p[13];
	ret->index = classes[(p[13] & 7) | (p[13] & TCPF_ACK) >> 1];
	ret->seq = be32(p + 4);
	ret->ack = be32(p + 8);
	ret->sack = ret->ack;
	ret->win = be16(p + 14);
	ret->end = ret->seq + l4_len(v) - header + !!(p[13] & TCPF_SYN) + !!(p[13] & TCPF_FIN);
	ret->options = p + 20;
	ret->options_len = header - 20;
}

/* Size of the option at @p; what does not fit ends the list. */
static inline u32 option_size(const u8 *p, u32 left)
{
	if (*p == OPT_NOP)
		return 1;
	if (left < 2 || p[1] < 2 || p[1] > left)
		return left;
	return p[1];
}

void segment_options(const struct segment *s, struct tcp_options *ret)
{
	const u8 *p = s->options;
	u32 left, size;

	ret->scale = 0;
	ret->flags = 0;
	for (left = s->options_len; left && *p != OPT_END; left -= size, p += size) {
		size = option_size(p, left);
		if (*p == OPT_WSCALE && size == 3) {
			ret->scale = min(p[2], (u8)SCALE_MAX);
			ret->flags |= TCPSF_WSCALE;
		} else if (*p == OPT_SACK_PERM && size == 2) {
			ret->flags |= TCPSF_SACK_PERM;
		}
	}
}

/* The highest right edge that was acknowledged selectively. */
static u32 segment_sack(const struct segment *s)
{
	const u8 *p = s->options;
	u32 left, size, i, sack = s->ack;

	for (left = s->options_len; left && *p != OPT_END; left -= size, p += size) {
		size = option_size(p, left);
		if (*p != OPT_SACK || size < 10 || (size - 2) % 8)
			continue;
		for (i = 2; i < size; i += 8)
			if (after(be32(p + i + 4), sack))
				sack = be32(p + i + 4);
	}
	return sack;
}

void tcp_window_start(struct conn_tcp *t, const struct segment *s)
{
	struct tcp_side *from = &t->seen[0], *to = &t->seen[1];
	struct tcp_options o;

	from->end = s->end;
	from->maxwin = max((u32)s->win, 1u);
	from->maxend = s->end;
	if (s->flags & TCPF_SYN) {
		segment_options(s, &o);
		from->scale = o.scale;
		from->flags = o.flags;
		return;
	}
	/* Picked up on its way: scales unknown, so windows can only be guessed. */
	from->maxend += from->maxwin;
	to->end = s->ack;
	to->maxend = s->ack;
	from->flags = TCPSF_SACK_PERM | TCPSF_LIBERAL;
	to->flags = TCPSF_SACK_PERM | TCPSF_LIBERAL;
}

static void side_init(struct tcp_side *from, struct tcp_side *to, unsigned int dir,
		      const struct segment *s)
{
	struct tcp_options o;

	segment_options(s, &o);
	from->end = s->end;
	from->maxend = s->end;
	from->maxwin = max((u32)s->win, 1u);
	from->scale = o.scale;
	from->flags = o.flags;
	/* RFC 7323: both sides must offer it. */
	if (dir && !(from->flags & to->flags & TCPSF_WSCALE)) {
		from->scale = 0;
		to->scale = 0;
	}
}

static void side_pick_up(struct tcp_side *from, struct tcp_side *to, const struct segment *s,
			 u32 sack)
{
	from->end = s->end;
	from->maxwin = max((u32)s->win << from->scale, 1u);
	from->maxend = s->end + from->maxwin;
	if (!to->maxwin) {
		to->end = sack;
		to->maxend = sack;
	} else if (sack == to->end + 1) {
		to->end++;	/* the answer to a keep-alive */
	}
}

/* A segment's numbers as they are judged: those that it lacks are filled in. */
struct numbers {
	u32 seq, end, ack, sack;
};

/* Bounds I to IV; WHY_NONE when all hold. Of several that fail, the one Linux names. */
static u8 bounds(const struct tcp_side *from, const struct tcp_side *to, const struct numbers *n)
{
	if (after(n->seq, from->maxend))
		return WHY_SEQ_OVER;
	if (after(n->sack, to->end))
		return WHY_ACK_OVER;
	if (to->maxwin && before(n->end, from->end - to->maxwin))
		return WHY_SEQ_UNDER;
	if (before(n->sack, to->end - max(from->maxwin, ACK_WINDOW_MIN)))
		return WHY_ACK_UNDER;
	return WHY_NONE;
}

/*
 * Some senders send more than the window allows, by less than another window. The
 * peer may take that and acknowledge it, which must not look like an ACK of nothing.
 */
static bool overshoots(const struct tcp_side *from, const struct tcp_side *to,
		       const struct numbers *n)
{
	struct tcp_side wider = *from;

	wider.maxend = n->seq;
	return to->maxwin && n->end - from->maxend + 1 <= to->maxwin &&
	       bounds(&wider, to, n) == WHY_NONE;
}

/*
 * What becomes of a segment that fails bound @why; apart, as hardly any does. The sides
 * are as they were: one that this segment began is never over its own window.
 */
static __attribute__((noinline)) enum tcp_judgement
outside(struct conn_tcp *t, unsigned int dir, u32 seq, u32 end, u32 sack, u8 why)
{
	const struct numbers n = { .seq = seq, .end = end, .sack = sack };
	struct tcp_side *from = &t->seen[dir];

	if (why != WHY_SEQ_OVER)
		return why == WHY_ACK_OVER ? TCP_REFUSE : TCP_IGNORE;
	if (!overshoots(from, &t->seen[!dir], &n))
		return TCP_REFUSE;
	from->end = end;
	from->flags |= TCPSF_UNACKED;
	return TCP_IGNORE;
}

static void sides_move(struct tcp_side *from, struct tcp_side *to, const struct segment *s,
		       const struct numbers *n)
{
	u32 win = s->flags & TCPF_SYN ? s->win : (u32)s->win << from->scale;

	from->maxwin = max(from->maxwin, win + (n->sack - n->ack));
	if (after(n->end, from->end)) {
		from->end = n->end;
		from->flags |= TCPSF_UNACKED;
	}
	if ((s->flags & TCPF_ACK) &&
	    (!(from->flags & TCPSF_MAXACK) || after(n->ack, from->maxack))) {
		from->maxack = n->ack;
		from->flags |= TCPSF_MAXACK;
	}
	if (to->maxwin && after(n->end, from->maxend))
		to->maxwin += n->end - from->maxend;
	if (!before(n->sack + win, to->maxend))
		to->maxend = n->sack + win + !win;
	if (n->ack == to->end)
		to->flags &= (u8)~TCPSF_UNACKED;
}

/* Numbers that a SYN or a reset need not have: ones by which no bound fails. */
static void fill_in(const struct segment *s, u8 state, const struct tcp_side *from,
		    const struct tcp_side *to, struct numbers *n)
{
	bool reset = s->flags & TCPF_RST;

	if (!(s->flags & TCPF_ACK) || (reset && !n->ack)) {
		n->ack = to->end;
		n->sack = to->end;
	}
	/* The RST that answers a SYN may have no sequence to speak of. */
	if (reset && !n->seq && state == TCPS_SYN_SENT) {
		n->seq = from->end;
		n->end = from->end;
	}
}

static void count_retransmission(struct conn_tcp *t, unsigned int dir, const struct segment *s,
				 const struct numbers *n)
{
	if (s->index != TCPI_ACK)
		return;
	if (t->last_dir == dir && t->last_seq == n->seq && t->last_ack == n->ack &&
	    t->last_end == n->end && t->last_win == s->win) {
		if (t->retrans < 255)
			t->retrans++;
		return;
	}
	t->last_dir = (u8)dir;
	t->last_seq = n->seq;
	t->last_ack = n->ack;
	t->last_end = n->end;
	t->last_win = s->win;
	t->retrans = 0;
}

enum tcp_judgement tcp_window(struct conn_tcp *t, unsigned int dir, u8 state,
			      const struct segment *s, bool liberal, u8 *ret_why)
{
	/* Copies: a segment that is refused must not leave a trace (a stale
	 * SYN/ACK could initialise the window otherwise). */
	struct tcp_side from = t->seen[dir], to = t->seen[!dir];
	struct numbers n = { .seq = s->seq, .end = s->end, .ack = s->ack, .sack = s->ack };
	enum tcp_judgement ret;
	u8 why;

	if ((to.flags & TCPSF_SACK_PERM) && s->options_len >= 10)
		n.sack = segment_sack(s);
	if (!from.maxwin || ((s->flags & TCPF_SYN) && after(n.end, from.end) &&
			     (state == TCPS_SYN_SENT || state == TCPS_SYN_RECV))) {
		bool first = !from.maxwin;

		if (s->flags & TCPF_SYN)
			side_init(&from, &to, dir, s);
		else
			side_pick_up(&from, &to, s, n.sack);
		/* Both sides open: nothing to compare an ACK with. */
		if ((s->flags & (TCPF_SYN | TCPF_ACK)) == TCPF_SYN && (first || dir)) {
			t->seen[dir] = from;
			t->seen[!dir] = to;
			return TCP_ACCEPT;
		}
	}
	if ((s->flags & (TCPF_ACK | TCPF_RST)) != TCPF_ACK)
		fill_in(s, state, &from, &to, &n);
	why = bounds(&from, &to, &n);
	if (likely(why == WHY_NONE)) {
		sides_move(&from, &to, s, &n);
		t->seen[dir] = from;
		t->seen[!dir] = to;
		count_retransmission(t, dir, s, &n);
		return TCP_ACCEPT;
	}
	ret = outside(t, dir, n.seq, n.end, n.sack, why);
	if (liberal || (from.flags & TCPSF_LIBERAL))
		return TCP_ACCEPT;
	*ret_why = why;
	return ret;
}
