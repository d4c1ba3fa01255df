#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the guest of user_vm.t: what of kpps uses the module, each line "ok" or "not ok".
mkdir -p /usr/sbin /run
ln -s /ip /usr/sbin/ip
mount -t tmpfs none /run
export CMOCKA_MESSAGE_OUTPUT=TAP

result()	# STATUS NAME - with what was written
{
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		sed 's/^/# /' out
	fi
}

/test_worlds.t >out 2>&1 && ! grep -q 'without the module' out
result $? "the module's frames are userspace's, byte for byte"
KPPS_SOURCE=kmod /test_kernel_source.t >out 2>&1 && ! grep -q SKIP out
result $? "the source keeps its schedule, counts, and ends as it should"
KPPS_SINK=kmod /test_kernel_sink.t >out 2>&1 && ! grep -q SKIP out
result $? "the sink counts what the port sink counts"

/kpps probe >out 2>&1
grep -q '^  kmod source  *yes' out && grep -q '^  kmod sink  *yes' out
result $? "kpps probe says that the module is there"

/ip netns add far
/ip link add v0 type veth peer name v1 netns far
/ip link set v0 up
/ip -n far link set v1 up
sleep 2
/ip netns exec far /kpps sink --interface v1 --by packet --count 300 --duration 60s --json >sink 2>sink.err &
while ! grep -q 'counting by' sink.err; do sleep 0.2; done
/kpps gen --port kmod:v0 --rate 1kpps --count 300 >out 2>&1
status=$?
wait
cat sink sink.err >>out
[ $status = 0 ] && grep -q '^by  *kmod out of v0, CPU' out && grep -q '"received":300,' sink
result $? "kpps gen --port kmod:IF sends what kpps sink receives"
/kpps gen --interface v0 --by kmod --into qdisc --rate 0pps --count 50 >out 2>&1 &&
	grep -q 'kmod through the qdisc of v0' out
result $? "into the qdisc"
/kpps gen --interface v0 --into qdisc --count 5 >out 2>&1
grep -q '^by  *kmod through' out && grep -q '^sent  *5$' out
result $? "where only the module can, auto takes it"
# A run of the testbed netns, in which some trial lost nothing. What this emulated machine
# does in time does not matter here: a trial may be cut short, and invalid.
run()	# NAME KEY=VALUE…
{
	name=$1
	shift
	sets=
	for set in "$@"; do sets="$sets --set $set"; done
	/kpps run /guest_user.yaml -o "$name" --no-report --quiet $sets >out 2>&1
	status=$?
	[ $status = 0 ] || [ $status = 4 ] || return
	grep -s '"phase":"fixed"' "$name/trials.jsonl" | tee -a out |
		sed -n 's/.*"sent":\([0-9]*\),"refused":[0-9]*,"received":\([0-9]*\),.*/\1 \2/p' |
		(
		while read -r sent received; do [ "$sent" -gt 0 ] && [ "$sent" = "$received" ] && exit 0; done
		exit 1
		)
}
for source in kmod packet auto; do
	run "dummy-$source" dut.firewall=dummy source=$source
	result $? "a source $source alone on a dummy device"
done
grep -q '"source: kmod' dummy-auto/*.json || grep -rq 'source: kmod' out dummy-auto
result $? "auto takes the module there"
run xdp dut.firewall=dummy source=xdp
grep -q 'takes no frames from BPF programs: set source: kmod' out
result $? "XDP can't send into a dummy device, and says so"
for direction in reverse both; do
	run "dummy-$direction" dut.firewall=dummy direction=$direction connections=established
	grep -q 'nothing comes back from it' out
	result $? "nor does anything come back: direction $direction"
done
run forward source=kmod sink=xdp
result $? "source kmod through a kernel that forwards"
run module source=kmod sink=kmod
result $? "with the module at both ends"
run replies source=kmod sink=kmod direction=reverse connections=established
grep -q 'replies through connections go to tuples' out
result $? "replies to established connections are refused, with what can"
/ip link set v0 mtu 1000
/kpps gen --interface v0 --by kmod --size 1500B --count 1 >out 2>&1
[ $? = 2 ] && grep -q 'kmod source: frames of 1496 bytes: the MTU of v0 is 1000' out
result $? "a frame above the MTU is refused, with the cure"
rmmod kpps_gen
/kpps gen --interface v0 --by kmod --count 1 >out 2>&1
[ $? = 3 ] && grep -q 'the module kpps_gen is not loaded: as root, make kmod && insmod' out
result $? "without the module it says how to get it"
echo "1..19"
