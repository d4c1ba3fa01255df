// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conn_tcp.c - TCP's states as conntrack follows them, Linux 6 behaviour.
 *
 * Not the endpoints' states: what a box between them can know. A segment that
 * does not fit but may be right for endpoints that are in step while we are not
 * (a SYN on an old connection) is let pass and remembered, so that the answer
 * can put us in step again.
 */
#include "fw-under-test/engine/conn_tcp.h"

/* Table entries that are not states. */
#define sIG 0xfe	/* ignore: let pass, remember, change nothing */
#define sIV 0xff	/* invalid */
#define sNO TCPS_NONE
#define sSS TCPS_SYN_SENT
#define sS2 TCPS_SYN_SENT2
#define sSR TCPS_SYN_RECV
#define sES TCPS_ESTABLISHED
#define sFW TCPS_FIN_WAIT
#define sCW TCPS_CLOSE_WAIT
#define sLA TCPS_LAST_ACK
#define sTW TCPS_TIME_WAIT
#define sCL TCPS_CLOSE

static const u8 next_state[2][TCPI_NONE][TCPS_STATES] = {
	{
		/*		NO   SS   S2   SR   ES   FW   CW   LA   TW   CL */
		[TCPI_SYN] =	{ sSS, sSS, sS2, sIG, sIG, sIG, sIG, sIG, sSS, sSS },
		[TCPI_SYNACK] =	{ sIV, sIV, sSR, sSR, sIV, sIV, sIV, sIV, sIV, sIV },
		[TCPI_FIN] =	{ sIV, sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL },
		[TCPI_ACK] =	{ sES, sIV, sIV, sES, sES, sCW, sCW, sTW, sTW, sCL },
		[TCPI_RST] =	{ sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL },
	},
	{
		[TCPI_SYN] =	{ sIV, sS2, sS2, sIV, sIV, sIV, sIV, sIV, sSS, sIV },
		[TCPI_SYNACK] =	{ sIV, sSR, sSR, sIG, sIG, sIG, sIG, sIG, sIG, sIG },
		[TCPI_FIN] =	{ sIV, sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL },
		[TCPI_ACK] =	{ sIV, sIG, sIG, sSR, sES, sCW, sCW, sTW, sTW, sCL },
		[TCPI_RST] =	{ sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL },
	},
};

static bool flags_ok(u8 flags)
{
	switch (flags & ~(TCPF_ECE | TCPF_CWR | TCPF_PSH)) {
	case TCPF_SYN:
	case TCPF_SYN | TCPF_URG:
	case TCPF_SYN | TCPF_ACK:
	case TCPF_RST:
	case TCPF_RST | TCPF_ACK:
	case TCPF_FIN | TCPF_ACK:
	case TCPF_FIN | TCPF_ACK | TCPF_URG:
	case TCPF_ACK:
	case TCPF_ACK | TCPF_URG:
		return true;
	}
	return false;
}

bool conn_tcp_starts(const struct fw_worker *w, const struct pkt_view *v, u8 *ret_why)
{
	struct segment s;

	if (!flags_ok(v->tcp_flags)) {
		*ret_why = WHY_TCP_FLAGS;
		return false;
	}
	segment_read(v, &s);
	switch (next_state[0][s.index][TCPS_NONE]) {
	case sSS:
		return true;
	case sES:
		if (w->fw->config.tcp_loose)
			return true;
		*ret_why = WHY_TCP_PICKUP;
		return false;
	}
	*ret_why = WHY_TCP_STATE;
	return false;
}

bool conn_tcp_reopens(const struct pkt_view *v, struct conn *c, unsigned int dir)
{
	const struct conn_tcp *t = conn_tcp(c);
	struct segment s;

	if (c->state < TCPS_TIME_WAIT || !(v->tcp_flags & TCPF_SYN) || !flags_ok(v->tcp_flags))
		return false;
	segment_read(v, &s);
	if (s.index != TCPI_SYN || next_state[dir][TCPI_SYN][c->state] != TCPS_SYN_SENT)
		return false;
	return ((t->seen[0].flags | t->seen[1].flags) & TCPSF_CLOSE_INIT) ||
	       (t->last_dir == dir && t->last_index == TCPI_RST);
}

/* A SYN/ACK that answers a SYN we let pass: the endpoints are in step. */
static bool resynchronise(struct conn_tcp *t, unsigned int dir, const struct segment *s)
{
	struct tcp_side *syn = &t->seen[!dir];

	if (s->index != TCPI_SYNACK || t->last_index != TCPI_SYN || t->last_dir == dir ||
	    s->ack != t->last_end)
		return false;
	syn->end = t->last_end;
	syn->maxend = t->last_end;
	syn->maxwin = max((u32)t->last_win, 1u);
	syn->scale = t->last_wscale;
	syn->flags = t->last_flags & (TCPSF_WSCALE | TCPSF_SACK_PERM);
	t->last_flags = 0;
	memset(&t->seen[dir], 0, sizeof(t->seen[dir]));
	return true;
}

/* Remember what an ignored segment said, in case it was right. */
static void remember(struct conn_tcp *t, unsigned int dir, u8 state, const struct segment *s)
{
	struct tcp_options o;

	t->last_index = s->index;
	t->last_dir = (u8)dir;
	t->last_seq = s->seq;
	t->last_end = s->end;
	t->last_win = s->win;
	if (s->index == TCPI_SYN && !dir) {
		segment_options(s, &o);
		t->last_flags = o.flags;
		t->last_wscale = o.scale;
		/* In LAST_ACK the challenge ACK would look like the last one. */
		if (state == TCPS_LAST_ACK)
			t->last_flags |= TCPSF_CHALLENGE;
	}
	if (state == TCPS_SYN_SENT && s->index == TCPI_ACK && dir)
		t->last_ack = s->ack;
}

enum rst_judgement { RST_CLOSES, RST_KEEPS, RST_INVALID, RST_SKIPS_WINDOW };

static bool established(const struct conn *c)
{
	return c->state == TCPS_ESTABLISHED && c->status & CTS_ASSURED;
}

/* RFC 5961: only the exact sequence closes; firewall-facts 5.4. */
static enum rst_judgement judge_rst(const struct conn *c, const struct conn_tcp *t,
				    unsigned int dir, const struct segment *s)
{
	const struct tcp_side *peer = &t->seen[!dir];

	/* The server answered a SYN by a challenge ACK, the client resets. */
	if (c->state == TCPS_SYN_SENT && !dir && t->last_index == TCPI_ACK && t->last_dir == 1 &&
	    s->seq == t->last_ack)
		return RST_SKIPS_WINDOW;
	/* Closing, the ends may be on to the next connection already. */
	if (c->state >= TCPS_FIN_WAIT && c->state <= TCPS_CLOSE)
		return RST_SKIPS_WINDOW;
	/* After a SYN that was let pass, maxack may be another connection's. */
	if (peer->flags & TCPSF_MAXACK && t->last_index != TCPI_SYN) {
		if (!s->seq && !established(c))
			return RST_CLOSES;
		if ((s32)(s->seq - peer->maxack) < 0)
			return RST_INVALID;
		if (!established(c) || s->seq == peer->maxack)
			return RST_CLOSES;
		/* The tail of a train of data that ended in a RST. */
		if (t->last_index == TCPI_ACK && t->last_dir == dir && s->seq == t->last_end)
			return RST_CLOSES;
		return RST_KEEPS;
	}
	if ((((c->status & CTS_SEEN_REPLY) && t->last_index == TCPI_SYN) ||
	     (!(c->status & CTS_ASSURED) && t->last_index == TCPI_ACK)) &&
	    s->ack == t->last_end)
		return RST_SKIPS_WINDOW;
	return RST_CLOSES;
}

static u32 timeout_of(const struct fw_worker *w, const struct conn *c, const struct conn_tcp *t,
		      const struct segment *s)
{
	const struct timeouts *to = &w->fw->timeouts;
	u32 timeout = to->tcp[c->state];

	if (t->retrans >= 3)
		return min(timeout, to->tcp_max_retrans);
	if (s->index == TCPI_RST)
		return to->tcp[TCPS_CLOSE];
	if ((t->seen[0].flags | t->seen[1].flags) & TCPSF_UNACKED)
		return min(timeout, to->tcp_unacknowledged);
	if (s->index == TCPI_ACK && !s->win)
		return min(timeout, to->tcp_max_retrans);
	/* Picked up and not answered yet: it may be long dead. */
	if (!(c->status & CTS_SEEN_REPLY) && c->state == TCPS_ESTABLISHED)
		return min(timeout, to->tcp_unacknowledged);
	return timeout;
}

static bool invalid(struct conn_pkt *cp, u8 why)
{
	cp->why = why;
	return false;
}

/* Goodbyes of both sides do not fit: we lost track, do not wait for days. */
static void goodbye_outside(struct fw_worker *w, const struct conn_pkt *cp, const struct segment *s)
{
	struct conn_tcp *t = conn_tcp(cp->ct);
	u32 timeout = w->fw->timeouts.tcp_unacknowledged, now = (u32)w->now_tick;
	u32 short_enough = w->fw->timeouts.tcp[TCPS_FIN_WAIT];

	if (!(cp->ct->status & CTS_ASSURED) || (s->index != TCPI_FIN && s->index != TCPI_RST))
		return;
	if (t->last_dir == cp->dir || (t->last_index != TCPI_FIN && t->last_index != TCPI_RST)) {
		t->last_index = s->index;
		t->last_dir = cp->dir;
	} else if (tick_before(now + max(timeout, short_enough), cp->ct->deadline)) {
		conn_refresh(w, cp->ct, timeout);
	}
}

static void segment_accept(struct fw_worker *w, struct conn_pkt *cp, const struct segment *s, u8 state)
{
	struct conn *c = cp->ct;
	struct conn_tcp *t = conn_tcp(c);
	u8 old = c->state;

	t->last_index = s->index;
	t->last_dir = cp->dir;
	c->state = state;
	if (old != state && state == TCPS_FIN_WAIT)
		t->seen[cp->dir].flags |= TCPSF_CLOSE_INIT;
	if (!(c->status & CTS_SEEN_REPLY)) {
		if (s->index == TCPI_RST) {
			/* Nothing but a reset came back: over at once. The record
			 * lives until this packet has passed. */
			conn_refresh(w, c, 0);
			return;
		}
	} else if (state == TCPS_ESTABLISHED &&
		   (old == TCPS_SYN_RECV || old == TCPS_ESTABLISHED)) {
		c->status |= CTS_ASSURED;
	}
	conn_refresh(w, c, timeout_of(w, c, t, s));
}

/* An ignored segment passes; what it may mean is remembered. */
static bool ignore(struct conn_tcp *t, const struct conn_pkt *cp, const struct segment *s)
{
	remember(t, cp->dir, cp->ct->state, s);
	return true;
}

/* What the table alone can't decide. Returns the state to go to, sIG for
 * "passes, nothing changes", sIV for invalid with *ret_why set. */
static u8 refine(struct conn *c, struct conn_tcp *t, unsigned int dir, const struct segment *s,
		 u8 state, bool *ret_skip_window, u8 *ret_why)
{
	switch (state) {
	case TCPS_SYN_SENT2:
		t->last_flags |= TCPSF_SIMULTANEOUS;
		break;
	case TCPS_SYN_RECV:
		if (dir && s->index == TCPI_ACK && (t->last_flags & TCPSF_SIMULTANEOUS))
			return TCPS_ESTABLISHED;
		break;
	case TCPS_TIME_WAIT:
		if (c->state == TCPS_LAST_ACK && s->index == TCPI_ACK && t->last_dir != dir &&
		    t->last_index == TCPI_SYN && (t->last_flags & TCPSF_CHALLENGE)) {
			t->last_flags &= (u8)~TCPSF_CHALLENGE;
			return sIG;
		}
		break;
	case TCPS_CLOSE:
		if (s->index != TCPI_RST)
			break;
		switch (judge_rst(c, t, dir, s)) {
		case RST_KEEPS:
			return c->state;
		case RST_INVALID:
			*ret_why = WHY_TCP_RST;
			return sIV;
		case RST_SKIPS_WINDOW:
			*ret_skip_window = true;
			break;
		case RST_CLOSES:
			break;
		}
		break;
	}
	return state;
}

bool conn_tcp_packet(struct fw_worker *w, const struct pkt_view *v, struct conn_pkt *cp)
{
	struct conn *c = cp->ct;
	struct conn_tcp *t = conn_tcp(c);
	bool skip_window = false;
	u8 state, why = WHY_TCP_STATE, seen = c->state;
	struct segment s;

	if (!flags_ok(v->tcp_flags))
		return invalid(cp, WHY_TCP_FLAGS);
	segment_read(v, &s);
	if (c->state == TCPS_NONE)
		tcp_window_start(t, &s);
	state = next_state[cp->dir][s.index][c->state];
	/* A SYN that does not reopen (conn_tcp_reopens) may still be right. */
	if (state == TCPS_SYN_SENT && c->state >= TCPS_TIME_WAIT)
		state = sIG;
	if (state == sIG) {
		if (!resynchronise(t, cp->dir, &s))
			return ignore(t, cp, &s);
		state = TCPS_SYN_RECV;
		seen = TCPS_SYN_SENT;
	} else if (state != sIV) {
		state = refine(c, t, cp->dir, &s, state, &skip_window, &why);
		if (state == sIG)
			return true;
	}
	if (state == sIV)
		return invalid(cp, why);
	if (!skip_window) {
		switch (tcp_window(t, cp->dir, seen, &s, w->fw->config.tcp_be_liberal, &cp->why)) {
		case TCP_ACCEPT:
			break;
		case TCP_IGNORE:
			return true;
		case TCP_REFUSE:
			goodbye_outside(w, cp, &s);
			return false;
		}
	}
	segment_accept(w, cp, &s, state);
	return true;
}
