// SPDX-License-Identifier: GPL-2.0-or-later
/* match.c - the list of matches, and the native form they compile to. */
#include "fw-under-test/engine/match.h"

#include <string.h>
#include <sys/socket.h>

const struct match_ops *const matches[] = {
	&match_tcp, &match_udp, &match_multiport, &match_icmp, &match_icmp6,
	&match_state, &match_conntrack, &match_mark, &match_connmark, &match_iprange,
	&match_length, &match_ttl, &match_hl, &match_limit, &match_mac, &match_physdev,
	&match_comment,
	NULL,
};

const struct match_ops *match_find(const char *name, int family)
{
	u8 bit = family == AF_INET ? EXT_IPV4 : EXT_IPV6;

	if (!strcmp(name, "ipv6-icmp") || !strcmp(name, "icmpv6"))
		name = "icmp6";
	for (const struct match_ops *const *m = matches; *m; m++)
		if ((*m)->ext.families & bit && !strcmp((*m)->ext.name, name))
			return *m;
	return NULL;
}

void fast_match_init(struct fast_match *f)
{
	memset(f, 0, sizeof(*f));
	f->sport_span = 0xffff;
	f->dport_span = 0xffff;
}

/* The complement of lo..hi begins after hi and wraps around to before lo. */
static void port_range(u16 *ret_first, u16 *ret_span, u16 lo, u16 hi, bool invert)
{
	*ret_first = invert ? (u16)(hi + 1) : lo;
	*ret_span = invert ? (u16)(lo - hi - 2) : (u16)(hi - lo);
}

void fast_sport(struct fast_match *f, u16 lo, u16 hi, bool invert)
{
	if (invert && lo == 0 && hi == 0xffff)
		f->never = true;
	else
		port_range(&f->sport, &f->sport_span, lo, hi, invert);
}

void fast_dport(struct fast_match *f, u16 lo, u16 hi, bool invert)
{
	if (invert && lo == 0 && hi == 0xffff)
		f->never = true;
	else
		port_range(&f->dport, &f->dport_span, lo, hi, invert);
}
