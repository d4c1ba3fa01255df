// SPDX-License-Identifier: GPL-2.0-or-later
/* test_pgset.c - scripts for pktgen: what is read, what is refused and where, what is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "run/pgset.h"

#define BASE "PGDEV=/proc/net/pktgen/eth1\npgset 'dst 10.0.0.1'\npgset 'src_min 10.1.0.1'\n" \
	"pgset 'dst_mac 02:00:00:00:00:02'\n"

static struct pgset_plan plan;
static struct pgset_stream stream;
static struct err err;
static char notes[8192];

static void keep(void *arg __unused, const char *sentence)
{
	size_t len = strlen(notes);

	snprintf(notes + len, sizeof(notes) - len, "%s\n", sentence);
}

static int reading(const char *text)
{
	notes[0] = '\0';
	memset(&err, 0, sizeof(err));
	return pgset_read("f.sh", text, strlen(text), keep, NULL, &plan, &err);
}

static void assert_read(const char *text)
{
	int rc = reading(text);

	if (rc)
		print_message("# %s\n", err.text);
	assert_int_equal(rc, 0);
}

static void assert_wrong(const char *text, const char *sentence)
{
	assert_int_equal(reading(text), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.text, sentence);
}

static int mapping(const char *text)
{
	assert_read(text);
	return pgset_to_stream("f.sh", &plan, keep, NULL, &stream, &err);
}

static void assert_mapped(const char *text)
{
	struct kpps_stream s;
	int rc = mapping(text);

	if (!rc)
		rc = stream_build(&stream.spec, &s, &err);
	if (rc)
		print_message("# %s\n", err.text);
	assert_int_equal(rc, 0);
}

static void assert_refused(const char *text, const char *sentence)
{
	assert_int_equal(mapping(text), -EOPNOTSUPP);
	assert_string_equal(err.text, sentence);
}

static void assert_noted(const char *sentence)
{
	if (!strstr(notes, sentence))
		print_message("# %s", notes);
	assert_non_null(strstr(notes, sentence));
}

static u64 value(enum pgset_id id)
{
	return plan.device[0].value[id].number;
}

/* ------------------------------------------------------------------------------ reading */

static void every_way_to_tell_pktgen_is_understood(void **state __unused)
{
	static const char *const ways[] = {
		"PGDEV=/proc/net/pktgen/eth1\npgset \"count 7\"\n",
		"pg_set eth1 \"count 7\"\n",
		"DEV=eth1; N=7\npg_set $DEV \"count ${N}\"",
		"proc_cmd eth1 count 7",
		"echo \"count 7\" > /proc/net/pktgen/eth1",
		"echo count 7 >>/proc/net/pktgen/eth1",
		"readonly P=/proc/net/pktgen\necho -n 'count 7' > \"$P/eth1\" # seven",
		"export PGDEV=/proc/net/pktgen/eth1\ncount 7",
		"pg_thread 0 add_device eth1\ncount 7\npg_ctrl start",
		"pg_set eth1 \\\n  \"count 7\" 2>/dev/null || exit 1",
		"pg_set eth1 'count\t7 '\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		assert_read(ways[i]);
		assert_int_equal(plan.ndevices, 1);
		assert_string_equal(plan.device[0].name, "eth1");
		assert_int_equal(value(PGSET_COUNT), 7);
	}
	assert_read("count 7\n");
	assert_string_equal(plan.device[0].name, "");
}

static void places_are_lines_and_columns(void **state __unused)
{
	assert_read("\n\n  pg_set eth1 'count 7'; pg_set eth1 'delay 5'\n");
	assert_int_equal(plan.device[0].value[PGSET_COUNT].place.line, 3);
	assert_int_equal(plan.device[0].value[PGSET_COUNT].place.column, 15);
	assert_int_equal(plan.device[0].value[PGSET_DELAY].place.column, 38);
}

static void what_has_no_influence_is_skipped_and_listed(void **state __unused)
{
	assert_read("#!/bin/sh\nmodprobe pktgen\nsource ${basedir}/functions.sh\nX=`date`\nfunction pgset() {\n  local r\n  echo $1 > $PGDEV\n"
		    "  if [ \"$r\" = \"\" ]; then\n    cat $PGDEV | fgrep Result:\n  fi\n}\n"
		    "if [[ `lsmod | grep pktgen` == \"\" ]]; then\n  modprobe pktgen\nfi\n"
		    "echo \"$X: adding\"\npg_set eth1 \"count 7\"\ntrap true SIGINT\npg_ctrl start > log\n"
		    "for i in 1 2; do cat /proc/net/pktgen/eth$i; done\nexit 0\nthis is not read $(\n");
	assert_int_equal(value(PGSET_COUNT), 7);
	assert_true(plan.started);
	assert_noted("f.sh:2: skipped: modprobe\n");
	assert_noted("f.sh:5: skipped: the definition of a function\n");
	assert_noted("f.sh:12: skipped: \"if\" around nothing that pktgen is told\n");
	assert_noted("f.sh:15: skipped: echo\n");
	assert_noted("f.sh:19: skipped: \"for\" around nothing that pktgen is told\n");
	assert_noted("f.sh:20: skipped: exit and what follows it\n");
}

static void what_would_have_to_be_executed_is_an_error(void **state __unused)
{
	assert_wrong("if [ -n \"$X\" ]; then\n  pg_set eth1 'count 7'\nfi\n",
		     "f.sh:1:1: \"if\" around \"pg_set\" (line 2): kpps does not execute scripts: write out the lines that shall apply");
	assert_wrong("pg_set eth1 'count 7'\nfor i in 0 1; do\n  pg_set eth1@$i 'count 7'\ndone\n",
		     "f.sh:2:1: \"for\" around \"pg_set\" (line 3): kpps does not execute scripts: write out the lines that shall apply");
	assert_wrong("[ -z \"$APPEND\" ] && pg_ctrl reset",
		     "f.sh:1:1: \"[\": a condition: kpps does not execute scripts: write out the lines that shall apply");
	assert_wrong("pg_set eth1 \"count $(nproc)\"",
		     "f.sh:1:13: a command substitution or arithmetic: kpps does not execute scripts: write the value");
	assert_wrong("pg_set eth1 \"count $1\"",
		     "f.sh:1:13: a \"$\" that is no variable: kpps does not execute scripts: write the value");
	assert_wrong("pg_set $DEV 'count 7'", "f.sh:1:8: DEV is not set to a constant: add DEV=VALUE before it");
	assert_wrong("DEV=`x`\npg_set $DEV 'count 7'", "f.sh:2:8: DEV is not set to a constant: add DEV=VALUE before it");
	assert_wrong("pg_set eth1 'count 7'\npg_ctrl start &\n",
		     "f.sh:2:15: \"&\": a command in the background: kpps gen runs to the end of count, or --duration");
	assert_wrong("cat x > /proc/net/pktgen/eth1",
		     "f.sh:1:9: \"cat\" into a file of pktgen's that may be: kpps understands echo, with a constant path");
	assert_wrong("echo x > $FILE",
		     "f.sh:1:10: \"echo\" into a file of pktgen's that may be: kpps understands echo, with a constant path");
	assert_wrong("ethtool -K eth1 gso off",
		     "f.sh:1:1: \"ethtool\": not a command that kpps understands in a pktgen script (see \"kpps help pktgen\")");
	assert_wrong("count 7\ncat <<E\ncount 8\nE\n", "f.sh:2:5: \"<<\": a here-document, which kpps does not read");
	assert_wrong("source ./mine.sh",
		     "f.sh:1:1: \"source\": not a command that kpps understands in a pktgen script (see \"kpps help pktgen\")");
	assert_wrong("unset DEV", "f.sh:1:1: \"unset\": not a command that kpps understands in a pktgen script (see \"kpps help pktgen\")");
	assert_wrong("X=1 pg_ctrl start", "f.sh:1:5: an assignment for one command: write it in a line of its own");
}

static void wrong_commands_are_errors_with_their_place(void **state __unused)
{
	assert_wrong("", "f.sh:1:1: nothing to send: pktgen is told nothing in this file");
	assert_wrong("pg_set eth1 'pkt_sise 60'",
		     "f.sh:1:13: \"pkt_sise\": a device of pktgen's has no such command: did you mean \"pkt_size\"?");
	assert_wrong("pg_ctrl begin", "f.sh:1:9: \"begin\": pgctrl of pktgen's has no such command");
	assert_wrong("pg_thread 0 'count 7'", "f.sh:1:13: \"count\": a thread of pktgen's has no such command");
	assert_wrong("pg_thread x start", "f.sh:1:11: pg_thread \"x\": want a thread's number");
	assert_wrong("pgset 'count 7'", "f.sh:1:1: PGDEV is not set to a constant: PGDEV=/proc/net/pktgen/eth1");
	assert_wrong("PGDEV=/tmp/x\npgset 'count 7'", "f.sh:2:1: PGDEV is \"/tmp/x\": want a file in /proc/net/pktgen/");
	assert_wrong("PGDEV=/proc/net/pktgen/eth1\npgset count 7",
		     "f.sh:2:1: pgset takes one word, in quotes: pgset \"pkt_size 60\"");
	assert_wrong("pg_set eth1 'count 7 8'", "f.sh:1:13: count \"7 8\": it takes one value");
	assert_wrong("count seven", "f.sh:1:1: count \"seven\": want a number from 0 to 1000000000000000");
	assert_wrong("udp_src_min 65536", "f.sh:1:1: udp_src_min \"65536\": want a number from 0 to 65535");
	assert_wrong("tos 0x10", "f.sh:1:1: tos \"0x10\": want two hexadecimal digits, as b8");
	assert_wrong("dst 10.0.0", "f.sh:1:1: dst \"10.0.0\": want an IPv4 address");
	assert_wrong("dst6 10.0.0.1", "f.sh:1:1: dst6 \"10.0.0.1\": want an IPv6 address");
	assert_wrong("dst_mac 02:00", "f.sh:1:1: dst_mac \"02:00\": want a MAC address such as 02:00:00:00:00:01");
	assert_wrong("imix_weights 60", "f.sh:1:1: imix_weights \"60\": want SIZE,WEIGHT SIZE,WEIGHT …, as 60,7 590,4 1514,1");
	assert_wrong("flag IPSRC_RAND",
		     "f.sh:1:1: flag \"IPSRC_RAND\": pktgen has none of this name: did you mean \"IPSRC_RND\"?");
	assert_wrong("src6_min ::1", "f.sh:1:1: \"src6_min\": not a command that kpps understands in a pktgen script (see \"kpps help pktgen\")");
	assert_wrong("pg_set eth1 'count 7\n", "f.sh:1:13: a quote (') without its end");
	assert_wrong("pg_thread 0 'add_device eth1'\npg_thread 1 'add_device eth1'\n",
		     "f.sh:2:13: add_device \"eth1\": it has been added in line 1: write eth1@1, as pktgen wants it");
	assert_wrong("pg_ctrl start", "f.sh:1:9: start: no device has been set up");
	assert_wrong("count 7\nstart\nstart\n", "f.sh:3:1: a second start: kpps gen runs one: make a script of each");
	assert_wrong("f() {\n echo\n", "f.sh:1:1: a function without its end (})");
	assert_wrong("if true; then\n", "f.sh:1:1: \"if\" without its end");
}

static void too_much_of_anything_is_an_error(void **state __unused)
{
	char text[70 * 40] = "", word[400];

	for (unsigned int i = 0; i < 65; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "pg_set e%u 'count 1'\n", i);
	assert_int_equal(reading(text), -E2BIG);
	assert_string_equal(err.text, "f.sh:65:12: more than 64 devices");
	text[0] = '\0';
	for (unsigned int i = 0; i < 65; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "V%u=1\n", i);
	assert_int_equal(reading(text), -E2BIG);
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_wrong(word, "f.sh:1:1: a word of more than 255 bytes");
	text[0] = '\0';
	for (unsigned int i = 0; i < 64; i++)
		strcat(text, "echo x y ");
	assert_int_equal(reading(text), -EINVAL);
}

static void what_is_forgotten_does_not_run(void **state __unused)
{
	assert_read("pg_thread 0 'add_device eth0'\npg_thread 1 'add_device eth1'\npg_thread 0 rem_device_all\n"
		    "pg_set eth1 'count 7'\npg_ctrl start\npg_thread 1 rem_device_all\npg_set eth1 'count 8'\npg_ctrl reset");
	assert_int_equal(plan.ndevices, 1);
	assert_string_equal(plan.device[0].name, "eth1");
	assert_int_equal(plan.device[0].thread, 1);
	assert_int_equal(value(PGSET_COUNT), 7);
	assert_wrong("count 7\nreset\n", "f.sh:1:1: nothing to send: pktgen is told nothing in this file");
}

/* ------------------------------------------------------------------------------ mapping */

static void without_more_it_is_what_pktgen_has(void **state __unused)
{
	assert_mapped(BASE);
	assert_string_equal(stream.interface, "eth1");
	assert_int_equal(stream.count, 1000);
	assert_true(stream.rate_pps == 0);
	assert_int_equal(stream.ncpus, 0);
	assert_int_equal(stream.spec.family, AF_INET);
	assert_int_equal(stream.spec.ttl, 32);
	assert_int_equal(stream.spec.sizes[0], 64);
	assert_int_equal(stream.spec.source_port.first, 9);
	assert_int_equal(stream.spec.source_port.last, 9);
	assert_int_equal(stream.spec.destination_port.first, 9);
	assert_int_equal(stream.spec.flows, 1);
	assert_noted("f.sh: there is no start in it: it runs at its end\n");
	assert_refused("count 7", "f.sh:1:1: \"\": no dst: pktgen would send to 0.0.0.0");
	assert_mapped("dst 10.0.0.1");
	assert_false(stream.has_source);
	assert_int_equal(stream.spec.source.base[1], 18);
	assert_noted("f.sh: no dst_mac: 02:00:00:00:00:02");
}

static void sizes_are_without_fcs(void **state __unused)
{
	assert_mapped(BASE "pkt_size 1514");
	assert_int_equal(stream.spec.sizes[0], 1518);
	assert_mapped(BASE "pkt_size 42");
	assert_int_equal(stream.spec.sizes[0], 64);
	assert_noted("f.sh:5: frames of 42 bytes are sent as 60");
	assert_mapped(BASE "min_pkt_size 100\nmax_pkt_size 103");
	assert_int_equal(stream.spec.nsizes, 4);
	assert_int_equal(stream.spec.sizes[0], 104);
	assert_int_equal(stream.spec.sizes[3], 107);
	assert_mapped(BASE "min_pkt_size 100\nmax_pkt_size 103\nflag TXSIZE_RND");
	assert_int_equal(stream.spec.nsizes, 3);
	assert_int_equal(stream.spec.sizes[0] + stream.spec.sizes[1] + stream.spec.sizes[2], 104 + 105 + 106);
	assert_refused(BASE "min_pkt_size 100\nmax_pkt_size 1000",
		       "f.sh:6:1: 901 sizes from 100 to 1000: a stream's list has up to 256: use a smaller range, or imix_weights");
	assert_mapped(BASE "imix_weights 60,7 590,4 1514,1");
	assert_int_equal(stream.spec.nsizes, 12);
	for (unsigned int i = 0, n = 0; i < 12; i++) {
		n += stream.spec.sizes[i] == 64;
		if (i == 11)
			assert_int_equal(n, 7);
	}
	assert_refused(BASE "imix_weights 60,1000 590,999",
		       "f.sh:5:1: imix_weights: shares of 1999 frames: a stream's list has up to 256: use smaller weights");
}

static void the_last_of_delay_rate_and_ratep_counts(void **state __unused)
{
	assert_mapped(BASE "ratep 1000\ndelay 2000");
	assert_true(stream.rate_pps == 500000);
	assert_mapped(BASE "delay 2000\nratep 1000");
	assert_true(stream.rate_pps == 1000);
	assert_mapped(BASE "pkt_size 1250\nrate 300M");
	assert_true(stream.rate_pps == 30000);
	assert_mapped(BASE "rate 300\npkt_size 1250");
	assert_noted("f.sh:5: rate: for the size that is set after it");
	assert_mapped(BASE "ratep 1000\ndelay 0");
	assert_true(stream.rate_pps == 0);
	assert_refused(BASE "delay 2147483647", "f.sh:5:1: delay 2147483647: to pktgen this means to send nothing");
	assert_mapped(BASE "count 0");
	assert_int_equal(stream.count, 0);
}

static void ranges_end_where_pktgens_do(void **state __unused)
{
	assert_mapped(BASE "src_max 10.1.0.16\n");
	assert_int_equal(stream.spec.source.count, 16);
	assert_int_equal(stream.spec.order, KPPS_SEQUENTIAL);
	assert_int_equal(stream.spec.flows, 16);
	assert_mapped(BASE "src_max 10.1.0.16\nflag IPSRC_RND");
	assert_int_equal(stream.spec.source.count, 15);
	assert_int_equal(stream.spec.order, KPPS_UNIFORM);
	assert_int_equal(stream.spec.flows, 0);
	assert_noted("f.sh: each frame's address and port pair is drawn out of 15\n");
	assert_mapped(BASE "udp_src_min 9\nudp_src_max 109\nflag UDPSRC_RND");
	assert_int_equal(stream.spec.source_port.last, 108);
	assert_mapped(BASE "udp_dst_min 100\nudp_dst_max 50");
	assert_int_equal(stream.spec.destination_port.first, 100);
	assert_int_equal(stream.spec.destination_port.last, 100);
	assert_mapped(BASE "src_max 10.0.255.255");
	assert_int_equal(stream.spec.source.count, 1);
	assert_noted("f.sh:5: src_max is below src_min");
}

static void ranges_are_walked_together(void **state __unused)
{
	/* 4 addresses and 6 ports meet again after 12 */
	assert_mapped(BASE "dst_max 10.0.0.4\nudp_src_min 10\nudp_src_max 16");
	assert_int_equal(stream.spec.flows, 12);
	assert_int_equal(stream.spec.order, KPPS_SEQUENTIAL);
	assert_noted("f.sh: 12 of 24 address and port pairs");
	assert_mapped(BASE "dst_max 10.0.0.4\nudp_src_min 10\nudp_src_max 16\nflag UDPSRC_RND");
	assert_int_equal(stream.spec.order, KPPS_UNIFORM);
	assert_noted("drawn out of 24, also what pktgen would count up");
}

static void flows_are_so_many_tuples(void **state __unused)
{
	assert_mapped(BASE "src_max 10.1.255.255\nflag IPSRC_RND\nflows 4096\nflowlen 8\nflag FLOW_SEQ");
	assert_int_equal(stream.spec.flows, 4096);
	assert_int_equal(stream.spec.burst, 8);
	assert_int_equal(stream.spec.order, KPPS_SEQUENTIAL);
	assert_mapped(BASE "src_max 10.1.255.255\nflag IPSRC_RND\nflows 4096\nflowlen 8");
	assert_int_equal(stream.spec.order, KPPS_UNIFORM);
	assert_int_equal(stream.spec.burst, 1);
	assert_mapped(BASE "src_max 10.1.255.255\nflows 4096\nflowlen 8\nflag FLOW_SEQ\nflag FLOW_RND");
	assert_int_equal(stream.spec.order, KPPS_UNIFORM);
	assert_mapped(BASE "src_max 10.1.0.4\nflows 100000");
	assert_int_equal(stream.spec.flows, 4);
	assert_mapped(BASE "src_max 10.2.255.255\nflows 100000");
	assert_int_equal(stream.spec.flows, 65536);
}

static void ipv6_has_a_prefix_of_destinations(void **state __unused)
{
	assert_mapped("dst6 2001:db8::1\nsrc6 2001:db8::2\npkt_size 80");
	assert_int_equal(stream.spec.family, AF_INET6);
	assert_int_equal(stream.spec.sizes[0], 84);
	assert_int_equal(stream.spec.source.base[15], 2);
	assert_int_equal(stream.spec.destination.base[15], 1);
	assert_mapped("dst6_min 2001:db8::100\ndst6_max 2001:db8::1ff\nsrc6 2001:db8::2");
	assert_int_equal(stream.spec.destination.count, 256);
	assert_int_equal(stream.spec.order, KPPS_UNIFORM);
	assert_noted("frames of 78 bytes have no room for the signature, from 80 on they have");
	assert_refused("dst6_min 2001:db8::1\ndst6_max 2001:db8::6",
		       "f.sh:2:1: dst6_max: pktgen draws the bits that are set in it and not in dst6_min: kpps can where these are the last, at most 32, as ::0 and ::ff");
	assert_refused("dst6_min ::1", "f.sh:1:1: dst6_min without dst6_max: pktgen would send to ::");
	assert_mapped("dst6 ::1\nflag !IPV6\ndst 10.0.0.1");
	assert_int_equal(stream.spec.family, AF_INET);
}

static void tags_and_classes_are_the_streams(void **state __unused)
{
	assert_mapped(BASE "vlan_id 77\nvlan_p 0\nsvlan_id 22\ntos b8\npkt_size 100");
	assert_int_equal(stream.spec.nvlans, 2);
	assert_int_equal(stream.spec.vlan[0], 22);
	assert_int_equal(stream.spec.vlan[1], 77);
	assert_int_equal(stream.spec.dscp, 46);
	assert_mapped(BASE "vlan_id 77\nsvlan_id 22\nvlan_id 9999");
	assert_int_equal(stream.spec.nvlans, 0);
	assert_refused(BASE "vlan_id 77\nvlan_p 3", "f.sh:6:1: vlan_p 3: a priority is refused: tags of a stream have priority 0");
	assert_refused(BASE "vlan_id 0", "f.sh:5:1: vlan_id 0: kpps sends tags of 1 to 4094");
	assert_refused(BASE "tos 01", "f.sh:5:1: tos 01: its lowest two bits are ECN, which a stream does not set");
	assert_refused(BASE "vlan_id 7\nflag VID_RND", "f.sh:6:1: flag VID_RND: refused: tags of a stream are fixed");
	assert_mapped(BASE "flag VID_RND");
}

static void modes_are_ways(void **state __unused)
{
	assert_mapped(BASE "xmit_mode netif_receive");
	assert_true(stream.up_stack && !stream.qdisc);
	assert_mapped(BASE "xmit_mode queue_xmit");
	assert_true(!stream.up_stack && stream.qdisc);
	assert_refused(BASE "xmit_mode fast", "f.sh:5:1: xmit_mode \"fast\": known are start_xmit, netif_receive, queue_xmit");
}

/* One of each: nothing is dropped without a word. */
static void what_is_not_done_is_said_or_refused(void **state __unused)
{
	for (unsigned int i = 0; i < PGSET_SETTINGS; i++) {
		const struct pgset_command *c = &pgset_commands[i];
		bool tag = strstr(c->name, "vlan_") || strstr(c->name, "VID_");
		char text[512];
		int rc;

		assert_non_null(c->name);
		assert_non_null(c->help);
		if (c->fate == PGSET_MAPPED || i == PGSET_MPLS_RND)
			continue;
		snprintf(text, sizeof(text), BASE "%s%s%s %s\n", tag ? "vlan_id 7\nsvlan_id 8\n" : "",
			 c->target == PGSET_FLAG ? "flag " : "", c->name,
			 c->target == PGSET_FLAG ? "" : c->type == PGSET_WORD ? "0001000a" :
			 c->max == 1 ? "1" : "3");
		rc = mapping(text);
		assert_int_equal(rc, c->fate == PGSET_REFUSED ? -EOPNOTSUPP : 0);
		assert_non_null(strstr(rc ? err.text : notes, c->help));
	}
	assert_mapped(BASE "mpls 0\nclone_skb 0\nburst 1\ndst_mac_count 1\nfrags 0\nflag QUEUE_MAP_CPU\nstart");
	/* none about a line */
	for (const char *at = notes; (at = strstr(at, "f.sh:")); at += 5)
		assert_int_equal(at[5], ' ');
	assert_mapped(BASE "clone_skb 1000");
	assert_noted("f.sh:5: clone_skb 1000: kpps makes every frame anew; sent as clone_skb 0\n");
	assert_refused(BASE "flag IPSEC", "f.sh:5:1: flag IPSEC: refused: kpps encrypts nothing");
}

#define TWO "pg_thread 2 'add_device eth1@2'\npg_thread 5 'add_device eth1@5'\n" \
	"pg_set eth1@2 'dst 10.0.0.1'\npg_set eth1@5 'dst 10.0.0.1'\n"

static void devices_of_an_interface_are_cpus(void **state __unused)
{
	assert_mapped(TWO "pg_set eth1@2 'count 500'\npg_set eth1@2 'ratep 10'\npg_set eth1@5 'ratep 10'\n");
	assert_string_equal(stream.interface, "eth1");
	assert_int_equal(stream.ncpus, 2);
	assert_int_equal(stream.cpu[0], 2);
	assert_int_equal(stream.cpu[1], 5);
	assert_int_equal(stream.count, 1500);
	assert_true(stream.rate_pps == 20);
	assert_refused(TWO "pg_set eth1@5 'pkt_size 100'\n",
		       "f.sh:5:15: pkt_size of \"eth1@5\" is not that of \"eth1@2\": several CPUs send one stream: make a script of each, and run them side by side");
	assert_refused(TWO "pg_set eth2 'dst 10.0.0.1'\n",
		       "f.sh:5:13: \"eth2\": kpps gen sends on one interface, and this is not that of \"eth1@2\" (line 1): make a script of each, and run them side by side");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_tell_pktgen_is_understood),
		cmocka_unit_test(places_are_lines_and_columns),
		cmocka_unit_test(what_has_no_influence_is_skipped_and_listed),
		cmocka_unit_test(what_would_have_to_be_executed_is_an_error),
		cmocka_unit_test(wrong_commands_are_errors_with_their_place),
		cmocka_unit_test(too_much_of_anything_is_an_error),
		cmocka_unit_test(what_is_forgotten_does_not_run),
		cmocka_unit_test(without_more_it_is_what_pktgen_has),
		cmocka_unit_test(sizes_are_without_fcs),
		cmocka_unit_test(the_last_of_delay_rate_and_ratep_counts),
		cmocka_unit_test(ranges_end_where_pktgens_do),
		cmocka_unit_test(ranges_are_walked_together),
		cmocka_unit_test(flows_are_so_many_tuples),
		cmocka_unit_test(ipv6_has_a_prefix_of_destinations),
		cmocka_unit_test(tags_and_classes_are_the_streams),
		cmocka_unit_test(modes_are_ways),
		cmocka_unit_test(what_is_not_done_is_said_or_refused),
		cmocka_unit_test(devices_of_an_interface_are_cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
