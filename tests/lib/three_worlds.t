#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# three_worlds.t - lib/stream.h compiles in userspace, as kernel C for 64 and
# for 32 bits, and for BPF, without anything that the kernel does not have.
set -u
: "${B:=build}" "${CC:=gcc}" "${CLANG:=clang}"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
warn=(-Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes -Werror)
echo 1..6

result() {	# result NUMBER TEXT STATUS - with what the commands wrote
	if [ "$3" = 0 ]; then
		echo "ok $1 - $2"
	else
		echo "not ok $1 - $2"
		sed 's/^/# /' "$dir/log"
	fi
}

# In userspace other headers come first, or none at all.
printf '#include "lib/stream.h"\nint world;\n' >"$dir/userspace.c"
"$CC" -std=gnu11 -I. "${warn[@]}" -O2 -c "$dir/userspace.c" -o "$dir/userspace.o" >"$dir/log" 2>&1
result 1 "userspace: compiles alone" $?

# What the kernel forbids: libc, floating point, declarations after statements,
# and whatever gcc would take from libgcc, as a division of 64 bits on 32.
n=2
for bits in 64 32; do
	if ! "$CC" -m$bits -nostdinc -x c -c /dev/null -o "$dir/probe.o" 2>/dev/null; then
		echo "ok $n # SKIP the compiler has no -m$bits"
		echo "ok $((n + 1)) # SKIP the compiler has no -m$bits"
		n=$((n + 2))
		continue
	fi
	"$CC" -m$bits -std=gnu11 -nostdinc -ffreestanding -nostdlib -mgeneral-regs-only -fno-pic -O2 \
		-I. "${warn[@]}" -Wdeclaration-after-statement -Wframe-larger-than=1024 \
		-c tests/lib/worlds/kernel.c -o "$dir/kernel$bits.o" >"$dir/log" 2>&1
	result $n "kernel, $bits bits: compiles without libc and floating point" $?
	nm -u "$dir/kernel$bits.o" 2>&1 | grep -vw -e memcpy -e memset >"$dir/log"
	[ -f "$dir/kernel$bits.o" ] && ! [ -s "$dir/log" ]
	result $((n + 1)) "kernel, $bits bits: needs nothing but memcpy and memset" $?
	n=$((n + 2))
done

if command -v "$CLANG" >/dev/null; then
	"$CLANG" -I. -I"/usr/include/$("$CC" -print-multiarch)" -target bpf -O2 -g "${warn[@]}" \
		-c tests/lib/worlds/bpf.c -o "$dir/bpf.o" >"$dir/log" 2>&1
	result 6 "BPF: compiles, loops and stack within bounds" $?
else
	echo "ok 6 # SKIP clang is not installed"
fi
