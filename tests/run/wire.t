#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The wire testbed as a user has it. Ends of veth pairs in a namespace of the test's
# own stand for the ports, the DUT is the kernel in another, set up by the user's
# commands. Figures don't matter here.
set -u
kpps=$(realpath "${KPPS:-build/kpps}")
tmp=$(mktemp -d) || exit 1
tester=kwt$$ dut=kwd$$
n=0

gone()
{
	ip netns delete $tester 2>/dev/null
	ip netns delete $dut 2>/dev/null
	rm -rf "$tmp"
}
trap gone EXIT

if ! mountpoint -q /; then
	echo "1..0 # SKIP / is no mount point, as in a chroot: bind-mount it on itself first"
	exit 0
fi
if ! "$kpps" probe | grep -q '^  wire  *yes'; then
	echo "1..0 # SKIP $("$kpps" probe | grep '^  wire')"
	exit 0
fi

ok()	# STATUS NAME
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		tail -20 "$tmp/out" | sed 's/^/# /'
	fi
}

ip netns add $tester && ip netns add $dut || exit 1
for i in 0 1; do
	ip link add port$i netns $tester address 02:00:00:00:0${i}:01 type veth \
		peer name dut$i netns $dut address 02:00:00:00:0${i}:02 || exit 1
	ip -n $tester link set port$i up
done

cat >"$tmp/setup" <<END
set -e
echo "setup \$KPPS_FAMILIES \$KPPS_NEAR \$KPPS_FAR \$KPPS_RULESET \$KPPS_POINT" >>$tmp/order
echo "the DUT is ready"
[ -d "\$KPPS_RESULTS" ]
ip -n $dut link set dut0 up
ip -n $dut link set dut1 up
ip netns exec $dut sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
	net.ipv4.conf.all.rp_filter=0
for i in 0 1; do
	ip -n $dut address replace 10.\$i.0.1/24 dev dut\$i
	ip -n $dut address replace fd00:\$i::1/64 dev dut\$i nodad
	ip -n $dut neighbour replace 10.\$i.0.2 lladdr 02:00:00:00:0\$i:01 dev dut\$i
	ip -n $dut neighbour replace fd00:\$i::2 lladdr 02:00:00:00:0\$i:01 dev dut\$i
done
ip -n $dut route replace 198.18.0.0/16 via 10.0.0.2
ip -n $dut route replace 198.19.0.0/16 via 10.1.0.2
ip -n $dut route replace 2001:2::/49 via fd00:0::2
ip -n $dut route replace 2001:2:0:8000::/49 via fd00:1::2
for t in iptables-legacy ip6tables-legacy; do
	command -v \$t >/dev/null || continue
	ip netns exec $dut \$t -t nat -F
	ip netns exec $dut \$t -t nat -A POSTROUTING -o dut1 -j MASQUERADE
done
END
cat >"$tmp/reset" <<END
echo "reset" >>$tmp/order
END
cat >"$tmp/counters" <<END
echo "counters" >>$tmp/order
ip netns exec $dut awk '\$1 == "dut0:" { printf "{\"rx\": %d, \"constant\": 7}", \$3 }' /proc/net/dev
END
cat >"$tmp/teardown" <<END
echo "teardown" >>$tmp/order
ip -n $dut address flush dev dut0
ip -n $dut address flush dev dut1
echo "the DUT is as before"
END

scenario()	# EXTRA LINES
{
	cat <<END
name: wire
testbed: wire
preset: quick
wire: {ports: [port0, port1], macs: ["02:00:00:00:00:02", "02:00:00:00:01:02"]}
streams:
  u: {flows: 256, source: {address: [198.18.0.0/16, "2001:2::1:0/112"], port: 1024-2047},
      destination: {address: [198.19.0.1, "2001:2:0:8000::1"], port: 53}}
dut:
  firewall: external
  ruleset: nat
  setup: sh $tmp/setup
  reset: sh $tmp/reset
  counters: sh $tmp/counters
  teardown: sh $tmp/teardown
connections: established
max_load: 20kpps
goals:
- fixed: {rates: [2kpps], trials: 1, trial: 100ms}
$*
END
}

# in the ports' namespace, and in no other mount namespace than the host's
there()
{
	nsenter --net=/run/netns/$tester "$@"
}

run()	# NAME ARGUMENT… - the scenario on standard input; its status
{
	name=$1
	shift
	cat >"$tmp/$name.yaml"
	rm -f "$tmp/order"
	there timeout 120 "$kpps" run "$tmp/$name.yaml" -o "$tmp/$name" --no-report "$@" >"$tmp/out" 2>&1
}

# trials NAME CODE - CODE for each trial in $t
trials()
{
	perl -MJSON::PP -ne "my \$t = decode_json(\$_); $2" "$tmp/$1/trials.jsonl"
}

# no_loss NAME POINTS - all frames of some trial at the given load arrived in so many
# points, and none of a valid one is missing. A busy machine makes trials invalid, which
# says nothing of the frames.
no_loss()
{
	trials "$1" 'print "$t->{point}: valid $t->{valid}, $t->{received} of $t->{sent}: $t->{why} $t->{lost_where}\n"
		if $t->{phase} eq "fixed"' >>"$tmp/out"
	trials "$1" 'print "$t->{point}\n" if $t->{phase} eq "fixed" && $t->{sent} &&
		$t->{sent} == $t->{received} && $t->{why} !~ /dut/' | sort -u >"$tmp/good"
	[ "$(wc -l <"$tmp/good")" = "$2" ] &&
		[ -z "$(trials "$1" 'print "lost" if $t->{valid} && $t->{phase} eq "fixed" &&
			$t->{sent} > $t->{received}')" ]
}

# --- through the DUT
scenario 'sweep: {streams.u.family: [ipv4, ipv6]}' | run both_families
no_loss both_families 2
ok $? "a load far below the limit goes through the DUT without loss, in both families"
head -2 "$tmp/order" >"$tmp/out"
printf '%s\n' "setup ipv4 port0 port1 nat family=ipv4" reset | cmp - "$tmp/out" >/dev/null
ok $? "setup comes first, with the point in its environment, then reset"
# a point: setup, one reset (two, should the fill be repeated), pairs of counters, teardown;
# one that a busy machine disturbed is measured once more
tr '\n' ' ' <"$tmp/order" | sed 's/ [^ ]* port0 port1 nat [^ ]*//g' >"$tmp/out"
grep -Eqx '(setup (reset )+((reset )*counters counters )+teardown ){2,4}' "$tmp/out"
ok $? "counters come in pairs around trials, and teardown ends each point"
trials both_families 'print "$t->{phase} ", encode_json($t->{counters}), "\n"' >"$tmp/out"
grep -q '^selftest' "$tmp/out" && grep '^fixed' "$tmp/out" | grep -q '"constant":0'
ok $? "differences of the DUT's counters are in the record"
trials both_families 'print "$t->{phase} $t->{counters}{dut}{rx} of $t->{sent}\n"
	if $t->{phase} eq "fixed" && $t->{valid} && $t->{counters}{dut}{rx} < $t->{sent}' >"$tmp/out"
[ ! -s "$tmp/out" ]
ok $? "and are at least the frames that were sent"
grep -q '"hook":"setup"' "$tmp/both_families/trials.jsonl" &&
	grep -q 'the DUT is ready' "$tmp/both_families/trials.jsonl"
ok $? "what setup says is in the record of the first trial"
grep -q 'dut.teardown: the DUT is as before' "$tmp/both_families/summary.json"
ok $? "what teardown says is in the notes"
grep -q 'without the ports' "$tmp/both_families/summary.json"
ok $? "the notes say what the self-test did not measure"

scenario 'direction: both' 'sweep: {streams.u.family: [ipv4, ipv6]}' >"$tmp/both.in"
sed 's/ sweep:/\nsweep:/' "$tmp/both.in" | run direction
no_loss direction 2
ok $? "both directions go through connections that the DUT translates"
trials direction 'print join(" ", map { "$_->{name}:$_->{received}" } @{$t->{streams}}), "\n"
	if $t->{phase} eq "fixed" && $t->{sent}' >"$tmp/out"
grep -q 'u reverse:[1-9]' "$tmp/out" && ! grep -q 'u reverse:0' "$tmp/out"
ok $? "and replies arrive at near"
scenario '' | run ends --set sink=packet --set direction=reverse --set placement.mode=same
no_loss ends 1
ok $? "direction reverse, sink packet, one CPU"
scenario '' | run text --set "dut.counters=echo many" --set connections=none
trials text 'print $t->{counters}{dut}{before}, $t->{counters}{dut}{after}, "\n" if $t->{phase} eq "fixed"' >"$tmp/out"
grep -q many "$tmp/out" && ! grep -q reset "$tmp/order"
ok $? "counters that are no JSON are kept as text; without connections nothing is reset"

# --- commands that fail
why()	# NAME - why the point failed
{
	perl -MJSON::PP -e 'local $/; open my $f, "<", $ARGV[0] or exit;
		print $_->{status}, ": ", $_->{why} // "", "\n" for @{decode_json(<$f>)->{points}}' "$tmp/$1/summary.json"
}
scenario '' | run badsetup --set "dut.setup=echo no such firmware >&2; exit 3"
why badsetup >>"$tmp/out"
why badsetup | grep -q '^failed: dut.setup: .*exit status 3: no such firmware'
ok $? "a setup that fails ends the point with its words"
[ "$(cat "$tmp/order")" = teardown ]
ok $? "and teardown is run all the same"
scenario '' | run hangsetup --set "dut.setup=sleep 98765" --set dut.hook_timeout=300ms
why hangsetup >>"$tmp/out"
why hangsetup | grep -q '^failed: dut.setup: .*did not end within 0.3 s' && ! pgrep -f 'sleep 98765' >/dev/null
ok $? "a setup that hangs is killed and ends the point"
scenario '' | run hangreset --set "dut.reset=sleep 98764" --set dut.hook_timeout=1s
trials hangreset 'print "$t->{phase} $t->{valid} $t->{why}\n"' >>"$tmp/out"
trials hangreset 'print "$t->{why}\n" if !$t->{valid}' |
	grep -q 'dut.reset: .*did not end within 1 s and was killed' && ! pgrep -f 'sleep 98764' >/dev/null
ok $? "a reset that hangs makes the trial invalid with the reason"
why hangreset | grep -q '^failed: .*dut.reset'
ok $? "and ends the point, teardown and all"
scenario '' | run badcounters --set "dut.counters=exit 7"
trials badcounters 'print "$t->{why}\n" if !$t->{valid}' | grep -q 'dut.counters: .*exit status 7'
ok $? "counters that can't be read make the trial invalid"
scenario '' | run hangdown --set "dut.teardown=sleep 98763" --set dut.hook_timeout=1s
[ $? -le 4 ] && grep -q 'dut.teardown: .*did not end within 1 s' "$tmp/out" &&
	grep -q 'dut.teardown: .*did not end within 1 s' "$tmp/hangdown/summary.json" && no_loss hangdown 1
ok $? "a teardown that hangs is killed, said, and takes nothing from the figures"

# --- ports that are somebody's
refused()	# NAME TEXT ARGUMENT…
{
	name=$1 text=$2
	shift 2
	scenario '' | run "$name" "$@"
	why "$name" >>"$tmp/out"
	why "$name" | grep -q "^failed: .*$text"
}
ip -n $tester address add 192.0.2.1/24 dev port0
refused address 'port port0 has the host.s address 192.0.2.1'
ok $? "a port with an address is refused"
grep -q -- '--i-know port0' "$tmp/address/summary.json"
ok $? "with the cure"
ip -n $tester route add default via 192.0.2.2
refused default 'port port0 carries the default route'
ok $? "a port with the default route is refused"
[ ! -e "$tmp/order" ]
ok $? "before any command of the user's"
scenario '' | run iknow --i-know port0
no_loss iknow 1 && grep -q 'i-know port0: port port0 carries the default route' "$tmp/iknow/summary.json"
ok $? "--i-know takes it, and the notes say so"
ip -n $tester address flush dev port0
ip -n $tester link set port1 down
refused down 'port port1 is down: `ip link set port1 up`'
ok $? "a port that is down is refused"
ip -n $tester link set port1 up
ip -n $dut link set dut1 down
refused carrier 'port port1 has no carrier' --set 'dut.setup=""'
ok $? "a port without carrier is refused"
refused missing 'no interface port9' --set 'wire.ports=[port0, port9]'
ok $? "a port that isn't there is named"
refused mtu 'port port0 has an MTU of 1500' --set streams.u.size=2000B
ok $? "a port whose MTU is too small is refused"
refused irq 'port0 has no interrupts' --set 'wire.irq_cpus=[0, 1]'
ok $? "interrupts of a port without any can't be bound"

# --- one port for both ends
cat >"$tmp/setup-hairpin" <<END
sh $tmp/setup
ip netns exec $dut iptables-legacy -t nat -F
ip -n $dut route replace 198.19.0.0/16 via 10.0.0.2
ip netns exec $dut sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.dut0.send_redirects=0
END
scenario '' | run hairpin --set wire.ports=port0 --set 'wire.macs=02:00:00:00:00:02' \
	--set "dut.setup=sh $tmp/setup-hairpin"
no_loss hairpin 1
ok $? "one port for both ends, the DUT sends back"
scenario '' | run hairboth --set wire.ports=port0 --set 'wire.macs=02:00:00:00:00:02' \
	--set "dut.setup=sh $tmp/setup-hairpin" --set direction=both
no_loss hairboth 1
ok $? "and in both directions"

# --- whatever ends a run
long='[{fixed: {rates: [2kpps], trials: 60, trial: 1s}}]'
start()	# NAME ARGUMENT… - in the background, until its first trial
{
	name=$1
	shift
	scenario '' >"$tmp/$name.yaml"
	rm -f "$tmp/order"
	# no shell between: its number is the claim's
	nsenter --net=/run/netns/$tester "$kpps" run "$tmp/$name.yaml" -o "$tmp/$name" --no-report \
		--quiet --set "goals=$long" "$@" >"$tmp/out" 2>&1 &
	pid=$!
	for _ in $(seq 300); do
		grep -qs '"phase":"fixed"' "$tmp/$name/trials.jsonl" && return
		sleep 0.1
	done
}

left()	# PID - what its claim has left
{
	ls /run/netns 2>/dev/null | grep "^kpps-$1-"
	ls /run/kpps 2>/dev/null | grep "^$1-"
	there ip -d link show | grep -e prog/xdp -e promiscuity\ [1-9]
}

start linkdown
ip -n $dut link set dut1 down
for _ in $(seq 100); do
	grep -qs 'link port1 went down' "$tmp/linkdown/trials.jsonl" && break
	sleep 0.1
done
kill -INT $pid
wait $pid
grep '"valid":false' "$tmp/linkdown/trials.jsonl" | grep -q 'link port1 went down'
ok $? "a link that goes down makes the trial invalid, and is named"
[ "$(tail -1 "$tmp/order")" = teardown ] && [ -z "$(left $pid)" ]
ok $? "SIGINT: teardown is run and nothing is left"

ip netns exec $tester sysctl -qw net.ipv4.conf.port0.forwarding=1
start killed
grep -q 0 <(there cat /proc/sys/net/ipv4/conf/port0/forwarding)
ok $? "the host does not forward what arrives at a port"
kill -9 $pid
wait $pid 2>/dev/null
there "$kpps" clean >"$tmp/out" 2>&1
left $pid >>"$tmp/out"
[ -z "$(left $pid)" ] && grep -q 1 <(there cat /proc/sys/net/ipv4/conf/port0/forwarding)
ok $? "kill -9: kpps clean leaves the machine as before"

echo "1..$n"
