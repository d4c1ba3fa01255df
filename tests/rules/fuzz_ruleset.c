// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_ruleset.c - any bytes as a ruleset, of either family. What loads must
 * run, print, load again to the same text, and be translated to nftables or
 * refused with a reason.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/ir_nft.h"
#include "fw-under-test/engine/parse.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const struct fw_if ifs[2] = { { .name = "eth0" }, { .name = "eth1" } };
static const struct fw_config config = { .nifs = 2, .ifs = ifs, .workers = 1 };

static void run_all(struct ruleset *rs, int family)
{
	u8 frame[128] = { 0 };
	u32 ctmark = 5;
	struct pkt_view pkt = {
		.data = frame, .len = 100, .family = (u8)family, .ttl = 64, .l4_ok = true,
		.l3_off = 14, .l4_off = family == AF_INET ? 34 : 54, .l3_len = 86,
		.tcp_flags = 2, .dport = 80, .sport = 0x0800,
	};
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6 };

	frame[pkt.l4_off + 12] = 0xf0;
	for (size_t i = 0; i < sizeof(protos) * TABLES * HOOKS; i++) {
		struct rule_ctx ctx = {
			.pkt = &pkt, .out_if = 1, .ctstate = FW_CT_NEW, .ctmark = &ctmark,
		};

		pkt.l4proto = protos[i / (TABLES * HOOKS)];
		ruleset_run(rs, (enum table)(i / HOOKS % TABLES), (enum hook)(i % HOOKS), &ctx);
	}
}

static void translate(const char *text, int family)
{
	struct ir_nft_options opt = { .linear = false };
	struct err err = { 0 };
	struct ir *ir;

	if (parse_save(family, "again", text, strlen(text), &ir, &err))
		abort();
	for (int i = 0; i < 2; i++, opt.linear = true) {
		char *nft = NULL;
		int ret = ir_nft(ir, &opt, &nft, &err);

		if (ret && (ret != -EOPNOTSUPP || !*err.text))
			abort();
		free(nft);
	}
	ir_destroy(ir);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct ruleset *rs, *again;
	char *once, *twice;
	struct err err;
	int family;

	if (!size)
		return 0;
	family = data[0] & 1 ? AF_INET6 : AF_INET;
	if (ruleset_create(&config, family, "fuzz", (const char *)data + 1, size - 1, &rs, &err))
		return 0;
	if (ruleset_save(rs, &config, &once, &err) ||
	    ruleset_create(&config, family, "again", once, strlen(once), &again, &err) ||
	    ruleset_save(again, &config, &twice, &err) || strcmp(once, twice))
		abort();
	run_all(rs, family);
	translate(once, family);
	ruleset_destroy(again);
	ruleset_destroy(rs);
	free(twice);
	free(once);
	return 0;
}
