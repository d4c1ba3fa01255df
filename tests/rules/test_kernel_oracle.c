// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_kernel_oracle.c - the running kernel as the judge: random rules loaded
 * by iptables-legacy-restore and by us, the same random packets through both,
 * then every rule's counters compared. Each rule carries its number in a
 * comment. The kernel routes between two veth pairs in a network namespace that
 * ends with this process. Skipped without root or legacy iptables.
 */
#include "tests/rules/kernel_world.h"
#include "tests/rules/rules_test.h"

#include <net/if.h>
#include <netinet/in.h>
#include <linux/if_packet.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define RULES	120
#define PACKETS	2000

struct oracle {
	int family;
	const char *restore, *save;	/* commands */
	u64 seed;
};

static u32 random_below(struct oracle *o, u32 n)
{
	o->seed ^= o->seed << 13;
	o->seed ^= o->seed >> 7;
	o->seed ^= o->seed << 17;
	return (u32)(o->seed >> 33) % n;
}

static const char *not(struct oracle *o)
{
	return random_below(o, 3) ? "" : "! ";
}

/* Host @host of network 18 (inside) or 19 (outside). */
static const char *address(const struct oracle *o, unsigned int net, unsigned int host, char *buf,
			   size_t size)
{
	if (o->family == AF_INET)
		snprintf(buf, size, "198.%u.0.%u", net, host);
	else
		snprintf(buf, size, "2001:2:0:%u::%x", net, host);
	return buf;
}

static void put_address(struct oracle *o, FILE *f, const char *option)
{
	u32 len = o->family == AF_INET ? 24 + random_below(o, 9) : 112 + random_below(o, 17);

	char text[64];

	fprintf(f, " %s%s %s/%u", not(o), option,
		address(o, option[1] == 's' ? 18 : 19, random_below(o, 16), text, sizeof(text)),
		len);
}

static void put_ports(struct oracle *o, FILE *f, const char *option)
{
	u32 lo = random_below(o, 12), hi = lo + random_below(o, 5);

	fprintf(f, " %s%s %u:%u", not(o), option, lo, hi);
}

static void put_protocol(struct oracle *o, FILE *f)
{
	static const char *const flags[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ALL" };

	switch (random_below(o, 6)) {
	case 0:
		fprintf(f, " -p tcp -m tcp %s--tcp-flags %s,%s %s", not(o),
			flags[random_below(o, 7)], flags[random_below(o, 6)],
			flags[random_below(o, 6)]);
		break;
	case 1:
		fputs(" -p tcp -m tcp", f);
		put_ports(o, f, "--sport");
		break;
	case 2:
		fputs(" -p udp -m udp", f);
		put_ports(o, f, "--dport");
		put_ports(o, f, "--sport");
		break;
	case 3:
		fprintf(f, " -p udp -m multiport %s--%ss %u,%u:%u,%u", not(o),
			random_below(o, 2) ? "port" : "dport", random_below(o, 4),
			4 + random_below(o, 2), 6 + random_below(o, 3), 9 + random_below(o, 3));
		break;
	case 4:
		if (o->family == AF_INET)
			fprintf(f, " -p icmp -m icmp %s--icmp-type %u/%u", not(o),
				random_below(o, 4), random_below(o, 3));
		else
			fprintf(f, " -p icmpv6 -m icmp6 %s--icmpv6-type %u", not(o),
				128 + random_below(o, 3));
		break;
	default:
		fprintf(f, " %s-p %s", not(o), random_below(o, 2) ? "udp" : "tcp");
	}
}

static void put_match(struct oracle *o, FILE *f)
{
	const char *ttl = o->family == AF_INET ? "ttl" : "hl";
	u32 a = random_below(o, 8), b = a + random_below(o, 8);
	char lo[64], hi[64];

	switch (random_below(o, 6)) {
	case 0:
		fprintf(f, " -m length %s--length %u:%u", not(o), 40 + a * 8, 40 + b * 8);
		break;
	case 1:
		fprintf(f, " -m %s --%s-lt %u", ttl, ttl, 60 + a);
		break;
	case 2:
		fprintf(f, " -m mark %s--mark 0x%x/0x%x", not(o), a & 3, 3 | b);
		break;
	case 3:
		fprintf(f, " -m iprange %s--src-range %s-%s", not(o),
			address(o, 18, a, lo, sizeof(lo)), address(o, 18, b, hi, sizeof(hi)));
		break;
	case 4:
		fprintf(f, " -m mac %s--mac-source 02:00:00:00:00:%02x", not(o), a & 1);
		break;
	default:
		fprintf(f, " %s-i eth%u %s-o eth%u", not(o), a & 1, not(o), b & 1);
	}
}

/* Chains may only lead to later ones, so that nothing loops. */
static void put_target(struct oracle *o, FILE *f, unsigned int chain)
{
	static const char *const ends[] = { "ACCEPT", "DROP", "RETURN" };
	u32 r = random_below(o, 12);

	if (r < 3)
		fprintf(f, " -j %s", ends[r]);
	else if (r < 6 && chain < 3)
		fprintf(f, " %s c%u", r == 3 ? "-g" : "-j", chain + 1 + random_below(o, 3 - chain));
	else if (r == 6)
		fprintf(f, " -j MARK --set-xmark 0x%x/0x%x", random_below(o, 8),
			random_below(o, 8));
	fputc('\n', f);
}

static char *make_rules(struct oracle *o)
{
	static const char *const chains[] = { "FORWARD", "c1", "c2", "c3" };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fputs("*mangle\n:FORWARD ACCEPT [0:0]\n:c1 - [0:0]\n:c2 - [0:0]\n:c3 - [0:0]\n"
	      "-A FORWARD -m comment --comment r0\n", f);
	for (unsigned int i = 1; i < RULES; i++) {
		unsigned int chain = i * 4 / RULES;

		fprintf(f, "-A %s", chains[chain]);
		if (random_below(o, 2))
			put_address(o, f, "-s");
		if (!random_below(o, 3))
			put_address(o, f, "-d");
		if (random_below(o, 2))
			put_protocol(o, f);
		if (random_below(o, 2))
			put_match(o, f);
		fprintf(f, " -m comment --comment r%u", i);
		put_target(o, f, chain);
	}
	fputs("COMMIT\n", f);
	fclose(f);
	return text;
}

static u16 ip_sum(const u8 *p)
{
	u32 sum = 0;

	for (unsigned int i = 0; i < 20; i += 2)
		sum += (u32)p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~((sum & 0xffff) + (sum >> 16));
}

static void put_header(struct oracle *o, u8 *ip, u8 proto, u16 payload)
{
	bool v4 = o->family == AF_INET;
	u8 ttl = (u8)(58 + random_below(o, 12));
	char text[64];

	if (v4) {
		u16 len = (u16)(20 + payload), sum;

		memcpy(ip, (u8[]){ 0x45, 0, (u8)(len >> 8), (u8)len, 0, 0, 0, 0, ttl, proto }, 10);
		inet_pton(AF_INET, address(o, 18, random_below(o, 16), text, sizeof(text)),
			  ip + 12);
		inet_pton(AF_INET, address(o, 19, random_below(o, 16), text, sizeof(text)),
			  ip + 16);
		sum = ip_sum(ip);
		ip[10] = (u8)(sum >> 8);
		ip[11] = (u8)sum;
		return;
	}
	memcpy(ip, (u8[]){ 0x60, 0, 0, 0, (u8)(payload >> 8), (u8)payload, proto, ttl }, 8);
	inet_pton(AF_INET6, address(o, 18, random_below(o, 16), text, sizeof(text)), ip + 8);
	inet_pton(AF_INET6, address(o, 19, random_below(o, 16), text, sizeof(text)), ip + 24);
}

/* A frame as it arrives on eth0; its transport checksum is nobody's business. */
static u32 make_frame(struct oracle *o, u8 *frame, const u8 *mac)
{
	static const u8 protos4[] = { 6, 17, 1, 132 }, protos6[] = { 6, 17, 58, 132 };
	bool v4 = o->family == AF_INET;
	u8 proto = v4 ? protos4[random_below(o, 4)] : protos6[random_below(o, 4)];
	u16 payload = (u16)(20 + random_below(o, 80));
	u8 *ip = frame + 14, *l4 = ip + (v4 ? 20 : 40);

	memset(frame, 0, 256);
	memcpy(frame, mac, 6);
	frame[6] = 2;
	frame[11] = (u8)random_below(o, 2);
	frame[12] = v4 ? 0x08 : 0x86;
	frame[13] = v4 ? 0x00 : 0xdd;
	put_header(o, ip, proto, payload);
	l4[1] = (u8)random_below(o, 14);
	l4[3] = (u8)random_below(o, 14);
	if (proto == 6) {
		l4[12] = 5 << 4;
		l4[13] = (u8)random_below(o, 64);
	} else if (proto == 17) {
		l4[4] = 0;
		l4[5] = (u8)payload;
	} else if (proto != 132) {
		l4[0] = (u8)((v4 ? 0 : 128) + random_below(o, 4));
		l4[1] = (u8)random_below(o, 3);
	}
	return (u32)(l4 - frame) + payload;
}

/* Counters by the number in a rule's comment. */
static void read_counters(const char *text, u64 (*ret)[2])
{
	unsigned long long pkts, bytes;

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		const char *tag, *end;

		line += *line == '\n';
		end = strchr(line, '\n');
		tag = strstr(line, "--comment r");
		if (*line != '[' || !tag || !end || tag > end)
			continue;
		assert_int_equal(sscanf(line, "[%llu:%llu]", &pkts, &bytes), 2);
		ret[atoi(tag + strlen("--comment r"))][0] = pkts;
		ret[atoi(tag + strlen("--comment r"))][1] = bytes;
	}
}

static void kernel_counters(const struct oracle *o, u64 (*ret)[2])
{
	static char text[1 << 18];
	char command[128];
	FILE *f;

	snprintf(command, sizeof(command), "%s -c -t mangle", o->save);
	f = popen(command, "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	assert_int_equal(pclose(f), 0);
	read_counters(text, ret);
}

static void kernel_load(const struct oracle *o, const char *text)
{
	FILE *f = popen(o->restore, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(pclose(f), 0);
}

static void sh(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

static int open_link(const char *name)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static void our_run(const struct oracle *o, struct ruleset *rs, u8 *frame, u32 len)
{
	struct rules_pkt p;
	const u8 *ip = frame + 14, *l4 = ip + (o->family == AF_INET ? 20 : 40);
	u8 proto = o->family == AF_INET ? ip[9] : ip[6];

	rules_pkt(&p, o->family, "");
	p.view.data = frame;
	p.view.len = len;
	p.view.l3_len = (u16)(len - 14);
	p.view.l4proto = proto;
	/* The kernel has taken one off when FORWARD of mangle sees the packet. */
	p.view.ttl = (u8)((o->family == AF_INET ? ip[8] : ip[7]) - 1);
	memcpy(&p.view.src, ip + (o->family == AF_INET ? 12 : 8), o->family == AF_INET ? 4 : 16);
	memcpy(&p.view.dst, ip + (o->family == AF_INET ? 16 : 24), o->family == AF_INET ? 4 : 16);
	p.view.sport = (u16)(l4[0] << 8 | l4[1]);
	p.view.dport = (u16)(l4[2] << 8 | l4[3]);
	p.view.tcp_flags = proto == 6 ? l4[13] : 0;
	ruleset_run(rs, TABLE_MANGLE, HOOK_FORWARD, &p.ctx);
}

static void compare(struct oracle *o, const char *rules)
{
	static u64 kernel[RULES][2], ours[RULES][2];
	struct ruleset *rs = rules_load(o->family, rules);
	struct timespec nap = { .tv_nsec = 20000000 };
	u8 mac[6] = { 2, 0, 0, 0, 1, 0 }, frame[256];
	int fd = open_link("p0");
	char *saved;

	kernel_load(o, rules);
	for (unsigned int i = 0; i < PACKETS; i++) {
		u32 len = make_frame(o, frame, mac);

		assert_int_equal(send(fd, frame, len, 0), len);
		our_run(o, rs, frame, len);
	}
	close(fd);
	kernel_counters(o, kernel);
	for (unsigned int i = 0; i < 100 && kernel[0][0] < PACKETS; i++) {
		nanosleep(&nap, NULL);
		kernel_counters(o, kernel);
	}
	saved = rules_save(rs);
	read_counters(saved, ours);
	for (unsigned int i = 0; i < RULES; i++)
		if (kernel[i][0] != ours[i][0] || kernel[i][1] != ours[i][1])
			fail_msg("rule r%u: kernel [%llu:%llu], we [%llu:%llu]\n%s", i,
				 (unsigned long long)kernel[i][0], (unsigned long long)kernel[i][1],
				 (unsigned long long)ours[i][0], (unsigned long long)ours[i][1],
				 rules);
	assert_int_equal(kernel[0][0], PACKETS);
	free(saved);
	ruleset_destroy(rs);
}

static int setup(void **state __unused)
{
	sh("ip link add eth0 address 02:00:00:00:01:00 type veth peer name p0 &&"
	   "ip link add eth1 type veth peer name p1 &&"
	   "for i in eth0 p0 eth1 p1; do ip link set $i up; done");
	sh("ip addr add 192.0.2.1/24 dev eth0 && ip addr add 203.0.113.1/24 dev eth1 &&"
	   "ip route add 198.18.0.0/16 via 192.0.2.2 && ip route add 198.19.0.0/16 via 203.0.113.2 "
	   "&&"
	   "ip neigh add 203.0.113.2 lladdr 02:00:00:00:02:00 dev eth1");
	sh("ip addr add 2001:db8:1::1/64 dev eth0 nodad && ip addr add 2001:db8:2::1/64 dev eth1 "
	   "nodad &&"
	   "ip route add 2001:2:0:18::/64 via 2001:db8:1::2 &&"
	   "ip route add 2001:2:0:19::/64 via 2001:db8:2::2 &&"
	   "ip neigh add 2001:db8:2::2 lladdr 02:00:00:00:02:00 dev eth1");
	sh("cd /proc/sys/net && echo 1 >ipv4/ip_forward && echo 1 >ipv6/conf/all/forwarding &&"
	   "for i in all eth0 eth1; do echo 0 >ipv4/conf/$i/rp_filter; done");
	return 0;
}

static void same_counters(const char *prefix, int family)
{
	char restore[64], save[64];

	snprintf(restore, sizeof(restore), "%s-legacy-restore -w 60", prefix);
	snprintf(save, sizeof(save), "%s-legacy-save", prefix);
	for (u64 seed = 1; seed <= 8; seed++) {
		struct oracle o = {
			.family = family, .restore = restore, .save = save,
			.seed = seed * 0x9e3779b97f4a7c15,
		};
		char *rules = make_rules(&o);

		compare(&o, rules);
		free(rules);
	}
}

static void same_counters_as_the_kernel_ipv4(void **state __unused)
{
	same_counters("iptables", AF_INET);
}

static void same_counters_as_the_kernel_ipv6(void **state __unused)
{
	same_counters("ip6tables", AF_INET6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_counters_as_the_kernel_ipv4),
		cmocka_unit_test(same_counters_as_the_kernel_ipv6),
	};
	static const char *const programs[] = {
		"iptables-legacy-restore", "ip6tables-legacy-restore", NULL,
	};
	const char *why_not = kernel_world_why_not(programs);

	if (!why_not && (unshare(CLONE_NEWNET) ||
			 system("echo '*mangle\nCOMMIT' | iptables-legacy-restore -w 60 2>/dev/null")))
		why_not = "this kernel has no legacy iptables";
	if (why_not) {
		printf("1..0 # SKIP %s\n", why_not);
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, NULL);
}
