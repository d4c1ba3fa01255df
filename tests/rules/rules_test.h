/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules_test.h - what the tests of the rules share: a firewall of two
 * interfaces, and packets from short descriptions, without frames around them
 * unless a match looks into the frame.
 *
 *	"proto=6 src=10.0.0.1 sport=1000 dport=80 flags=SA in=eth0 ct=NEW"
 *
 * Keys, all optional: src dst proto sport dport flags (of FSRPAUEC) type code
 * in out ("-": none) ct mark ctmark status dir len ttl frag short nol4 now
 * (milliseconds) osrc odst rsrc rdst osport odport rsport rdport.
 */
#ifndef KPPS_RULES_TEST_H
#define KPPS_RULES_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/ruleset.h"

static const struct fw_if rules_ifs[2] = { { .name = "eth0" }, { .name = "eth1" } };

struct rules_pkt {
	struct pkt_view view;
	struct rule_ctx ctx;
	u32 ctmark;
	u8 frame[128];
};

static inline struct fw_config rules_config(void)
{
	return (struct fw_config){ .nifs = 2, .ifs = rules_ifs, .workers = 1 };
}

static inline int rules_try(int family, const char *text, struct ruleset **ret, struct err *err)
{
	struct fw_config config = rules_config();

	return ruleset_create(&config, family, "t", text, strlen(text), ret, err);
}

static inline struct ruleset *rules_load(int family, const char *text)
{
	struct ruleset *rs = NULL;
	struct err err = { 0 };

	if (rules_try(family, text, &rs, &err))
		fail_msg("%s\nin:\n%s", err.text, text);
	return rs;
}

static inline u8 rules_flags(const char *letters)
{
	u8 bits = 0;

	for (; *letters; letters++)
		bits |= (u8)(1U << (strchr("FSRPAUEC", *letters) - "FSRPAUEC"));
	return bits;
}

static inline u8 rules_ctstate(const char *name)
{
	static const char *const names[] = {
		"NONE", "NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED",
	};

	for (u8 i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return i;
	fail_msg("no state %s", name);
	return 0;
}

static inline u16 rules_if(const char *name)
{
	for (u16 i = 0; i < 2; i++)
		if (!strcmp(rules_ifs[i].name, name))
			return i;
	return 0xffff;
}

/* The keys whose value is a number, or an address. */
static inline bool rules_number(struct rules_pkt *p, const char *key, const char *value)
{
	u32 n = (u32)strtoul(value, NULL, 0);
	struct {
		const char *key;
		void *at;
		size_t size;
	} fields[] = {
		{ "proto", &p->view.l4proto, 1 }, { "sport", &p->view.sport, 2 },
		{ "dport", &p->view.dport, 2 }, { "ttl", &p->view.ttl, 1 },
		{ "len", &p->view.l3_len, 2 }, { "mark", &p->ctx.mark, 4 },
		{ "status", &p->ctx.ctstatus, 1 }, { "dir", &p->ctx.ctdir, 1 },
		{ "osport", &p->ctx.ct_port[0], 2 }, { "odport", &p->ctx.ct_port[1], 2 },
		{ "rsport", &p->ctx.ct_port[2], 2 }, { "rdport", &p->ctx.ct_port[3], 2 },
		{ "ctmark", &p->ctmark, 4 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(key, fields[i].key))
			continue;
		memcpy(fields[i].at, &n, fields[i].size);
		return true;
	}
	return false;
}

static inline bool rules_address(struct rules_pkt *p, const char *key, const char *value)
{
	struct {
		const char *key;
		union fw_addr *at;
	} fields[] = {
		{ "src", &p->view.src }, { "dst", &p->view.dst },
		{ "osrc", &p->ctx.ct_addr[0] }, { "odst", &p->ctx.ct_addr[1] },
		{ "rsrc", &p->ctx.ct_addr[2] }, { "rdst", &p->ctx.ct_addr[3] },
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(key, fields[i].key))
			continue;
		if (inet_pton(p->view.family, value, fields[i].at) != 1)
			fail_msg("no address %s", value);
		return true;
	}
	return false;
}

static inline void rules_key(struct rules_pkt *p, const char *key, const char *value)
{
	if (rules_number(p, key, value) || rules_address(p, key, value)) {
		if (!strcmp(key, "ctmark"))
			p->ctx.ctmark = &p->ctmark;
	} else if (!strcmp(key, "flags")) {
		p->view.tcp_flags = rules_flags(value);
	} else if (!strcmp(key, "type")) {
		p->view.sport = (u16)(atoi(value) << 8 | (p->view.sport & 0xff));
	} else if (!strcmp(key, "code")) {
		p->view.sport = (u16)((p->view.sport & 0xff00) | atoi(value));
	} else if (!strcmp(key, "in")) {
		p->ctx.in_if = rules_if(value);
	} else if (!strcmp(key, "out")) {
		p->ctx.out_if = rules_if(value);
	} else if (!strcmp(key, "ct")) {
		p->ctx.ctstate = rules_ctstate(value);
		p->ctx.ctmark = p->ctx.ctstate == FW_CT_NONE || p->ctx.ctstate >= FW_CT_INVALID ?
			NULL : &p->ctmark;
	} else if (!strcmp(key, "now")) {
		p->ctx.now_ns = strtoull(value, NULL, 0) * 1000000;
	} else if (!strcmp(key, "frag")) {
		p->view.fragment = true;
	} else if (!strcmp(key, "nol4")) {
		p->view.l4_ok = false;
	} else {
		fail_msg("no key %s", key);
	}
}

static inline void rules_pkt(struct rules_pkt *p, int family, const char *description)
{
	char text[512], *save = NULL;

	memset(p, 0, sizeof(*p));
	p->view = (struct pkt_view){
		.family = (u8)family, .data = p->frame, .len = 60, .l3_off = 14,
		.l4_off = family == AF_INET ? 34 : 54, .l3_len = 46, .ttl = 64, .l4_ok = true,
		.l4proto = 17,
	};
	p->ctx.pkt = &p->view;
	p->ctx.out_if = 1;
	memcpy(p->frame, "\x02\0\0\0\0\x01\x02\0\0\0\0\x0a", 12);
	snprintf(text, sizeof(text), "%s", description);
	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		char *eq = strchr(w, '=');

		if (eq)
			*eq++ = '\0';
		rules_key(p, w, eq ? eq : "");
	}
}

static inline enum rule_verdict rules_run(struct ruleset *rs, enum table table, enum hook hook,
					  int family, const char *description)
{
	struct rules_pkt p;

	rules_pkt(&p, family, description);
	return ruleset_run(rs, table, hook, &p.ctx);
}

static inline char *rules_save(struct ruleset *rs)
{
	struct fw_config config = rules_config();
	struct err err = { 0 };
	char *text = NULL;

	if (ruleset_save(rs, &config, &text, &err))
		fail_msg("%s", err.text);
	return text;
}

#endif
