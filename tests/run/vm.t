#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The vm testbed as a user has it: Debian's kernels boot, and what is measured repeats.
# No figure is compared with a number, only with itself. Emulation takes its time; how
# long it takes decides nothing.
set -u
kpps=$(realpath "${KPPS:-build/kpps}")
tmp=$(mktemp -d) || exit 1
n=0
trap 'rm -rf "$tmp"' EXIT

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

if ! "$kpps" probe | grep -q '^  vm  *yes'; then
	echo "1..0 # SKIP $("$kpps" probe | grep '^  vm ')"
	exit 0
fi

cat >"$tmp/s.yaml" <<END
name: s
testbed: vm
preset: quick
streams: {u: {size: min, flows: 64}}
dut: {firewall: kernel}
vm: {kernel: debian-6.12, memory: 384}
source: packet
sink: packet
goals: [{mrr: {trials: 1, trial: 20ms}}]
END

run()	# NAME [OPTION…]
{
	local name=$1
	shift
	"$kpps" run "$tmp/s.yaml" -o "$tmp/$name" --no-report --quiet "$@" >"$tmp/out" 2>&1
}


# --- a point, twice
figure='
	my $t = decode_json($_);
	next unless $t->{phase} eq "mrr" && $t->{valid};
	printf "%d %.6f\n", $t->{received}, $t->{received} * 1e9 / $t->{elapsed_ns}'
run a
ok $? "a point is measured in a virtual machine"
perl -MJSON::PP -ne "$figure" "$tmp/a/trials.jsonl" >"$tmp/a.figure"
[ -s "$tmp/a.figure" ]
ok $? "its trial is valid, and frames arrived"
run b
perl -MJSON::PP -ne "$figure" "$tmp/b/trials.jsonl" >"$tmp/b.figure"
paste "$tmp/a.figure" "$tmp/b.figure" >"$tmp/out"
perl -ane 'exit !(abs($F[1] - $F[3]) <= 0.001 * $F[1])' "$tmp/out"
ok $? "another boot gives the same figure within 0.1 %"
perl -MJSON::PP -0777 -ne '
	my $vm = decode_json($_)->{points}[0]{setup}{vm};
	exit !($vm->{clock} eq "instructions" && $vm->{cpus} == 1 && $vm->{release} =~ /^6\.12/ &&
	       $vm->{kernel} eq "debian-6.12" && $vm->{accel} eq "tcg" && $vm->{qemu} =~ /^\d+\.\d/)' \
	"$tmp/a/summary.json"
ok $? "the results say what machine it was"
ls "$tmp/a/kernels/" >"$tmp/out"
grep -q '^CONFIG_VETH=' "$tmp"/a/kernels/*.config
ok $? "the kernel's config is with the results"
[ -e "$tmp/a/vm/s.console.log" ]
ok $? "and so is its console"

# --- sources and sinks that are modules
run module --set vm.kernel=debian-6.1 --set source=kmod --set sink=kmod --set streams.u.flows=1k \
	--set 'goals=[{fixed: {rates: [10kpps], trials: 1, trial: 20ms}}]' --set connections=established \
	--set dut.firewall=iptables-legacy --set dut.ruleset=nat
grep '"phase":"fixed"' "$tmp/module/trials.jsonl" >"$tmp/out"
perl -MJSON::PP -ne 'my $t = decode_json($_); exit !($t->{valid} && $t->{sent} == 200 && $t->{received} == 200)' "$tmp/out"
ok $? "the module sends and counts in a guest, through connections and NAT: nothing is lost"
for source in kmod pktgen; do
	run "dummy-$source" --set vm.kernel=debian-6.1 --set source=$source --set dut.firewall=dummy \
		--set sink=auto
	perl -MJSON::PP -ne "$figure" "$tmp/dummy-$source/trials.jsonl" >"$tmp/out"
	[ -s "$tmp/out" ]
	ok $? "source $source is measured alone, into a dummy device"
done

# --- a user's own ruleset travels into the guest, and its loss is located
printf '*filter\n:FORWARD DROP [0:0]\nCOMMIT\n' >"$tmp/drop.v4"
(cd "$tmp" && "$kpps" run s.yaml -o rules --no-report --quiet --set dut.firewall=iptables-nft \
	--set dut.ruleset=./drop --set 'goals=[{fixed: {rates: [10kpps], trials: 1, trial: 20ms}}]' >out 2>&1)
grep '"phase":"fixed"' "$tmp/rules/trials.jsonl" >"$tmp/out"
grep -q '"received":0,' "$tmp/out" && grep -q 'between eth0 and eth1' "$tmp/out"
ok $? "a ruleset of the user's is loaded in the guest: what it drops is missing"

# --- guests that break
run panic --set vm.cmdline=kpps.test=panic
[ $? = 4 ]
ok $? "a guest that panics: exit status 4"
cp "$tmp/panic/trials.jsonl" "$tmp/out"
grep '"valid":false' "$tmp/out" | grep -q "the guest's kernel panicked: Kernel panic - not syncing: sysrq triggered crash"
ok $? "the trial is invalid and says so"
grep '"valid":false' "$tmp/out" | grep -q '"console":".*Call Trace:'
ok $? "with the console's words in its record"
grep -q 'Kernel panic' "$tmp/panic/vm/s.console.log"
ok $? "which are in the console's file"
grep -q '"status": *"failed"' "$tmp/panic/summary.json"
ok $? "and the point has failed"

run warn --set vm.cmdline=kpps.test=warn
[ $? = 4 ] && grep '"valid":false' "$tmp/warn/trials.jsonl" | grep -q "the guest's kernel warned: .*WARNING: CPU: 0"
ok $? "a warning of the guest's kernel makes the trial invalid, although it answered"

KPPS_VM_PATIENCE=20 run hang --set vm.cmdline=kpps.test=hang
[ $? = 4 ] && grep '"valid":false' "$tmp/hang/trials.jsonl" | grep -q "the guest hangs: no answer for"
ok $? "a guest that hangs is given up"

# --- whatever ends a run
start()	# NAME - in the background, until its guest hangs in a trial
{
	"$kpps" run "$tmp/s.yaml" -o "$tmp/$1" --no-report --quiet --set "vm.cmdline=kpps.test=hang x=$1$$" \
		>"$tmp/out" 2>&1 &
	pid=$!
	for _ in $(seq 3000); do
		grep -qs '"phase":"selftest"' "$tmp/$1/trials.jsonl" && return
		kill -0 $pid 2>/dev/null || return
		sleep 0.1
	done
}

machine()	# NAME - does QEMU still run for it?
{
	local p
	for p in /proc/[0-9]*; do
		tr '\0' ' ' 2>/dev/null <"$p/cmdline" | grep -q "^qemu-system.* x=$1$$" && return 0
	done
	return 1
}

gone()	# NAME - within a while
{
	for _ in $(seq 100); do
		machine "$1" || return 0
		sleep 0.1
	done
	return 1
}

start int
machine int && kill -INT $pid
wait $pid
[ $? = 4 ] && gone int
ok $? "SIGINT ends a trial that hangs, and the machine"
start kill9
machine kill9 && kill -9 $pid
wait $pid 2>/dev/null
gone kill9
ok $? "kill -9 of kpps ends the machine too"

# --- what can't be
run cpus --set vm.cpus=2
[ $? = 2 ] && grep -q 'cpus: with clock: instructions there is one CPU, not 2: leave it out, or set vm.clock: wall' "$tmp/out"
ok $? "instructions are counted on one CPU only"
run nokernel --set vm.kernel=no-such-kernel
[ $? = 3 ] && grep -q 'no-such-kernel' "$tmp/out"
ok $? "a kernel that is not there ends the run before the first point, and is named"

echo "1..$n"
