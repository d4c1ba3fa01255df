// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_rules_agree.c - the same packets through the same ruleset, by the bundled
 * engine and by the running kernel with each backend of run/net/kernel_rules.h:
 * what comes out, where and with which addresses must be the same. Skipped
 * without root or the programs.
 *
 * A step's packet may speak of what came out at an earlier step of its list:
 * "$6" is the source there (address and port), "$6a" its address alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run/net/kernel_rules_parts.h"
#include "run/ruleset_file.h"
#include "run/world.h"
#include "tests/rules/kernel_world.h"

#define ANSWER	1024
#define IN	WORLD_NEAR
#define OUT	WORLD_FAR

struct step {
	int end;
	const char *packet;
};

static const struct step steps4[] = {
	/* 0: UDP and its answers */
	{ IN, "udp 198.18.0.5:1000 > 198.51.100.9:53 len=20" },
	{ OUT, "udp 198.51.100.9:53 > $0 len=30" },
	{ IN, "udp 198.18.0.5:1000 > 198.51.100.9:53 len=20" },
	{ IN, "udp 198.18.0.6:2000 > 198.51.100.9:4444 len=20" },
	{ OUT, "udp 198.51.100.9:4444 > $3 len=30" },
	{ OUT, "udp 198.51.100.9:9999 > $3 len=30" },
	/* 6: TCP from hello to goodbye */
	{ IN, "tcp 198.18.0.7:3000 > 198.51.100.9:80 flags=S seq=100 win=1000" },
	{ OUT, "tcp 198.51.100.9:80 > $6 flags=SA seq=500 ack=101 win=1000" },
	{ IN, "tcp 198.18.0.7:3000 > 198.51.100.9:80 flags=A seq=101 ack=501 win=1000" },
	{ IN, "tcp 198.18.0.7:3000 > 198.51.100.9:80 flags=PA seq=101 ack=501 win=1000 len=10" },
	{ OUT, "tcp 198.51.100.9:80 > $6 flags=A seq=501 ack=111 win=1000" },
	{ IN, "tcp 198.18.0.7:3000 > 198.51.100.9:80 flags=A seq=9000000 ack=501 win=1000 len=9" },
	{ IN, "tcp 198.18.0.7:3000 > 198.51.100.9:80 flags=A seq=9000000 ack=501 win=1000" },
	{ IN, "tcp 198.18.0.7:3000 > 198.51.100.9:80 flags=FA seq=111 ack=501 win=1000" },
	{ OUT, "tcp 198.51.100.9:80 > $6 flags=FA seq=501 ack=112 win=1000" },
	{ IN, "tcp 198.18.0.7:3000 > 198.51.100.9:80 flags=A seq=112 ack=502 win=1000" },
	/* 16: refused, picked up in the middle, and nonsense */
	{ IN, "tcp 198.18.0.7:3001 > 198.51.100.9:25 flags=S seq=100 win=1000" },
	{ OUT, "tcp 198.51.100.9:25 > $16 flags=RA seq=0 ack=101 win=0" },
	{ IN, "tcp 198.18.0.8:3002 > 198.51.100.9:443 flags=A seq=7 ack=9 win=1000" },
	{ IN, "tcp 198.18.0.8:3003 > 198.51.100.9:443 flags=SF seq=7 win=1000" },
	{ IN, "tcp 198.18.0.8:3004 > 198.51.100.9:443 flags=FPU seq=7 win=1000" },
	{ OUT, "tcp 198.51.100.9:443 > 198.18.0.8:3005 flags=SA seq=7 ack=9 win=1000" },
	/* 22: addresses that can't be true */
	{ IN, "udp 10.9.9.9:1 > 198.51.100.9:53" },
	{ IN, "tcp 172.16.0.1:5 > 198.51.100.9:80 flags=S seq=1 win=1000" },
	{ OUT, "udp 198.18.0.9:1 > 198.18.0.5:5" },
	{ OUT, "udp 10.1.1.1:1 > 198.18.0.5:5" },
	{ OUT, "tcp 192.168.7.7:1 > 198.18.0.80:8080 flags=S seq=1 win=1000" },
	/* 27: from outside */
	{ OUT, "udp 198.51.100.9:7777 > 198.18.0.5:5" },
	{ OUT, "tcp 198.51.100.9:7777 > 198.18.0.5:113 flags=S seq=5 win=1000" },
	{ OUT, "tcp 198.51.100.9:7778 > 198.18.0.80:8080 flags=S seq=5 win=1000" },
	{ OUT, "tcp 198.51.100.10:7777 > 203.0.113.1:80 flags=S seq=5 win=1000" },
	{ IN, "tcp 198.18.0.80:8080 > 198.51.100.10:7777 flags=SA seq=50 ack=6 win=1000" },
	{ OUT, "tcp 198.51.100.10:7777 > 203.0.113.1:80 flags=A seq=6 ack=51 win=1000" },
	{ OUT, "udp 198.51.100.9:7777 > 203.0.113.1:53" },
	{ OUT, "tcp 198.51.100.9:7779 > 203.0.113.1:22 flags=S seq=5 win=1000" },
	/* 35: where users may not go */
	{ IN, "udp 198.18.0.5:11 > 10.0.0.1:53" },
	{ IN, "tcp 198.18.0.5:12 > 192.168.1.1:80 flags=S seq=1 win=1000" },
	{ IN, "udp 198.18.0.5:13 > 172.31.255.255:53" },
	{ IN, "47 198.18.0.5 > 198.51.100.9" },
	{ IN, "132 198.18.0.5 > 198.51.100.9" },
	/* 40: ICMP: questions, answers, errors */
	{ IN, "icmp 198.18.0.5 > 198.51.100.9 type=8 id=77" },
	{ OUT, "icmp 198.51.100.9 > $40a type=0 id=77" },
	{ OUT, "icmp 198.51.100.9 > 198.18.0.5 type=0 id=99" },
	{ OUT, "icmp 198.51.100.9 > 198.18.0.5 type=8 id=98" },
	{ IN, "icmp 198.18.0.5 > 198.51.100.9 type=13 id=78" },
	{ OUT, "icmp 198.51.100.1 > $0a type=3 code=3 | udp $0 > 198.51.100.9:53" },
	{ OUT, "icmp 198.51.100.1 > $0a type=11 code=0 | udp $0 > 198.51.100.9:53" },
	{ OUT, "icmp 198.51.100.1 > 198.18.0.5 type=3 code=3 | udp 198.18.0.5:1 > 198.51.100.9:2" },
	{ IN, "icmp 198.18.0.80 > 198.51.100.10 type=3 code=1 | "
	      "tcp 198.51.100.10:7777 > 198.18.0.80:8080 flags=S seq=5" },
	/* 49: the other inside network, the firewall itself, small failures */
	{ IN, "udp 192.0.2.77:5 > 198.51.100.9:53" },
	{ OUT, "udp 198.51.100.9:53 > 192.0.2.77:5" },
	{ IN, "udp 198.18.0.5:14 > 192.0.2.1:5353" },
	{ IN, "tcp 198.18.0.5:15 > 192.0.2.1:23 flags=S seq=1 win=1000" },
	{ IN, "udp 198.18.0.5:1000 > 198.51.100.9:53 ttl=1" },
	{ IN, "udp 198.18.0.5:16 > 198.51.100.9:53 badcsum" },
	{ IN, "udp 198.18.0.5:17 > 198.51.100.9:53 nocsum" },
	{ IN, "udp 198.18.0.5:18 > 198.51.100.9:53 badip" },
	{ IN, "tcp 198.18.0.9:19 > 198.51.100.9:443 flags=S seq=1 win=1000" },
	{ IN, "tcp 198.18.0.9:20 > 198.51.100.9:8443 flags=S seq=1 win=1000" },
	/* 59: rejections of protocols without ports */
	{ IN, "47 198.18.0.5 > 198.51.100.9 len=20" },
	{ IN, "50 198.18.0.5 > 198.51.100.9 len=20" },
	{ IN, "51 198.18.0.5 > 198.51.100.9 len=24" },
	{ IN, "103 198.18.0.5 > 198.51.100.9 len=20" },
	{ IN, "103 198.18.0.5 > 198.51.100.9" },
	{ IN, "47 10.9.9.9 > 198.51.100.9 len=20" },
	{ IN, "47 198.18.0.5 > 198.51.100.9 len=20 ttl=1" },
	{ IN, "47 198.18.0.5 > 198.51.100.9 len=20 ttl=2" },
	{ IN, "47 198.18.0.5 > 192.0.2.1 len=20 ttl=9" },
	{ OUT, "47 198.51.100.9 > 198.18.0.5 len=20" },
};

static const struct step steps6[] = {
	/* 0: UDP and its answers */
	{ IN, "udp [2001:2::5]:1000 > [2001:db8:9::9]:53 len=20" },
	{ OUT, "udp [2001:db8:9::9]:53 > $0 len=30" },
	{ IN, "udp [2001:2::5]:1000 > [2001:db8:9::9]:53 len=20" },
	{ IN, "udp [2001:2::6]:2000 > [2001:db8:9::9]:4444 len=20" },
	{ OUT, "udp [2001:db8:9::9]:4444 > $3 len=30" },
	{ OUT, "udp [2001:db8:9::9]:9999 > $3 len=30" },
	/* 6: TCP from hello to goodbye */
	{ IN, "tcp [2001:2::7]:3000 > [2001:db8:9::9]:80 flags=S seq=100 win=1000" },
	{ OUT, "tcp [2001:db8:9::9]:80 > $6 flags=SA seq=500 ack=101 win=1000" },
	{ IN, "tcp [2001:2::7]:3000 > [2001:db8:9::9]:80 flags=A seq=101 ack=501 win=1000" },
	{ IN, "tcp [2001:2::7]:3000 > [2001:db8:9::9]:80 flags=PA seq=101 ack=501 win=1000 len=10" },
	{ OUT, "tcp [2001:db8:9::9]:80 > $6 flags=A seq=501 ack=111 win=1000" },
	{ IN, "tcp [2001:2::7]:3000 > [2001:db8:9::9]:80 flags=PA seq=9000000 ack=501 win=1000 "
	      "len=9" },
	{ IN, "tcp [2001:2::7]:3000 > [2001:db8:9::9]:80 flags=A seq=9000000 ack=501 win=1000" },
	{ IN, "tcp [2001:2::7]:3000 > [2001:db8:9::9]:80 flags=FA seq=111 ack=501 win=1000" },
	{ OUT, "tcp [2001:db8:9::9]:80 > $6 flags=FA seq=501 ack=112 win=1000" },
	{ IN, "tcp [2001:2::7]:3000 > [2001:db8:9::9]:80 flags=A seq=112 ack=502 win=1000" },
	/* 16: refused, picked up in the middle, and nonsense */
	{ IN, "tcp [2001:2::7]:3001 > [2001:db8:9::9]:25 flags=S seq=100 win=1000" },
	{ OUT, "tcp [2001:db8:9::9]:25 > $16 flags=RA seq=0 ack=101 win=0" },
	{ IN, "tcp [2001:2::8]:3002 > [2001:db8:9::9]:443 flags=A seq=7 ack=9 win=1000" },
	{ IN, "tcp [2001:2::8]:3003 > [2001:db8:9::9]:443 flags=SF seq=7 win=1000" },
	{ IN, "tcp [2001:2::8]:3004 > [2001:db8:9::9]:443 flags=FPU seq=7 win=1000" },
	{ OUT, "tcp [2001:db8:9::9]:443 > [2001:2::8]:3005 flags=SA seq=7 ack=9 win=1000" },
	/* 22: addresses that can't be true */
	{ IN, "udp [fc00::9]:1 > [2001:db8:9::9]:53" },
	{ IN, "tcp [2001:db8:7::1]:5 > [2001:db8:9::9]:80 flags=S seq=1 win=1000" },
	{ OUT, "udp [2001:2::9]:1 > [2001:2::5]:5" },
	{ OUT, "udp [fd00::1]:1 > [2001:2::5]:5" },
	{ OUT, "tcp [2001:db8:1::7]:1 > [2001:2::80]:8080 flags=S seq=1 win=1000" },
	/* 27: from outside */
	{ OUT, "udp [2001:db8:9::9]:7777 > [2001:2::5]:5" },
	{ OUT, "tcp [2001:db8:9::9]:7777 > [2001:2::5]:113 flags=S seq=5 win=1000" },
	{ OUT, "tcp [2001:db8:9::9]:7778 > [2001:2::80]:8080 flags=S seq=5 win=1000" },
	{ OUT, "tcp [2001:db8:9::a]:7777 > [2001:db8:2::1]:80 flags=S seq=5 win=1000" },
	{ IN, "tcp [2001:2::80]:8080 > [2001:db8:9::a]:7777 flags=SA seq=50 ack=6 win=1000" },
	{ OUT, "tcp [2001:db8:9::a]:7777 > [2001:db8:2::1]:80 flags=A seq=6 ack=51 win=1000" },
	{ OUT, "udp [2001:db8:9::9]:7777 > [2001:db8:2::1]:53" },
	{ OUT, "tcp [2001:db8:9::9]:7779 > [2001:db8:2::1]:22 flags=S seq=5 win=1000" },
	/* 35: where users may not go */
	{ IN, "udp [2001:2::5]:11 > [fd00::1]:53" },
	{ IN, "tcp [2001:2::5]:12 > [2002:1::1]:80 flags=S seq=1 win=1000" },
	{ IN, "udp [2001:2::5]:13 > [100::1]:53" },
	{ IN, "47 [2001:2::5] > [2001:db8:9::9]" },
	{ IN, "132 [2001:2::5] > [2001:db8:9::9]" },
	/* 40: ICMPv6: questions, answers, errors */
	{ IN, "icmp [2001:2::5] > [2001:db8:9::9] type=128 id=77" },
	{ OUT, "icmp [2001:db8:9::9] > $40a type=129 id=77" },
	{ OUT, "icmp [2001:db8:9::9] > [2001:2::5] type=129 id=99" },
	{ OUT, "icmp [2001:db8:9::9] > [2001:2::5] type=128 id=98" },
	{ OUT, "icmp [2001:db8:9::1] > $0a type=1 code=4 | udp $0 > [2001:db8:9::9]:53" },
	{ OUT, "icmp [2001:db8:9::1] > $0a type=3 code=0 | udp $0 > [2001:db8:9::9]:53" },
	{ OUT, "icmp [2001:db8:9::1] > [2001:2::5] type=1 code=4 | "
	       "udp [2001:2::5]:1 > [2001:db8:9::9]:2" },
	{ IN, "icmp [2001:2::80] > [2001:db8:9::a] type=1 code=3 | "
	      "tcp [2001:db8:9::a]:7777 > [2001:2::80]:8080 flags=S seq=5" },
	/* 48: the other inside network, the firewall itself, small failures */
	{ IN, "udp [2001:db8:1::77]:5 > [2001:db8:9::9]:53" },
	{ OUT, "udp [2001:db8:9::9]:53 > [2001:db8:1::77]:5" },
	{ IN, "udp [2001:2::5]:14 > [2001:db8:1::1]:5353" },
	{ IN, "tcp [2001:2::5]:15 > [2001:db8:1::1]:23 flags=S seq=1 win=1000" },
	{ IN, "udp [2001:2::5]:1000 > [2001:db8:9::9]:53 ttl=1" },
	{ IN, "udp [2001:2::5]:16 > [2001:db8:9::9]:53 badcsum" },
	{ IN, "tcp [2001:2::9]:19 > [2001:db8:9::9]:443 flags=S seq=1 win=1000" },
	{ IN, "tcp [2001:2::9]:20 > [2001:db8:9::9]:8443 flags=S seq=1 win=1000" },
	/* 56: rejections of protocols without ports */
	{ IN, "47 [2001:2::5] > [2001:db8:9::9] len=20" },
	{ IN, "50 [2001:2::5] > [2001:db8:9::9] len=20" },
	{ IN, "103 [2001:2::5] > [2001:db8:9::9] len=20" },
	{ IN, "47 [2001:db8:7::1] > [2001:db8:9::9] len=20" },
	{ IN, "47 [2001:2::5] > [2001:db8:9::9] len=20 ttl=1" },
	{ IN, "47 [2001:2::5] > [2001:db8:9::9] len=20 ttl=2" },
	{ IN, "47 [2001:2::5] > [2001:db8:1::1] len=20 ttl=9" },
	{ OUT, "47 [2001:db8:9::9] > [2001:2::5] len=20" },
};

#define STEPS	96
_Static_assert(ARRAY_SIZE(steps4) <= STEPS && ARRAY_SIZE(steps6) <= STEPS, "room for answers");

static const struct list {
	int family;
	const struct step *steps;
	size_t n;
} lists[] = {
	{ AF_INET, steps4, ARRAY_SIZE(steps4) },
	{ AF_INET6, steps6, ARRAY_SIZE(steps6) },
};

/* What came out at each step of each list, and the packet that went in. */
struct answers {
	char out[ARRAY_SIZE(lists)][STEPS][ANSWER];
	char in[ARRAY_SIZE(lists)][STEPS][ANSWER];
};

/* The source of the packet in an answer, "198.51.100.9:53" or without its port. */
static void answer_source(const char *answer, bool with_port, char *ret, size_t size)
{
	const char *at = strstr(answer, "| "), *space = at ? strchr(at + 2, ' ') : NULL, *end;

	if (!space) {
		snprintf(ret, size, "192.0.2.99");	/* nothing came out: nobody's */
		return;
	}
	end = strchr(space + 1, ' ');
	snprintf(ret, size, "%.*s", (int)(end - space - 1), space + 1);
	if (with_port)
		return;
	end = *ret == '[' ? strchr(ret, ']') + 1 : strchr(ret, ':');
	if (end)
		ret[end - ret] = '\0';
}

/* @packet with its "$6" and "$6a" filled in from the answers so far. */
static void fill_in(const char *packet, char (*out)[ANSWER], int family, char *ret, size_t size)
{
	size_t at = 0;
	char source[80], *end;

	for (; *packet && at < size - 1; packet++) {
		unsigned long n;

		if (*packet != '$') {
			ret[at++] = *packet;
			continue;
		}
		n = strtoul(packet + 1, &end, 10);
		answer_source(out[n], *end != 'a', source, sizeof(source));
		if (family == AF_INET6 && *source != '[')
			snprintf(source, sizeof(source), "[2001:db8:1::99]");
		at += (size_t)snprintf(ret + at, size - at, "%s", source);
		packet = *end == 'a' ? end : end - 1;
	}
	ret[min(at, size - 1)] = '\0';
}

static void build(const struct step *s, const char *packet, struct pkt_buf *frame)
{
	const u8 macs[WORLD_ENDS][12] = {
		{ 2, 0, 0, 0, 0, 0x01, 2, 0, 0, 0, 0, 0x10 },
		{ 2, 0, 0, 0, 0, 0x02, 2, 0, 0, 0, 0, 0x20 },
	};

	pkt_build(frame, packet);
	memcpy(frame->data, macs[s->end], 12);
}

struct texts {
	char path[2][512], *text[2];
	struct kernel_rules rules;
};

static void texts_read(struct texts *t, const char *ruleset)
{
	struct err err = { 0 };

	memset(t, 0, sizeof(*t));
	for (int f = 0; f < RULES_FAMILIES; f++) {
		if (ruleset_read(ruleset, rules_family(f), t->path[f], sizeof(t->path[f]),
				 &t->text[f], &t->rules.len[f], &err))
			fail_msg("%s", err.text);
		t->rules.name[f] = t->path[f];
		t->rules.text[f] = t->text[f];
	}
}

static void texts_free(struct texts *t)
{
	free(t->text[0]);
	free(t->text[1]);
}

static void engine_step(struct fw_worker *worker, const struct step *s, struct pkt_buf *frame,
			u64 now_ns, char *ret)
{
	struct fw_pkt pkt = {
		.data = frame->data, .len = frame->len, .room = PKT_ROOM, .in_if = (u16)s->end,
	};
	int n;

	fw_process(worker, &pkt, 1, now_ns);
	*ret = '\0';
	if (pkt.verdict != FW_FORWARD && pkt.verdict != FW_REPLY)
		return;
	n = snprintf(ret, ANSWER, "%u | ", pkt.out_if);
	pkt_text(pkt.data, pkt.len, ret + n, ANSWER - (size_t)n);
}

static void engine_run(const struct texts *t, struct answers *a)
{
	struct fw_config config;
	struct fw_worker *worker;
	struct err err = { 0 };
	u64 now_ns = NSEC_PER_SEC;
	struct fw *fw;

	fw_config_default(&config);
	world_default(&config);
	if (fw_create(&config, &fw, &err) || fw_worker_create(fw, 0, -1, &worker, &err))
		fail_msg("%s", err.text);
	for (int f = 0; f < RULES_FAMILIES; f++)
		if (fw_load(fw, rules_family(f), t->path[f], t->text[f], t->rules.len[f], &err))
			fail_msg("%s", err.text);
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		for (size_t i = 0; i < lists[l].n; i++) {
			const struct step *s = &lists[l].steps[i];
			struct pkt_buf frame;

			fill_in(s->packet, a->out[l], lists[l].family, a->in[l][i], ANSWER);
			build(s, a->in[l][i], &frame);
			engine_step(worker, s, &frame, now_ns += 1000000, a->out[l][i]);
		}
	}
	fw_worker_destroy(worker);
	fw_destroy(fw);
}

/* @expect: what the engine let out, only to know how long to wait. */
static void kernel_run(const struct kernel_rules_backend *b, const struct kernel_rules *rules,
		       const struct answers *expect, struct answers *a)
{
	struct kernel_world w;
	struct err err = { 0 };

	if (kernel_world_open(&w, &err))
		fail_msg("%s", err.text);
	if (b->load(w.dut, rules, NULL, &err)) {
		kernel_world_close(&w);
		fail_msg("%s", err.text);
	}
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		for (size_t i = 0; i < lists[l].n; i++) {
			const struct step *s = &lists[l].steps[i];
			struct pkt_buf frame;

			fill_in(s->packet, a->out[l], lists[l].family, a->in[l][i], ANSWER);
			build(s, a->in[l][i], &frame);
			kernel_world_send(&w, s->end, &frame, *expect->out[l][i] != '\0',
					  a->out[l][i], ANSWER);
		}
	}
	kernel_world_close(&w);
}

/* What the engine may do otherwise: one of several addresses to translate to is as
 * good as another. */
static void hide_pools(const char *text, char *ret)
{
	static const char *const pools[] = { "203.0.113.", "2001:db8:2::" };
	char *to = ret;

	while (*text) {
		size_t n = 0;

		for (size_t i = 0; i < ARRAY_SIZE(pools); i++)
			if (!strncmp(text, pools[i], strlen(pools[i])))
				n = strlen(pools[i]);
		if (!n) {
			*to++ = *text++;
			continue;
		}
		memcpy(to, text, n);
		to += n;
		*to++ = '*';
		text += n + strspn(text + n, "0123456789abcdef");
	}
	*to = '\0';
}

/* How many steps differ that should not; each that does is printed. */
static unsigned int compare(const char *ruleset, const char *name_a, const struct answers *a,
			    const char *name_b, const struct answers *b, bool engine)
{
	unsigned int differ = 0;
	char x[ANSWER * 2], y[ANSWER * 2];

	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		for (size_t i = 0; i < lists[l].n; i++) {
			snprintf(x, sizeof(x), "%s", a->out[l][i]);
			snprintf(y, sizeof(y), "%s", b->out[l][i]);
			if (engine) {
				hide_pools(a->out[l][i], x);
				hide_pools(b->out[l][i], y);
			}
			if (!strcmp(x, y))
				continue;
			differ++;
			printf("# DIFFERENT:\n# %s, IPv%c step %zu: %s\n#     %-9s%s\n#     %-9s%s\n", ruleset,
			       lists[l].family == AF_INET ? '4' : '6', i, a->in[l][i], name_a,
			       *a->out[l][i] ? a->out[l][i] : "-", name_b,
			       *b->out[l][i] ? b->out[l][i] : "-");
		}
	}
	return differ;
}

static void everybody_agrees(const char *ruleset)
{
	struct answers *engine = calloc(1, sizeof(*engine)), *legacy = calloc(1, sizeof(*legacy)),
		       *other = calloc(1, sizeof(*other));
	unsigned int differ = 0;
	struct texts t;

	texts_read(&t, ruleset);
	engine_run(&t, engine);
	kernel_run(&kernel_rules_legacy, &t.rules, engine, legacy);
	differ += compare(ruleset, "legacy", legacy, "engine", engine, true);
	kernel_run(&kernel_rules_nft, &t.rules, engine, other);
	differ += compare(ruleset, "legacy", legacy, "nft", other, false);
	kernel_run(&kernel_rules_native, &t.rules, engine, other);
	differ += compare(ruleset, "legacy", legacy, "native", other, false);
	t.rules.linear = true;
	kernel_run(&kernel_rules_native, &t.rules, engine, other);
	differ += compare(ruleset, "legacy", legacy, "linear", other, false);
	texts_free(&t);
	free(engine);
	free(legacy);
	free(other);
	assert_int_equal(differ, 0);
}

static void everybody_agrees_about_filter(void **state __unused)
{
	everybody_agrees("filter");
}

static void everybody_agrees_about_full(void **state __unused)
{
	everybody_agrees("full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_agrees_about_filter),
		cmocka_unit_test(everybody_agrees_about_full),
	};
	static const char *const programs[] = {
		"nft", "iptables-legacy-restore", "iptables-nft-restore", NULL,
	};
	const char *why_not = kernel_world_why_not(programs);

	if (why_not) {
		printf("1..0 # SKIP %s\n", why_not);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
