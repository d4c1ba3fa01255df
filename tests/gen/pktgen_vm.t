#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# pktgen_vm.t - the pktgen source against mainline's pktgen, in a virtual machine in
# QEMU's software emulation with Debian's kernel 6.1; tests/gen/pktgen_drive.c is what
# runs there. The guest's clock counts instructions, so its figures repeat.
#
# KPPS_FIGURES=1 prints these alone, twice: from a guest whose random numbers are seeded,
# as those of any machine in use (its CPU has RDRAND), and from one that has just booted
# without a seed. There each random number costs pktgen some 10,000 instructions, which
# is the kernel's way out of having none and not pktgen's own cost.
#
# The kernel is the package of that name in $KPPS_DEB, or is downloaded by apt-get.
set -u
: "${CC:=gcc}" "${KPPS_DEB:=}"
skip() { echo "1..0 # SKIP $1"; exit 0; }
for tool in qemu-system-x86_64 cpio xz dpkg-deb apt-get busybox; do
	command -v $tool >/dev/null || skip "$tool is not installed: make deps"
done
[ "$(uname -m)" = x86_64 ] || skip "the guest is amd64"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
fail() { sed 's/^/# /' "$dir/log"; echo "Bail out! $1"; exit 1; }

if [ -z "$KPPS_DEB" ]; then
	name=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image-[0-9]/ {print $2; exit}')
	[ -n "$name" ] || skip "apt knows no linux-image-cloud-amd64"
	(cd "$dir" && apt-get -qq -o APT::Sandbox::User=root download "$name") >"$dir/log" 2>&1 ||
		skip "$name can't be downloaded"
	KPPS_DEB=$(echo "$dir"/linux-image-*.deb)
fi
dpkg-deb -x "$KPPS_DEB" "$dir/deb" || fail "$KPPS_DEB can't be unpacked"
# for the guest's CPU, not this machine's; what a linker would take from the library
"$CC" -std=gnu11 -D_GNU_SOURCE -I. -O1 -g -Wall -Wextra -static -o "$dir/drive" tests/gen/pktgen_drive.c \
	gen/pktgen_source.c gen/pktgen_setup.c gen/kernel_check.c gen/schedule.c lib/stream.c lib/stream_template.c lib/hist.c \
	lib/clock.c lib/err.c -lm -lpthread >"$dir/log" 2>&1 || fail "pktgen_drive does not compile"

# the same bytes every time, or the guest's memory layout, and with it the count, differs
mkdir -p "$dir/root/bin"
cp "$(command -v busybox)" "$dir/root/bin/busybox"
cp "$dir/drive" "$dir/root/"
for module in pktgen dummy veth; do
	find "$dir/deb/lib/modules" -name "$module.ko*" -exec cp {} "$dir/root/" \;
	[ ! -e "$dir/root/$module.ko.xz" ] || xz -d "$dir/root/$module.ko.xz"
	[ -e "$dir/root/$module.ko" ] || fail "the kernel has no module $module"
done
cat >"$dir/root/init" <<-'INIT'
	#!/bin/busybox sh
	b=/bin/busybox
	$b mkdir -p /proc /sys
	$b mount -t proc proc /proc
	$b insmod /dummy.ko numdummies=2
	$b insmod /veth.ko
	$b insmod /pktgen.ko
	$b ip link set dummy0 up
	$b ip link add near0 type veth
	$b ip link set veth0 up
	$b ip link set near0 up
	echo
	/drive $drive
	$b poweroff -f
INIT
chmod +x "$dir/root/init"
(cd "$dir/root" && find . -exec touch -d @0 {} + && find . | LC_ALL=C sort |
	cpio -o -H newc --reproducible --quiet | gzip -n) >"$dir/initrd.gz"

# boot WHAT OPTION… - the guest runs "drive WHAT"; the lines of its tests, numbered on
count=0
boot()
{
	what=$1
	shift
	timeout 400 qemu-system-x86_64 -accel tcg "$@" -m 256 -nographic -no-reboot -nic none \
		-kernel "$dir"/deb/boot/vmlinuz-* -initrd "$dir/initrd.gz" \
		-append "console=ttyS0 quiet nokaslr panic=-1 drive=$what" </dev/null 2>&1 | tr -d '\r' >"$dir/log"
	grep -q '^1\.\.' "$dir/log" || fail "the guest did not come to its end"
	grep -qE 'BUG:|Oops|Kernel panic|WARNING:' "$dir/log" && fail "the guest's kernel complains"
	awk -v n=$count '/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) } /^((not )?ok |# )/' "$dir/log"
	count=$((count + $(grep -cE '^(not )?ok ' "$dir/log")))
	sed -n 's/^PKTGEN /# instructions a packet: /p' "$dir/log"
}

counted="-smp 1 -icount shift=0,sleep=off -rtc base=2026-01-01,clock=vm"
# shellcheck disable=SC2086 # words, not one
boot "${KPPS_FIGURES:+figures}" $counted -cpu qemu64,+rdrand
if [ -n "${KPPS_FIGURES:-}" ]; then
	echo "# the same without a seed"
	# shellcheck disable=SC2086
	boot figures $counted -cpu qemu64
else
	boot cpus -smp 2 -cpu qemu64,+rdrand
fi
echo "1..$count"
