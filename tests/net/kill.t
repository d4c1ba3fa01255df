#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kill -9 at 30 random moments of setting up and undoing, and of cleaning up
# itself, and at 30 of whole runs; after `kpps clean` the machine is as before,
# and another run beside it was not touched. The machine is a mount and a network
# namespace of this test's own, so that the comparison can be exact while others
# work beside it.
if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP network namespaces need root"
	exit 0
fi
if ! mountpoint -q /; then
	echo "1..0 # SKIP / is no mount point, as in a chroot: bind-mount it on itself first"
	exit 0
fi
if [ "${KPPS_KILL_INSIDE-}" != yes ]; then
	KPPS_KILL_INSIDE=yes exec unshare --mount --net -- "$0" "$@"
fi
B=${B:-build}
CC=${CC:-gcc}
kpps=${KPPS:-$B/kpps}
knob=/proc/sys/kernel/printk_ratelimit_burst
seed=${KPPS_SEED:-$(date +%s)}
# The knob is the machine's: one test at a time turns it, as in test_claim.c.
exec 9<$knob && flock 9
tmp=$(mktemp -d) || exit 1
n=0
knob_before=$(cat $knob)
victim=
trap '[ -z "$victim" ] || kill -9 $victim; exec 8>&-; wait; "$kpps" clean >/dev/null
	echo $knob_before >$knob; rm -rf "$tmp"' EXIT

ok()	# STATUS NAME
{
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

# The whole of what a run may touch. Numbers of mounts are not the same twice.
machine()
{
	ls -l /run/netns | sed 's/ [0-9]* [A-Z][a-z][a-z] .*:.. / /'
	ls -R /run/kpps 2>/dev/null
	sed 's/^[0-9]* [0-9]* [0-9:]* //; s/shared:[0-9]*//' /proc/self/mountinfo
	cat $knob
	ip -d addr
	ip -d route show table all
	ip -6 -d route show table all
	grep -r . /proc/sys/net/ipv[46]/conf 2>/dev/null | sort
}

# shellcheck disable=SC2046,SC2086 # flags are words
"$CC" -std=gnu11 -D_GNU_SOURCE -I. -O1 -Wall -Wextra -o "$tmp/claim_victim" \
	tests/net/claim_victim.c "$B/libkpps.a" \
	$(pkg-config --cflags --libs libmnl jansson) -lpthread >"$tmp/log" 2>&1 ||
	{ sed 's/^/# /' "$tmp/log"; echo "Bail out! claim_victim was not built"; exit 1; }

# What the host has mounted there would be seen to go when others remove it.
umount -R /run/netns 2>/dev/null
mount -t tmpfs kpps-test /run || { echo "Bail out! no /run of its own"; exit 1; }
# /run/netns is made by the first that needs it, and stays.
ip netns add kpps-first && ip netns del kpps-first
machine >"$tmp/empty"

mkfifo "$tmp/hold"
"$tmp/claim_victim" hold <"$tmp/hold" >"$tmp/holder" 2>&1 &
holder=$!
exec 8>"$tmp/hold"
for _ in $(seq 200); do
	grep -q up "$tmp/holder" && break
	sleep 0.05
done
grep -q up "$tmp/holder"
ok $? "another run is there"
machine >"$tmp/before"
[ "$(grep -c "kpps-$holder-" "$tmp/before")" -ge 3 ]
ok $? "the comparison sees its namespaces"

# Two moments a round, in ms: of the run, and of the cleaning in every second round.
awk -v seed="$seed" 'BEGIN { srand(seed); for (i = 0; i < 30; i++)
	printf "%.4f %.4f\n", rand() * 0.2, i % 2 ? rand() * 0.06 : 0 }' >"$tmp/moments"
left=0
while read -r run clean; do
	"$tmp/claim_victim" 8>&- 2>"$tmp/victim" &
	victim=$!
	sleep "$run"
	kill -9 $victim
	wait $victim 2>/dev/null
	status=$?
	victim=
	if [ $status != 137 ]; then
		sed 's/^/# /' "$tmp/victim"
	fi
	"$kpps" clean --dry-run | grep -q "^nothing to clean" || left=$((left + 1))
	if [ "$clean" != 0.0000 ]; then
		"$kpps" clean >"$tmp/killed" 2>&1 8>&- &
		victim=$!
		sleep "$clean"
		kill -9 $victim 2>/dev/null
		wait $victim 2>/dev/null
		victim=
	fi
	"$kpps" clean >"$tmp/clean" 2>&1
	cleaned=$?
	machine >"$tmp/after"
	[ $status = 137 ] && [ $cleaned = 0 ] && cmp -s "$tmp/before" "$tmp/after"
	ok $? "killed after $run s, cleaning after $clean s: as before"
	cmp -s "$tmp/before" "$tmp/after" ||
		{ cat "$tmp/clean"; diff "$tmp/before" "$tmp/after"; } | sed 's/^/# /' | head -20
done <"$tmp/moments"
[ $left -gt 0 ]
ok $? "there was something to clean: $left of 30 times (seed $seed)"

# Whole runs: rules, routes, qdisc, steering, XDP programs; the kernel and the bundled
# firewall by turns.
cat >"$tmp/s.yaml" <<END
name: killed
testbed: netns
preset: quick
streams:
  u: {flows: 256, source: {address: 198.18.0.0/16, port: 1024-2047},
      destination: {address: 198.19.0.1, port: 53}}
dut: {ruleset: full, qdisc: pfifo}
connections: established
placement: {mode: split}
max_load: 20kpps
goals: [{fixed: {rates: [2kpps], trials: 3, trial: 100ms}}]
END
awk -v seed="$seed" 'BEGIN { srand(seed + 1); for (i = 0; i < 30; i++)
	print rand() * 1.2, i % 2 ? "bundled" : "iptables-legacy" }' >"$tmp/moments"
left=0
while read -r run firewall; do
	rm -rf "$tmp/r"
	"$kpps" run "$tmp/s.yaml" -o "$tmp/r" --set dut.firewall="$firewall" -q >"$tmp/victim" 2>&1 8>&- &
	victim=$!
	sleep "$run"
	kill -9 $victim 2>/dev/null
	wait $victim 2>/dev/null
	victim=
	"$kpps" clean --dry-run | grep -q "^nothing to clean" || left=$((left + 1))
	"$kpps" clean >"$tmp/clean" 2>&1
	cleaned=$?
	machine >"$tmp/after"
	[ $cleaned = 0 ] && cmp -s "$tmp/before" "$tmp/after"
	ok $? "a run with $firewall, killed after $run s: as before"
	cmp -s "$tmp/before" "$tmp/after" ||
		{ cat "$tmp/clean" "$tmp/victim"; diff "$tmp/before" "$tmp/after"; } | sed 's/^/# /' | head -20
done <"$tmp/moments"
[ $left -gt 0 ]
ok $? "those runs had something to clean: $left of 30 times (seed $seed)"

exec 8>&-
wait $holder
ok $? "the other run ended by itself"
machine >"$tmp/after"
diff "$tmp/empty" "$tmp/after" | sed 's/^/# /'
cmp -s "$tmp/empty" "$tmp/after"
ok $? "and left nothing"
[ "$("$kpps" clean)" = "nothing to clean" ]
ok $? "nothing is left to clean"
echo "1..$n"
