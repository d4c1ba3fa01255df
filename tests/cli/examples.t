#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every example of every command, in the order of the manual page, then the
# commands and the scenario of the README. Runs are cut to one short trial at a
# low load, which leaves the command lines as they are. Those on interfaces find
# veth0 and veth1, one pair, in a namespace of the test's own. An example that needs
# root is skipped for others, with the reason that kpps gives; so is one that needs the
# module kpps_gen where it is not loaded (tests/kmod has it). Kernels are not built here:
# what compares them is read and planned.
kpps=${KPPS:-$PWD/build/kpps}
tree=$PWD
n=0
tmp=$(mktemp -d) || exit 1
ns=kex$$
trap 'rm -rf "$tmp"; ip netns delete $ns 2>/dev/null' EXIT
short='--set sweep= --set max_load=20kpps --set streams.users.flows=16'
short="$short --set goals=mrr --set preset=quick"

# what the examples find in the folder they are typed in
cd "$tmp" || exit 1
ln -s "$tree/scenarios" "$tree/fw-under-test" .
mkdir bin results
ln -s "$kpps" bin/kpps
PATH=$tmp/bin:$PATH
interfaces=no
ip netns add $ns 2>/dev/null && ip link add veth0 netns $ns type veth peer name veth1 netns $ns &&
	ip -n $ns link set veth0 up && ip -n $ns link set veth1 up && interfaces=yes
kpps gen --count 100 --write in.pcap >/dev/null
kpps gen --count 100 --write back.pcap >/dev/null
for dir in before after quickstart-20260131T120000; do
	# shellcheck disable=SC2086 # words, not one
	kpps run scenarios/quickstart.yaml $short -o results/$dir >"$tmp/$dir.log" 2>&1 ||
		sed 's/^/# /' "$tmp/$dir.log"
done

kpps help | sed -n 's/^  \([a-z]*\)  *.*/\1/p' | while read -r command; do
	kpps help "$command" | sed -n '/^Examples:/,$s/^  \(kpps .*\)/\1/p'
done >examples
sed -n 's/^    \(kpps .*\)/\1/p' "$tree/README.md" >>examples
sed -n '/^    name: my-first/,/^$/s/^    //p' "$tree/README.md" >my-first.yaml
echo kpps check my-first.yaml >>examples
while read -r example; do
	n=$((n + 1))
	extra='' before=''
	case $example in
	"kpps run scenarios/static-vs-modules.yaml" | "kpps run scenarios/pktgen-vs-kpps.yaml")
		example="kpps check ${example#kpps run }" ;;
	"kpps run "*) extra=$short ;;
	*" --interface "* | *" --port kmod:"*)
		before="nsenter --net=/run/netns/$ns"
		if [ $interfaces = no ]; then
			echo "ok $n - $example # SKIP needs root"
			continue
		fi ;;
	esac
	# shellcheck disable=SC2086
	set -- $example $extra
	# shellcheck disable=SC2086
	$before "$@" >log 2>&1 </dev/null
	status=$?
	if [ $status = 3 ] && [ "$(id -u)" != 0 ] && grep -q root log; then
		echo "ok $n - $example # SKIP $(tail -n 1 log)"
		continue
	fi
	if [ $status = 3 ] && grep -q "module kpps_gen" log; then
		echo "ok $n - $example # SKIP $(tail -n 1 log)"
		continue
	fi
	# on a busy machine trials are invalid, and what is compared differs
	case $2:$status in
	*:0 | run:4 | compare:1 | compare:4)
		echo "ok $n - $example" ;;
	*)
		echo "not ok $n - $example: exit status $status"
		sed 's/^/# /' log ;;
	esac
done <examples
echo "1..$n"
