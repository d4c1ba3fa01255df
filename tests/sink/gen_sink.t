#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# gen_sink.t - kpps gen and kpps sink by hand: captures made, played, damaged
# and counted; what they say as JSON; what they refuse and how.
set -u
: "${KPPS:=build/kpps}"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
n=0

check() {	# check TEXT COMMAND… - ok when the command succeeds
	local text=$1
	shift
	n=$((n + 1))
	if "$@" >log 2>&1; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		sed 's/^/# /' log
	fi
}

refuses() {	# refuses STATUS WORDS ARGUMENT… - kpps ends so, and says so
	local status=$1 words=$2 text
	shift 2
	text=$("$KPPS" "$@" 2>&1 >/dev/null)
	[ $? -eq "$status" ] && [[ $text == *"$words"* ]] && return
	echo "kpps $* said: $text"
	return 1
}

value() {	# value KEY FILE - a number at the top level of a JSON record
	python3 -c 'import json, sys; print(json.load(open(sys.argv[2]))[sys.argv[1]])' "$1" "$2"
}

equal() {	# equal A B
	[ "$1" = "$2" ] || { echo "$1 is not $2"; return 1; }
}

round_trip() {	# round_trip OPTION… - 1000 frames of it are all received
	"$KPPS" gen "$@" --count 1000 --write t.pcap --json >gen.json &&
	"$KPPS" sink --read t.pcap --sent 1000 --json >sink.json &&
	equal "$(value sent gen.json)" 1000 && equal "$(value received sink.json)" 1000 &&
	equal "$(value lost sink.json)" 0 && equal "$(value foreign sink.json)" 0 &&
	equal "$(value corrupted sink.json)" 0
}

for family in ipv4 ipv6; do
	for protocol in udp tcp icmp; do
		check "1000 $family $protocol frames are made and counted" \
			round_trip --family $family --protocol $protocol
	done
done
check "with VLANs, DSCP, sizes and an order of their own" \
	round_trip --vlan 100,200 --dscp 46 --ttl 9 --size 128B,570B,1518B --order zipf --zipf 1.1 --burst 4
check "with IMIX sizes and ranges" \
	round_trip --size aaaaaaaeeeef --source 198.18.0.0/24 --source-port 1024-1033 --flows 2560
check "the family follows the addresses" round_trip --source 2001:2::1 --destination 2001:2::2 --flows 100

macs() { "$KPPS" gen -n 1 --source-mac 02:aa:00:00:00:01 --destination-mac 02:bb:00:00:00:02 -w m.pcap &&
	equal "$(od -An -tx1 -j40 -N12 m.pcap)" " 02 bb 00 00 00 02 02 aa 00 00 00 01"; }
check "with MAC addresses of their own" macs

same() { "$KPPS" gen -n 500 --seed 7 -w a.pcap && "$KPPS" gen -n 500 --seed 7 -w b.pcap && cmp a.pcap b.pcap; }
check "the same seed makes the same file" same
other() { "$KPPS" gen -n 500 --seed 8 -w b.pcap && ! cmp -s a.pcap b.pcap; }
check "another seed makes another" other

# a replay's stamps count from its first frame, so the second one changes nothing
replays() { "$KPPS" gen -r a.pcap -w c.pcap && "$KPPS" gen -r c.pcap -w d.pcap && cmp c.pcap d.pcap &&
	"$KPPS" sink -r d.pcap --sent 500 --json >s.json && equal "$(value received s.json)" 500; }
check "a replay into a capture is the capture" replays
timed() {
	"$KPPS" gen -n 50 --rate 1kpps -w slow.pcap && start=$(date +%s%N) && "$KPPS" gen -r slow.pcap --json >r.json &&
	[ $(($(date +%s%N) - start)) -ge 49000000 ] && equal "$(value sent r.json)" 50
}
check "a replay takes the time of the capture" timed
check "or none at all" "$KPPS" gen -r slow.pcap --fast

impaired() {
	"$KPPS" gen -n 20000 -w big.pcap && "$KPPS" sink -r big.pcap --impair "$1" --sent 20000 >out || return
	cat out
	done_=$(sed -n "s/.* \([0-9]*\) $2.*/\1/p" out | tail -1)
	[ "$done_" -gt 0 ] && equal "$(awk -v c="$3" '$1 == "0" { print $c }' out)" "$done_"
}
check "as many are lost as were dropped" impaired drop=3% dropped, 4
check "as many are duplicated as were doubled" impaired duplicate=3%,seed=5 duplicated, 5
check "as many are reordered as were held back" impaired reorder=3%,reorder-by=3 reordered, 6
worse() { "$KPPS" gen -r big.pcap -w worse.pcap --impair corrupt=10% && "$KPPS" sink -r worse.pcap --json >s.json &&
	[ "$(value corrupted s.json)" -gt 1000 ]; }
check "a capture can be damaged on the way into another" worse
runs() { "$KPPS" gen -n 10 --run 5 -w run.pcap && "$KPPS" sink -r run.pcap --run 4 --json >s.json &&
	equal "$(value foreign s.json)" 10 && "$KPPS" sink -r run.pcap --run 5 --json >s.json &&
	equal "$(value received s.json)" 10; }
check "frames of another run are foreign" runs
short() { "$KPPS" gen -n 10 --protocol tcp --tcp-flags syn --size 64B -w syn.pcap &&
	"$KPPS" sink -r syn.pcap --unsigned --json >s.json && equal "$(value unsigned_frames s.json)" 10; }
check "frames without room for a signature are counted as unsigned" short
check "a stream goes into a port that keeps nothing" "$KPPS" gen --rate 0pps --duration 10ms --port memory

echo garbage >garbage
check "no file: status 2" refuses 2 'nowhere.pcap' sink --read nowhere.pcap
check "not a capture: status 2" refuses 2 'garbage' sink --read garbage
check "nothing to read: status 2" refuses 2 'give --read FILE or --interface IF' sink
check "an unknown word" refuses 2 'unknown word "sctp": known are udp, tcp, icmp' gen --protocol sctp
check "two families" refuses 2 'is not an IPv4 address' gen --family ipv4 --source 2001:2::1
check "a port out of range" refuses 2 '--source-port: "70000"' gen --source-port 70000
check "no MAC address" refuses 2 '--source-mac: "02:00"' gen --source-mac 02:00
check "a VLAN out of range" refuses 2 '--vlan: "5000"' gen --vlan 5000
check "an unknown impairment" refuses 2 'unknown word "melt"' sink -r a.pcap --impair melt=1%
check "a capture onto itself" refuses 2 'the same file' gen -r a.pcap -w a.pcap
check "a capture without a rate" refuses 2 'virtual time needs a rate' gen --rate 0pps -w x.pcap
full() { refuses 3 "" gen -n 100000 -w /dev/full; }
check "a full disk: status 3" full
echo "1..$n"
