// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_nft.c - rules in nftables' words: what each match and target becomes,
 * what is gathered in sets, what can't be said. As root every text is also
 * loaded by nft, in a network namespace that ends with this process.
 */
#include "tests/rules/rules_test.h"

#include <errno.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fw-under-test/engine/ir_nft.h"
#include "fw-under-test/engine/parse.h"
#include "fw-under-test/engine/ruleset_gen.h"

static bool have_nft;

static int translate(int family, const char *text, const struct ir_nft_options *opt, char **ret,
		     struct err *err)
{
	struct ir *ir;
	int code = parse_save(family, "t", text, strlen(text), &ir, err);

	if (code)
		return code;
	code = ir_nft(ir, opt, ret, err);
	ir_destroy(ir);
	return code;
}

static char *translated(int family, const char *text, const struct ir_nft_options *opt)
{
	struct err err = { 0 };
	char *nft = NULL;

	if (translate(family, text, opt, &nft, &err))
		fail_msg("%s\nin:\n%s", err.text, text);
	return nft;
}

static void load(const char *nft)
{
	FILE *f;

	if (!have_nft)
		return;
	f = popen("nft -f - >&2", "w");
	assert_non_null(f);
	fputs("flush ruleset\n", f);
	fputs(nft, f);
	if (pclose(f))
		fail_msg("nft refuses:\n%s", nft);
}

/* The lines of chain @chain without the first, tabs and the last newline. */
static char *chain_rules(const char *nft, const char *chain)
{
	char head[64], *out = calloc(1, strlen(nft) + 1), *to = out;
	const char *line;

	snprintf(head, sizeof(head), "\tchain %s {\n", chain);
	line = strstr(nft, head);
	if (!line)
		fail_msg("no chain %s in:\n%s", chain, nft);
	line += strlen(head);
	if (!strncmp(line, "\t\ttype ", 7))
		line = strchr(line, '\n') + 1;
	for (; !strncmp(line, "\t\t", 2); line = strchr(line, '\n') + 1) {
		size_t n = strcspn(line, "\n") - 2;

		if (to != out)
			*to++ = '\n';
		memcpy(to, line + 2, n);
		to += n;
	}
	*to = '\0';
	return out;
}

struct row {
	const char *rule, *expect;
};

static void check_text(int family, const char *text, const char *chain, const char *expect)
{
	static const struct ir_nft_options plain;
	char *nft = translated(family, text, &plain);
	char *got = chain_rules(nft, chain);

	if (strcmp(got, expect) != 0)
		fail_msg("%s\n    expected %s\n    got      %s", text, expect, got);
	load(nft);
	free(got);
	free(nft);
}

static void check_rows(int family, const char *table, const char *chain, const struct row *rows,
		       size_t n)
{
	char text[1024], name[64];

	snprintf(name, sizeof(name), "%s_%s", table, chain);
	for (size_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "*%s\n:%s ACCEPT [0:0]\n:other - [0:0]\n-A %s %s\n"
			 "COMMIT\n", table, chain, chain, rows[i].rule);
		check_text(family, text, name, rows[i].expect);
	}
}

#define ROWS(family, table, chain, ...) do { \
	static const struct row rows_[] = { __VA_ARGS__ }; \
	check_rows(family, table, chain, rows_, ARRAY_SIZE(rows_)); \
} while (0)
#define FILTER4(...) ROWS(AF_INET, "filter", "FORWARD", __VA_ARGS__)
#define FILTER6(...) ROWS(AF_INET6, "filter", "FORWARD", __VA_ARGS__)

static void addresses_and_interfaces(void **state __unused)
{
	FILTER4({ "-s 10.1.2.3 -j DROP", "ip saddr 10.1.2.3 drop" },
		{ "-s 10.1.2.0/24 ! -d 10.1.0.0/16 -j ACCEPT",
		  "ip saddr 10.1.2.0/24 ip daddr != 10.1.0.0/16 accept" },
		{ "-s 10.0.3.0/255.0.255.0 -j DROP", "ip saddr & 255.0.255.0 == 10.0.3.0 drop" },
		{ "! -s 10.0.3.0/255.0.255.0 -j DROP",
		  "ip saddr & 255.0.255.0 != 10.0.3.0 drop" },
		{ "-s 0.0.0.0/0 -j DROP", "drop" },
		{ "! -s 0.0.0.0/0 -j DROP", "meta length 0 drop" },
		{ "-i eth0 -o eth1 -j DROP", "iifname \"eth0\" oifname \"eth1\" drop" },
		{ "! -i eth0 -j DROP", "iifname != \"eth0\" drop" },
		{ "-i eth+ ! -o ppp+ -j DROP", "iifname \"eth*\" oifname != \"ppp*\" drop" },
		{ "-i + -j DROP", "drop" },
		{ "! -o + -j DROP", "meta length 0 drop" },
		{ "-m iprange --src-range 10.0.0.5-10.0.0.9 ! --dst-range 10.1.0.0-10.1.0.255 "
		  "-j DROP", "ip saddr 10.0.0.5-10.0.0.9 ip daddr != 10.1.0.0/24 drop" },
		{ "-s 10.0.0.0/8 -m iprange --src-range 10.0.0.5-10.0.0.9 -j DROP",
		  "ip saddr 10.0.0.0/8 ip saddr 10.0.0.5-10.0.0.9 drop" },
		{ "-m mac ! --mac-source 02:00:00:00:00:01 -j DROP",
		  "ether saddr != 02:00:00:00:00:01 drop" });
	FILTER6({ "-s 2001:db8::/32 -d 2001:db8::1 -j DROP",
		  "ip6 saddr 2001:db8::/32 ip6 daddr 2001:db8::1 drop" },
		{ "-s 2001:0:3::/ffff:0:ffff:: -j DROP",
		  "ip6 saddr & ffff:0:ffff:: == 2001:0:3:: drop" },
		{ "-m iprange --src-range 2001:db8::1-2001:db8::9 -j DROP",
		  "ip6 saddr 2001:db8::1-2001:db8::9 drop" });
}

static void protocols_and_fragments(void **state __unused)
{
	FILTER4({ "-p tcp -j DROP", "meta l4proto tcp drop" },
		{ "! -p udp -j DROP", "meta l4proto != 17 drop" },
		{ "-p 47 -j DROP", "meta l4proto 47 drop" },
		{ "-p icmp -j DROP", "meta l4proto icmp drop" },
		{ "-f -j DROP", "ip frag-off & 0x1fff != 0 drop" },
		{ "! -f -j DROP", "ip frag-off & 0x1fff == 0 drop" });
	FILTER6({ "-p ipv6-icmp -j DROP", "meta l4proto icmpv6 drop" });
}

static void ports(void **state __unused)
{
	FILTER4({ "-p tcp --dport 80 -j DROP", "tcp dport 80 drop" },
		{ "-s 10.0.0.1 -p udp --sport 1:1023 ! --dport 53 -j DROP",
		  "ip saddr 10.0.0.1 udp sport 1-1023 udp dport != 53 drop" },
		{ "-p tcp -m tcp -j DROP", "meta l4proto tcp tcp sport 0-65535 drop" },
		{ "-p udp ! --sport 0:65535 -j DROP", "meta l4proto udp meta length 0 drop" },
		{ "-p tcp -m multiport --dports 80,443,1000:2000 -j DROP",
		  "tcp dport { 80, 443, 1000-2000 } drop" },
		{ "-p tcp -m multiport --dports 90,80:100,443,443 -j DROP",
		  "tcp dport { 80-100, 443 } drop" },
		{ "-p sctp -m multiport ! --sports 80,443 -j DROP",
		  "meta l4proto sctp sctp sport != { 80, 443 } drop" },
		{ "-p udp -m multiport --ports 53,67 -j DROP",
		  "udp sport { 53, 67 } drop\n"
		  "udp dport { 53, 67 } udp sport != { 53, 67 } drop" },
		{ "-p udp -m multiport ! --ports 53,67 -j DROP",
		  "meta l4proto udp udp sport != { 53, 67 } udp dport != { 53, 67 } drop" });
}

static void tcp_flags_and_options(void **state __unused)
{
	FILTER4({ "-p tcp --syn -j DROP",
		  "meta l4proto tcp tcp flags & (fin | syn | rst | ack) == syn drop" },
		{ "-p tcp ! --syn -j DROP",
		  "meta l4proto tcp tcp flags & (fin | syn | rst | ack) != syn drop" },
		{ "-p tcp --dport 80 --tcp-flags ALL NONE -j DROP",
		  "tcp dport 80 tcp flags & (fin | syn | rst | psh | ack | urg) == 0x0 drop" },
		{ "-p tcp --tcp-flags SYN,RST SYN,RST -j DROP",
		  "meta l4proto tcp tcp flags & (syn | rst) == (syn | rst) drop" },
		{ "-p tcp --tcp-flags SYN ACK -j DROP", "meta l4proto tcp meta length 0 drop" },
		{ "-p tcp ! --tcp-flags SYN ACK -j DROP",
		  "meta l4proto tcp tcp sport 0-65535 drop" },
		{ "-p tcp --tcp-flags NONE NONE -j DROP",
		  "meta l4proto tcp tcp sport 0-65535 drop" },
		{ "-p tcp --tcp-option 5 -j DROP", "meta l4proto tcp tcp option 5 exists drop" },
		{ "-p tcp ! --tcp-option 254 -j DROP",
		  "meta l4proto tcp tcp sport 0-65535 tcp option 254 missing drop" });
}

static void icmp_types(void **state __unused)
{
	FILTER4({ "-p icmp --icmp-type 8 -j DROP", "icmp type 8 drop" },
		{ "-p icmp ! --icmp-type 8 -j DROP", "meta l4proto icmp icmp type != 8 drop" },
		{ "-p icmp --icmp-type 3/4 -j DROP",
		  "meta l4proto icmp icmp type 3 icmp code 4 drop" },
		{ "-p icmp ! --icmp-type 3/4 -j DROP",
		  "meta l4proto icmp icmp type 3 icmp code != 4 drop\n"
		  "meta l4proto icmp icmp type != 3 drop" },
		{ "-p icmp --icmp-type any -j DROP", "meta l4proto icmp icmp type 0-255 drop" },
		{ "-p icmp ! --icmp-type any -j DROP", "meta l4proto icmp meta length 0 drop" });
	FILTER6({ "-p icmpv6 --icmpv6-type echo-request -j DROP", "icmpv6 type 128 drop" },
		{ "-p icmpv6 --icmpv6-type 1/3 -j DROP",
		  "meta l4proto icmpv6 icmpv6 type 1 icmpv6 code 3 drop" });
}

static void connection_states(void **state __unused)
{
	FILTER4({ "-m state --state ESTABLISHED,RELATED -j ACCEPT",
		  "ct state related,established accept" },
		{ "-m conntrack --ctstate INVALID -j DROP", "ct state invalid drop" },
		{ "-m conntrack ! --ctstate NEW,INVALID -j DROP",
		  "ct state related,established,untracked drop" },
		{ "-m conntrack ! --ctstate INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED -j DROP",
		  "meta length 0 drop" },
		{ "-m conntrack --ctstate DNAT -j ACCEPT", "ct status dnat accept" },
		{ "-m conntrack --ctstate SNAT,DNAT -j ACCEPT", "ct status snat,dnat accept" },
		{ "-m conntrack ! --ctstate DNAT -j ACCEPT",
		  "ct status & (dnat) == 0 accept\nct state invalid,untracked accept" },
		{ "-m conntrack --ctstate NEW,DNAT -j ACCEPT",
		  "ct state new accept\nct state related,established ct status dnat accept" });
}

/* Without a connection the state alone decides, so it is asked on its own. */
static void connection_criteria(void **state __unused)
{
	FILTER4({ "-m conntrack --ctproto tcp --ctdir REPLY -j DROP",
		  "ct protocol 6 ct direction reply drop" },
		{ "-m conntrack --ctstatus ASSURED,SEEN_REPLY -j DROP",
		  "ct status seen-reply,assured drop" },
		{ "-m conntrack ! --ctstatus ASSURED,SEEN_REPLY -j DROP",
		  "ct status & (seen-reply | assured) == 0 drop" },
		{ "-m conntrack --ctstatus NONE -j DROP", "meta length 0 drop" },
		{ "-m conntrack ! --ctstatus NONE -j DROP",
		  "ct state established,related,new drop" },
		{ "-m conntrack --ctorigsrc 10.0.0.0/8 ! --ctrepldst 10.0.3.0/255.0.255.0 -j DROP",
		  "ct original ip saddr 10.0.0.0/8 ct reply ip daddr & 255.0.255.0 != 10.0.3.0 "
		  "drop" },
		{ "-m conntrack --ctorigdst 0.0.0.0/0 -j DROP",
		  "ct state established,related,new drop" },
		{ "-p tcp -m conntrack --ctorigdstport 80:90 ! --ctreplsrcport 8080 -j DROP",
		  "meta l4proto tcp ct original proto-dst 80-90 ct reply proto-src != 8080-8080 "
		  "drop" },
		{ "-m conntrack --ctproto udp --ctorigsrcport 53 -j DROP",
		  "ct protocol 17 ct original proto-src 53-53 drop" },
		{ "-m conntrack --ctstate NEW --ctdir ORIGINAL -j DROP",
		  "ct state new ct direction original drop" },
		{ "-m conntrack --ctstate NEW,INVALID --ctdir ORIGINAL -j DROP",
		  "ct state new ct direction original drop\nct state invalid drop" });
	FILTER6({ "-m conntrack --ctreplsrc 2001:db8::1 -j DROP",
		  "ct reply ip6 saddr 2001:db8::1 drop" });
}

static void marks(void **state __unused)
{
	FILTER4({ "-m mark --mark 0x1/0xff -j DROP", "meta mark & 0xff == 0x1 drop" },
		{ "-m mark ! --mark 5 -j DROP", "meta mark != 0x5 drop" },
		{ "-m mark --mark 0x100/0xff -j DROP", "meta length 0 drop" },
		{ "-m mark ! --mark 0x100/0xff -j DROP", "drop" },
		{ "-m connmark --mark 7 -j DROP", "ct mark 0x7 drop" },
		{ "-m connmark ! --mark 7/0xf -j DROP", "ct mark & 0xf != 0x7 drop" },
		{ "-m connmark --mark 0/0 -j DROP", "ct state established,related,new drop" });
}

static void header_numbers_and_limits(void **state __unused)
{
	FILTER4({ "-m length --length 40:100 -j DROP", "ip length 40-100 drop" },
		{ "-m length ! --length 64 -j DROP", "ip length != 64-64 drop" },
		{ "-m ttl --ttl-eq 64 -j DROP", "ip ttl 64 drop" },
		{ "-m ttl ! --ttl-eq 64 -j DROP", "ip ttl != 64 drop" },
		{ "-m ttl --ttl-lt 5 -j DROP", "ip ttl < 5 drop" },
		{ "-m ttl --ttl-gt 255 -j DROP", "meta length 0 drop" },
		{ "-m limit --limit 20/sec -j ACCEPT",
		  "limit rate 20/second burst 5 packets accept" },
		{ "-m limit --limit 5/min --limit-burst 10 -j ACCEPT",
		  "limit rate 5/minute burst 10 packets accept" },
		{ "-p tcp -m limit --limit 5/min -m tcp --dport 80 -j ACCEPT",
		  "meta l4proto tcp limit rate 5/minute burst 5 packets tcp dport 80 accept" },
		{ "-p tcp --dport 80 -m limit --limit 5/hour -j ACCEPT",
		  "tcp dport 80 limit rate 5/hour burst 5 packets accept" });
	FILTER6({ "-m length --length 50:100 -j DROP", "ip6 length 10-60 drop" },
		{ "-m length --length 0:39 -j DROP", "meta length 0 drop" },
		{ "-m hl --hl-gt 3 -j DROP", "ip6 hoplimit > 3 drop" });
}

static void comments(void **state __unused)
{
	FILTER4({ "-m comment --comment \"two words\" -j DROP", "drop comment \"two words\"" },
		{ "-m comment --comment one -m comment --comment two -j DROP",
		  "drop comment \"one; two\"" },
		{ "-m comment --comment \"a \\\"quote\\\"\" -j DROP", "# a \"quote\"\ndrop" });
}

static void verdicts(void **state __unused)
{
	FILTER4({ "", "continue" },
		{ "-j ACCEPT", "accept" },
		{ "-j RETURN", "return" },
		{ "-s 10.0.0.1", "ip saddr 10.0.0.1 continue" },
		{ "-j other", "jump filter_other" },
		{ "-g other", "goto filter_other" },
		{ "-j REJECT", "reject with icmp port-unreachable" },
		{ "-j REJECT --reject-with icmp-net-unreachable",
		  "reject with icmp net-unreachable" },
		{ "-j REJECT --reject-with icmp-host-unreachable",
		  "reject with icmp host-unreachable" },
		{ "-j REJECT --reject-with icmp-proto-unreachable",
		  "reject with icmp prot-unreachable" },
		{ "-j REJECT --reject-with icmp-net-prohibited",
		  "reject with icmp net-prohibited" },
		{ "-j REJECT --reject-with icmp-host-prohibited",
		  "reject with icmp host-prohibited" },
		{ "-j REJECT --reject-with icmp-admin-prohibited",
		  "reject with icmp admin-prohibited" },
		{ "-p tcp -j REJECT --reject-with tcp-reset",
		  "meta l4proto tcp reject with tcp reset" });
	FILTER6({ "-j REJECT", "reject with icmpv6 port-unreachable" },
		{ "-j REJECT --reject-with icmp6-no-route", "reject with icmpv6 no-route" },
		{ "-j REJECT --reject-with icmp6-adm-prohibited",
		  "reject with icmpv6 admin-prohibited" },
		{ "-j REJECT --reject-with icmp6-addr-unreachable",
		  "reject with icmpv6 addr-unreachable" },
		{ "-j REJECT --reject-with icmp6-policy-fail",
		  "reject with icmpv6 policy-fail" },
		{ "-j REJECT --reject-with icmp6-reject-route",
		  "reject with icmpv6 reject-route" },
		{ "-p tcp -j REJECT --reject-with tcp-reset",
		  "meta l4proto tcp reject with tcp reset" });
}

static void logging(void **state __unused)
{
	FILTER4({ "-j LOG", "log" },
		{ "-j LOG --log-prefix \"gone: \" --log-level info --log-ip-options --log-uid",
		  "log prefix \"gone: \" level info flags ip options flags skuid" },
		{ "-j LOG --log-tcp-sequence --log-tcp-options --log-macdecode --log-level error",
		  "log level err flags tcp sequence flags tcp options flags ether" });
}

static void setting_marks(void **state __unused)
{
	ROWS(AF_INET, "mangle", "PREROUTING",
	     { "-j MARK --set-mark 5", "meta mark set 0x5" },
	     { "-j MARK --set-xmark 0x1/0xff", "meta mark set meta mark & 0xffffff00 ^ 0x1" },
	     { "-j MARK --or-mark 0x4", "meta mark set meta mark | 0x4" },
	     { "-j MARK --and-mark 0xf", "meta mark set meta mark & 0xf" },
	     { "-j MARK --xor-mark 0x3", "meta mark set meta mark ^ 0x3" },
	     { "-j MARK --set-xmark 0x0/0x0", "meta mark set meta mark" },
	     { "-j CONNMARK --set-xmark 0x1/0xff", "ct mark set ct mark & 0xffffff00 ^ 0x1" },
	     { "-j CONNMARK --save-mark", "ct mark set meta mark" },
	     { "-j CONNMARK --restore-mark", "meta mark set ct mark" },
	     { "-j CONNMARK --save-mark --mask 0xff", "ct mark set meta mark & 0xff" },
	     { "-j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xff",
	       "meta mark set ct mark & 0xff" });
}

/* A rule that sets other bits of the mark: they must stay when 0x3 is copied. */
static void copied_bits_leave_the_others(void **state __unused)
{
	static const char text[] =
		"*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j MARK --set-mark 0x10\n"
		"-A PREROUTING -s 10.0.0.1 -j CONNMARK --restore-mark --mask 0x3\nCOMMIT\n";

	check_text(AF_INET, text, "mangle_PREROUTING",
		   "meta mark set 0x10\nip saddr 10.0.0.1 jump mangle-mark-4");
	check_text(AF_INET, text, "mangle-mark-4",
		   "ct state invalid,untracked return\n"
		   "meta mark set meta mark & 0xfffffffc\n"
		   "ct mark & 0x1 != 0 meta mark set meta mark ^ 0x1\n"
		   "ct mark & 0x2 != 0 meta mark set meta mark ^ 0x2");
}

static void no_tracking(void **state __unused)
{
	ROWS(AF_INET, "raw", "PREROUTING", { "-j NOTRACK", "notrack" },
	     { "-d 224.0.0.0/4 -j CT --notrack", "ip daddr 224.0.0.0/4 notrack" });
}

static void source_translation(void **state __unused)
{
	ROWS(AF_INET, "nat", "POSTROUTING",
	     { "-o eth1 -j SNAT --to-source 192.0.2.1-192.0.2.9",
	       "oifname \"eth1\" snat to 192.0.2.1-192.0.2.9" },
	     { "-p tcp -j SNAT --to-source 192.0.2.1:1024-2000 --random",
	       "meta l4proto tcp snat to 192.0.2.1:1024-2000 random" },
	     { "-p udp -j SNAT --to-source :1024-2000 --random-fully --persistent",
	       "meta l4proto udp snat to :1024-2000 fully-random,persistent" },
	     { "-j MASQUERADE", "masquerade" },
	     { "-p tcp -j MASQUERADE --to-ports 1024-2000 --random",
	       "meta l4proto tcp masquerade to :1024-2000 random" },
	     { "-s 10.0.0.0/24 -j NETMAP --to 192.0.2.0/24",
	       "ip saddr 10.0.0.0/24 snat prefix to 192.0.2.0/24" },
	     { "-s 10.0.0.1 -j NETMAP --to 192.0.2.1/32",
	       "ip saddr 10.0.0.1 snat prefix to 192.0.2.1" });
	ROWS(AF_INET6, "nat", "POSTROUTING",
	     { "-j SNAT --to-source 2001:db8::1-2001:db8::9",
	       "snat to 2001:db8::1-2001:db8::9" },
	     { "-p tcp -j SNAT --to-source [2001:db8::1-2001:db8::9]:1024-2000",
	       "meta l4proto tcp snat to [2001:db8::1]-[2001:db8::9]:1024-2000" });
}

static void destination_translation(void **state __unused)
{
	ROWS(AF_INET, "nat", "PREROUTING",
	     { "-p tcp --dport 80 -j DNAT --to-destination 198.18.0.80:8080",
	       "tcp dport 80 dnat to 198.18.0.80:8080" },
	     { "-j DNAT --to-destination 198.18.0.80 --random --persistent",
	       "dnat to 198.18.0.80 random,persistent" },
	     { "-p udp --dport 53 -j REDIRECT --to-ports 5353",
	       "udp dport 53 redirect to :5353" },
	     { "-j REDIRECT", "redirect" },
	     { "-d 192.0.2.0/24 -j NETMAP --to 10.0.0.0/24",
	       "ip daddr 192.0.2.0/24 dnat prefix to 10.0.0.0/24" });
	ROWS(AF_INET6, "nat", "PREROUTING",
	     { "-p tcp --dport 80 -j DNAT --to-destination [2001:db8::80]:8080",
	       "tcp dport 80 dnat to [2001:db8::80]:8080" });
}

/* Several rules of FORWARD, and one chain. */
static void check_forward(const char *rules, const char *expect)
{
	char text[2048];

	snprintf(text, sizeof(text), "*filter\n:FORWARD ACCEPT [0:0]\n:one - [0:0]\n"
		 ":two - [0:0]\n%sCOMMIT\n", rules);
	check_text(AF_INET, text, "filter_FORWARD", expect);
}

static void one_verdict_makes_a_set(void **state __unused)
{
	check_forward("-A FORWARD -s 10.0.0.0/8 -j DROP\n-A FORWARD -s 192.168.0.0/16 -j DROP\n"
		      "-A FORWARD -s 172.16.0.1 -j DROP\n-A FORWARD -j ACCEPT\n",
		      "ip saddr { 10.0.0.0/8, 192.168.0.0/16, 172.16.0.1 } drop\naccept");
	check_forward("-A FORWARD -p tcp --dport 22 -j ACCEPT\n"
		      "-A FORWARD -p tcp -m multiport --dports 80,443 -j ACCEPT\n"
		      "-A FORWARD -p udp --dport 53 -j ACCEPT\n",
		      "tcp dport { 22, 80, 443 } accept\nudp dport 53 accept");
	check_forward("-A FORWARD -i eth0 -j one\n-A FORWARD -i eth1 -j one\n",
		      "iifname { \"eth0\", \"eth1\" } jump filter_one");
	check_forward("-A FORWARD -d 10.0.0.1 -j REJECT\n-A FORWARD -d 10.0.0.2 -j REJECT\n",
		      "ip daddr { 10.0.0.1, 10.0.0.2 } reject with icmp port-unreachable");
}

static void several_verdicts_make_a_map(void **state __unused)
{
	check_forward("-A FORWARD -d 10.0.0.1 -j ACCEPT\n-A FORWARD -d 10.0.0.2 -j DROP\n"
		      "-A FORWARD -d 10.0.1.0/24 -j one\n-A FORWARD -d 10.0.2.0/24 -g two\n"
		      "-A FORWARD -d 10.0.3.0/24 -j RETURN\n",
		      "ip daddr vmap { 10.0.0.1 : accept, 10.0.0.2 : drop, 10.0.1.0/24 : "
		      "jump filter_one, 10.0.2.0/24 : goto filter_two, 10.0.3.0/24 : return }");
}

/* The map decides at once, so that all else must have been tested before it. */
static void a_map_comes_after_the_other_tests(void **state __unused)
{
	check_forward("-A FORWARD -d 10.0.0.1 -m mark --mark 1 -j ACCEPT\n"
		      "-A FORWARD -d 10.0.0.2 -m mark --mark 1 -j DROP\n",
		      "meta mark 0x1 ip daddr vmap { 10.0.0.1 : accept, 10.0.0.2 : drop }");
}

static void two_keys_make_a_concatenation(void **state __unused)
{
	check_forward("-A FORWARD -s 10.0.0.1 -p udp --dport 1 -j ACCEPT\n"
		      "-A FORWARD -s 10.0.0.2 -p udp --dport 2 -j ACCEPT\n"
		      "-A FORWARD -s 10.0.0.3 -p udp --dport 2 -j DROP\n",
		      "ip saddr . udp dport vmap { 10.0.0.1 . 1 : accept, 10.0.0.2 . 2 : accept, "
		      "10.0.0.3 . 2 : drop }");
	check_forward("-A FORWARD -s 10.0.0.0/24 -p udp --dport 1 -j ACCEPT\n"
		      "-A FORWARD -s 10.0.1.0/24 -p udp --dport 2 -j ACCEPT\n",
		      "ip saddr 10.0.0.0/24 udp dport 1 accept\n"
		      "ip saddr 10.0.1.0/24 udp dport 2 accept");
}

static void the_first_of_overlapping_rules_wins(void **state __unused)
{
	check_forward("-A FORWARD -s 10.0.0.0/8 -j DROP\n-A FORWARD -s 10.0.0.1 -j ACCEPT\n"
		      "-A FORWARD -s 11.0.0.0/8 -j ACCEPT\n",
		      "ip saddr vmap { 10.0.0.0/8 : drop, 11.0.0.0/8 : accept }");
	check_forward("-A FORWARD -s 10.0.0.1 -j ACCEPT\n-A FORWARD -s 10.0.0.0/8 -j DROP\n"
		      "-A FORWARD -s 11.0.0.0/8 -j DROP\n",
		      "ip saddr 10.0.0.1 accept\nip saddr { 10.0.0.0/8, 11.0.0.0/8 } drop");
	check_forward("-A FORWARD -s 10.0.0.0/8 -j one\n-A FORWARD -s 10.0.0.1 -j DROP\n"
		      "-A FORWARD -s 10.0.0.2 -j DROP\n",
		      "ip saddr 10.0.0.0/8 jump filter_one\n"
		      "ip saddr { 10.0.0.1, 10.0.0.2 } drop");
}

static void state_of_its_own_keeps_a_rule_alone(void **state __unused)
{
	check_forward("-A FORWARD -s 10.0.0.1 -m limit -j ACCEPT\n"
		      "-A FORWARD -s 10.0.0.2 -m limit -j ACCEPT\n",
		      "ip saddr 10.0.0.1 limit rate 3/hour burst 5 packets accept\n"
		      "ip saddr 10.0.0.2 limit rate 3/hour burst 5 packets accept");
	check_forward("-A FORWARD -s 10.0.0.1 -j LOG\n-A FORWARD -s 10.0.0.2 -j LOG\n",
		      "ip saddr 10.0.0.1 log\nip saddr 10.0.0.2 log");
	check_forward("-A FORWARD -s 10.0.0.1 -m comment --comment a -j DROP\n"
		      "-A FORWARD -s 10.0.0.2 -m comment --comment b -j DROP\n",
		      "ip saddr 10.0.0.1 drop comment \"a\"\nip saddr 10.0.0.2 drop comment \"b\"");
	check_forward("-A FORWARD ! -s 10.0.0.1 -j DROP\n-A FORWARD ! -s 10.0.0.2 -j DROP\n",
		      "ip saddr != 10.0.0.1 drop\nip saddr != 10.0.0.2 drop");
}

static void options_switch_sets_off_and_counters_on(void **state __unused)
{
	static const char text[] =
		"*filter\n:FORWARD DROP [0:0]\n-A FORWARD -s 10.0.0.1 -j ACCEPT\n"
		"-A FORWARD -s 10.0.0.2 -j ACCEPT\nCOMMIT\n";
	const struct ir_nft_options linear = { .linear = true }, counters = { .counters = true };
	char *nft = translated(AF_INET, text, &linear), *rules = chain_rules(nft, "filter_FORWARD");

	assert_string_equal(rules, "ip saddr 10.0.0.1 accept\nip saddr 10.0.0.2 accept");
	load(nft);
	free(rules);
	free(nft);
	nft = translated(AF_INET, text, &counters);
	rules = chain_rules(nft, "filter_FORWARD");
	assert_string_equal(rules,
			    "ip saddr 10.0.0.1 counter accept\nip saddr 10.0.0.2 counter accept");
	load(nft);
	free(rules);
	free(nft);
}

static void generated_rules_become_one_set(void **state __unused)
{
	static const struct ir_nft_options plain;
	const int families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		char *text, *nft, *rules;

		assert_int_equal(ruleset_generate(1000, families[i], &text), 0);
		nft = translated(families[i], text, &plain);
		rules = chain_rules(nft, "filter_FORWARD");
		assert_non_null(strstr(rules, " . udp dport { "));
		assert_string_equal(strchr(rules, '\n'), "\naccept");
		load(nft);
		free(rules);
		free(nft);
		free(text);
	}
}

static void hooks_and_policies_are_those_of_iptables(void **state __unused)
{
	static const char text[] =
		"*raw\n:PREROUTING DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
		"*mangle\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
		"*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n"
		":POSTROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:FORWARD DROP [0:0]\nCOMMIT\n";
	static const char *const heads[] = {
		"raw_PREROUTING {\n\t\ttype filter hook prerouting priority -300; policy drop;",
		"raw_OUTPUT {\n\t\ttype filter hook output priority -300; policy accept;",
		"mangle_INPUT {\n\t\ttype filter hook input priority -150; policy accept;",
		"mangle_OUTPUT {\n\t\ttype route hook output priority -150; policy accept;",
		"nat_PREROUTING {\n\t\ttype nat hook prerouting priority -100; policy accept;",
		"nat_INPUT {\n\t\ttype nat hook input priority 100; policy accept;",
		"nat_OUTPUT {\n\t\ttype nat hook output priority -100; policy accept;",
		"nat_POSTROUTING {\n\t\ttype nat hook postrouting priority 100; policy accept;",
		"filter_FORWARD {\n\t\ttype filter hook forward priority 0; policy drop;",
	};
	static const struct ir_nft_options plain;
	char *nft = translated(AF_INET6, text, &plain);

	assert_non_null(strstr(nft, "table ip6 kpps {"));
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		if (!strstr(nft, heads[i]))
			fail_msg("no \"%s\" in:\n%s", heads[i], nft);
	load(nft);
	free(nft);
}

static void a_name_nftables_does_not_know_is_changed(void **state __unused)
{
	check_text(AF_INET, "*filter\n:FORWARD ACCEPT [0:0]\n:a:b - [0:0]\n:accept - [0:0]\n"
		   "-A FORWARD -j a:b\n-A FORWARD -j accept\nCOMMIT\n", "filter_FORWARD",
		   "jump filter-3-a_b\njump filter_accept");
}

static void no_tables_give_no_text(void **state __unused)
{
	static const struct ir_nft_options plain;
	char *nft = translated(AF_INET, "# nothing\n", &plain);

	assert_string_equal(nft, "");
	free(nft);
}

static void established_flows_join_the_flowtable(void **state __unused)
{
	const struct ir_nft_options opt = { .flowtable = { "eth0", "eth1" } };
	static const char flow[] = "meta l4proto { tcp, udp } ct state established flow add @f";
	char *nft = translated(AF_INET, "*filter\n:FORWARD DROP [0:0]\n-A FORWARD -j ACCEPT\n"
			       "COMMIT\n", &opt), *rules = chain_rules(nft, "filter_FORWARD");

	assert_non_null(strstr(nft, "\tflowtable f {\n\t\thook ingress priority 0; devices = "
			       "{ \"eth0\", \"eth1\" };\n\t}\n"));
	assert_true(!strncmp(rules, flow, sizeof(flow) - 1));
	free(rules);
	free(nft);
	nft = translated(AF_INET, "", &opt);
	rules = chain_rules(nft, "filter_FORWARD");
	assert_string_equal(rules, flow);
	free(rules);
	free(nft);
}

static void what_nftables_can_not_say_is_an_error(void **state __unused)
{
	static const struct {
		const char *table, *chain, *rule, *error;
	} rows[] = {
		{ "filter", "FORWARD", "-j LOG --log-prefix \"a\\\"b\"",
		  "the prefix \"a\"b\", which has a quote or a $" },
		{ "filter", "FORWARD", "-j LOG --log-prefix a$b",
		  "the prefix \"a$b\", which has a quote or a $" },
		{ "filter", "FORWARD", "-i a* -j DROP", "the interface name \"a*\"" },
		{ "filter", "FORWARD", "-p tcp --tcp-option 1 -j DROP",
		  "--tcp-option 1: it doesn't see a NOP that ends the header" },
		{ "filter", "FORWARD", "-m conntrack --ctorigsrcport 80 -j DROP",
		  "--ctorigsrcport without -p or --ctproto of tcp, udp, udplite, sctp or dccp" },
		{ "filter", "FORWARD", "-p udp -m multiport --ports 1,2 -m limit -j DROP",
		  "a limit with matches that take 2 rules: each would have a limit of its own" },
		{ "nat", "PREROUTING", "-j NETMAP --to 10.0.3.0/255.0.255.0",
		  "NETMAP to a network whose mask has holes" },
	};
	static const struct ir_nft_options plain;
	char text[512], expect[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err err = { 0 };
		char *nft = NULL;

		snprintf(text, sizeof(text), "*%s\n:%s ACCEPT [0:0]\n-A %s %s\nCOMMIT\n",
			 rows[i].table, rows[i].chain, rows[i].chain, rows[i].rule);
		snprintf(expect, sizeof(expect), "t:3: nftables can't say it: %s", rows[i].error);
		assert_int_equal(translate(AF_INET, text, &plain, &nft, &err), -EOPNOTSUPP);
		assert_string_equal(err.text, expect);
	}
}

static void netmap_must_know_its_end(void **state __unused)
{
	static const char text[] =
		"*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:n - [0:0]\n"
		"-A PREROUTING -j n\n-A POSTROUTING -j n\n-A n -j NETMAP --to 10.0.0.0/24\n"
		"COMMIT\n";
	static const struct ir_nft_options plain;
	struct err err = { 0 };
	char *nft = NULL;

	assert_int_equal(translate(AF_INET, text, &plain, &nft, &err), -EOPNOTSUPP);
	assert_string_equal(err.text,
			    "t:7: nftables can't say it: NETMAP in a chain that translates sources "
			    "and destinations, according to where it is reached from");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_and_interfaces),
		cmocka_unit_test(protocols_and_fragments),
		cmocka_unit_test(ports),
		cmocka_unit_test(tcp_flags_and_options),
		cmocka_unit_test(icmp_types),
		cmocka_unit_test(connection_states),
		cmocka_unit_test(connection_criteria),
		cmocka_unit_test(marks),
		cmocka_unit_test(header_numbers_and_limits),
		cmocka_unit_test(comments),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(logging),
		cmocka_unit_test(setting_marks),
		cmocka_unit_test(copied_bits_leave_the_others),
		cmocka_unit_test(no_tracking),
		cmocka_unit_test(source_translation),
		cmocka_unit_test(destination_translation),
		cmocka_unit_test(one_verdict_makes_a_set),
		cmocka_unit_test(several_verdicts_make_a_map),
		cmocka_unit_test(a_map_comes_after_the_other_tests),
		cmocka_unit_test(two_keys_make_a_concatenation),
		cmocka_unit_test(the_first_of_overlapping_rules_wins),
		cmocka_unit_test(state_of_its_own_keeps_a_rule_alone),
		cmocka_unit_test(options_switch_sets_off_and_counters_on),
		cmocka_unit_test(generated_rules_become_one_set),
		cmocka_unit_test(hooks_and_policies_are_those_of_iptables),
		cmocka_unit_test(a_name_nftables_does_not_know_is_changed),
		cmocka_unit_test(no_tables_give_no_text),
		cmocka_unit_test(established_flows_join_the_flowtable),
		cmocka_unit_test(what_nftables_can_not_say_is_an_error),
		cmocka_unit_test(netmap_must_know_its_end),
	};

	have_nft = !geteuid() && !unshare(CLONE_NEWNET) &&
		   !system("nft list tables >/dev/null 2>&1");
	if (!have_nft)
		puts("# no nft or not root: the texts are compared, not loaded");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
