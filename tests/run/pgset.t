#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pgset.t - kpps gen --pktgen-script: frames as tshark decodes them, against what pktgen
# is told; and what the command says where it can't, or does it in another way.
set -u
kpps=$(realpath "${KPPS:-build/kpps}") tree=$PWD
command -v tshark >/dev/null || { echo "1..0 # SKIP tshark is not installed"; exit 0; }
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
n=0

ok()	# STATUS NAME
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		cat out err got 2>/dev/null | head -n 20 | cut -c-300 | sed 's/^/# /'
	fi
}

# gen ARGUMENT… - a script from stdin into a capture; its exit status
gen()
{
	cat >s.sh
	rm -f f.pcap
	"$kpps" gen --pktgen-script s.sh --write f.pcap "$@" >out 2>err
}

fields()	# FIELD… - of every frame, into got
{
	HOME=$tmp tshark -n -r f.pcap -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields \
		-E separator=' ' "${@/#/-e}" >got 2>/dev/null
}

# sorted and counted: values and how many of them
distinct() { awk -v c="$1" '{print $c}' got | sort | uniq -c | awk '{print $2}' | sort -V | tr '\n' ' '; }

gen <<-'S'
	PGDEV=/proc/net/pktgen/kpktgend_0
	pgset "add_device eth1"
	PGDEV=/proc/net/pktgen/eth1
	pgset "count 100"
	pgset "pkt_size 60"
	pgset "ratep 1000"
	pgset "dst 10.0.0.1"
	pgset "src_min 10.1.0.1"
	pgset "src_mac 02:00:00:00:00:aa"
	pgset "dst_mac 02:00:00:00:00:bb"
	pgset "udp_src_min 1024"
	pgset "udp_src_max 1024"
	pgset "udp_dst_min 53"
	pgset "udp_dst_max 53"
	pgset "tos b8"
	PGDEV=/proc/net/pktgen/pgctrl
	pgset "start"
S
fields frame.len ip.src ip.dst udp.srcport udp.dstport ip.ttl ip.dsfield eth.src eth.dst ip.checksum.status udp.checksum.status
[ "$(sort -u got)" = "60 10.1.0.1 10.0.0.1 1024 53 32 0xb8 02:00:00:00:00:aa 02:00:00:00:00:bb 1 1" ] &&
	[ "$(wc -l <got)" = 100 ]
ok $? "a fixed header, a hundred times"
fields frame.time_relative
[ "$(tail -n 1 got)" = 0.099000000 ]
ok $? "ratep is the rate"
grep -q 's.sh: frames carry the signature of kpps where the header of pktgen (0xbe9be955) would be' err
ok $? "whose header it is, is said"

gen <<-'S'
	DEV=eth1
	pg_set $DEV "count 32"
	pg_set $DEV "dst_min 10.0.0.1"
	pg_set $DEV "dst_max 10.0.0.4"
	pg_set $DEV "src_min 10.1.0.1"
	pg_set $DEV "udp_src_min 9"
	pg_set $DEV "udp_src_max 17"
	pg_ctrl start
S
fields ip.dst udp.srcport
[ "$(sort got | uniq -c | awk '{print $1}' | sort -u)" = 4 ] && [ "$(sort -u got | wc -l)" = 8 ] &&
	! grep -qv '^10.0.0.[1-4] \(9\|1[0-6]\)$' got
ok $? "ranges walked together: eight pairs, each as often"

gen <<-'S'
	echo "count 4000" > /proc/net/pktgen/eth1
	echo "dst 10.0.0.1" > /proc/net/pktgen/eth1
	echo "src_min 10.1.0.0" > /proc/net/pktgen/eth1
	echo "src_max 10.1.0.16" > /proc/net/pktgen/eth1
	echo "flag IPSRC_RND" > /proc/net/pktgen/eth1
	echo "udp_src_min 100" > /proc/net/pktgen/eth1
	echo "udp_src_max 110" > /proc/net/pktgen/eth1
	echo "flag UDPSRC_RND" > /proc/net/pktgen/eth1
	echo "start" > /proc/net/pktgen/pgctrl
S
fields ip.src udp.srcport
[ "$(distinct 1 | wc -w)" = 16 ] && [ "$(distinct 2 | wc -w)" = 10 ] && [ "$(sort -u got | wc -l)" = 160 ] &&
	grep -q "10.1.0.15 109" got && ! grep -q "10.1.0.16 " got && ! grep -q " 110" got
ok $? "random ranges: all of their pairs, without their ends"

"$kpps" gen --pktgen-script "$tree/scenarios/pktgen-flows.sh" --count 8192 --write f.pcap >out 2>err
fields ip.src
[ "$(uniq -c got | awk '{print $1}' | sort -u)" = 8 ] && [ "$(sort -u got | wc -l)" = 1024 ]
ok $? "flowlen and FLOW_SEQ: eight of each flow in a row; --count counts"

gen <<-'S'
	pkt_size 100
	count 40
	dst6_min 2001:db8::40
	dst6_max 2001:db8::4f
	src6 2001:db8::1
	traffic_class b8
	vlan_id 7
S
fields frame.len ipv6.src vlan.id ipv6.tclass ipv6.hlim udp.checksum.status
[ "$(sort -u got)" = "100 2001:db8::1 7 0x000000b8 32 1" ]
ok $? "IPv6 in a VLAN, from bare lines"
fields ipv6.dst
! grep -qv '^2001:db8::4[0-9a-f]$' got && [ "$(sort -u got | wc -l)" -gt 8 ]
ok $? "and its prefix of destinations"

gen <<-'S'
	count 120
	dst 10.0.0.1
	imix_weights 60,7 590,4 1514,1
S
fields frame.len
[ "$(sort got | uniq -c | awk '{print $2 "x" $1}' | sort -n | tr '\n' ' ')" = "60x70 590x40 1514x10 " ]
ok $? "imix_weights are shares"

gen <<-'S'
	pg_thread 0 "add_device eth1@0"
	pg_thread 1 "add_device eth1@1"
	pg_set eth1@0 "dst 10.0.0.1"
	pg_set eth1@1 "dst 10.0.0.1"
	pg_set eth1@0 "count 30"
	pg_set eth1@1 "count 12"
	pg_ctrl start
S
fields frame.len
[ "$(wc -l <got)" = 42 ]
ok $? "two devices send the sum of their counts"

# says STATUS TEXT ARGUMENT… - the script of stdin
says()
{
	want=$1 text=$2
	shift 2
	gen "$@"
	[ $? = "$want" ] && grep -qF -e "$text" err
	ok $? "$text"
}

says 0 'the script gives no source address: it is 198.18.0.1' <<<'dst 10.0.0.1'
says 2 's.sh:2:1: mpls 0001000a,000200: labels are refused' <<<$'dst 10.0.0.1\nmpls 0001000a,0002000a'
says 0 's.sh:3: clone_skb 1000: kpps makes every frame anew; sent as clone_skb 0' <<<$'dst 10.0.0.1\ncount 1\nclone_skb 1000'
says 2 's.sh: count 0 is without end: give --count or --duration' <<<$'dst 10.0.0.1\ncount 0'
says 0 'no start in it' --count 3 <<<$'dst 10.0.0.1\ncount 0'
says 2 '--pktgen-script: the script describes the stream' --size 64B <<<'dst 10.0.0.1'
says 2 '--rate: the script' --rate 5kpps <<<'dst 10.0.0.1'
says 2 's.sh:1:1: "for" around "do" (line 1)' <<<'for i in 0 1; do pg_set eth$i "count 1"; done'
says 2 's.sh:1:1: nothing to send' </dev/null
"$kpps" gen --pktgen-script /nonexistent >out 2>err
[ $? = 2 ] && grep -q 'cannot open "/nonexistent": No such file or directory' err
ok $? "a script that is not there"

"$kpps" help pktgen >out 2>err
missing=$(for word in pkt_size clone_skb 'flag IPSRC_RND' imix_weights add_device; do
	grep -qx "$word" out || echo "$word"; done)
[ -z "$missing" ] && [ -z "$(LC_ALL=C awk 'length > 80' out)" ]
ok $? "kpps help pktgen lists them, in 80 columns"

echo "1..$n"
