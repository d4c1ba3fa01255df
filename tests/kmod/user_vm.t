#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# user_vm.t - kpps and the module together, in a virtual machine with Debian's kernel
# 6.1: the source's tests, the comparison of frames, kpps gen. What runs there is
# guest_user.sh, with programs built for any x86-64.
set -u
: "${B:=build}"
guest=$B/guest
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

make -s B="$guest" MARCH=x86-64 CFLAGS=-O3 LDFLAGS=-s "$guest/kpps" "$guest/tests/gen/test_worlds.t" \
	"$guest/tests/gen/test_kernel_source.t" "$guest/tests/sink/test_kernel_sink.t" >"$log" 2>&1 || {
	sed 's/^/# /' "$log"
	echo "Bail out! the programs for the guest do not build"
	exit 1
}
VM_TIMEOUT=900 FILES="tests/kmod/guest_user.yaml $guest/kpps $guest/tests/gen/test_worlds.t $guest/tests/gen/test_kernel_source.t $guest/tests/sink/test_kernel_sink.t" \
	tests/kmod/in_vm debian-6.1 tests/kmod/guest_user.sh 2>"$log"
status=$?
[ $status = 0 ] || sed 's/^/# /' "$log"
exit $status
