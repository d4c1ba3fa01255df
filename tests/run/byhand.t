#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kpps gen and kpps sink on interfaces, as a user has them: on a veth pair between two
# namespaces of the test's own. How fast doesn't matter: what the interface refused, as
# the source tells, is what may be missing at the sink, and nothing else.
set -u
kpps=$(realpath "${KPPS:-build/kpps}")
tmp=$(mktemp -d) || exit 1
near=kbn$$ far=kbf$$
n=0

gone()
{
	ip netns delete $near 2>/dev/null
	ip netns delete $far 2>/dev/null
	rm -rf "$tmp"
}
trap gone EXIT

if ! "$kpps" probe | grep -q '^  netns  *yes'; then
	echo "1..0 # SKIP $("$kpps" probe | grep '^  netns')"
	exit 0
fi
cd "$tmp" || exit 1

ok()	# STATUS NAME
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		tail -n 30 gen gen.err sink sink.err 2>/dev/null | cut -c-600 | sed 's/^/# /'
	fi
}

skip()	# NAME WHY
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

ip netns add $near && ip netns add $far || exit 1
ip link add v0 netns $near address 02:00:00:00:0a:01 type veth \
	peer name v1 netns $far address 02:00:00:00:0a:02 || exit 1
ip netns exec $near sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec $far sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n $near link set v0 up
ip -n $far link set v1 up

at_near() { nsenter --net=/run/netns/$near "$@"; }
at_far() { nsenter --net=/run/netns/$far "$@"; }

gen()	# ARGUMENT… - to its end
{
	at_near timeout 60 "$kpps" gen --interface v0 "$@" >gen 2>gen.err
}

# sink ARGUMENT… - in the background, until it counts; pid is its number
sink()
{
	rm -f sink.err
	nsenter --net=/run/netns/$far "$kpps" sink "$@" >sink 2>sink.err &
	pid=$!
	for _ in $(seq 200); do
		grep -qs 'counting by' sink.err && return
		sleep 0.05
	done
}

# stop SIGNAL - of the sink; its exit status
stop()
{
	sleep 0.2
	kill -"$1" $pid
	wait $pid
}

value() {	# value FILE EXPRESSION - of a JSON record r
	perl -MJSON::PP -e 'local $/; open my $f, "<", $ARGV[0] or exit; my $r = decode_json(<$f>);
		print eval $ARGV[1]' "$1" "$2"
}

left()	# what is attached to the two
{
	{ ip -n $near -d link show v0; ip -n $far -d link show v1; } |
		grep -e xdp -e 'promiscuity [1-9]'
}

# --- each source to each sink
for to in xdp af_xdp packet; do
	for from in xdp af_xdp packet; do
		if [ $from-$to = xdp-packet ]; then
			# without an XDP program the other end needs GRO, or takes nothing
			gen --by xdp --count 1
			[ $? = 3 ] && grep -q 'the other end of a veth needs' gen.err
			ok $? "$from refuses an end that would take nothing, with the cure"
			continue
		fi
		sink --interface v1 --by $to --json
		gen --by $from --rate 5kpps --count 2000 --flows 100 --json
		stop INT
		status=$?
		[ $status = 0 ] && [ "$(value gen '$r->{sent}')" = 2000 ] &&
			[ "$(value sink '$r->{received}')" = "$(value gen '$r->{sent} - $r->{refused}')" ] &&
			[ "$(value sink '"$r->{duplicated} $r->{reordered} $r->{corrupted}"')" = "0 0 0" ]
		ok $? "$from to $to: what was sent arrived, once and in order"
		grep -q "^kpps sink: counting by $to" sink.err && value gen '$r->{point}' | grep -q "^$from.* out of v0, CPU "
		ok $? "$from to $to: both say what they are"
		# one clock: no latency is negative, and none is an uptime
		[ "$(value sink '$r->{latency}{count} == $r->{received} && $r->{latency}{min} < 1e9')" = 1 ]
		ok $? "$from to $to: latency is of one clock"
	done
done

# --- the frames themselves: those of the same stream in a capture
cat >frames.py <<'END'
import socket, struct, sys
# frames at argv[1] against those of the capture argv[2]: IPv4 header and ports
data = open(sys.argv[2], "rb").read()
want, at = [], 24
while at < len(data):
    size = struct.unpack_from("<I", data, at + 8)[0]
    want.append(data[at + 16 + 12:at + 16 + 38])
    at += 16 + size
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind((sys.argv[1], 0))
s.settimeout(20)
macs, got = set(), []
print("ready", flush=True)
while len(got) < len(want):
    frame = s.recv(2048)
    macs.add(frame[:12])
    got.append(frame[12:38])
print("same" if got == want else "other", *[m.hex() for m in macs])
END
cat >gro.py <<'END'
import array, fcntl, socket, struct, sys
# generic receive offload of argv[1]: argv[2], 1 or 0
value = array.array("B", struct.pack("II", 0x2c, int(sys.argv[2])))
fcntl.ioctl(socket.socket(), 0x8946, struct.pack("16sP", sys.argv[1].encode(), value.buffer_info()[0]))
END
"$kpps" gen --count 300 --flows 70 --seed 5 --write want.pcap >/dev/null
frames()	# ARGUMENT…
{
	rm -f frames
	at_far python3 frames.py v1 want.pcap >frames 2>&1 &
	pid=$!
	for _ in $(seq 200); do
		grep -qs ready frames && break
		sleep 0.05
	done
	gen --rate 1kpps --count 300 --flows 70 --seed 5 "$@"
	wait $pid
	cat frames >>gen.err
}
if command -v python3 >/dev/null && at_far python3 gro.py v1 1; then
	for by in xdp af_xdp packet auto; do
		frames --by $by
		grep -qx 'same 020000000002020000000a01' frames
		ok $? "$by sends the flows of the stream, from the interface's own address"
	done
	frames --source-mac 02:aa:00:00:00:01 --destination-mac 02:bb:00:00:00:02
	grep -qx 'same 02bb0000000202aa00000001' frames
	ok $? "and from and to the addresses that are asked for"
	gen --count 10
	grep -q '^by  *xdp out of v0' gen
	ok $? "auto is xdp where the other end takes its frames"
	at_far python3 gro.py v1 0
else
	skip "the flows of the stream" "no python3"
fi

gen --count 10
[ $? = 0 ] && grep -q '^by  *af_xdp ([a-z -]*) out of v0' gen && grep -q 'not by xdp: .*needs an XDP program or GRO' gen.err
ok $? "auto is another source where it can't, and says why"

# --- how many
sink --interface v1 --json
gen --rate 100kpps --duration 1s --json
stop INT
[ "$(value gen '"$r->{intended} $r->{sent}"')" = "100000 100000" ]
ok $? "100kpps for a second are 100,000 frames"
[ "$(value sink '$r->{received}')" = "$(value gen '$r->{sent} - $r->{refused}')" ]
ok $? "and they arrived"
if [ "$(nproc)" -ge 2 ]; then
	cpus=$(taskset -cp $$ | sed 's/.*: //')
	sink --interface v1 --by xdp --json
	gen --by xdp --cpus "$cpus" --rate 20kpps --count 5001 --json
	stop INT
	[ "$(value gen '$r->{sent}')" = 5001 ] && value gen '$r->{point}' | grep -q 'CPUs' &&
		[ "$(value sink '$r->{received}')" = "$(value gen '$r->{sent} - $r->{refused}')" ] &&
		[ "$(value sink '$r->{duplicated}')" = 0 ]
	ok $? "several CPUs send each index once"
	gen --by packet --cpus "$cpus" --count 10
	[ $? = 2 ] && grep -q 'several CPUs can send by xdp.* only' gen.err
	ok $? "by xdp only"
else
	skip "several CPUs" "there is one"
fi
gen --cpus 0,x
[ $? = 2 ] && grep -q 'want a list of CPUs such as 0,2-3' gen.err
ok $? "a list that is none"
gen --cpus 4000
[ $? = 2 ] && grep -q 'no CPU 4000' gen.err
ok $? "a CPU that isn't there"
sink --interface v1 --count 100
gen --by packet --rate 1kpps --count 300
wait $pid
[ $? = 0 ] && [ "$(awk '$1 == "0" { print ($3 >= 100 && $3 <= 300) }' sink)" = 1 ]
ok $? "the sink ends when it has counted so many"
sink --interface v1 --duration 100ms --by packet
wait $pid
[ $? = 0 ] && grep -q '^all  *0  *0  *0' sink
ok $? "or when its time is up"
ip link add w0 netns $near type veth peer name w1 netns $far numrxqueues 2 numtxqueues 2
ip -n $near link set w0 up
ip -n $far link set w1 up
sink --interface w1 --by af_xdp --json
at_near "$kpps" gen --interface w0 --rate 5kpps --count 1000 --json >gen 2>gen.err
stop INT
[ "$(value sink '$r->{received}')" = "$(value gen '$r->{sent} - $r->{refused}')" ]
ok $? "af_xdp counts on every queue"

# --- a capture
"$kpps" gen --rate 500pps --count 100 --flows 10 --write slow.pcap >/dev/null
for by in auto packet; do
	sink --interface v1 --json
	gen --by $by --read slow.pcap --json
	stop INT
	[ "$(value gen '$r->{sent}')" = 100 ] &&
		[ "$(value sink '$r->{received}')" = "$(value gen '100 - $r->{refused}')" ] &&
		[ "$(value gen '$r->{elapsed_ns} >= 198e6')" = 1 ]
	ok $? "a capture goes onto the wire with its timing ($by)"
done
[ -z "$(value sink '$r->{latency}')" ] && grep -q 'stream 0: no latency: .* another clock' sink.err
ok $? "its stamps are no latency"
gen --by xdp --read slow.pcap
[ $? = 2 ] && grep -q 'play captures by af_xdp or packet' gen.err
ok $? "xdp plays no captures"
ip -n $near link set v0 mtu 1000
"$kpps" gen --count 5 --size 64B,1200B --write long.pcap >/dev/null
gen --by packet --read long.pcap
[ $? != 0 ] && grep -q 'MTU of v0' gen.err
ok $? "a frame above the MTU ends it, with the reason"
ip -n $near link set v0 mtu 1500

# --- the host's own stack
counter()	# NAMESPACE NAME - of UDP
{
	ip netns exec "$1" awk -v name="$2" '$1 == "Udp:" && !at { for (i = 2; i <= NF; i++)
		if ($i == name) at = i; next } $1 == "Udp:" { print $at; exit }' /proc/net/snmp
}
to_far="--destination 10.9.0.1 --source 10.9.0.2 --flows 1 --destination-port 9"
ip -n $near address add 10.9.0.1/24 dev v0
before=$(counter $near NoPorts)
# shellcheck disable=SC2086
gen --i-know v0 --into stack $to_far --rate 5kpps --count 500
[ $? = 0 ] && [ $(($(counter $near NoPorts) - before)) = 500 ] && grep -q '^by  *xdp up the stack of v0' gen
ok $? "into the stack: the host has received what was sent"
gen --i-know v0 --into stack --by packet --count 1
[ $? = 2 ] && grep -q 'only xdp.* can' gen.err
ok $? "by xdp only"

# --- who the interface belongs to
gen --count 1
[ $? = 3 ] && grep -q 'v0 has the host.s address 10.9.0.1.*--i-know v0' gen.err
ok $? "an interface with an address is refused, with the cure"
ip -n $near address flush dev v0
ip -n $far address add 10.9.0.1/24 dev v1
at_far "$kpps" sink --interface v1 --duration 10ms >sink 2>sink.err
[ $? = 3 ] && grep -q 'v1 has the host.s address.*--i-know v1' sink.err
ok $? "by the sink, too"

# frames of another run are others
for pass in "" --pass-others; do
	before=$(counter $far NoPorts)
	# shellcheck disable=SC2086
	sink --interface v1 --i-know v1 --by xdp $pass
	# shellcheck disable=SC2086
	gen --by packet --run 5 --destination-mac 02:00:00:00:0a:02 $to_far --rate 5kpps --count 200
	stop INT
	passed=$(($(counter $far NoPorts) - before))
	[ $passed = "$([ -n "$pass" ] && echo 200 || echo 0)" ] && grep -q 'foreign 20[0-9]' sink
	ok $? "frames of others ${pass:+go up the stack with }${pass:-are dropped}"
done
ip -n $far address flush dev v1

# --- ends
rm -f gen
nsenter --net=/run/netns/$near "$kpps" gen --interface v0 --rate 1kpps --duration 60s >gen 2>gen.err &
pid=$!
for _ in $(seq 200); do
	left >/dev/null && break
	sleep 0.05
done
sleep 0.3
stop INT
[ $? = 0 ] && [ "$(awk '$1 == "sent" { print ($2 > 0 && $2 < 60000) }' gen)" = 1 ]
ok $? "SIGINT: gen reports what was sent"
for by in xdp af_xdp packet; do
	sink --interface v1 --by $by
	left >/dev/null
	was=$?
	stop TERM
	[ $? = 0 ] && [ $was = 0 ] && grep -q '^stream' sink && ! left
	ok $? "SIGTERM: sink $by reports, and nothing is left"
done
sink --interface v1 --by xdp
kill -9 $pid
wait $pid 2>/dev/null
sleep 0.2
! left
ok $? "kill -9: nothing is left either"
for by in xdp packet; do
	sink --interface w1 --by $by
	ip -n $far link set w1 down
	wait $pid
	[ $? = 3 ] && grep -q 'w1.* was set down' sink.err && grep -q '^stream' sink
	ok $? "an interface that is set down ends sink $by, with a report"
	ip -n $far link set w1 up
done
if command -v script >/dev/null; then
	at_near script -qec "$kpps gen --interface v0 --by packet --rate 1kpps --duration 1500ms" typescript >/dev/null 2>&1 </dev/null
	grep -q '1 s  sent [0-9]*  [0-9.]*k*pps' typescript
	ok $? "on a terminal it says each second how far it is"
else
	skip "progress on a terminal" "no script(1)"
fi

# --- what can't be
gen --by packet --interface nowhere
[ $? = 2 ] && grep -q 'no interface nowhere in this network namespace' gen.err
ok $? "an interface that isn't there"
gen --by pigeon
[ $? = 2 ] && grep -q 'known are auto, xdp,.* af_xdp, packet' gen.err
ok $? "an unknown source"
gen --port xdp:v0
[ $? = 2 ] && grep -q 'frames go to the one or the other' gen.err
ok $? "a port that is an interface, and --interface"
ip netns exec "$near" "$kpps" gen --port pigeon:v0 >gen 2>gen.err
[ $? = 2 ] && grep -q 'unknown port "pigeon:v0": want null, memory, or SOURCE:IF' gen.err
ok $? "a port of an unknown source"
ip netns exec "$near" "$kpps" gen --port packet: >gen 2>gen.err
[ $? = 2 ] && grep -q 'unknown port "packet:"' gen.err
ok $? "a port without its interface"
gen --by kmod --count 1
status=$?
if grep -qs '^kpps_gen ' /proc/modules; then
	[ $status = 0 ]
else
	[ $status = 3 ] && grep -q 'gen: kmod source: .* module kpps_gen' gen.err
fi
ok $? "by the module, or with what is missing"
gen --into air
[ $? = 2 ] && grep -q 'known are wire, qdisc, stack' gen.err
ok $? "an unknown way"
at_far "$kpps" sink --interface v1 --by packet --pass-others >sink 2>sink.err
[ $? = 2 ] && grep -q -- '--pass-others is of --by xdp' sink.err
ok $? "--pass-others by another than xdp"
ip -n $far link set v1 down
gen --count 1
[ $? = 3 ] && grep -q 'v0 has no carrier' gen.err
ok $? "an interface without carrier"
ip -n $near link set v0 down
gen --count 1
[ $? = 3 ] && grep -q 'v0 is down: `ip link set v0 up`' gen.err
ok $? "an interface that is down"
if command -v setpriv >/dev/null; then
	chmod 755 "$tmp"
	cp "$kpps" user && chmod 755 user
	for command in gen sink; do
		at_near setpriv --reuid 65534 --regid 65534 --clear-groups ./user $command --interface v0 >gen 2>gen.err
		[ $? = 3 ] && grep -q "^kpps $command: frames on interfaces: .*run kpps as root or with sudo, or give it CAP_NET_ADMIN" gen.err
		ok $? "$command without root says what it needs"
	done
else
	skip "without root" "no setpriv"
fi

echo "1..$n"
