#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual pages are made without a warning and say what the tables say.
kpps=${KPPS:-build/kpps}
n=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

ok()	# STATUS NAME
{
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

"$kpps" help --man >"$tmp/kpps.1"
ok $? "kpps help --man"
"$kpps" help --man scenario >"$tmp/kpps-scenario.5"
ok $? "kpps help --man scenario"

for page in "$tmp/kpps.1" "$tmp/kpps-scenario.5"; do
	name=$(basename "$page")
	if command -v groff >/dev/null; then
		groff -man -Tutf8 -ww -z "$page" 2>"$tmp/warnings"
		[ ! -s "$tmp/warnings" ]
		ok $? "$name: no warnings from groff"
		sed 's/^/# /' "$tmp/warnings"
		groff -man -Tutf8 -P-cbou "$page" >"$tmp/text" 2>/dev/null
	else
		n=$((n + 1))
		echo "ok $n - $name # SKIP no groff"
		continue
	fi
	for section in NAME DESCRIPTION EXAMPLES 'SEE ALSO'; do
		grep -qx "$section" "$tmp/text"
		ok $? "$name: section $section"
	done
	# characters, not bytes: continuation bytes of UTF-8 do not count; a command
	# of the examples is one line, so that it can be copied
	[ -z "$(grep -v '^ *kpps ' "$tmp/text" | LC_ALL=C tr -d '\200-\277' | awk 'length > 80')" ]
	ok $? "$name: no line runs over"
	case $name in
	kpps.1)
		for word in 'EXIT STATUS' FILES COMMANDS; do
			grep -qx "$word" "$tmp/text"
			ok $? "$name: section $word"
		done
		for c in $("$kpps" help | sed -n 's/^  \([a-z]*\)  *.*/\1/p'); do
			grep -q "^ *kpps $c" "$tmp/text"
			ok $? "$name: command $c"
		done ;;
	*)
		for key in name dut.ruleset streams.NAME.size goals.pdr.loss sweep; do
			grep -q "^ *$key" "$tmp/text"
			ok $? "$name: key $key"
		done ;;
	esac
done

echo "1..$n"
