#!/bin/sh
# A script for the kernel's pktgen: 4096 flows from random sources to one address, eight
# frames of each in a row. pktgen runs it as root; kpps reads it:
#
#	kpps gen --pktgen-script scenarios/pktgen-flows.sh --write flows.pcap

DEV=eth1
COUNT=100000

pgset() {
	echo "$1" >"$PGDEV"
	grep -q "Result: OK:" "$PGDEV" || grep Result: "$PGDEV"
}

if [ ! -d /proc/net/pktgen ]; then
	modprobe pktgen
fi

PGDEV=/proc/net/pktgen/kpktgend_0
pgset "rem_device_all"
pgset "add_device $DEV"

PGDEV=/proc/net/pktgen/$DEV
pgset "count $COUNT"
pgset "clone_skb 0"
pgset "pkt_size 60" # 64 with FCS
pgset "ratep 200000"
pgset "dst_mac 02:00:00:00:00:02"
pgset "dst 198.19.0.1"
pgset "src_min 198.18.0.0"
pgset "src_max 198.18.255.255"
pgset "flag IPSRC_RND"
pgset "udp_src_min 1024"
pgset "udp_src_max 1024"
pgset "udp_dst_min 9"
pgset "udp_dst_max 9"
pgset "flag UDPCSUM"
pgset "flows 4096"
pgset "flowlen 8"
pgset "flag FLOW_SEQ"

PGDEV=/proc/net/pktgen/pgctrl
pgset "start"

cat "/proc/net/pktgen/$DEV"
