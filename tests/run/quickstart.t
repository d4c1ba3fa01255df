#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The quickstart itself with short trials: every point measured, the results
# directory whole, the report readable. Figures are not judged: on a busy
# machine points may even end for invalid trials, and then say so.
kpps=${KPPS:-build/kpps}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

ok()	# STATUS NAME
{
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

"$kpps" run scenarios/quickstart.yaml -o "$tmp/r" \
	--set 'goals=[{mrr: {trials: 1, trial: 4ms}}]' \
	--set 'sweep.streams.users.flows=[1, 1k, 4k]' >"$tmp/out" 2>"$tmp/progress"
status=$?
[ $status = 0 ] || [ $status = 4 ]
ok $? "it runs (status $status)"
[ $status = 0 ] || sed -n 's/^/# /; /failed:/p' "$tmp/out" | head -3
[ $status = 0 ] || ! grep 'failed:' "$tmp/out" | grep -v 'keep up\|stalled\|were not opened' >/dev/null
ok $? "a point that failed was disturbed by the machine"

[ "$(grep -c '^\[48/48\]' "$tmp/progress")" = 2 ]
ok $? "the progress has a line at the begin and the end of each of 48 points"
grep -q '^What does each firewall feature cost' "$tmp/out"
ok $? "the table opens with the question"
grep -q '^quick-preset (48 of 48): ' "$tmp/out"
ok $? "the table says that the preset is quick"
grep -q "^report: $tmp/r/report.html\$" "$tmp/out"
ok $? "it prints the report's path"

for f in scenario.yaml environment.json trials.jsonl summary.json report.html; do
	[ -s "$tmp/r/$f" ]
	ok $? "$f is there"
done
grep -q '"complete": true' "$tmp/r/summary.json"
ok $? "the summary is complete"
"$kpps" report --csv "$tmp/r" >"$tmp/csv"
[ $? = 0 ] && [ "$(wc -l <"$tmp/csv")" = 49 ]
ok $? "the report reads 48 points"
"$kpps" check "$tmp/r/scenario.yaml" >"$tmp/out" 2>&1
ok $? "the scenario that was kept reads again"
"$kpps" compare "$tmp/r" "$tmp/r" >"$tmp/out" 2>&1
ok $? "compared with itself there is no regression"
echo "1..$n"
