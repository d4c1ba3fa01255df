#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The script userland: packages of i386 unpacked into a folder, with an apt that has one
# package and a mirror that is there or not.
script=fw-under-test/kernels/userland
command -v dpkg-deb >/dev/null || { echo "1..0 # SKIP no dpkg-deb: only on Debian and its like"; exit; }
tmp=$(mktemp -d) || exit 1
n=0
trap 'rm -rf "$tmp"' EXIT
export FAKE="$tmp"

ok()	# STATUS NAME
{
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; sed 's/^/# /' "$tmp/out"; }
}

unpack()	# into an empty $tmp/root
{
	rm -rf "$tmp/root"
	mkdir "$tmp/root"
	PATH=$tmp/bin:$PATH APT_STATE=$tmp/apt $script unpack "${1-i386}" "$tmp/root" >"$tmp/out" 2>&1
}

gcc=usr/lib/gcc/i686-linux-gnu/12
mkdir -p "$tmp/bin" "$tmp/pkg/DEBIAN" "$tmp/pkg/$gcc" "$tmp/pkg/usr/share/doc" "$tmp/pkg/usr/lib/i386-linux-gnu" \
	"$tmp/pkg/lib/i386-linux-gnu" "$tmp/pkg/usr/sbin"
printf 'Package: some\nVersion: 1\nArchitecture: i386\nMaintainer: x <x@x>\nDescription: x\n' >"$tmp/pkg/DEBIAN/control"
touch "$tmp/pkg/$gcc/libgcc.a" "$tmp/pkg/usr/share/doc/some" "$tmp/pkg/usr/lib/i386-linux-gnu/crt1.o" \
	"$tmp/pkg/lib/i386-linux-gnu/libx.so.1"
ln -s /lib/i386-linux-gnu/libx.so.1 "$tmp/pkg/usr/lib/i386-linux-gnu/libx.so"
ln -s /etc/alternatives/iptables "$tmp/pkg/usr/sbin/iptables"
dpkg-deb --root-owner-group -b "$tmp/pkg" "$tmp/some_1_i386.deb" >/dev/null || exit 1
cat >"$tmp/bin/apt-cache" <<'END'
#!/bin/sh
[ -e "$FAKE/lists" ] && echo libgcc-9-dev && echo libgcc-12-dev && echo libgcc-12-dev-cross
exit 0
END
# the options come first; what is to be done is the first word that is none
cat >"$tmp/bin/apt-get" <<'END'
#!/bin/sh
for word; do
	case $word in
	Dir::Cache::Archives=*) debs=${word#*=} ;;
	update)
		[ -e "$FAKE/mirror" ] || { echo "W: Failed to fetch it"; exit 0; }
		touch "$FAKE/lists"
		exit ;;
	install)
		echo "$*" >"$FAKE/asked"
		cp "$FAKE/some_1_i386.deb" "$debs/"
		exit ;;
	esac
done
exit 1
END
chmod +x "$tmp/bin/apt-get" "$tmp/bin/apt-cache"

unpack
[ $? = 1 ] && grep -q "^can't get the packages of i386: W: Failed to fetch it$" "$tmp/out"
ok $? "without lists and mirror it says what apt says"
touch "$tmp/mirror"
unpack && grep -qx some_1_i386 "$tmp/out"
ok $? "lists that are not there are read"
grep -q -- "-o APT::Architectures=i386 .*-o Dir::State::status=$tmp/apt/i386/status" "$tmp/asked" && [ ! -s "$tmp/apt/i386/status" ]
ok $? "apt is asked as on an i386 machine where nothing is installed"
grep -q ' libgcc-12-dev ' "$tmp/asked"
ok $? "of several libgcc the newest is taken"
[ "$(cd "$tmp/root" && echo .[a-z]*)" = '.[a-z]*' ] && [ ! -e "$tmp/root/usr/share" ]
ok $? "nothing of apt stays in the folder, and no documentation"
[ "$(readlink "$tmp/root/usr/lib/i386-linux-gnu/libx.so")" = ../../../lib/i386-linux-gnu/libx.so.1 ] &&
	[ ! -h "$tmp/root/usr/sbin/iptables" ]
ok $? "links to the root stay within the folder, those to alternatives are gone"
mv "$tmp/root" "$tmp/moved"
[ -f "$tmp/moved/$gcc/32/libgcc.a" ] && [ -f "$tmp/moved/$gcc/32/crt1.o" ]
ok $? "gcc finds libgcc and what programs start with, wherever the folder is"
[ "$($script flags "$tmp/moved")" = "-m32 --sysroot=$tmp/moved -B$tmp/moved/$gcc/ -L$tmp/moved/lib/i386-linux-gnu -L$tmp/moved/usr/lib/i386-linux-gnu" ]
ok $? "flags are gcc's"
unpack mips
[ $? = 1 ] && grep -q 'no architecture "mips": only i386' "$tmp/out"
ok $? "another architecture is refused"
echo "1..$n"
