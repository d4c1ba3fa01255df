// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_nft_random.c - random rules, many of them alike but for a key, in the
 * running kernel by legacy iptables and translated to nftables, with sets and
 * without: the same random packets must come out in the same order. So sets and
 * verdict maps, which overlap often here, mean what the rules meant. Skipped
 * without root or the programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/net/kernel_rules_parts.h"
#include "tests/rules/kernel_world.h"

#define CHAINS	5		/* FORWARD and those it may lead to */
#define GROUPS	14		/* of similar rules, in each chain */
#define PACKETS	1500
#define SEEDS	3

struct random {
	int family;
	u64 seed;
};

static u32 below(struct random *r, u32 n)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return (u32)(r->seed >> 33) % n;
}

static const char *host(const struct random *r, char side, u32 number, char *buf, size_t size)
{
	if (r->family == AF_INET)
		snprintf(buf, size, "198.%d.0.%u", side == 's' ? 18 : 19, number);
	else
		snprintf(buf, size, "2001:2:0:%s::%x", side == 's' ? "18" : "8019", number);
	return buf;
}

static void put_address(struct random *r, FILE *f, char side)
{
	u32 bits = r->family == AF_INET ? 32 : 128;
	char text[64];

	fprintf(f, " -%c %s/%u", side, host(r, side, below(r, 24), text, sizeof(text)),
		below(r, 3) ? bits : bits - below(r, 5));
}

static void put_ports(struct random *r, FILE *f, const char *option)
{
	u32 lo = 1 + below(r, 12), hi = lo + below(r, 4);

	if (below(r, 3))
		fprintf(f, " %s %u", option, lo);
	else
		fprintf(f, " %s %u:%u", option, lo, hi);
}

/* What all rules of a group have: bits say which keys, a match besides. */
struct shape {
	u32 keys, proto, match;
};

#define HAS(s, bit) ((s)->keys & (1U << (bit)))

static void put_keys(struct random *r, FILE *f, const struct shape *s)
{
	if (HAS(s, 0))
		put_address(r, f, 's');
	if (HAS(s, 1))
		put_address(r, f, 'd');
	if (HAS(s, 2))
		fprintf(f, " -i eth%u", below(r, 2));
	if (s->proto == 2 && r->family == AF_INET)
		fprintf(f, " -p icmp -m icmp --icmp-type %u", below(r, 10));
	else if (s->proto == 2)
		fprintf(f, " -p icmpv6 -m icmp6 --icmpv6-type %u", 124 + below(r, 6));
	if (s->proto == 2)
		return;
	if (s->proto < 2)
		fprintf(f, " -p %s", s->proto ? "tcp" : "udp");
	if (s->proto < 2 && HAS(s, 3))
		put_ports(r, f, "--dport");
	if (s->proto < 2 && HAS(s, 4))
		put_ports(r, f, "--sport");
	if (s->proto < 2 && HAS(s, 5))
		fprintf(f, " -m multiport --%s %u,%u:%u", below(r, 2) ? "ports" : "dports",
			1 + below(r, 6), 7 + below(r, 2), 9 + below(r, 3));
}

static void put_match(FILE *f, const struct random *r, const struct shape *s)
{
	switch (s->match) {
	case 0:
		fputs(" -m mark --mark 0x1/0x3", f);
		break;
	case 1:
		fputs(" -m conntrack ! --ctstate INVALID,ESTABLISHED", f);
		break;
	case 2:
		fputs(" -m length --length 50:70", f);
		break;
	case 3:
		fprintf(f, " -m %s --%s-gt 60", r->family == AF_INET ? "ttl" : "hl",
			r->family == AF_INET ? "ttl" : "hl");
		break;
	case 4:
		fputs(" -m conntrack ! --ctstate DNAT --ctdir ORIGINAL", f);
		break;
	default:
		break;
	}
}

static void put_target(struct random *r, FILE *f, unsigned int chain)
{
	static const char *const ends[] = { "ACCEPT", "DROP", "RETURN", "REJECT" };
	u32 n = below(r, 10);

	if (n < 6)
		fprintf(f, " -j %s", ends[n % 4]);
	else if (n < 8 && chain + 1 < CHAINS)
		fprintf(f, " %s c%u", n == 6 ? "-g" : "-j", chain + 1 + below(r, CHAINS - 1 - chain));
	else if (n < 9)
		fprintf(f, " -j MARK --set-xmark 0x%x/0x%x", below(r, 4), below(r, 4));
	fputc('\n', f);
}

/* Groups of alike rules; often one target for all of a group. */
static char *make_rules(struct random *r)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs("*filter\n:FORWARD ACCEPT [0:0]\n", f);
	for (unsigned int c = 1; c < CHAINS; c++)
		fprintf(f, ":c%u - [0:0]\n", c);
	for (unsigned int g = 0; g < CHAINS * GROUPS; g++) {
		unsigned int chain, n;
		u64 same;
		struct shape s = { .keys = below(r, 64), .proto = below(r, 4), .match = below(r, 12) };

		/* A rule about everything would leave nothing to the others. */
		s.keys |= s.keys & 3 ? 0 : 1U << below(r, 2);
		chain = g / GROUPS;
		n = 1 + below(r, 6);
		same = below(r, 2) ? r->seed : 0;

		for (unsigned int i = 0; i < n; i++) {
			struct random again = { .family = r->family, .seed = same };

			if (chain)
				fprintf(f, "-A c%u", chain);
			else
				fputs("-A FORWARD", f);
			put_keys(r, f, &s);
			put_match(f, r, &s);
			put_target(same ? &again : r, f, chain);
		}
	}
	fputs("COMMIT\n", f);
	fclose(f);
	return text;
}

static void make_packet(struct random *r, struct pkt_buf *frame)
{
	static const u8 macs[12] = { 2, 0, 0, 0, 0, 0x01, 2, 0, 0, 0, 0, 0x10 };
	const char *open = r->family == AF_INET6 ? "[" : "", *close = *open ? "]" : "";
	char src[64], dst[64], text[256];
	u32 proto = below(r, 3);

	host(r, 's', below(r, 24), src, sizeof(src));
	host(r, 'd', below(r, 24), dst, sizeof(dst));
	if (proto == 2)
		snprintf(text, sizeof(text), "icmp %s%s%s > %s%s%s type=%u id=%u ttl=%u", open, src,
			 close, open, dst, close,
			 r->family == AF_INET ? below(r, 10) : 124 + below(r, 6), below(r, 4),
			 58 + below(r, 6));
	else
		snprintf(text, sizeof(text), "%s %s%s%s:%u > %s%s%s:%u%s len=%u ttl=%u",
			 proto ? "tcp" : "udp", open, src, close, 1 + below(r, 15), open, dst, close,
			 1 + below(r, 15), proto ? " flags=S seq=1 win=100" : "", below(r, 40),
			 58 + below(r, 6));
	pkt_build(frame, text);
	memcpy(frame->data, macs, sizeof(macs));
}

/* Packets as they came out, one after the other, as text. */
struct out {
	char *text;
	size_t len, frames;
};

static void drain(struct kernel_world *w, FILE *f, struct out *out, int wait_ms)
{
	struct pollfd fd = { .fd = w->sock[WORLD_FAR], .events = POLLIN };
	u8 frame[PKT_ROOM];
	char text[512];
	ssize_t n;

	while (recv(w->sock[WORLD_NEAR], frame, sizeof(frame), 0) > 0)
		continue;	/* rejections: not asked */
	while (poll(&fd, 1, wait_ms) > 0) {
		n = recv(w->sock[WORLD_FAR], frame, sizeof(frame), 0);
		/* Not what the kernel says by itself. */
		if (n < 60 || frame[0] != 2)
			continue;
		pkt_text(frame, (u32)n, text, sizeof(text));
		fprintf(f, "%s\n", text);
		out->frames++;
	}
}

static void run(const struct kernel_rules_backend *b, const struct kernel_rules *rules,
		struct random r, struct out *out)
{
	struct kernel_world w;
	struct err err = { 0 };
	FILE *f = open_memstream(&out->text, &out->len);

	out->frames = 0;
	if (kernel_world_open(&w, &err))
		fail_msg("%s", err.text);
	if (b->load(w.dut, rules, NULL, &err)) {
		kernel_world_close(&w);
		fail_msg("%s\n%s", err.text, rules->text[0] ? rules->text[0] : rules->text[1]);
	}
	for (unsigned int i = 0; i < PACKETS; i++) {
		struct pkt_buf frame;

		make_packet(&r, &frame);
		assert_int_equal(send(w.sock[WORLD_NEAR], frame.data, frame.len, 0), frame.len);
		drain(&w, f, out, i % 50 ? 0 : 5);
	}
	drain(&w, f, out, 300);
	kernel_world_close(&w);
	fclose(f);
}

static void must_equal(const struct kernel_rules *rules, const char *what, const struct out *legacy,
		       const struct out *native)
{
	const char *a = legacy->text, *b = native->text;
	size_t at = 0;

	if (!strcmp(a, b))
		return;
	while (a[at] == b[at])
		at++;
	while (at && a[at - 1] != '\n')
		at--;
	printf("# %s", rules->text[0] ? rules->text[0] : rules->text[1]);
	printf("# the first packet that differs:\n#     legacy %.*s\n#     %s %.*s\n",
	       (int)strcspn(a + at, "\n"), a + at, what, (int)strcspn(b + at, "\n"), b + at);
	fail_msg("%s lets %zu of %d packets pass, legacy %zu", what, native->frames, PACKETS,
		 legacy->frames);
}

static void random_rules(int f, u64 seed)
{
	struct random r = { .family = rules_family(f), .seed = seed };
	struct kernel_rules rules = { 0 };
	struct out legacy, sets, linear;
	char *text = make_rules(&r);

	rules.name[f] = "random";
	rules.text[f] = text;
	rules.len[f] = strlen(text);
	run(&kernel_rules_legacy, &rules, r, &legacy);
	run(&kernel_rules_native, &rules, r, &sets);
	rules.linear = true;
	run(&kernel_rules_native, &rules, r, &linear);
	must_equal(&rules, "linear", &legacy, &linear);
	must_equal(&rules, "sets", &legacy, &sets);
	/* Rules that let all or nothing pass would prove nothing. */
	assert_in_range(legacy.frames, PACKETS / 20, PACKETS - PACKETS / 20);
	free(legacy.text);
	free(sets.text);
	free(linear.text);
	free(text);
}

static void random_rules_mean_the_same_in_nftables_for_ipv4(void **state __unused)
{
	for (u64 seed = 1; seed <= SEEDS; seed++)
		random_rules(RULES_V4, seed * 0x9e3779b97f4a7c15ULL);
}

static void random_rules_mean_the_same_in_nftables_for_ipv6(void **state __unused)
{
	for (u64 seed = 1; seed <= SEEDS; seed++)
		random_rules(RULES_V6, seed * 0xc2b2ae3d27d4eb4fULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_rules_mean_the_same_in_nftables_for_ipv4),
		cmocka_unit_test(random_rules_mean_the_same_in_nftables_for_ipv6),
	};
	static const char *const programs[] = {
		"nft", "iptables-legacy-restore", NULL,
	};
	const char *why_not = kernel_world_why_not(programs);

	if (why_not) {
		printf("1..0 # SKIP %s\n", why_not);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
