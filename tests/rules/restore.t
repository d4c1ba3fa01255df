#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# restore.t - the rulesets that come with kpps load unchanged with
# iptables-restore, nft and legacy variant, in a namespace of our own; and what
# we save of each loads there too.
set -u
cd "$(dirname "$0")/../.." || exit 1
ns=kpps-test-$$
n=0

skip()
{
	echo "1..0 # SKIP $1"
	exit 0
}

[ "$(id -u)" = 0 ] || skip "needs root"
mountpoint -q / || skip "/ is no mount point, as in a chroot: bind-mount it on itself first"
command -v ip >/dev/null || skip "ip is not installed"
ip netns add $ns 2>/dev/null || skip "can't make a network namespace"
trap 'ip netns del $ns' EXIT
trap 'exit 1' INT TERM

tmp=$(mktemp)
trap 'rm -f "$tmp" "$tmp.err"; ip netns del $ns' EXIT

# try NAME COMMAND FILE
try()
{
	n=$((n + 1))
	if ip netns exec $ns "$2" <"$3" 2>"$tmp.err"; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$tmp.err"
	fi
}

# A kernel without one of the variants can't be asked about it.
usable()
{
	command -v "$1" >/dev/null && echo '*filter
COMMIT' | ip netns exec $ns "$1" 2>/dev/null
}

for variant in iptables-legacy-restore iptables-nft-restore \
	       ip6tables-legacy-restore ip6tables-nft-restore; do
	if ! usable $variant; then
		n=$((n + 1))
		echo "ok $n - $variant # SKIP does not work here"
		continue
	fi
	case $variant in
	ip6*) family=ipv6 end=v6 ;;
	*) family=ipv4 end=v4 ;;
	esac
	for name in forward notrack conntrack empty filter nat full; do
		file=fw-under-test/rulesets/$name.$end
		try "$variant loads $name.$end" $variant "$file"
		"$KPPS" fw --ruleset $name --family $family --counters >"$tmp"
		try "$variant loads what we save of $name.$end" $variant "$tmp"
	done
	"$KPPS" fw --generate 100 --family $family >"$tmp"
	try "$variant loads generated rules" $variant "$tmp"
done
echo "1..$n"
