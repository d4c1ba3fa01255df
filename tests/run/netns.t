#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The netns testbed as a user has it: every DUT carries a load far below its
# limit without loss, whatever ends a run leaves the machine as it was, and what
# goes wrong on the way is said. Figures don't matter here.
set -u
kpps=${KPPS:-build/kpps}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

if ! "$kpps" probe | grep -q '^  netns  *yes'; then
	echo "1..0 # SKIP $("$kpps" probe | grep '^  netns')"
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

# What a run may change on the host, but for what other runs have.
host()
{
	ip -o link | cut -d: -f2
	ls /run/netns 2>/dev/null | grep "^kpps-$1-"
	ls /run/kpps 2>/dev/null | grep "^$1-"
	cat /proc/sys/net/netfilter/nf_conntrack_max
}

scenario()	# EXTRA LINES
{
	cat <<END
name: netns
testbed: netns
preset: quick
streams:
  u: {flows: 256, source: {address: [198.18.0.0/16, "2001:2::1:0/112"], port: 1024-2047},
      destination: {address: [198.19.0.1, "2001:2:0:8000::1"], port: 53}}
dut: {ruleset: full, firewall: iptables-legacy}
connections: established
max_load: 20kpps
goals:
- fixed: {rates: [2kpps], trials: 1, trial: 100ms}
$*
END
}

# figure FILE KEY… - of every point or trial, one a line
figure()
{
	perl -MJSON::PP -e '
		my ($file, @path) = @ARGV;
		local $/; open my $f, "<", $file or exit; my $text = <$f>;
		my @all = $file =~ /jsonl$/ ? map { decode_json($_) } split /\n/, $text :
			  @{decode_json($text)->{points}};
		for my $v (@all) { $v = $v->{$_} for @path; print defined $v ? $v : "null", "\n" }' "$@"
}

run()	# NAME ARGUMENT… - the scenario on standard input
{
	name=$1
	shift
	cat >"$tmp/$name.yaml"
	timeout 120 "$kpps" run "$tmp/$name.yaml" -o "$tmp/$name" --no-report "$@" >"$tmp/out" 2>&1
}

# --- every firewall, both families, without loss
scenario 'sweep:
  dut.firewall: [kernel, conntrack, iptables-legacy, iptables-nft, nftables, bridge, bundled]
  streams.u.family: [ipv4, ipv6]' | run all
status=$?
[ $status = 0 ] || [ $status = 4 ]
ok $? "every firewall runs in both families"
lost=$(perl -MJSON::PP -ne '
	my $t = decode_json($_);
	print "$t->{point}: $t->{lost} of $t->{intended}: $t->{lost_where}\n"
		if $t->{phase} eq "fixed" && $t->{valid} && $t->{sent} > $t->{received}' "$tmp/all/trials.jsonl")
echo "$lost" >"$tmp/out"
[ -z "$lost" ] && [ "$(grep -c '"phase":"fixed"' "$tmp/all/trials.jsonl")" -ge 14 ]
ok $? "a load far below the limit is carried without loss"
perl -MJSON::PP -ne '
	my $t = decode_json($_);
	next unless $t->{phase} eq "fixed" && $t->{valid};
	my $want = $t->{point} =~ /firewall=(kernel|bridge)/ ? 0 : 256;
	print "$t->{point}: $t->{dut}{connections_before}\n" if $t->{dut}{connections_before} != $want' \
	"$tmp/all/trials.jsonl" >"$tmp/out"
[ ! -s "$tmp/out" ]
ok $? "connections are open before the trial exactly where they are tracked"

# --- firewalls on a bridge: what their rules let through arrives, nothing else
cat >"$tmp/bridge.v4" <<END
*filter
:FORWARD DROP [0:0]
:users - [0:0]
-A FORWARD -i eth0 -o eth1 -p udp -j users
-A users -p udp -m udp --dport 53 -j ACCEPT
COMMIT
END
cp "$tmp/bridge.v4" "$tmp/bridge.v6"
for firewall in bridge-iptables bridge-nftables; do
	for port in 53 54; do
		scenario 'sweep: {streams.u.family: [ipv4, ipv6]}' | run "$firewall$port" \
			--set dut.firewall=$firewall --set "dut.ruleset=$tmp/bridge" \
			--set connections=none --set streams.u.destination.port=$port
		# a trial that was late, and so invalid, says as much
		perl -MJSON::PP -ne '
			my $t = decode_json($_);
			next if $t->{phase} ne "fixed" || !$t->{sent};
			print "$t->{point}: ", $t->{received} == $t->{sent} ? "all" :
			      $t->{received} ? "some" : "none", "\n"' \
			"$tmp/$firewall$port/trials.jsonl" | sort -u | tee "$tmp/arrived" >>"$tmp/out"
		if [ $port = 53 ]; then
			printf 'family=ipv4: all\nfamily=ipv6: all\n' | cmp -s - "$tmp/arrived"
			ok $? "$firewall forwards what its rules accept, in both families"
		else
			printf 'family=ipv4: none\nfamily=ipv6: none\n' | cmp -s - "$tmp/arrived"
			ok $? "$firewall drops what its rules drop, in both families"
		fi
	done
	scenario '' | run "$firewall-nat" --set dut.firewall=$firewall
	[ ! -s "$tmp/$firewall-nat/trials.jsonl" ] &&
		grep -q "full.v4:[0-9]*: a bridge can't translate addresses" "$tmp/out"
	ok $? "$firewall: rules that translate addresses are refused before the first trial"
done
scenario 'sweep: {streams.u.family: [ipv4, ipv6]}' | run bridge-states \
	--set dut.firewall=bridge-iptables --set dut.ruleset=filter
perl -MJSON::PP -ne '
	my $t = decode_json($_);
	print "$t->{point}: $t->{dut}{connections_before}\n" if $t->{phase} eq "fixed"' \
	"$tmp/bridge-states/trials.jsonl" | sort -u | tee "$tmp/open" >>"$tmp/out"
printf 'family=ipv4: 256\nfamily=ipv6: 256\n' | cmp -s - "$tmp/open"
ok $? "bridge-iptables has its connections open before the trial"
scenario '' | run bridge-nft-states --set dut.firewall=bridge-nftables --set dut.ruleset=conntrack
grep -q '"connections_before":256' "$tmp/bridge-nft-states/trials.jsonl" 2>/dev/null ||
	grep -q 'this kernel tracks no connections on a bridge: it needs CONFIG_NF_CONNTRACK_BRIDGE' "$tmp/out"
ok $? "bridge-nftables tracks connections, or says what the kernel lacks"

scenario 'sweep: {source: [xdp, packet, af_xdp], sink: [xdp, packet, af_xdp]}' | run ends
status=$?
lost=$(perl -MJSON::PP -ne '
	my $t = decode_json($_);
	print "$t->{point}: $t->{lost} of $t->{intended}: $t->{lost_where}\n"
		if $t->{phase} eq "fixed" && $t->{valid} && $t->{sent} > $t->{received}' "$tmp/ends/trials.jsonl")
[ -n "$lost" ] && echo "$lost" >"$tmp/out"
{ [ $status = 0 ] || [ $status = 4 ]; } && [ -z "$lost" ] &&
	[ "$(grep '"phase":"fixed"' "$tmp/ends/trials.jsonl" | grep -c '"valid":true')" -ge 5 ]
ok $? "every source with every sink"

# --- the source alone, where the kernel has dummy devices
scenario '' | run dummy --set dut.firewall=dummy --set connections=none --set source=packet
status=$?
if "$kpps" probe | grep -q '^  dummy  *yes'; then
	{ [ $status = 0 ] || [ $status = 4 ]; } &&
		grep '"phase":"fixed"' "$tmp/dummy/trials.jsonl" | grep -q '"sent":200,.*"received":200,'
	ok $? "a dummy device takes what the source sends, and counts it"
else
	[ $status = 3 ] && [ ! -e "$tmp/dummy/trials.jsonl" ] && grep -q 'no dummy devices: it needs CONFIG_DUMMY' "$tmp/out"
	ok $? "dummy devices that the kernel lacks end the run before the first trial, and are named"
fi
if ! grep -qs '^kpps_gen ' /proc/modules; then
	scenario '' | run kmod --set source=kmod --set connections=none
	[ $? = 3 ] && grep -q 'kmod source: .*module kpps_gen' "$tmp/out"
	ok $? "source kmod without the module ends the run, with what gives it"
	scenario '' | run kmodsink --set sink=kmod --set connections=none
	[ $? = 3 ] && grep -q 'kmod sink: .*module kpps_gen' "$tmp/out"
	ok $? "and sink kmod"
fi

# --- two gateways with a tunnel between them, where the kernel has ESP
scenario 'sweep: {streams.u.family: [ipv4, ipv6]}' |
	run tunnel --set dut.firewall=xfrm --set dut.esp=none --set connections=none
status=$?
through=$(grep '"phase":"fixed"' "$tmp/tunnel/trials.jsonl" | grep -c '"name":"mid1","rx_packets":200')
{ [ $status = 0 ] || [ $status = 4 ]; } && [ "$through" -ge 2 ]
ok $? "a tunnel's two gateways forward without it, through the link between them"
scenario 'sweep: {streams.u.family: [ipv4, ipv6]}' |
	run esp --set dut.firewall=xfrm --set dut.esp=aes-gcm-128 --set connections=none
status=$?
if "$kpps" probe | grep -q '^  xfrm  *yes'; then
	{ [ $status = 0 ] || [ $status = 4 ]; } &&
		[ "$(grep '"phase":"fixed"' "$tmp/esp/trials.jsonl" | grep -c '"packets_in":200')" -ge 2 ]
	ok $? "ESP: what the one encrypts, the other decrypts"
else
	[ $status = 3 ] && [ ! -e "$tmp/esp/trials.jsonl" ] && grep -q 'this kernel lacks .*CONFIG_' "$tmp/out"
	ok $? "ESP that the kernel lacks ends the run before the first trial, and is named"
fi
"$kpps" probe | grep '^  xfrm ' >"$tmp/out"
grep -q -e ' yes ' -e 'no  .*CONFIG_INET_ESP' "$tmp/out"
ok $? "probe says whether the kernel has ESP"

# --- what is set is what the kernel has
scenario 'sweep: {dut.sysctl.net.ipv4.conf.all.rp_filter: [0, 1]}' | run sysctl
ok $? "kernel parameters can be swept"
scenario '' | run bad --set 'dut.sysctl={net.ipv4.no_such_thing: 1}'
grep -q "net.ipv4.no_such_thing" "$tmp/out"
ok $? "a parameter the kernel lacks is named"

# --- who listens to events of connections
scenario 'sweep: {dut.event_listener: [no, yes], streams.u.family: [ipv4, ipv6]}' | run events \
	--set connections=new --set dut.sysctl.net.netfilter.nf_conntrack_events=1
perl -MJSON::PP -ne '
	my $t = decode_json($_);
	next if $t->{phase} ne "fixed" || !$t->{received};
	my $e = $t->{counters}{events};
	print "$t->{point}: ", !$e ? "none" : $e->{new} + $e->{dropped} == $t->{received} ? "all" :
	      encode_json($e), "\n"' "$tmp/events/trials.jsonl" | sort -u | tee "$tmp/heard" >>"$tmp/out"
for line in 'no family=ipv4: none' 'no family=ipv6: none' 'yes family=ipv4: all' 'yes family=ipv6: all'; do
	echo "event_listener=$line"
done | cmp -s - "$tmp/heard"
ok $? "a listener hears of every connection that is opened"

# --- loss is located
scenario '' | run policy --set dut.firewall=iptables-legacy --set connections=none \
	--set streams.u.destination.port=9 --set streams.u.protocol=tcp \
	--set 'streams.u.source.address=[10.9.0.0/16, "2001:db8:9::/112"]'
grep -q 'between eth0 and eth1' "$tmp/policy/trials.jsonl"
ok $? "packets dropped by a rule are missing between eth0 and eth1"

# --- whatever ends a run
long="goals: [{fixed: {rates: [2kpps], trials: 60, trial: 1s}}]"
start()	# NAME - in the background, until its first trial; anew when a busy machine ended it
{
	scenario '' >"$tmp/$1.yaml"
	for try in 1 2 3 4 5; do
		rm -rf "${tmp:?}/$1"
		"$kpps" run "$tmp/$1.yaml" -o "$tmp/$1" --no-report --quiet \
			--set "goals=${long#goals: }" >"$tmp/out" 2>&1 &
		pid=$!
		while kill -0 $pid 2>/dev/null; do
			grep -qs '"phase":"fixed"' "$tmp/$1/trials.jsonl" && return
			sleep 0.1
		done
		wait $pid
	done
}

for signal in INT TERM; do
	start "sig$signal"
	id=$pid
	kill -s $signal $pid
	wait $pid
	host "$id" >"$tmp/after"
	! grep -q kpps- "$tmp/after" && [ -z "$(ls /run/kpps 2>/dev/null | grep "^$id-")" ]
	ok $? "SIG$signal: nothing is left"
done

start kill9
id=$pid
max=$(cat /proc/sys/net/netfilter/nf_conntrack_max)
kill -9 $pid
wait $pid 2>/dev/null
ls /run/netns | grep -q "^kpps-$id-"
ok $? "kill -9 leaves namespaces behind, for the next to see"
"$kpps" clean >"$tmp/out" 2>&1
! ls /run/netns 2>/dev/null | grep -q "^kpps-$id-" && ! ls /run/kpps 2>/dev/null | grep -q "^$id-"
ok $? "kpps clean removes them"

start down
id=$pid
ip -n "$(ls /run/netns | grep "^kpps-$id-.*dut")" link set eth1 down
sleep 3
kill -INT $pid
wait $pid
grep -q '"valid":false' "$tmp/down/trials.jsonl" && grep -q "eth1" "$tmp/down/trials.jsonl"
ok $? "a link that goes down makes the trial invalid, and is named"

start gone
id=$pid
ip netns delete "$(ls /run/netns | grep "^kpps-$id-.*dut")"
ip -n "$(ls /run/netns | grep "^kpps-$id-.*source")" link delete near
for i in $(seq 100); do
	kill -0 $pid 2>/dev/null || break
	sleep 0.1
done
kill -INT $pid 2>/dev/null
wait $pid
grep -q -e near -e "No such" "$tmp/gone/trials.jsonl" "$tmp/gone/summary.json" "$tmp/out"
ok $? "a path that vanishes ends the point with the reason"
! ls /run/netns 2>/dev/null | grep -q "^kpps-$id-"
ok $? "and nothing is left"

echo "1..$n"
