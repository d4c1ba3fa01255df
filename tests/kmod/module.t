#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# module.t - the module builds without a word, also of sparse, against the headers of
# each kernel that it is for; as DKMS builds it; its style is the kernel's.
set -u
: "${B:=build}" "${KPPS_CACHE:=${XDG_CACHE_HOME:-$HOME/.cache}/kpps}"
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0

result() {	# result TEXT STATUS - with what the commands wrote
	n=$((n + 1))
	if [ "$2" = 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$dir/log"
	fi
}

for version in 6.1 6.12; do
	headers=$(find /usr/src -maxdepth 1 -name "linux-headers-$version.*-cloud-amd64" | sort -V | tail -1)
	if [ -z "$headers" ]; then
		echo "no headers of Linux $version: make deps installs them" >"$dir/log"
		result "Linux $version: builds" 1
		continue
	fi
	rm -f "$B/kmod/$(basename "$headers")"/*.o
	make -s kmod B="$B" KDIR="$headers" KMOD_FLAGS="W=1 C=2" >"$dir/all" 2>&1
	status=$?
	# a distribution's header packages have no vmlinux, or an old pahole
	grep -v -e 'Skipping BTF' -e '^  *[A-Z]' -e '^make' "$dir/all" >"$dir/log"
	[ "$status" = 0 ] && ! [ -s "$dir/log" ]
	result "Linux $version: builds without a warning of gcc (W=1) or sparse" $?
done

make -s install-module B="$B" DESTDIR="$dir/root" PREFIX=/usr >"$dir/log" 2>&1
tree=$(echo "$dir"/root/usr/src/kpps-gen-*)
grep -q "^PACKAGE_VERSION=\"${tree##*-}\"" "$tree/dkms.conf" >>"$dir/log" 2>&1
result "make install puts the source where DKMS looks for it, with its version" $?
make -s -C "$tree" KDIR="$headers" >"$dir/log" 2>&1 && [ -f "$tree/kpps_gen.ko" ]
result "that tree builds by itself" $?

# checkpatch of the newest kernel source that is here
archive=$(find /usr/src -maxdepth 1 -name 'linux-source-6.*.tar.xz' | sort -V | tail -1)
checkpatch=$KPPS_CACHE/checkpatch
if [ -n "$archive" ] && ! [ -f "$checkpatch/checkpatch.pl" ]; then
	top=$(basename "$archive" .tar.xz)
	mkdir -p "$checkpatch.$$"
	tar xJf "$archive" -C "$checkpatch.$$" --strip-components=2 "$top/scripts/checkpatch.pl" \
		"$top/scripts/const_structs.checkpatch" "$top/scripts/spelling.txt" &&
		mv "$checkpatch.$$" "$checkpatch"
fi
perl "$checkpatch/checkpatch.pl" --no-tree --terse --no-summary -f kmod/*.[ch] lib/stream_check.h \
	>"$dir/log" 2>&1 && ! [ -s "$dir/log" ]
result "checkpatch has nothing to say" $?
echo "1..$n"
