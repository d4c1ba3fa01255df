// SPDX-License-Identifier: GPL-2.0-or-later
/* pgset_commands.c - pktgen's commands, and what becomes of each; see pgset.h. */
#include "run/pgset.h"
#include "run/roff.h"
#include "run/wrap.h"

#define DEV(id_, name_, type_, fate_, min_, max_, usual_, help_) \
	[id_] = { name_, PGSET_DEVICE, type_, fate_, min_, max_, usual_, help_ }
#define FLAG(id_, fate_, help_) \
	[PGSET_##id_] = { #id_, PGSET_FLAG, PGSET_NONE, fate_, 0, 0, 0, help_ }
#define ORDER(id_, name_, target_, type_, fate_, help_) \
	[id_] = { name_, target_, type_, fate_, 0, 0, 0, help_ }

#define U32_MAX	0xffffffffULL
#define COUNT_MAX 1000000000000000ULL	/* of kpps gen --count */

const struct pgset_command pgset_commands[PGSET_IDS] = {
	DEV(PGSET_PKT_SIZE, "pkt_size", PGSET_NUMBER, PGSET_MAPPED, 0, 9212, 0,
	    "the frame's size without FCS: 60 is 64B of kpps. At least what the headers and pktgen's "
	    "own 16 bytes need, as in pktgen, and 60, to which a driver would pad it"),
	DEV(PGSET_MIN_PKT_SIZE, "min_pkt_size", PGSET_NUMBER, PGSET_MAPPED, 0, 9212, 0,
	    "with max_pkt_size the sizes in turn, up to 256 of them; see TXSIZE_RND"),
	DEV(PGSET_MAX_PKT_SIZE, "max_pkt_size", PGSET_NUMBER, PGSET_MAPPED, 0, 9212, 0,
	    "see min_pkt_size"),
	DEV(PGSET_IMIX_WEIGHTS, "imix_weights", PGSET_IMIX, PGSET_MAPPED, 0, 0, 0,
	    "a list of at most 256 sizes in these shares, evenly spread and in turn, where pktgen "
	    "draws each at random"),
	DEV(PGSET_COUNT, "count", PGSET_NUMBER, PGSET_MAPPED, 0, COUNT_MAX, 1000,
	    "frames of this device; 0: until it is stopped. Without it 1000, as in pktgen"),
	DEV(PGSET_DELAY, "delay", PGSET_NUMBER, PGSET_MAPPED, 0, 0x7fffffff, 0,
	    "ns between two frames: a rate of 1e9/delay frames a second; 0: as fast as possible"),
	DEV(PGSET_RATE, "rate", PGSET_NUMBER, PGSET_MAPPED, 1, U32_MAX, 0,
	    "Mbit/s, of frames of min_pkt_size without FCS; exact, where pktgen rounds to whole ns"),
	DEV(PGSET_RATEP, "ratep", PGSET_NUMBER, PGSET_MAPPED, 1, 1000000000, 0,
	    "frames a second; exact, where pktgen rounds to whole ns"),
	DEV(PGSET_DST, "dst", PGSET_IPV4, PGSET_MAPPED, 0, 0, 0, "the first destination address"),
	DEV(PGSET_DST_MIN, "dst_min", PGSET_IPV4, PGSET_MAPPED, 0, 0, 0, "the same as dst"),
	DEV(PGSET_DST_MAX, "dst_max", PGSET_IPV4, PGSET_MAPPED, 0, 0, 0,
	    "the last destination address; with IPDST_RND it is not among them, as in pktgen"),
	DEV(PGSET_SRC_MIN, "src_min", PGSET_IPV4, PGSET_MAPPED, 0, 0, 0,
	    "the first source address. Without it the interface's own, as in pktgen; in captures, or "
	    "where it has none, 198.18.0.1"),
	DEV(PGSET_SRC_MAX, "src_max", PGSET_IPV4, PGSET_MAPPED, 0, 0, 0,
	    "the last source address; with IPSRC_RND it is not among them, as in pktgen"),
	DEV(PGSET_DST6, "dst6", PGSET_IPV6, PGSET_MAPPED, 0, 0, 0,
	    "the destination address; the stream is IPv6"),
	DEV(PGSET_DST6_MIN, "dst6_min", PGSET_IPV6, PGSET_MAPPED, 0, 0, 0,
	    "with dst6_max (random | min) & max, as in pktgen, where that is a whole prefix of at "
	    "most 2^32 addresses; another pattern of bits is refused"),
	DEV(PGSET_DST6_MAX, "dst6_max", PGSET_IPV6, PGSET_MAPPED, 0, 0, 0, "see dst6_min"),
	DEV(PGSET_SRC6, "src6", PGSET_IPV6, PGSET_MAPPED, 0, 0, 0,
	    "the source address. Without it the interface's link-local one, as in pktgen; in captures, "
	    "or where it has none, 2001:2::1"),
	DEV(PGSET_DST_MAC, "dst_mac", PGSET_MAC, PGSET_MAPPED, 0, 0, 0,
	    "the destination MAC address. Without it 02:00:00:00:00:02, where pktgen has zeros"),
	DEV(PGSET_SRC_MAC, "src_mac", PGSET_MAC, PGSET_MAPPED, 0, 0, 0,
	    "the source MAC address. Without it the interface's own, in captures 02:00:00:00:00:01"),
	DEV(PGSET_DST_MAC_COUNT, "dst_mac_count", PGSET_NUMBER, PGSET_REFUSED, 0, U32_MAX, 1,
	    "more than one is refused: a stream has one destination MAC address"),
	DEV(PGSET_SRC_MAC_COUNT, "src_mac_count", PGSET_NUMBER, PGSET_REFUSED, 0, U32_MAX, 1,
	    "more than one is refused: a stream has one source MAC address"),
	DEV(PGSET_UDP_SRC_MIN, "udp_src_min", PGSET_NUMBER, PGSET_MAPPED, 0, 65535, 9,
	    "the first source port"),
	DEV(PGSET_UDP_SRC_MAX, "udp_src_max", PGSET_NUMBER, PGSET_MAPPED, 0, 65535, 9,
	    "one above the last source port, as in pktgen; not above the first: that one only"),
	DEV(PGSET_UDP_DST_MIN, "udp_dst_min", PGSET_NUMBER, PGSET_MAPPED, 0, 65535, 9,
	    "the first destination port"),
	DEV(PGSET_UDP_DST_MAX, "udp_dst_max", PGSET_NUMBER, PGSET_MAPPED, 0, 65535, 9,
	    "one above the last destination port, as in pktgen"),
	DEV(PGSET_FLOWS, "flows", PGSET_NUMBER, PGSET_MAPPED, 0, U32_MAX, 0,
	    "so many address and port pairs out of the ranges, at most 65536, the same for the "
	    "whole run; pktgen makes a flow anew after flowlen packets, and of a flow keeps the "
	    "destination address only"),
	DEV(PGSET_FLOWLEN, "flowlen", PGSET_NUMBER, PGSET_MAPPED, 0, U32_MAX, 0,
	    "with FLOW_SEQ: frames of one flow in a row. Without, flows don't end"),
	DEV(PGSET_VLAN_ID, "vlan_id", PGSET_NUMBER, PGSET_MAPPED, 0, 9999, 9999,
	    "the VLAN tag, 1 to 4094; above 4095: none"),
	DEV(PGSET_VLAN_P, "vlan_p", PGSET_NUMBER, PGSET_REFUSED, 0, 7, 0,
	    "a priority is refused: tags of a stream have priority 0"),
	DEV(PGSET_VLAN_CFI, "vlan_cfi", PGSET_NUMBER, PGSET_REFUSED, 0, 1, 0, "1 is refused"),
	DEV(PGSET_SVLAN_ID, "svlan_id", PGSET_NUMBER, PGSET_MAPPED, 0, 9999, 9999,
	    "the outer of two tags, of type 0x88a8, where pktgen writes 0x8100; above 4095: none"),
	DEV(PGSET_SVLAN_P, "svlan_p", PGSET_NUMBER, PGSET_REFUSED, 0, 7, 0, "a priority is refused"),
	DEV(PGSET_SVLAN_CFI, "svlan_cfi", PGSET_NUMBER, PGSET_REFUSED, 0, 1, 0, "1 is refused"),
	DEV(PGSET_TOS, "tos", PGSET_HEX, PGSET_MAPPED, 0, 0xff, 0,
	    "the DSCP of IPv4, in its upper six bits; ECN bits are refused"),
	DEV(PGSET_TRAFFIC_CLASS, "traffic_class", PGSET_HEX, PGSET_MAPPED, 0, 0xff, 0,
	    "the DSCP of IPv6, in its upper six bits; ECN bits are refused"),
	DEV(PGSET_MPLS, "mpls", PGSET_WORD, PGSET_REFUSED, 0, 0, 0,
	    "labels are refused: a stream has none; 0 is taken"),
	DEV(PGSET_XMIT_MODE, "xmit_mode", PGSET_WORD, PGSET_MAPPED, 0, 0, 0,
	    "start_xmit: out of the interface; netif_receive: as by --into stack; queue_xmit: as by "
	    "--into qdisc. Not every source can both"),
	DEV(PGSET_BURST, "burst", PGSET_NUMBER, PGSET_NOTED, 0, U32_MAX, 1,
	    "kpps hands frames over in bursts of its own, and each is a frame of its own, where "
	    "pktgen sends the same packet so many times"),
	DEV(PGSET_CLONE_SKB, "clone_skb", PGSET_NUMBER, PGSET_NOTED, 0, U32_MAX, 0,
	    "kpps makes every frame anew; sent as clone_skb 0"),
	DEV(PGSET_FRAGS, "frags", PGSET_NUMBER, PGSET_NOTED, 0, U32_MAX, 0,
	    "kpps' frames lie in one piece of memory; the bytes are the same"),
	DEV(PGSET_QUEUE_MAP_MIN, "queue_map_min", PGSET_NUMBER, PGSET_NOTED, 0, 65535, 0,
	    "the CPU that sends decides on the transmit queue"),
	DEV(PGSET_QUEUE_MAP_MAX, "queue_map_max", PGSET_NUMBER, PGSET_NOTED, 0, 65535, 0,
	    "the CPU that sends decides on the transmit queue"),
	DEV(PGSET_NODE, "node", PGSET_NUMBER, PGSET_NOTED, 0, U32_MAX, ~0ULL,
	    "memory is that of the CPU that sends"),
	DEV(PGSET_SKB_PRIORITY, "skb_priority", PGSET_NUMBER, PGSET_NOTED, 0, U32_MAX, 0,
	    "frames have no priority of the kernel's; DSCP is tos or traffic_class"),
	DEV(PGSET_SPI, "spi", PGSET_NUMBER, PGSET_NOTED, 0, U32_MAX, 0, "without IPSEC it means nothing"),
	DEV(PGSET_DEBUG, "debug", PGSET_NUMBER, PGSET_MAPPED, 0, U32_MAX, 0, "means nothing"),
	DEV(PGSET_CLEAR_COUNTERS, "clear_counters", PGSET_NONE, PGSET_MAPPED, 0, 0, 0,
	    "means nothing: each run counts from 0"),
	FLAG(IPSRC_RND, PGSET_MAPPED, "source addresses are drawn: order uniform"),
	FLAG(IPDST_RND, PGSET_MAPPED, "destination addresses are drawn: order uniform. pktgen leaves loopback, multicast and "
	     "0.0.0.0/8 out, kpps does not"),
	FLAG(UDPSRC_RND, PGSET_MAPPED, "source ports are drawn: order uniform"),
	FLAG(UDPDST_RND, PGSET_MAPPED, "destination ports are drawn: order uniform"),
	FLAG(TXSIZE_RND, PGSET_MAPPED,
	     "sizes below max_pkt_size in turn in a shuffled order, where pktgen draws each"),
	FLAG(MACSRC_RND, PGSET_MAPPED, "means nothing, as src_mac_count is 1"),
	FLAG(MACDST_RND, PGSET_MAPPED, "means nothing, as dst_mac_count is 1"),
	FLAG(VID_RND, PGSET_REFUSED, "refused: tags of a stream are fixed"),
	FLAG(SVID_RND, PGSET_REFUSED, "refused: tags of a stream are fixed"),
	FLAG(MPLS_RND, PGSET_REFUSED, "refused: a stream has no labels"),
	FLAG(FLOW_SEQ, PGSET_MAPPED, "flows one after the other, flowlen frames of each in a row: order "
				     "sequential"),
	FLAG(FLOW_RND, PGSET_MAPPED, "each frame is of a flow that is drawn: order uniform"),
	FLAG(UDPCSUM, PGSET_MAPPED, "UDP checksums are right, also without this flag"),
	[PGSET_IPV6_FLAG] = { "IPV6", PGSET_FLAG, PGSET_NONE, PGSET_MAPPED, 0, 0, 0,
			      "set by dst6, dst6_min, dst6_max and src6; !IPV6: IPv4 again" },
	FLAG(IPSEC, PGSET_REFUSED, "refused: kpps encrypts nothing"),
	FLAG(QUEUE_MAP_RND, PGSET_NOTED, "the CPU that sends decides on the transmit queue"),
	FLAG(QUEUE_MAP_CPU, PGSET_MAPPED, "as it is: the CPU that sends decides on the transmit queue"),
	FLAG(NODE_ALLOC, PGSET_MAPPED, "as it is: memory is that of the CPU that sends"),
	FLAG(NO_TIMESTAMP, PGSET_NOTED, "each frame has its time in the signature"),
	FLAG(SHARED, PGSET_MAPPED, "means nothing: no frame is sent twice"),
	ORDER(PGSET_ADD_DEVICE, "add_device", PGSET_THREAD, PGSET_WORD, PGSET_MAPPED,
	      "the interface, to the left of an @; the thread's number is the CPU that sends. Devices of "
	      "one interface with equal settings are one stream sent by all their CPUs; others are "
	      "refused"),
	ORDER(PGSET_REM_DEVICE_ALL, "rem_device_all", PGSET_THREAD, PGSET_NONE, PGSET_MAPPED,
	      "what was said of this thread's devices is forgotten"),
	ORDER(PGSET_MAX_BEFORE_SOFTIRQ, "max_before_softirq", PGSET_THREAD, PGSET_NUMBER, PGSET_MAPPED,
	      "means nothing, as in pktgen"),
	ORDER(PGSET_START, "start", PGSET_CONTROL, PGSET_NONE, PGSET_MAPPED,
	      "what has been said runs. One start a script; without any it runs at its end"),
	ORDER(PGSET_STOP, "stop", PGSET_CONTROL, PGSET_NONE, PGSET_MAPPED,
	      "before a start it means nothing; after it, the run is over"),
	ORDER(PGSET_RESET, "reset", PGSET_CONTROL, PGSET_NONE, PGSET_MAPPED,
	      "what was said of all devices is forgotten"),
};

static const char intro[] =
"kpps gen --pktgen-script FILE reads a script for the kernel's pktgen and sends what it describes by "
"any source of kpps. The script is not executed: variables, comments and the commands pgset, pg_ctrl, "
"pg_thread, pg_set, proc_cmd and echo into /proc/net/pktgen are read, and bare lines such as "
"\"pkt_size 60\". What has no influence on the frames is skipped and listed; loops, conditions and "
"command substitution are errors: write out the lines that shall apply.\n"
"\n"
"Frames are those of kpps: with its signature, where pktgen's own header (0xbe9be955, sequence number, "
"time) would be; UDP checksums always; TTL 32, as pktgen's; IPv4's identification 0 with DF, where "
"pktgen counts. Addresses and ports make tuples. Where one of them is random, each frame's tuple is "
"drawn (order uniform); where none is, pktgen walks all ranges at once, and kpps sends as many tuples, "
"each once in a round, in the order of a permutation. With flows, so many tuples are picked by the "
"permutation.";

void pgset_help(FILE *out)
{
	wrap_paragraphs(out, intro, 0, 80);
	fputs("\nCommands:\n", out);
	for (const struct pgset_command *c = pgset_commands; c < pgset_commands + PGSET_IDS; c++) {
		fprintf(out, "\n%s%s\n        ", c->target == PGSET_FLAG ? "flag " : "", c->name);
		wrap_text(out, c->help, 8, 8, 80);
	}
}

void pgset_manual(FILE *out)
{
	char term[64];

	roff_paragraphs(out, intro);
	for (const struct pgset_command *c = pgset_commands; c < pgset_commands + PGSET_IDS; c++) {
		snprintf(term, sizeof(term), "%s%s", c->target == PGSET_FLAG ? "flag " : "", c->name);
		roff_item(out, term, c->help);
	}
}
