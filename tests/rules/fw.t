#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# fw.t - kpps fw: captures through rulesets, rulesets found, checked, generated.
set -u
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
n=0

ok()
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		sed 's/^/# /' "$tmp/out" "$tmp/err"
	fi
}

fw()
{
	"$KPPS" fw "$@" >"$tmp/out" 2>"$tmp/err"
}

# has PATTERN NAME - the last output has such a line
has()
{
	grep -qE -- "$1" "$tmp/out"
	ok $? "$2"
}

# fails STATUS TEXT NAME ARGS... - exit status and the whole sentence
fails()
{
	want=$1 text=$2 name=$3
	shift 3
	fw "$@"
	[ $? = "$want" ] && [ "$(cat "$tmp/err")" = "kpps fw: $text" ]
	ok $? "$name"
}

"$KPPS" gen --flows 20 --count 20 --write "$tmp/in.pcap" >/dev/null
"$KPPS" gen --flows 20 --count 20 --family ipv6 --write "$tmp/in6.pcap" >/dev/null

for ruleset in forward notrack conntrack empty filter nat full rules-10; do
	for in in in in6; do
		fw --ruleset $ruleset --read "$tmp/$in.pcap"
		has '^20 packets: 20 forwarded, 0 dropped' "$ruleset lets $in.pcap pass"
	done
done

fw --ruleset nat --read "$tmp/in.pcap" --write "$tmp/out.pcap" --verbose
has '^1 0\.000000000 eth0 198\.18\.[0-9.:]+ > 198\.19\.0\.1:53 udp, new, forward eth1, as 203\.0\.113\.[0-9.:]+ > 198\.19\.0\.1:53 udp$' \
	"a line tells state, verdict and translation"
fw --ruleset forward --read "$tmp/out.pcap" --verbose
has '^20 .* eth0 203\.0\.113\.' "what left was written"
fw --ruleset filter --read eth1:"$tmp/in.pcap" --verbose
has '^1 .* eth1 .*, new, drop \(rule\)$' "an inside source from outside is dropped"
fw --ruleset filter --in-if eth1 --read "$tmp/in.pcap" --counters
has '^\[20:[0-9]+\] -A antispoof -s 198\.18\.0\.0/16 -j DROP$' "rules count what they matched"
fw --ruleset forward --read eth0:"$tmp/in.pcap" --read eth1:"$tmp/in6.pcap" --verbose
[ "$(grep -c ' eth0 198\.18' "$tmp/out")" = 20 ] && [ "$(grep -c ' eth1 \[2001:2::' "$tmp/out")" = 20 ]
ok $? "captures are merged, each by its interface"
fw --generate 1k --family ipv6
[ "$(grep -c '^-A FORWARD' "$tmp/out")" = 1000 ]
ok $? "a thousand rules are generated"
fw --list
has '^  -m conntrack ' "matches are listed"

mkdir "$tmp/own"
printf '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n' >"$tmp/own/mine.v4"
KPPS_RULESETS=$tmp/own fw --ruleset mine --read "$tmp/in.pcap" --verbose
has '^20 .*, drop \(policy\)$' "KPPS_RULESETS is looked in"
fw --ruleset "$tmp/own/mine"
has 'mine: ok$' "a path without its ending, of one family"
printf '*filter\n-A INPUT -p tcp --dprt 80\nCOMMIT\n' >"$tmp/bad.v4"
fails 2 "$tmp/bad.v4:2: unknown option \"--dprt\": did you mean \"--dport\"?" \
	"an error names file, line and word" --ruleset "$tmp/bad.v4"
fails 2 '--ruleset is missing (see "kpps help fw")' "a ruleset is needed" --read x
fails 2 '--write needs a capture to --read' "nothing to write" --ruleset full --write "$tmp/x"
fails 2 'unknown interface "eth9" in "eth9:a": known are eth0, eth1; write ./eth9:a for a file' \
	"an unknown interface" --ruleset full --read eth9:a
fails 2 'unknown family "ipx": known are ipv4, ipv6' "an unknown family" --ruleset full --family ipx
fails 2 'ruleset "a.v4" is not for ipv6' "an ending against the family" --ruleset a.v4 --family ipv6
echo "1..$n"
