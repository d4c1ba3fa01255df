#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# vm.t - the module's tests in virtual machines: each program on each kernel. What a
# program prints is shown when something is wrong. KERNELS names others, as in_vm
# takes them (make check-debug-kernel).
set -u
: "${B:=build}"
programs="test_attrs test_frames test_life test_pace test_sink test_sink_life test_slow"
kernels=${KERNELS:-debian-6.1 debian-6.12}
# two NICs on one hub
nics="-netdev hubport,id=n0,hubid=0 -netdev hubport,id=n1,hubid=0
	-device virtio-net-pci,netdev=n0,romfile= -device virtio-net-pci,netdev=n1,romfile="
modules="dummy veth bridge virtio_pci virtio_net sch_netem"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
set -- $programs
count=$#
set -- $kernels
echo "1..$((count * $#))"
make -s guest-tests B="$B" >"$dir/log" 2>&1 || sed 's/^/# /' "$dir/log"
n=0
for kernel in $kernels; do
	for program in $programs; do
		n=$((n + 1))
		# a schedule is kept in the guest's own time, however busy the host
		case $program in test_pace) clock=instructions ;; *) clock=wall ;; esac
		if CLOCK=$clock VM_TIMEOUT=${VM_TIMEOUT:-240} QEMU_ARGS="$nics ${QEMU_ARGS-}" MODULES=$modules \
		    tests/kmod/in_vm "$kernel" "$B/guest/tests/kmod/$program" \
		    >"$dir/out" 2>"$dir/log" && ! grep -q '^not ok' "$dir/out"; then
			echo "ok $n - $kernel: $program ($(grep -c '^ok' "$dir/out") tests)"
		else
			echo "not ok $n - $kernel: $program"
			sed 's/^/# /' "$dir/out" "$dir/log"
		fi
	done
done
