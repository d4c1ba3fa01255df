#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kill -9 at many moments, then --resume: nothing that was finished is measured
# again, and the run ends as if it had never been killed. Loads are bounded and
# rings hold a whole trial, so that the figures don't matter; on a busy machine
# points may end for invalid trials, which are results like others here.
kpps=${KPPS:-build/kpps}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0

ok()	# STATUS NAME
{
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

cat >"$tmp/s.yaml" <<END
name: killed
preset: quick
streams:
  u: {flows: 64, source: {address: 198.18.0.0/16, port: 1024-2047}, destination: {address: 198.19.0.1, port: 53}}
dut: {ruleset: conntrack, ring: 4096}
connections: established
max_load: 100kpps
goals:
- mrr: {trials: 3, trial: 10ms}
- fixed: {rates: [20kpps, 40kpps], trials: 2, trial: 10ms}
sweep:
  streams.u.burst: [1, 2, 3, 4, 5, 6]
END

# killed DELAY - start or go on, kill after DELAY seconds
killed()
{
	if [ -e "$tmp/r/scenario.yaml" ]; then
		set -- "$1" --resume "$tmp/r"
	else
		rm -rf "$tmp/r"
		set -- "$1" "$tmp/s.yaml" -o "$tmp/r"
	fi
	delay=$1
	shift
	"$kpps" run "$@" --quiet --no-report >"$tmp/out" 2>&1 &
	pid=$!
	sleep "$delay"
	kill -9 $pid 2>/dev/null
	wait $pid 2>/dev/null
}

finished()	# records of the points that are finished, in order
{
	[ -e "$tmp/r/summary.json" ] || return
	# names of points that are over: the name comes before its status, that before its
	# attempts; a disturbed point may have a second one
	sed -n 's/^ *"name": "\(.*\)",$/\1/p; s/^ *"\(status\|attempts\|disturbed\)": "*\([a-z0-9]*\)"*,$/= \1 \2/p' \
		"$tmp/r/summary.json" |
		awk '$1 != "=" { name = $0; next }
		     $2 == "disturbed" && (s["status"] == "done" ||
			s["status"] == "failed" && ($3 == "false" || s["attempts"] == 2)) { print name }
		     { s[$2] = $3 }'
}

for delay in 0.02 0.3 0.11 0.23 0.05 0.4 0.17 0.31; do
	before=$(finished)
	for p in $before; do
		grep -c "\"point\":\"$p\"" "$tmp/r/trials.jsonl"
	done >"$tmp/counts"
	killed $delay
	for p in $before; do
		grep -c "\"point\":\"$p\"" "$tmp/r/trials.jsonl"
	done | cmp -s - "$tmp/counts" || again=1
	# every line but perhaps the last is whole
	[ -e "$tmp/r/trials.jsonl" ] && sed '$d' "$tmp/r/trials.jsonl" | grep -v '^{.*}$' >/dev/null && torn=1
done
[ -z "$again" ]
ok $? "finished points are not measured again"
[ -z "$torn" ]
ok $? "only the last line can be incomplete"

# as after a power cut: half a record
printf '{"point":"burst=6","pha' >>"$tmp/r/trials.jsonl"
"$kpps" run --resume "$tmp/r" --quiet >"$tmp/out" 2>&1
status=$?
[ $status = 0 ] || [ $status = 4 ]
ok $? "the run comes to its end (status $status)"
grep -q '"complete": true' "$tmp/r/summary.json"
ok $? "the summary is complete"
[ "$(finished | wc -l)" = 6 ]
ok $? "all six points are finished"
! grep -v '^{.*}$' "$tmp/r/trials.jsonl" >/dev/null
ok $? "every record is whole"
"$kpps" report --csv "$tmp/r" >"$tmp/csv" 2>&1 && [ "$(grep -c 'burst' "$tmp/csv")" -ge 6 ]
ok $? "the report reads it"
numbers=$(sed -n 's/.*"number":\([0-9]*\).*/\1/p' "$tmp/r/trials.jsonl")
[ "$numbers" = "$(echo "$numbers" | sort -n -u)" ]
ok $? "records are numbered without a repeat"

"$kpps" run --resume "$tmp/r" --quiet --no-report >"$tmp/out" 2>&1
wc -l <"$tmp/r/trials.jsonl" >"$tmp/lines"
[ "$(echo "$numbers" | wc -l)" = "$(cat "$tmp/lines")" ]
ok $? "resuming a finished run measures nothing"

# a point that was disturbed in the first attempt is measured once more, and only that one
for attempts in 1 2; do
	sed -e '1,/"status": "done"/s/"status": "done"/"status": "failed"/' \
	    -e "1,/\"attempts\": [12]/s/\"attempts\": [12]/\"attempts\": $attempts/" \
	    -e '1,/"disturbed": [a-z]*/s/"disturbed": [a-z]*/"disturbed": true/' \
		"$tmp/r/summary.json" >"$tmp/summary"
	cp "$tmp/summary" "$tmp/r/summary.json"
	"$kpps" run --resume "$tmp/r" --quiet --no-report >"$tmp/out" 2>&1
	tail -n +"$(($(cat "$tmp/lines") + 1))" "$tmp/r/trials.jsonl" |
		sed 's/.*"point":"\([^"]*\)".*"attempt":\([0-9]*\).*/\1 \2/' | sort -u >"$tmp/again$attempts"
	wc -l <"$tmp/r/trials.jsonl" >"$tmp/lines"
done
[ "$(cat "$tmp/again1")" = "burst=1 2" ]
ok $? "a disturbed point is measured a second time"
[ ! -s "$tmp/again2" ]
ok $? "but not a third time"

# rounds: all points once before any again; killed in the second round, no round is lost
rm -rf "$tmp/rounds"
"$kpps" run "$tmp/s.yaml" -o "$tmp/rounds" --set rounds=3 --quiet --no-report >"$tmp/out" 2>&1 &
pid=$!
i=0
while ! grep -qs '"attempt":2' "$tmp/rounds/trials.jsonl" && [ $i -lt 300 ]; do
	sleep 0.05
	i=$((i + 1))
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
"$kpps" run --resume "$tmp/rounds" --quiet --no-report >"$tmp/out" 2>&1
# attempts of each point, in the order of their first trials; one more is a disturbed point's
order=$(sed 's/.*"attempt":\([0-9]*\).*/\1/' "$tmp/rounds/trials.jsonl" | uniq | tr -d '\n')
[ "$order" = 123 ] || [ "$order" = 1234 ]
ok $? "rounds come one after the other, also after a kill -9 ($order)"
grep -q '"medians of [23] rounds' "$tmp/rounds/summary.json" || grep -q 'three invalid' "$tmp/rounds/summary.json"
ok $? "the summary says what its figures are medians of"
grep -q '^Figures are medians of 3 rounds' "$tmp/out"
ok $? "so does the table"

# a clean end on SIGINT
"$kpps" run "$tmp/s.yaml" -o "$tmp/int" --set goals=['{fixed: {rates: [10kpps], trials: 64, trial: 1s}}'] \
	--quiet --no-report >"$tmp/out" 2>"$tmp/err" &
pid=$!
sleep 0.5
# as timeout(1) does: to the child, and at once to its group
kill -INT $pid
kill -INT $pid
wait $pid
status=$?
[ $status = 4 ] && grep -q -- '--resume' "$tmp/err"
ok $? "SIGINT, also twice at once, ends a run with status 4 and says how to go on"
grep -q '"status": "interrupted"' "$tmp/int/summary.json"
ok $? "the point it hit is marked"
"$kpps" run --resume "$tmp/nothing" >"$tmp/out" 2>&1
[ $? = 2 ] && grep -q 'no results directory' "$tmp/out"
ok $? "what is no results directory is bad input"
echo "1..$n"
