// SPDX-License-Identifier: GPL-2.0-or-later
/* keys.c - the table of scenario keys; see keys.h. */
#include "run/keys.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "run/nearest.h"

static const struct key_word testbed_words[] = {
	{ "memory", 0, "the bundled firewall in this process, between two memory ports" },
	{ "netns", 0, "the running kernel, or the bundled firewall, in a network namespace; needs root" },
	{ "vm", 0, "testbed netns in a virtual machine with any kernel; needs QEMU" },
	{ "wire", 0, "an external device between two ports of this machine; needs root" },
	{ 0 },
};
static const struct key_word clock_words[] = {
	{ "instructions", VM_CLOCK_INSTRUCTIONS,
	  "the guest's clock counts its instructions, one a nanosecond: figures repeat, on any machine" },
	{ "wall", VM_CLOCK_WALL, "real time, in an emulated machine or by KVM where it works" },
	{ 0 },
};
static const struct key_word preset_words[] = {
	{ "quick", 0, NULL }, { "standard", 0, NULL }, { "rfc2544", 0, NULL }, { 0 },
};
static const struct key_word family_words[] = {
	{ "ipv4", AF_INET, NULL }, { "ipv6", AF_INET6, NULL }, { 0 },
};
static const struct key_word protocol_words[] = {
	{ "udp", IPPROTO_UDP, NULL },
	{ "tcp", IPPROTO_TCP, NULL },
	{ "icmp", IPPROTO_ICMP, "echo; ICMPv6 with family ipv6" },
	{ 0 },
};
static const struct key_word order_words[] = {
	{ "sequential", KPPS_SEQUENTIAL, "every flow once a round, in a shuffled order" },
	{ "uniform", KPPS_UNIFORM, "each packet's flow drawn at random" },
	{ "zipf", KPPS_ZIPF, "few flows have most packets" },
	{ 0 },
};
static const struct key_word firewall_words[] = {
	{ "bundled", FIREWALL_MEMORY | FIREWALL_NETNS | FIREWALL_RULES,
	  "the firewall that comes with kpps" },
	{ "kernel", FIREWALL_NETNS, "the running kernel routes, without any rules" },
	{ "conntrack", FIREWALL_NETNS, "and tracks connections, without a ruleset" },
	{ "iptables-legacy", FIREWALL_NETNS | FIREWALL_RULES,
	  "with the ruleset by iptables-legacy-restore" },
	{ "iptables-nft", FIREWALL_NETNS | FIREWALL_RULES,
	  "with the ruleset by iptables-nft-restore" },
	{ "nftables", FIREWALL_NETNS | FIREWALL_RULES,
	  "with the ruleset translated to nftables, sets and verdict maps" },
	{ "bridge", FIREWALL_NETNS, "the running kernel bridges, without any rules" },
	{ "bridge-iptables", FIREWALL_NETNS | FIREWALL_RULES,
	  "and has the ruleset by iptables-legacy-restore, with br_netfilter on" },
	{ "bridge-nftables", FIREWALL_NETNS | FIREWALL_RULES,
	  "and has the ruleset translated to nftables of family bridge" },
	{ "xfrm", FIREWALL_NETNS, "two of the running kernel back to back, with an ESP tunnel "
				  "between them (dut.esp): the figure is of both together" },
	{ "external", FIREWALL_WIRE, "a device outside, with testbed: wire" },
	{ "none", FIREWALL_MEMORY | FIREWALL_NETNS, "nothing: from the source straight to the sink" },
	{ "dummy", FIREWALL_NETNS, "nothing, and no sink: the source alone, into a device that throws "
				   "all away and counts it" },
	{ 0 },
};
static const struct key_word dut_port_words[] = {
	{ "auto", 0, "xdp where it works" }, { "xdp", 0, "AF_XDP" }, { "packet", 0, "AF_PACKET" },
	{ 0 },
};
static const struct key_word qdisc_words[] = {
	{ "default", 0, "what the kernel gives a veth: none" },
	{ "pfifo", 0, NULL }, { "pfifo_fast", 0, NULL }, { "fq", 0, NULL },
	{ "fq_codel", 0, NULL }, { "mq", 0, NULL },
	{ 0 },
};
static const struct key_word esp_words[] = {
	{ "none", 0, "plain, over the same two gateways: what the others compare to" },
	{ "null-cipher", 0, "ESP headers alone: nothing is encrypted or authenticated" },
	{ "aes-cbc-sha256", 0, "AES-128-CBC with HMAC-SHA-256-128" },
	{ "aes-gcm-128", 0, "AES-128-GCM with a tag of 128 bits" },
	{ 0 },
};
/* "auto", kernel_sources[] and kernel_sinks[], and the ports; a test holds them together. */
static const struct key_word source_words[] = {
	{ "auto", 0, "the first that works of xdp, kmod, packet" },
	{ "xdp", 0, "a BPF program in the kernel" },
	{ "kmod", 0, "the module kpps_gen in the kernel; not for replies to established connections" },
	{ "pktgen", 0, "mainline's module, whose frames have no signature and no schedule" },
	{ "af_xdp", 0, "this process, by AF_XDP" },
	{ "packet", 0, "this process, by AF_PACKET" },
	{ 0 },
};
static const struct key_word sink_words[] = {
	{ "auto", 0, "the first that works of xdp, kmod, packet" },
	{ "xdp", 0, "a BPF program in the kernel" },
	{ "kmod", 0, "the module kpps_gen in the kernel" },
	{ "af_xdp", 0, "this process, by AF_XDP" },
	{ "packet", 0, "this process, by AF_PACKET" },
	{ 0 },
};
static const struct key_word placement_words[] = {
	{ "auto", PLACEMENT_AUTO, "same for a kernel, split for a firewall in this process" },
	{ "same", PLACEMENT_SAME, "source, DUT and sink on the source's CPU" },
	{ "split", PLACEMENT_SPLIT, "the DUT's packets are steered to its CPU (RPS)" },
	{ "threaded", PLACEMENT_THREADED, "the DUT's NAPI in threads of their own, on its CPU" },
	{ 0 },
};
static const struct key_word numa_words[] = {
	{ "local", PLACEMENT_LOCAL, "on the DUT's node while it has room" },
	{ "remote", PLACEMENT_REMOTE, "on another node than the DUT" },
	{ 0 },
};
static const struct key_word connections_words[] = {
	{ "none", CONNECTIONS_NONE, "the packets come as they are" },
	{ "established", CONNECTIONS_ESTABLISHED,
	  "every flow is opened and answered once before the measurement" },
	{ "new", CONNECTIONS_NEW, "they are opened while it is measured" },
	{ 0 },
};
/* one more than enum connections */
static const struct key_word stream_connections_words[] = {
	{ "auto", 0, "as connections says for all streams" },
	{ "none", CONNECTIONS_NONE + 1, NULL },
	{ "established", CONNECTIONS_ESTABLISHED + 1, NULL },
	{ "new", CONNECTIONS_NEW + 1, NULL },
	{ 0 },
};
static const struct key_word fragment_words[] = {
	{ "none", STREAM_WHOLE, "whole packets" }, { "first", STREAM_FIRST, NULL },
	{ "middle", STREAM_MIDDLE, NULL }, { "last", STREAM_LAST, NULL }, { 0 },
};
static const struct key_word direction_words[] = {
	{ "forward", DIRECTION_FORWARD, "from the side that opens connections" },
	{ "reverse", DIRECTION_REVERSE, "replies, through the same connections" },
	{ "both", DIRECTION_BOTH, "half the load each way" },
	{ 0 },
};
static const struct key_word all_word[] = { { "all", 0, "every tuple of the ranges" }, { 0 } };
static const struct key_word auto_word[] = { { "auto", 0, NULL }, { 0 } };

#define POINT(field)	.target = TARGET_POINT, .offset = offsetof(struct point, field)
#define STREAM(field)	.target = TARGET_STREAM, .offset = offsetof(struct stream_draft, stream.field)
#define SPEC(field)	STREAM(spec.field)
#define GOAL(field)	.target = TARGET_GOAL, .offset = offsetof(struct goal_spec, field)
#define FIELD_SIZE(s, field) .size = sizeof(((struct s *)0)->field)

#define SECTION(p, h) { .path = p, .type = KEY_SECTION, .help = h }

#define TIMEOUT(field, h) { \
	.path = "dut.timeouts." #field, .type = KEY_NUMBER, .unit = UNIT_TIME, \
	.store = STORE_U32_SECONDS, POINT(dut.timeouts.field), .min = 1e9, .max = 1e9 * 864000, \
	.help = h }

#define HOOK(field, h) { \
	.path = "dut." #field, .type = KEY_TEXT, .store = STORE_WORD, POINT(dut.field), \
	FIELD_SIZE(point, dut.field), .fallback = "", .syntax = "commands for sh", .help = h }

#define SHARE(field, h) { \
	.path = "impair." #field, .type = KEY_NUMBER, .unit = UNIT_SHARE, .store = STORE_DOUBLE, \
	POINT(impair.field), .min = 0, .max = 1, .fallback = "0", .help = h }

/* Attributes of a search; RFC 9971 section 4. */
#define SEARCH(goal) \
	{ .path = "goals." goal ".final_trial", .type = KEY_NUMBER, .unit = UNIT_TIME, \
	  .store = STORE_SECONDS, GOAL(final_trial_s), .min = 1e6, .max = 3600e9, \
	  .help = "duration of a full trial" }, \
	{ .path = "goals." goal ".width", .type = KEY_NUMBER, .unit = UNIT_SHARE, \
	  .store = STORE_DOUBLE, GOAL(width), .min = 0.0005, .max = 0.5, \
	  .help = "how near the bounds must come, relative to the upper one" }, \
	{ .path = "goals." goal ".initial_trial", .type = KEY_NUMBER, .unit = UNIT_TIME, \
	  .store = STORE_SECONDS, GOAL(initial_trial_s), .min = 1e6, .max = 3600e9, \
	  .help = "duration of the first, coarse trials" }

#define MLR_SEARCH(goal) SEARCH(goal), \
	{ .path = "goals." goal ".duration_sum", .type = KEY_NUMBER, .unit = UNIT_TIME, \
	  .store = STORE_SECONDS, GOAL(duration_sum_s), .min = 1e6, .max = 36000e9, \
	  .help = "sum of trial durations that decides a load" }, \
	{ .path = "goals." goal ".exceed", .type = KEY_NUMBER, .unit = UNIT_SHARE, \
	  .store = STORE_DOUBLE, GOAL(exceed_ratio), .min = 0, .max = 0.99, \
	  .help = "share of the trials that may lose more" }

#define TRIALS(goal) \
	{ .path = "goals." goal ".trials", .type = KEY_NUMBER, .unit = UNIT_COUNT, \
	  .store = STORE_U32, GOAL(trials), .min = 1, .max = GOAL_SAMPLES_MAX, \
	  .help = "how often each load is measured" }, \
	{ .path = "goals." goal ".trial", .type = KEY_NUMBER, .unit = UNIT_TIME, \
	  .store = STORE_SECONDS, GOAL(trial_s), .min = 1e6, .max = 3600e9, \
	  .help = "duration of one trial" }

const struct key keys[] = {
	{ .path = "name", .type = KEY_TEXT, .store = STORE_WORD, .target = TARGET_PLAN,
	  .offset = offsetof(struct plan, name), FIELD_SIZE(plan, name),
	  .syntax = "letters, digits, . _ -", .default_help = "the file's",
	  .help = "name of the scenario and of its results directory" },
	{ .path = "question", .type = KEY_TEXT, .store = STORE_WORD, .target = TARGET_PLAN,
	  .offset = offsetof(struct plan, question), FIELD_SIZE(plan, question),
	  .fallback = "", .help = "what the scenario is to answer; the title of the report" },
	{ .path = "testbed", .type = KEY_WORD, .store = STORE_WORD, .words = testbed_words,
	  POINT(testbed), FIELD_SIZE(point, testbed), .fallback = "memory",
	  .help = "where the device under test (DUT) is" },
	{ .path = "preset", .type = KEY_WORD, .store = STORE_WORD, .words = preset_words,
	  POINT(preset), FIELD_SIZE(point, preset), .fallback = "standard",
	  .help = "how long and how exactly is measured, see PRESETS" },
	{ .path = "rounds", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U32,
	  .target = TARGET_PLAN, .offset = offsetof(struct plan, rounds), .min = 1, .max = 100,
	  .fallback = "1",
	  .help = "how often every point is measured, all of them once before any again; figures "
		  "are then medians, their ranges those of all rounds, so that a machine that is "
		  "faster this minute than the next shows in the spread" },
	{ .path = "seed", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U64, POINT(seed),
	  .min = 0, .max = 4e9, .fallback = "1",
	  .help = "number all random choices are derived from; the same seed sends the same frames" },

	SECTION("streams", "the streams of packets, each under a name of its own"),
	SECTION("streams.*", "one stream; letters, digits, _ and - in its name"),
	{ .path = "streams.*.family", .type = KEY_WORD, .store = STORE_U8, .words = family_words,
	  SPEC(family), .fallback = "ipv4", .help = "network protocol" },
	{ .path = "streams.*.protocol", .type = KEY_WORD, .store = STORE_U8,
	  .words = protocol_words, SPEC(protocol), .fallback = "udp",
	  .help = "transport protocol" },
	{ .path = "streams.*.size", .type = KEY_CUSTOM, .set = set_sizes, .target = TARGET_STREAM,
	  .fallback = "min", .syntax = "size, [size, …], min or imix",
	  .help = "frame size with FCS; a list is sent in its order; min is the smallest frame that "
		  "has room for the test signature (64B for IPv4/UDP, 84B for IPv6/UDP); imix is "
		  "the letters aaaaaaaddddg" },
	{ .path = "streams.*.imix", .type = KEY_CUSTOM, .set = set_imix, .target = TARGET_STREAM,
	  .syntax = "letters", .default_help = "size decides",
	  .help = "frame sizes as RFC 6985 letters, instead of size (a 64, b 128, c 256, d 512, "
		  "e 1024, f 1280, g 1518, h 2112, i 9000, z 1518 bytes)" },
	{ .path = "streams.*.flows", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U64,
	  .words = all_word, SPEC(flows), .min = 1, .max = 4e9, .fallback = "65536",
	  .help = "number of different address and port tuples" },
	{ .path = "streams.*.order", .type = KEY_WORD, .store = STORE_U8, .words = order_words,
	  SPEC(order), .fallback = "sequential", .help = "which flow the next packet belongs to" },
	{ .path = "streams.*.zipf", .type = KEY_NUMBER, .unit = UNIT_NONE, .store = STORE_DOUBLE,
	  SPEC(zipf_s), .min = 0.1, .max = 4, .fallback = "1", .help = "exponent of order zipf" },
	{ .path = "streams.*.burst", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U64,
	  SPEC(burst), .min = 1, .max = 1e6, .fallback = "1",
	  .help = "packets of one flow in a row" },
	{ .path = "streams.*.weight", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U64,
	  STREAM(weight), .min = 1, .max = 1e6, .fallback = "1",
	  .help = "share of the load, relative to the other streams' weights" },
	{ .path = "streams.*.rate", .type = KEY_NUMBER, .unit = UNIT_RATE, .store = STORE_DOUBLE,
	  .words = auto_word, STREAM(rate_pps), .min = 1, .max = 1e9, .fallback = "auto",
	  .help = "a rate of its own, whatever is searched; auto is a share by weight" },
	{ .path = "streams.*.connections", .type = KEY_WORD, .store = STORE_U32,
	  .words = stream_connections_words, STREAM(own_connections), .fallback = "auto",
	  .help = "when this stream's connections are opened, where that differs from the others'" },
	SECTION("streams.*.source", "where packets come from"),
	{ .path = "streams.*.source.address", .type = KEY_CUSTOM, .set = set_source,
	  .target = TARGET_STREAM, .syntax = "range, or [IPv4 range, IPv6 range]",
	  .default_help = "198.18.0.0/16 and 2001:2::1:0/112",
	  .help = "addresses: 198.18.0.0/16, 198.18.0.1 or 198.18.0.1-198.18.0.9; of a list the one "
		  "of the stream's family is taken" },
	{ .path = "streams.*.source.port", .type = KEY_CUSTOM, .set = set_source_port,
	  .target = TARGET_STREAM, .syntax = "port or first-last", .fallback = "1024-65535",
	  .help = "ports; the identifiers of ICMP echo" },
	{ .path = "streams.*.source.mac", .type = KEY_CUSTOM, .set = set_source_mac,
	  .target = TARGET_STREAM, .syntax = "MAC address", .default_help = "made up",
	  .help = "Ethernet address" },
	SECTION("streams.*.destination", "where packets go"),
	{ .path = "streams.*.destination.address", .type = KEY_CUSTOM, .set = set_destination,
	  .target = TARGET_STREAM, .syntax = "range, or [IPv4 range, IPv6 range]",
	  .default_help = "198.19.0.1 and 2001:2:0:8000::1", .help = "addresses, as source.address" },
	{ .path = "streams.*.destination.port", .type = KEY_CUSTOM, .set = set_destination_port,
	  .target = TARGET_STREAM, .syntax = "port or first-last", .fallback = "53",
	  .help = "ports" },
	{ .path = "streams.*.destination.mac", .type = KEY_CUSTOM, .set = set_destination_mac,
	  .target = TARGET_STREAM, .syntax = "MAC address", .default_help = "the DUT's",
	  .help = "Ethernet address" },
	{ .path = "streams.*.vlan", .type = KEY_CUSTOM, .set = set_vlan, .target = TARGET_STREAM,
	  .syntax = "0 to 4094, or [outer, inner]", .default_help = "no tag",
	  .help = "VLAN; two make QinQ" },
	{ .path = "streams.*.dscp", .type = KEY_NUMBER, .unit = UNIT_NONE, .store = STORE_U8,
	  SPEC(dscp), .min = 0, .max = 63, .fallback = "0", .help = "differentiated services code" },
	{ .path = "streams.*.ttl", .type = KEY_NUMBER, .unit = UNIT_NONE, .store = STORE_U8,
	  SPEC(ttl), .min = 1, .max = 255, .fallback = "64",
	  .help = "TTL or hop limit; 1 makes the DUT answer with an error" },
	{ .path = "streams.*.extensions", .type = KEY_CUSTOM, .set = set_extensions,
	  .target = TARGET_STREAM, .syntax = "header or [header, …]", .default_help = "none",
	  .help = "IPv6 extension headers, in this order, at most 3: hop-by-hop, destination, "
		  "routing, fragment (of a whole packet); nothing with family ipv4" },
	{ .path = "streams.*.fragment", .type = KEY_WORD, .store = STORE_U8,
	  .words = fragment_words, SPEC(fragment), .fallback = "none",
	  .help = "send only this part of packets that never become whole" },
	{ .path = "streams.*.tcp_flags", .type = KEY_CUSTOM, .set = set_tcp_flags,
	  .target = TARGET_STREAM, .syntax = "flag or [flag, …]", .fallback = "ack",
	  .help = "flags of the segments of protocol tcp: fin, syn, rst, psh, ack, urg, ece, cwr" },

	SECTION("dut", "the device under test"),
	{ .path = "dut.firewall", .type = KEY_WORD, .store = STORE_WORD, .words = firewall_words,
	  POINT(dut.firewall), FIELD_SIZE(point, dut.firewall), .fallback = "bundled",
	  .help = "which firewall is measured; external wants testbed: wire, the others "
		  "but bundled and none testbed: netns" },
	{ .path = "dut.ruleset", .type = KEY_TEXT, .store = STORE_WORD, POINT(dut.ruleset),
	  FIELD_SIZE(point, dut.ruleset), .fallback = "forward", .syntax = "name or path",
	  .help = "ruleset: forward, notrack, conntrack, empty, filter, nat, full; rules-N with N rules, of "
		  "which the last matches; or the path of an iptables-save file without its .v4 or .v6" },
	{ .path = "dut.workers", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U32,
	  POINT(dut.workers), .min = 1, .max = 8, .fallback = "1",
	  .help = "threads of the firewall, each on a CPU of its own" },
	{ .path = "dut.connections_max", .type = KEY_NUMBER, .unit = UNIT_COUNT,
	  .store = STORE_U64, .words = auto_word, POINT(dut.connections_max), .min = 64,
	  .max = 1e9, .fallback = "auto",
	  .help = "most connections it tracks; auto is half more than the flows, at least 64Ki" },
	{ .path = "dut.ring", .type = KEY_CUSTOM, .set = set_ring, .target = TARGET_POINT,
	  .syntax = "64 to 65536, a power of two", .fallback = "1024",
	  .help = "frames that wait at each of its ports before more are lost" },
	{ .path = "dut.tcp_be_liberal", .type = KEY_BOOL,
	  POINT(dut.tcp_be_liberal), .fallback = "no",
	  .help = "take TCP segments out of their window, except RST" },
	{ .path = "dut.tcp_loose", .type = KEY_BOOL, POINT(dut.tcp_loose),
	  .fallback = "yes", .help = "pick up TCP connections that are already open" },
	{ .path = "dut.check_checksums", .type = KEY_BOOL,
	  POINT(dut.check_checksums), .fallback = "yes",
	  .help = "packets with a bad transport checksum are INVALID" },
	{ .path = "dut.flowtable", .type = KEY_BOOL, POINT(dut.flowtable), .fallback = "no",
	  .help = "firewall nftables: established flows bypass the rules (nftables flowtable)" },
	{ .path = "dut.gro", .type = KEY_BOOL, POINT(dut.gro), .fallback = "no",
	  .help = "testbed netns: generic receive offload on the DUT's links" },
	{ .path = "dut.qdisc", .type = KEY_WORD, .store = STORE_WORD, .words = qdisc_words,
	  POINT(dut.qdisc), FIELD_SIZE(point, dut.qdisc), .fallback = "default",
	  .help = "testbed netns: queueing discipline of the DUT's links" },
	{ .path = "dut.event_listener", .type = KEY_BOOL, POINT(dut.event_listener), .fallback = "no",
	  .help = "testbed netns, the kernel's firewalls: a listener reads the events of connection "
		  "tracking, on a CPU that is not measured where there is one; how many came and how "
		  "many found its buffer of 2 MiB full is among the trial's counters. Events are on "
		  "with dut.sysctl.net.netfilter.nf_conntrack_events: 1, or 2, the kernel's own value" },
	{ .path = "dut.esp", .type = KEY_WORD, .store = STORE_WORD, .words = esp_words,
	  POINT(dut.esp), FIELD_SIZE(point, dut.esp), .fallback = "aes-gcm-128",
	  .help = "firewall xfrm: what the tunnel does to packets; one gateway encrypts, the other "
		  "decrypts, so that plain frames are sent and received" },
	{ .path = "dut.port", .type = KEY_WORD, .store = STORE_WORD, .words = dut_port_words,
	  POINT(dut.port), FIELD_SIZE(point, dut.port), .fallback = "auto",
	  .help = "testbed netns: the bundled firewall's ports" },
	{ .path = "dut.sysctl", .type = KEY_CUSTOM, .set = set_sysctls, .target = TARGET_POINT,
	  .syntax = "{name: value, …}", .default_help = "the kernel's own",
	  .help = "testbed netns: kernel parameters of the DUT's namespace, as "
		  "{net.netfilter.nf_conntrack_acct: 1}; dut.sysctl.NAME in a sweep" },
	HOOK(setup, "testbed wire: sets the DUT up, before the first trial of a point; must stand "
		    "that an earlier run was killed. KPPS_POINT, KPPS_RULESET, KPPS_FAMILIES (ipv4, "
		    "ipv6 or both), KPPS_NEAR and KPPS_FAR (ports) and KPPS_RESULTS (folder) are in "
		    "its environment, as in that of the other commands"),
	HOOK(reset, "testbed wire: makes the DUT forget its connections, before they are opened; "
		    "where it fails the trial is invalid"),
	HOOK(counters, "testbed wire: prints the DUT's counters, before and after each trial; of a "
		       "JSON object of numbers the differences are kept, else the text"),
	HOOK(teardown, "testbed wire: at the end of a point, also after an error, also of setup"),
	{ .path = "dut.hook_timeout", .type = KEY_NUMBER, .unit = UNIT_TIME, .store = STORE_U64,
	  POINT(dut.hook_timeout_ns), .min = 1e6, .max = 86400e9, .fallback = "60s",
	  .help = "time for each of these commands; then it is killed with all that it started" },
	SECTION("dut.timeouts", "how long connections without packets are kept"),
	TIMEOUT(tcp_syn_sent, "TCP, after a SYN"),
	TIMEOUT(tcp_syn_recv, "TCP, after the SYN was answered"),
	TIMEOUT(tcp_established, "TCP, open"),
	TIMEOUT(tcp_fin_wait, "TCP, after the first FIN"),
	TIMEOUT(tcp_close_wait, "TCP, after that FIN was acknowledged"),
	TIMEOUT(tcp_last_ack, "TCP, after the second FIN"),
	TIMEOUT(tcp_time_wait, "TCP, after that was acknowledged"),
	TIMEOUT(tcp_close, "TCP, after a RST"),
	TIMEOUT(tcp_max_retrans, "TCP, after several retransmissions"),
	TIMEOUT(tcp_unacknowledged, "TCP, with data that nobody acknowledges"),
	TIMEOUT(udp, "UDP, one way"),
	TIMEOUT(udp_stream, "UDP, both ways"),
	TIMEOUT(icmp, "ICMP echo"),
	TIMEOUT(icmpv6, "ICMPv6 echo"),
	TIMEOUT(generic, "other protocols"),

	SECTION("wire", "testbed wire: the ports, which must be up and nobody else's"),
	{ .path = "wire.ports", .type = KEY_CUSTOM, .set = set_wire_ports, .target = TARGET_POINT,
	  .syntax = "[near, far] or port", .default_help = "must be given",
	  .help = "interfaces that the DUT is connected to; one for both ends where it sends back to "
		  "the port that packets came from" },
	{ .path = "wire.macs", .type = KEY_CUSTOM, .set = set_wire_macs, .target = TARGET_POINT,
	  .syntax = "[near, far] or MAC address", .default_help = "must be given",
	  .help = "MAC addresses of the DUT: where near sends to, and where far does (answers, and "
		  "direction reverse and both); of a DUT that bridges those of far and near" },
	{ .path = "wire.irq_cpus", .type = KEY_CUSTOM, .set = set_wire_irq_cpus,
	  .target = TARGET_POINT, .syntax = "[near, far] or CPU number", .default_help = "as they are",
	  .help = "CPU for the interrupts of each port; as before at the end" },
	{ .path = "wire.i_know", .type = KEY_CUSTOM, .set = set_wire_i_know,
	  .target = TARGET_POINT, .syntax = "port or [port, …]", .default_help = "none",
	  .help = "ports to take although the host uses them, as by kpps run --i-know" },

	SECTION("vm", "testbed vm: the machine in which the kernel runs"),
	{ .path = "vm.kernel", .type = KEY_CUSTOM, .set = set_vm_kernel, .target = TARGET_POINT,
	  .syntax = "name or path", .fallback = VM_KERNEL_DEFAULT,
	  .help = "its kernel, as kpps kernel names them: debian-6.1, debian-6.12, a kernel package, a "
		  "fragment that is built, or the path of a bzImage" },
	{ .path = "vm.clock", .type = KEY_WORD, .store = STORE_U32, .words = clock_words,
	  POINT(vm.clock), .fallback = "instructions", .help = "what a second is in it" },
	{ .path = "vm.cpus", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U32,
	  .words = auto_word, POINT(vm.cpus), .min = 1, .max = 16, .fallback = "auto",
	  .help = "its CPUs; auto is 1 with clock instructions, else 2" },
	{ .path = "vm.memory", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U32,
	  POINT(vm.memory), .min = 128, .max = 65536, .fallback = "512",
	  .help = "its memory in MiB" },
	{ .path = "vm.cmdline", .type = KEY_CUSTOM, .set = set_vm_cmdline, .target = TARGET_POINT,
	  .syntax = "text", .fallback = "",
	  .help = "words added to the kernel's command line, as mitigations=off" },

	{ .path = "connections", .type = KEY_WORD, .store = STORE_U32, .words = connections_words,
	  POINT(connections), .fallback = "none", .help = "when the flows' connections are opened" },
	{ .path = "direction", .type = KEY_WORD, .store = STORE_U32, .words = direction_words,
	  POINT(direction), .fallback = "forward", .help = "which way the measured packets go" },

	{ .path = "goals", .type = KEY_GOALS, .target = TARGET_POINT,
	  .fallback = "[mrr, ndr, pdr]", .syntax = "[goal, {goal: attributes}, …]",
	  .help = "what is measured; attributes that aren't given are the preset's" },
	SECTION("goals.mrr", "maximum receive rate: what arrives when as much as possible is sent; "
			     "mrr: 10 means ten trials"),
	TRIALS("mrr"),
	SECTION("goals.ndr", "non drop rate: the highest load without loss (RFC 9971)"),
	MLR_SEARCH("ndr"),
	SECTION("goals.pdr", "partial drop rate: the highest load that loses no more than a share; "
			     "pdr: 0.5% names the share"),
	{ .path = "goals.pdr.loss", .type = KEY_NUMBER, .unit = UNIT_SHARE, .store = STORE_DOUBLE,
	  GOAL(loss_ratio), .min = 0, .max = 0.5, .help = "share that may be lost" },
	MLR_SEARCH("pdr"),
	SECTION("goals.rfc2544", "throughput by RFC 2544: a binary search, not one frame lost"),
	SEARCH("rfc2544"),
	SECTION("goals.fixed", "loss and forwarding rate at given loads; fixed: [1Mpps, 2Mpps]"),
	{ .path = "goals.fixed.rates", .type = KEY_CUSTOM, .set = set_rates, .target = TARGET_GOAL,
	  .syntax = "rate or [rate, …]", .default_help = "must be given",
	  .help = "the loads; at most 16" },
	TRIALS("fixed"),
	SECTION("goals.latency", "latency at shares of the PDR, or of the NDR or MRR where no PDR is "
				 "searched; latency: [10%, 50%, 90%]"),
	{ .path = "goals.latency.loads", .type = KEY_CUSTOM, .set = set_loads,
	  .target = TARGET_GOAL, .syntax = "share or [share, …]",
	  .default_help = "[10%, 50%, 90%]", .help = "the loads; at most 16" },
	TRIALS("latency"),

	{ .path = "source", .type = KEY_WORD, .store = STORE_WORD, .words = source_words,
	  POINT(source), FIELD_SIZE(point, source), .fallback = "auto",
	  .help = "testbeds netns and wire: what sends; auto is packet with wire, for not every "
		  "driver sends what XDP gives it" },
	{ .path = "sink", .type = KEY_WORD, .store = STORE_WORD, .words = sink_words,
	  POINT(sink), FIELD_SIZE(point, sink), .fallback = "auto",
	  .help = "testbeds netns and wire: what receives" },

	SECTION("impair", "harm done on purpose between the DUT and the sink"),
	SHARE(drop, "share of frames that are dropped"),
	SHARE(duplicate, "share of frames that are doubled"),
	SHARE(reorder, "share of frames that are held back behind later ones"),
	SHARE(corrupt, "share of frames in which bits are changed"),
	SHARE(delay, "share of frames that are delayed"),
	{ .path = "impair.reorder_by", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U32,
	  POINT(impair.reorder_by), .min = 1, .max = 64, .fallback = "1",
	  .help = "how many frames a reordered one is held back" },
	{ .path = "impair.delay_time", .type = KEY_NUMBER, .unit = UNIT_TIME, .store = STORE_U64,
	  POINT(impair.delay_ns), .min = 0, .max = 1e9, .fallback = "10us",
	  .help = "how long a delayed frame is held" },

	SECTION("placement", "who runs on which CPU"),
	{ .path = "placement.cpus", .type = KEY_CUSTOM, .set = set_cpus, .target = TARGET_POINT,
	  .syntax = "[source, sink, worker, …]", .default_help = "chosen, see \"kpps topo\"",
	  .help = "CPU numbers of source, sink and the firewall's workers; testbed wire: [source, sink]" },
	{ .path = "placement.mode", .type = KEY_WORD, .store = STORE_U32, .words = placement_words,
	  POINT(placement), .fallback = "auto",
	  .help = "testbed netns: on which CPU the kernel treats the DUT's packets; testbed wire: "
		  "source and sink on one CPU (same) or on two" },
	{ .path = "placement.numa", .type = KEY_WORD, .store = STORE_U32, .words = numa_words,
	  POINT(remote), .fallback = "local",
	  .help = "where source and sink are, on a machine with several NUMA nodes; not together "
		  "with placement.cpus" },
	{ .path = "profile", .type = KEY_BOOL, POINT(profile), .fallback = "no",
	  .help = "after the goals a trial at 90 % of the best load, in which the DUT's CPUs are "
		  "sampled: their time by function group; needs root" },
	{ .path = "placement.sources", .type = KEY_NUMBER, .unit = UNIT_COUNT, .store = STORE_U32,
	  POINT(sources), .min = 1, .max = 64, .fallback = "1",
	  .help = "testbed netns, source xdp, kmod or pktgen: CPUs that send; with mode same the DUT works on each" },
	{ .path = "drain", .type = KEY_NUMBER, .unit = UNIT_TIME, .store = STORE_U64,
	  POINT(drain_ns), .min = 0, .max = 60e9, .fallback = "100ms",
	  .help = "longest wait for the last frames of a trial" },
	{ .path = "max_load", .type = KEY_NUMBER, .unit = UNIT_RATE, .store = STORE_DOUBLE,
	  .words = auto_word, POINT(max_load_pps), .min = 1000, .max = 1e9, .fallback = "auto",
	  .help = "never send more than this; auto is what the self-test can send" },
	{ .path = "sweep", .type = KEY_SWEEP, .syntax = "{key: [value, …], …} or a list of them",
	  .default_help = "one point",
	  .help = "values to try: a mapping makes every combination, the first key changing "
		  "slowest; a list of mappings makes the combinations of each, one after the other" },
	{ 0 },
};

u32 firewall_traits(const char *firewall)
{
	for (const struct key_word *w = firewall_words; w->word; w++)
		if (!strcmp(w->word, firewall))
			return w->value;
	return 0;
}

const struct key *key_find(const char *path)
{
	for (const struct key *k = keys; k->path; k++)
		if (!strcmp(k->path, path))
			return k;
	return NULL;
}

const char *key_pattern(const char *path, char *buf, size_t size)
{
	static const char streams[] = "streams.", sysctl[] = "dut.sysctl.";
	size_t name;

	/* below it are the kernel's names, not ours */
	if (!strncmp(path, sysctl, sizeof(sysctl) - 1)) {
		snprintf(buf, size, "dut.sysctl");
		return buf;
	}

	if (strncmp(path, streams, sizeof(streams) - 1) != 0) {
		snprintf(buf, size, "%s", path);
		return buf;
	}
	name = strcspn(path + sizeof(streams) - 1, ".");
	snprintf(buf, size, "streams.*%s", path + sizeof(streams) - 1 + name);
	return buf;
}

static const char *last_word(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

static bool same_parent(const char *a, const char *b)
{
	size_t na = (size_t)(last_word(a) - a), nb = (size_t)(last_word(b) - b);

	return na == nb && !memcmp(a, b, na);
}

/* The right word in the wrong place, a slip in the last word, or a slip elsewhere. */
static const struct key *nearest_key(const char *typed)
{
	struct nearest near = { .word = last_word(typed) }, far = { .word = typed };
	const struct key *sibling = NULL, *misplaced = NULL, *other = NULL;
	bool parent_known = false;

	for (const struct key *k = keys; k->path; k++) {
		if (same_parent(k->path, typed)) {
			parent_known = true;
			nearest_offer(&near, last_word(k->path));
			if (near.best == last_word(k->path))
				sibling = k;
		}
		if (!misplaced && !strcmp(last_word(k->path), last_word(typed)))
			misplaced = k;
		nearest_offer(&far, k->path);
		if (far.best == k->path)
			other = k;
	}
	if (sibling || misplaced)
		return misplaced ? misplaced : sibling;
	return parent_known ? NULL : other;
}

const char *key_hint(const char *path, char *buf, size_t size)
{
	char name[64] = "NAME", typed[TREE_PATH_MAX];
	const struct key *best = nearest_key(key_pattern(path, typed, sizeof(typed)));

	if (!strncmp(path, "streams.", 8))
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(path + 8, "."), path + 8);
	if (!best)
		snprintf(buf, size, "%s", "");
	else if (strncmp(best->path, "streams.*", 9) != 0)
		snprintf(buf, size, ": did you mean \"%s\"?", best->path);
	else
		snprintf(buf, size, ": did you mean \"streams.%s%s\"?", name, best->path + 9);
	return buf;
}
