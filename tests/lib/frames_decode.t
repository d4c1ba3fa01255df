#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# frames_decode.t - frames of every template, decoded by tshark: nothing is
# malformed, every checksum is right, every field is what the stream says.
set -u
: "${B:=build}" "${CC:=gcc}"
command -v tshark >/dev/null || { echo "1..0 # SKIP tshark is not installed"; exit 0; }

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
echo 1..4

"$CC" -std=gnu11 -D_GNU_SOURCE -I. -O1 -Wall -Wextra -o "$dir/frames_write" \
	tests/lib/frames_write.c "$B/libkpps.a" -lpcap -lm >"$dir/log" 2>&1 &&
"$dir/frames_write" "$dir/frames.pcap" >"$dir/expected" 2>>"$dir/log" ||
	{ sed 's/^/# /' "$dir/log"; echo "Bail out! frames_write failed"; exit 1; }

result() {	# result NUMBER TEXT FILE - ok when FILE is empty
	if [ -s "$3" ]; then
		echo "not ok $1 - $2"
		head -20 "$3" | sed 's/^/# /'
	else
		echo "ok $1 - $2"
	fi
}

decode() {
	# tcp.analyze_sequence_numbers: these are samples of many flows, not conversations
	HOME=$dir tshark -n -r "$dir/frames.pcap" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-o tcp.check_checksum:TRUE -o tcp.analyze_sequence_numbers:FALSE \
		-o tcp.relative_sequence_numbers:FALSE -d udp.port==1024-65535,data \
		-d tcp.port==1024-65535,data "$@" 2> >(grep -v 'Running as user' >>"$dir/log")
}

decode -Y '_ws.malformed || _ws.short || _ws.expert.severity == error' >"$dir/malformed"
result 1 "no frame is malformed" "$dir/malformed"

# status 1 is good, 0 bad, 2 unverified; every frame needs as many good ones as it has checksums
decode -Y 'ip.checksum.status != 1 || udp.checksum.status != 1 || tcp.checksum.status != 1 ||
	icmp.checksum.status != 1 || icmpv6.checksum.status != 1 ||
	!(udp.checksum.status || tcp.checksum.status || icmp.checksum.status || icmpv6.checksum.status) ||
	(ip && !ip.checksum.status)' >"$dir/checksums"
result 2 "every checksum is verified as good" "$dir/checksums"

# The columns that frames_write prints, behind the frame's number.
fields() {	# fields FILTER FIELD…
	local filter=$1 args=(-e frame.number -e frame.len -e ieee8021ad.id -e vlan.id) f
	shift
	for f; do args+=(-e "$f"); done
	decode -Y "$filter" -T fields -E separator='|' "${args[@]}"
}
# Both VLAN tags in one column; IPv6 addresses, which tshark abbreviates, as 32 digits.
expand() {
	awk -F'|' -v OFS='|' '
	function full(a,  n, i, part, head, tail, h, t, s) {
		if (a !~ /:/) return a
		n = split(a, part, "::"); s = ""
		h = split(part[1], head, ":"); t = n > 1 ? split(part[2], tail, ":") : 0
		for (i = 1; i <= h; i++) s = s sprintf("%4s", head[i])
		if (n > 1) for (i = h + t; i < 8; i++) s = s "0000"
		for (i = 1; i <= t; i++) s = s sprintf("%4s", tail[i])
		gsub(/ /, "0", s)
		return s
	}
	{
		vlan = $3 == "" ? $4 : $3 "," $4
		out = $1 OFS $2 OFS vlan OFS full($5) OFS full($6)
		for (i = 7; i <= NF; i++) out = out OFS $i
		print out
	}'
}
number_first() { awk -F'|' -v OFS='|' -v p="$1" '{ $8 = $8 OFS p; print }'; }

for v in ip ipv6; do
	if [ $v = ip ]; then
		l3=(ip.src ip.dst ip.ttl ip.dsfield.dscp) icmp=icmp
	else
		l3=(ipv6.src ipv6.dst ipv6.hlim ipv6.tclass.dscp) icmp=icmpv6
	fi
	fields "$v && udp" "${l3[@]}" udp.srcport udp.dstport udp.length | number_first udp
	fields "$v && tcp" "${l3[@]}" tcp.srcport tcp.dstport tcp.flags tcp.seq tcp.ack tcp.len \
		tcp.options.mss_val tcp.options.wscale.shift tcp.option_kind | number_first tcp |
		awk -F'|' -v OFS='|' '{ $NF = $NF ~ /(^|,)4(,|$)/ ? 1 : ""; print }'
	id=$icmp.ident; [ $icmp = icmpv6 ] && id=icmpv6.echo.identifier
	seq=$icmp.seq; [ $icmp = icmpv6 ] && seq=icmpv6.echo.sequence_number
	fields "$v && $icmp" "${l3[@]}" $icmp.type "$id" "$seq" | number_first icmp
done | sort -n | expand | cut -d'|' -f2- | sed 's/|0x00*\([0-9a-f][0-9a-f]\)|/|0x00\1|/' >"$dir/decoded"

frames=$(wc -l <"$dir/expected")
: >"$dir/count"
[ "$(wc -l <"$dir/decoded")" = "$frames" ] && [ "$frames" -gt 1000 ] ||
	echo "$frames frames written, $(wc -l <"$dir/decoded") decoded" >"$dir/count"
cat "$dir/log" >>"$dir/count"
result 3 "every frame is decoded ($frames frames)" "$dir/count"

diff "$dir/expected" "$dir/decoded" >"$dir/difference"
result 4 "every field is what the stream says" "$dir/difference"
