// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_packets.c - sequences of packets through rules of all tables, with time
 * passing between them. A step is a byte that says by which interface and how
 * much later, a byte that names a packet (well-formed, of few addresses and
 * ports, so that they meet), a byte of how many changes follow, and the changes:
 * offset and value. Whatever comes: no access outside the frame (each lies in an
 * allocation of its own), no lost packet in the statistics, no connection above
 * the cap, right checksums stay right, and all is forgotten at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/engine/pkt_build.h"

#define CONNECTIONS	16
#define STEPS_MAX	256

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static const char *const packets[] = {
	"udp 10.0.0.2:1000 > 198.51.100.7:53 len=20",
	"udp 198.51.100.7:53 > 198.51.100.1:1000 len=20",
	"udp 10.0.0.3:1000 > 198.51.100.7:53 nocsum",
	"tcp 10.0.0.2:1000 > 198.51.100.7:80 flags=S seq=999 wscale=3 sackok",
	"tcp 198.51.100.7:80 > 198.51.100.1:1000 flags=SA seq=4999 ack=1000 wscale=2 sackok",
	"tcp 10.0.0.2:1000 > 198.51.100.7:80 flags=A seq=1000 ack=5000 len=30",
	"tcp 198.51.100.7:80 > 198.51.100.1:1000 flags=A seq=5000 ack=1030 sack=1030-1040",
	"tcp 10.0.0.2:1000 > 198.51.100.7:80 flags=FA seq=1030 ack=5000",
	"tcp 198.51.100.7:80 > 198.51.100.1:1000 flags=R seq=5000",
	"tcp 198.51.100.8:5000 > 198.51.100.1:8080 flags=S",
	"icmp 10.0.0.2 > 198.51.100.7 type=8 id=7 len=9",
	"icmp 198.51.100.7 > 198.51.100.1 type=0 id=7 len=9",
	"icmp 203.0.113.1 > 198.51.100.1 type=3 code=1 | udp 198.51.100.1:1000 > 198.51.100.7:53",
	"icmp 203.0.113.1 > 198.51.100.1 type=11 | icmp 198.51.100.1 > 198.51.100.7 type=8 id=7",
	"icmp 10.0.0.2 > 198.51.100.8 type=3 | tcp 198.51.100.8:5000 > 10.0.0.2:80 flags=S",
	"udp 10.0.0.2:1000 > 198.51.100.7:53 frag=16",
	"47 10.0.0.2 > 198.51.100.7 len=20",
	"udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 len=20",
	"udp [2001:db8:1::7]:53 > [2001:db8:1::1]:1000 len=20",
	"tcp [2001:db8::2]:1000 > [2001:db8:1::7]:80 flags=S seq=9 wscale=3",
	"tcp [2001:db8:1::7]:80 > [2001:db8:1::1]:1000 flags=SA seq=5 ack=10",
	"icmp [2001:db8::2] > [2001:db8:1::7] type=128 id=7",
	"icmp [2001:db8:1::9] > [2001:db8:1::1] type=1 | udp [2001:db8:1::1]:1000 > [2001:db8:1::7]:53",
	"udp [2001:db8::2]:1000 > [2001:db8:1::7]:53 frag=0 mf len=16",
	"udp 10.0.0.2:1000 > 198.51.100.7:99 len=700",
	"udp 10.0.0.2:1000 > 198.51.100.7:53 vlan=5",
};

#define RULES(net, map, web, reject)                                                               \
	"*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"                                   \
	"-A PREROUTING -p udp -m udp --dport 77 -j NOTRACK\nCOMMIT\n"                              \
	"*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"          \
	":OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n"                                        \
	"-A PREROUTING -j CONNMARK --restore-mark\n-A FORWARD -j MARK --set-xmark 0x1/0xff\n"      \
	"-A POSTROUTING -j CONNMARK --save-mark\nCOMMIT\n"                                         \
	"*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"              \
	":POSTROUTING ACCEPT [0:0]\n"                                                              \
	"-A PREROUTING -i out0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination " web "\n"      \
	"-A PREROUTING -i in0 -p udp -m udp --dport 123 -j REDIRECT --to-ports 1123\n"             \
	"-A POSTROUTING -s " map " -j NETMAP --to " net "\n"                                       \
	"-A POSTROUTING -o out0 -j MASQUERADE\nCOMMIT\n"                                           \
	"*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"                \
	"-A INPUT -m state --state ESTABLISHED,RELATED -j ACCEPT\n"                                \
	"-A INPUT -p udp -j ACCEPT\n"                                                              \
	"-A FORWARD -p tcp -m tcp --dport 81 -j REJECT --reject-with tcp-reset\n"                  \
	"-A FORWARD -p udp -m udp --dport 99 -j REJECT --reject-with " reject "\n"                 \
	"COMMIT\n"

static const struct fw_if ifs[2] = {
	{ .name = "in0", .naddrs4 = 1, .naddrs6 = 1, .addr4 = { { .v6 = { 10, 0, 0, 1 } } },
	  .addr6 = { { .v6 = { 0x20, 1, 0xd, 0xb8, [15] = 1 } } } },
	{ .name = "out0", .naddrs4 = 1, .naddrs6 = 1, .addr4 = { { .v6 = { 198, 51, 100, 1 } } },
	  .addr6 = { { .v6 = { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 1 } } } },
};

static const struct fw_route routes[] = {
	{ AF_INET, 8, 0, { .v6 = { 10 } }, { 2 } },
	{ AF_INET, 0, 1, { .v4 = 0 }, { 2 } },
	{ AF_INET6, 64, 0, { .v6 = { 0x20, 1, 0xd, 0xb8 } }, { 2 } },
	{ AF_INET6, 64, 1, { .v6 = { 0x20, 1, 0xd, 0xb8, 0, 1 } }, { 2 } },
};

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_packets: %s\n", what);
	abort();
}

static struct fw *open_fw(void)
{
	static const char rules4[] = RULES("203.0.113.0/24", "10.0.0.64/26", "10.0.0.2:80",
					   "icmp-port-unreachable");
	static const char rules6[] = RULES("2001:db8:f::/64", "2001:db8::100/120",
					   "[2001:db8::2]:80", "icmp6-port-unreachable");
	struct err err = { 0 };
	struct fw_config c;
	struct fw *fw;

	fw_config_default(&c);
	c.ifs = ifs;
	c.nifs = ARRAY_SIZE(ifs);
	c.routes = routes;
	c.nroutes = ARRAY_SIZE(routes);
	c.connections_max = CONNECTIONS;
	c.seed = 1;
	check(!fw_create(&c, &fw, &err) &&
	      !fw_load(fw, AF_INET, "rules4", rules4, strlen(rules4), &err) &&
	      !fw_load(fw, AF_INET6, "rules6", rules6, strlen(rules6), &err), err.text);
	return fw;
}

static void process(struct fw_worker *w, const struct pkt_buf *b, u8 how, u64 now)
{
	struct fw_pkt p = { .len = b->len, .in_if = how & 1 };
	bool right = pkt_checksums_ok(b->data, b->len);
	struct pkt_buf out = { .len = 0 };

	p.room = b->len + (how & 2 ? 64 : 0);
	p.data = malloc(p.room ? p.room : 1);
	check(p.data, "out of memory");
	memcpy(p.data, b->data, b->len);
	fw_process(w, &p, 1, now);
	check(p.len <= p.room, "an answer larger than its room");
	memcpy(out.data, p.data, p.len);
	if (right && p.verdict != FW_DROP)
		check(pkt_checksums_ok(out.data, p.len), "a wrong checksum");
	free(p.data);
}

static void check_stats(struct fw_worker *w)
{
	struct fw_stats s;

	fw_worker_stats(w, &s);
	check(s.packets == s.forwarded + s.dropped + s.local + s.replies, "a packet got lost");
	check(s.ct_count <= CONNECTIONS, "more connections than the cap");
	check(s.nat_ports_used <= s.ct_count, "more translations than connections");
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u64 later[] = { 0, 1000, 1000000, 100000000, 3000000000, 31000000000,
				     200000000000, 500000000000000 };
	const u8 *end = data + size;
	static struct fw *fw;	/* parsing the rules would take most of the time */
	struct err err = { 0 };
	u64 now = NSEC_PER_SEC;
	struct fw_worker *w;
	struct fw_stats s;
	struct pkt_buf b;
	unsigned int steps;

	if (!fw)
		fw = open_fw();
	check(!fw_worker_create(fw, 0, -1, &w, &err), err.text);
	for (steps = 0; steps < STEPS_MAX && end - data >= 3; steps++) {
		u8 how = data[0], packet = data[1], changes = data[2] & 15;

		data += 3;
		now += later[how >> 5];
		pkt_build(&b, packets[packet % ARRAY_SIZE(packets)]);
		for (; changes && end - data >= 2; changes--, data += 2)
			b.data[data[0] % b.len] = data[1];
		if (how & 4)
			b.len = b.len * (how >> 3 & 3) / 4;
		process(w, &b, how, now);
		check_stats(w);
	}
	fw_tick(w, now + 600000 * NSEC_PER_SEC);
	fw_worker_stats(w, &s);
	check(!s.ct_count && !s.nat_ports_used, "a connection outlived its time-out");
	fw_worker_destroy(w);
	return 0;
}
