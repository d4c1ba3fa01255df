#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kpps kernel build, with recipes that build a kernel of three files in no time: what is
# kept, what is made anew, and what is left when it is stopped, killed or can't be.
# make check-kernels builds a real one.
kpps=${KPPS:-${B:-build}/kpps}
tmp=$(mktemp -d) || exit 1
n=0
trap 'rm -rf "$tmp"' EXIT
export KPPS_CACHE="$tmp/cache" KPPS_KERNELS="$tmp/kernels" FAKE="$tmp"

ok()	# STATUS NAME
{
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || { echo "not ok $n - $2"; sed 's/^/# /' "$tmp/out"; }
}

says()	# PATTERN: the last command's output has it
{
	grep -q -e "$1" "$tmp/out"
}

run()
{
	"$kpps" kernel "$@" >"$tmp/out" 2>&1
}

entries()
{
	ls "$KPPS_CACHE/kernels" | wc -l
}

compiled()
{
	wc -l <"$tmp/compiled" 2>/dev/null || echo 0
}

mkdir "$KPPS_KERNELS"
echo 'CONFIG_NET=y' >"$KPPS_KERNELS/base.config"
printf '# help: forwarding\n# cmdline: quiet\nCONFIG_NETFILTER=n\n' >"$KPPS_KERNELS/fwd.config"
printf '# help: other\n# cmdline: debug\n# include: fwd\n' >"$KPPS_KERNELS/same.config"
printf '# help: tracking\nCONFIG_NETFILTER=y\n' >"$KPPS_KERNELS/nat.config"
printf 'CONFIG_LOST=y\n' >"$KPPS_KERNELS/lost.config"
cat >"$KPPS_KERNELS/packages" <<'END'
case $1 in
find) [ "$2" = linux-source-9.9 ] && { echo "no such package" >&2; exit 1; }; echo "$2 1.0-1" ;;
source) mkdir "$3/tree"; echo x >>"$FAKE/unpacked" ;;
*) echo "unexpected $*" >&2; exit 1 ;;
esac
END
cat >"$KPPS_KERNELS/module" <<'END'
[ "$1" = hash ] && { echo 0123; exit; }
echo "the module has no sources in this test" >&2
exit 1
END
# asked.config is the final config, but for an option that no kernel has
cat >"$KPPS_KERNELS/compile" <<'END'
case $1 in
configure) mkdir "$3/obj"; grep -v LOST "$3/asked.config" >"$3/obj/.config" ;;
why) echo "FOUND && SEA" ;;
make)
	echo x >>"$FAKE/compiled"
	[ ! -e "$FAKE/broken" ] || { echo "the compiler had enough" >&2; exit 1; }
	if [ -e "$FAKE/slow" ]; then
		echo >"$FAKE/began"
		exec sleep 60
	fi
	echo "  CC      init/main.o"
	{ head -c 514 /dev/zero; printf HdrS; head -c 9 /dev/zero; printf '\001'; head -c 38 /dev/zero
	  printf '\001'; head -c 201 /dev/zero; printf '6.1.9-fake #1'; head -c 100 /dev/zero; } >"$3/vmlinuz"
	cp "$3/obj/.config" "$3/config"
	echo 6.1.9-fake >"$3/release"
	;;
esac
END

# linux-source-7.0 is no package of anybody's: what is installed here has no part in this
run build fwd@7.0
ok $? "a kernel is built"
says "is built in .* in about .* min on .* CPUs"
ok $? "how long it takes and where it goes is said"
[ "$(compiled)" = 1 ] && [ "$(entries)" = 1 ]
ok $? "there is one entry"
run show fwd@7.0 && says "6.1.9-fake (amd64)" && says "cmdline  quiet" && says "none: the module has no sources"
ok $? "show tells its release, command line, and why it has no module"
run build fwd@7.0 && [ "$(compiled)" = 1 ]
ok $? "it is not built again"
run build same@7.0 && [ "$(compiled)" = 1 ] && run show same@7.0 && says "cmdline  quiet debug"
ok $? "a fragment that asks for the same has the same kernel, and its own command line"
echo '# a comment' >>"$KPPS_KERNELS/fwd.config"
run build fwd@7.0 && [ "$(compiled)" = 1 ]
ok $? "a comment makes no other kernel"
echo 'CONFIG_PACKET=y' >>"$KPPS_KERNELS/fwd.config"
run build fwd@7.0 && [ "$(compiled)" = 2 ] && [ "$(entries)" = 2 ]
ok $? "an option makes another"
run build fwd@7.1 && [ "$(compiled)" = 3 ]
ok $? "so does a version"
[ "$(wc -l <"$tmp/unpacked")" = 2 ]
ok $? "the source is unpacked once a version"

run build lost@7.0
[ $? = 2 ] && says "lost.config:1: CONFIG_LOST=y can't be had: the kernel's config has n; it depends on FOUND && SEA"
ok $? "an option that can't be had is named, with what it depends on"
run build fwd@9.9
[ $? = 2 ] && says "no package linux-source-9.9"
ok $? "a version that is no package is refused"
: >"$tmp/broken"
run build nat@7.0
[ $? = 3 ] && says "the compiler had enough"
ok $? "what the build fails on is said"
[ "$(entries)" = 3 ] && [ -z "$(ls -d "$KPPS_CACHE"/kernels/.making/build-*-* 2>/dev/null | grep -v lock)" ]
ok $? "a build that failed leaves nothing"
rm "$tmp/broken"

: >"$tmp/slow"
"$kpps" kernel build nat@7.0 >"$tmp/out" 2>&1 &
pid=$!
while [ ! -e "$tmp/began" ]; do sleep 0.05; done
kill -INT $pid
wait $pid
[ $? = 3 ] && [ "$(entries)" = 3 ] && [ -z "$(ls -d "$KPPS_CACHE"/kernels/.making/build-*-* | grep -v lock)" ]
ok $? "SIGINT ends a build, and nothing is left"
rm "$tmp/began"
"$kpps" kernel build nat@7.0 >"$tmp/out" 2>&1 &
pid=$!
while [ ! -e "$tmp/began" ]; do sleep 0.05; done
kill -9 $pid
wait $pid 2>/dev/null
run show nat@7.0 && says "not here yet" && [ "$(entries)" = 3 ]
ok $? "a build that was killed leaves nothing that counts"
rm "$tmp/slow"
run clean && says "left by a build that was killed" && says "source/linux-source-7.0_1.0-1: removed" && [ "$(entries)" = 3 ]
ok $? "clean sweeps what it left, and source trees, and keeps kernels"
before=$(compiled)
for i in 1 2 3; do "$kpps" kernel build nat@7.0 >"$tmp/out.$i" 2>&1 & done
wait
[ "$(compiled)" = $((before + 1)) ] && [ "$(entries)" = 4 ]
ok $? "three who want it at the same time build it once"

run diff fwd@7.0 nat@7.0 && says "2 options differ" && says "NETFILTER  *n -> y" && says "PACKET  *y -> n"
ok $? "diff tells the options"
run clean nat@7.0 && says "removed" && [ "$(entries)" = 3 ] && run show nat@7.0 && says "not here yet"
ok $? "clean removes a kernel by its name"
run clean nat@7.0
[ $? = 2 ] && says "nothing to remove"
ok $? "and says when there is none"
for bad in "list fwd" "build" "show" "diff fwd" "diff a b c" "make fwd"; do
	# shellcheck disable=SC2086
	run $bad
	[ $? = 2 ] || { echo "# kpps kernel $bad"; false; } || break
done
ok $? "words that are not understood are bad input"
echo "1..$n"
