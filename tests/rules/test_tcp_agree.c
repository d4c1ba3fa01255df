// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_tcp_agree.c - random TCP conversations through the bundled engine and through
 * the running kernel, both of which drop what their connection tracking calls INVALID:
 * the same segments must come out. Sequence numbers, acknowledgments and windows lie
 * about the edges of what either side may send; flags are mostly those of data.
 *
 * A packet is recognised by its client port (the conversation) and its TTL (the number
 * within it). Of a conversation the first packet that differs is told, with all before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/clock.h"
#include "run/net/kernel_rules_parts.h"
#include "run/world.h"
#include "tests/rules/kernel_world.h"

#define TALKS	1000	/* conversations */
#define STEPS	40	/* segments of each */
#define TEXT	160
#define TTL0	20	/* of a conversation's first segment */
#define PORT0	1000
#define PATIENCE_NS	NSEC_PER_SEC	/* with what the kernel may drop */

static const char rules[] =
	"*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n";

struct step {
	int end;
	char text[TEXT];
	bool passed[2];		/* engine, kernel */
};

static struct step steps[TALKS][STEPS];

struct talk {
	u64 seed;
	int at;			/* segments so far */
	u32 next[2];		/* sequence number of each end's next byte */
	u32 win[2], scale[2];	/* what each end offered first */
	bool sack;
};

static u32 below(struct talk *t, u32 n)
{
	t->seed ^= t->seed << 13;
	t->seed ^= t->seed >> 7;
	t->seed ^= t->seed << 17;
	return (u32)(t->seed >> 33) % n;
}

/* Somewhere about @edge, mostly. */
static u32 about(struct talk *t, u32 edge)
{
	static const u32 far[] = { 1000, 65535, 66000, 66001, 200000, 1u << 30 };

	switch (below(t, 4)) {
	case 0:
		return edge;
	case 1:
		return edge + below(t, 5) - 2;
	case 2:
		return edge + below(t, 3000) - 1500;
	default:
		return below(t, 4) ? edge : edge + (below(t, 2) ? 1 : -1u) * far[below(t, 6)];
	}
}

static void add(struct talk *t, unsigned int talk, int end, const char *flags, u32 seq, u32 ack,
		u32 win, u32 len, const char *more)
{
	struct step *s = &steps[talk][t->at];

	s->end = end;
	if (end == WORLD_NEAR)
		snprintf(s->text, TEXT, "tcp 198.18.0.7:%u > 198.51.100.9:80 ", PORT0 + talk);
	else
		snprintf(s->text, TEXT, "tcp 198.51.100.9:80 > 198.18.0.7:%u ", PORT0 + talk);
	snprintf(s->text + strlen(s->text), TEXT - strlen(s->text),
		 "flags=%s seq=%u ack=%u win=%u len=%u ttl=%d%s", flags, seq,
		 strchr(flags, 'A') ? ack : 0, win, len, TTL0 + t->at, more);
	t->at++;
}

/* Hello, with options that both, one or none have. */
static void handshake(struct talk *t, unsigned int talk)
{
	char options[2][32];

	t->sack = below(t, 2);
	for (int end = 0; end < 2; end++) {
		bool scaled = below(t, 3);

		t->win[end] = 1 + below(t, 2 + 4000 * below(t, 2));
		t->scale[end] = below(t, 6);
		snprintf(options[end], sizeof(options[end]), "%s", t->sack ? " sackok" : "");
		if (scaled)
			snprintf(options[end] + strlen(options[end]), 16, " wscale=%u", t->scale[end]);
	}
	add(t, talk, WORLD_NEAR, "S", t->next[0]++, 0, t->win[0], 0, options[0]);
	add(t, talk, WORLD_FAR, "SA", t->next[1]++, t->next[0], t->win[1], 0, options[1]);
	add(t, talk, WORLD_NEAR, "A", t->next[0], t->next[1], t->win[0], 0, "");
}

/* A segment as the ends would send it; what it carries counts. */
static void in_step(struct talk *t, unsigned int talk, int end)
{
	u32 len = below(t, 2) ? below(t, 200) : 0;

	add(t, talk, end, len ? "PA" : "A", t->next[end], t->next[!end], t->win[end], len, "");
	t->next[end] += len;
}

static void at_an_edge(struct talk *t, unsigned int talk, int end)
{
	static const u32 lens[] = { 0, 0, 1, 2, 100, 1400 };
	static const char *const kinds[] = { "A", "A", "A", "A", "PA", "FA", "R", "RA" };
	u32 seq = t->next[end] + (below(t, 3) ? 0 : t->win[!end] << below(t, 3));
	u32 ack = about(t, t->next[!end]), win = below(t, 3) ? t->win[end] : below(t, 3);
	char sack[64] = "";

	if (t->sack && !below(t, 4))
		snprintf(sack, sizeof(sack), " sack=%u-%u", ack + 1, about(t, t->next[!end]));
	add(t, talk, end, kinds[below(t, 8)], about(t, seq), ack, win, lens[below(t, 6)], sack);
}

static void make_talk(unsigned int talk)
{
	struct talk t = { .seed = (talk + 1) * 0x9e3779b97f4a7c15ULL };

	for (int end = 0; end < 2; end++)
		t.next[end] = below(&t, 3) ? below(&t, 1u << 30) * 4 : 0u - below(&t, 3000);
	handshake(&t, talk);
	while (t.at < STEPS) {
		int end = (int)below(&t, 2);

		if (below(&t, 2))
			in_step(&t, talk, end);
		else
			at_an_edge(&t, talk, end);
	}
}

static void build(const struct step *s, struct pkt_buf *frame)
{
	static const u8 macs[WORLD_ENDS][12] = {
		{ 2, 0, 0, 0, 0, 0x01, 2, 0, 0, 0, 0, 0x10 },
		{ 2, 0, 0, 0, 0, 0x02, 2, 0, 0, 0, 0, 0x20 },
	};

	pkt_build(frame, s->text);
	memcpy(frame->data, macs[s->end], 12);
}

static void engine_run(void)
{
	struct fw_config config;
	struct fw_worker *worker;
	struct err err = { 0 };
	u64 now_ns = NSEC_PER_SEC;
	struct fw *fw;

	fw_config_default(&config);
	world_default(&config);
	if (fw_create(&config, &fw, &err) || fw_worker_create(fw, 0, -1, &worker, &err) ||
	    fw_load(fw, AF_INET, "rules", rules, strlen(rules), &err))
		fail_msg("%s", err.text);
	for (unsigned int talk = 0; talk < TALKS; talk++) {
		for (unsigned int i = 0; i < STEPS; i++) {
			struct step *s = &steps[talk][i];
			struct pkt_buf frame;
			struct fw_pkt pkt = {
				.data = frame.data, .room = PKT_ROOM, .in_if = (u16)s->end,
			};

			build(s, &frame);
			pkt.len = frame.len;
			fw_process(worker, &pkt, 1, now_ns += 1000);
			s->passed[0] = pkt.verdict == FW_FORWARD;
		}
	}
	fw_worker_destroy(worker);
	fw_destroy(fw);
}

/* Packets that have come out of the kernel so far. */
static void drain(struct kernel_world *w)
{
	u8 frame[PKT_ROOM];
	ssize_t n;

	for (int end = 0; end < WORLD_ENDS; end++) {
		while ((n = recv(w->sock[end], frame, sizeof(frame), MSG_DONTWAIT)) > 0) {
			const u8 *ip = frame + 14, *tcp = ip + 20;
			unsigned int talk, at = ip[8] + 1u - TTL0;

			if (n < 54 || frame[12] != 8 || ip[9] != 6)
				continue;
			tcp += end == WORLD_NEAR ? 2 : 0;
			talk = (tcp[0] << 8 | tcp[1]) - PORT0;
			assert_in_range(talk, 0, TALKS - 1);
			assert_in_range(at, 0, STEPS - 1);
			steps[talk][at].passed[1] = true;
		}
	}
}

/* Until the last segment that the engine forwards is out: no queue is ever long. */
static void settle(struct kernel_world *w, const struct step *talk)
{
	u64 end = clk_monotonic_ns() + PATIENCE_NS;
	unsigned int last = STEPS - 1;

	while (last && !talk[last].passed[0])
		last--;
	drain(w);
	while (!talk[last].passed[1] && clk_monotonic_ns() < end) {
		sched_yield();
		drain(w);
	}
}

static void kernel_run(void)
{
	const struct kernel_rules set = {
		.name = { "rules" }, .text = { rules }, .len = { strlen(rules) },
	};
	const struct timespec nap = { .tv_nsec = 200000000 };
	struct kernel_world w;
	struct err err = { 0 };

	if (kernel_world_open(&w, &err))
		fail_msg("%s", err.text);
	if (kernel_rules_legacy.load(w.dut, &set, NULL, &err)) {
		kernel_world_close(&w);
		fail_msg("%s", err.text);
	}
	for (unsigned int talk = 0; talk < TALKS; talk++) {
		for (unsigned int i = 0; i < STEPS; i++) {
			const struct step *s = &steps[talk][i];
			struct pkt_buf frame;

			build(s, &frame);
			assert_int_equal(send(w.sock[s->end], frame.data, frame.len, 0), frame.len);
		}
		settle(&w, steps[talk]);
	}
	nanosleep(&nap, NULL);
	drain(&w);
	kernel_world_close(&w);
}

/* True when all of @talk passed alike. */
static bool agrees(unsigned int talk)
{
	unsigned int i = 0;

	while (i < STEPS && steps[talk][i].passed[0] == steps[talk][i].passed[1])
		i++;
	if (i == STEPS)
		return true;
	printf("# conversation %u, segment %u: the engine %s it, the kernel %s\n", talk, i,
	       steps[talk][i].passed[0] ? "forwards" : "drops",
	       steps[talk][i].passed[1] ? "forwards" : "drops");
	for (unsigned int k = 0; k <= i; k++)
		printf("#   %s %s\n", steps[talk][k].passed[0] ? "     " : "drop ",
		       steps[talk][k].text);
	return false;
}

static void the_kernel_and_we_call_the_same_segments_invalid(void **state __unused)
{
	unsigned int differ = 0, dropped = 0;
	cpu_set_t one;

	/* In one CPU's backlog packets of both ends keep their order. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	for (unsigned int talk = 0; talk < TALKS; talk++)
		make_talk(talk);
	engine_run();
	kernel_run();
	for (unsigned int talk = 0; talk < TALKS; talk++) {
		differ += !agrees(talk);
		for (unsigned int i = 0; i < STEPS; i++)
			dropped += !steps[talk][i].passed[1];
	}
	assert_int_equal(differ, 0);
	/* Were all or nothing dropped, nothing would be compared. */
	assert_in_range(dropped, TALKS * STEPS / 20, TALKS * STEPS * 19 / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_and_we_call_the_same_segments_invalid),
	};
	static const char *const programs[] = { "iptables-legacy-restore", NULL };
	const char *why_not = kernel_world_why_not(programs);

	if (why_not) {
		printf("1..0 # SKIP %s\n", why_not);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
