#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pktgen_vm.t - the pktgen source against mainline's pktgen, in a virtual machine with
# Debian's kernel 6.1; tests/gen/pktgen_drive.c is what runs there. The guest's clock
# counts instructions, so its figures repeat.
#
# KPPS_FIGURES=1 prints these alone, twice: from a guest whose random numbers are seeded,
# as those of any machine in use (its CPU has RDRAND), and from one that has just booted
# without a seed. There each random number costs pktgen some 10,000 instructions, which
# is the kernel's way out of having none and not pktgen's own cost.
set -u
: "${CC:=gcc}"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { sed 's/^/# /' "$dir/log"; echo "Bail out! $1"; exit 1; }

# for the guest's CPU, not this machine's; what a linker would take from the library
"$CC" -std=gnu11 -D_GNU_SOURCE -I. -O1 -g -Wall -Wextra -static -o "$dir/drive" tests/gen/pktgen_drive.c \
	gen/pktgen_source.c gen/pktgen_setup.c gen/kernel_check.c gen/schedule.c lib/stream.c \
	lib/stream_template.c lib/hist.c lib/clock.c lib/err.c -lm -lpthread >"$dir/log" 2>&1 ||
	fail "pktgen_drive does not compile"
cat >"$dir/guest" <<-'END'
	#!/bin/busybox sh
	ip link add dummy1 type dummy
	ip link add near0 type veth peer name veth0
	for link in dummy0 veth0 near0; do ip link set $link up; done
	/drive "$@"
END
chmod +x "$dir/guest"

# boot CLOCK CPU [WHAT] - the guest runs "drive WHAT"; the lines of its tests, numbered on
count=0
boot()
{
	clock=$1 cpu=$2
	shift 2
	CLOCK=$clock KO='' MODULES="dummy veth pktgen" FILES=$dir/drive QEMU_ARGS="-cpu $cpu" VM_TIMEOUT=400 \
		tests/kmod/in_vm debian-6.1 "$dir/guest" "$@" >"$dir/out" 2>"$dir/log" ||
		fail "the guest did not end well"
	awk -v n=$count '/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) } /^((not )?ok |# )/' "$dir/out"
	count=$((count + $(grep -cE '^(not )?ok ' "$dir/out")))
	sed -n 's/^PKTGEN /# instructions a packet: /p' "$dir/out"
}

if [ -n "${KPPS_FIGURES:-}" ]; then
	boot instructions qemu64,+rdrand figures
	echo "# the same without a seed"
	boot instructions qemu64 figures
else
	boot instructions qemu64,+rdrand
	boot wall qemu64,+rdrand cpus
fi
echo "1..$count"
