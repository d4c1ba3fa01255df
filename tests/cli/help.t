#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line as a user meets it: help, errors, exit statuses, the scenarios that come along.
kpps=${KPPS:-build/kpps}
n=0

ok()	# STATUS NAME
{
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}

# says STATUS TEXT ARGUMENT… - the command ends with STATUS and prints exactly TEXT
says()
{
	want=$1 text=$2
	shift 2
	out=$("$kpps" "$@" 2>&1)
	status=$?
	[ "$status" = "$want" ] && [ "$out" = "$text" ]
	ok $? "kpps $*"
}

# shows STATUS TEXT ARGUMENT… - … and prints a line with TEXT in it
shows()
{
	want=$1 text=$2
	shift 2
	out=$("$kpps" "$@" 2>&1)
	status=$?
	[ "$status" = "$want" ] && printf '%s\n' "$out" | grep -qF -e "$text"
	ok $? "kpps $* shows $text"
}

shows 0 'Usage: kpps COMMAND'
shows 0 'Usage: kpps COMMAND' --help
shows 0 'kpps 0.' --version
says 2 'kpps: unknown command "chekc": did you mean "check"? (see "kpps help")' chekc
says 2 'kpps help: no command "topology"' help topology
says 2 'kpps help: no completion for "tcsh": known is bash' help --completion tcsh
says 2 'kpps check: too few arguments: usage is "kpps check SCENARIO [OPTION...]" (see "kpps help check")' check
says 2 'kpps check: unknown option "--sett": did you mean "--set"? (see "kpps help check")' check --sett
says 2 'cannot open "/nonexistent.yaml": No such file or directory' check /nonexistent.yaml
says 2 '--set preset=quik: preset: unknown word "quik": did you mean "quick"? known: quick, standard or rfc2544' \
	check scenarios/quickstart.yaml --set preset=quik

# every command of the overview explains itself, in lines that fit a terminal
for c in $("$kpps" help | sed -n 's/^  \([a-z]*\)  *.*/\1/p'); do
	shows 0 "Usage: kpps $c" help "$c"
	shows 0 "Usage: kpps $c" "$c" --help
	long=$("$kpps" help "$c" | sed '/^Usage/d; /^  kpps /d; /^  # /d' | LC_ALL=C tr -d '\200-\277' |
		awk 'length > 80')
	[ -z "$long" ]
	ok $? "kpps help $c fits 80 columns"
done

shows 0 'dut.ruleset' help scenario
shows 0 'streams.NAME.size' help scenario

# the scenarios that come along
for s in scenarios/*.yaml; do
	shows 0 'about' check "$s"
	shows 0 'question:' check "$s" --print
done
shows 0 '48 points, preset quick' check scenarios/quickstart.yaml
shows 0 'ruleset=full family=ipv6 flows=1M' check scenarios/quickstart.yaml

"$kpps" help --completion bash | bash -n
ok $? "the completion is a bash script"
out=$(bash -c 'eval "$("$1" help --completion bash)"; COMP_WORDS=(kpps ch); COMP_CWORD=1; _kpps; echo "${COMPREPLY[*]}"' - "$kpps")
[ "$out" = check ]
ok $? "the completion completes a command"
out=$(bash -c 'eval "$("$1" help --completion bash)"; COMP_WORDS=(kpps check --pr); COMP_CWORD=2; _kpps; echo "${COMPREPLY[*]}"' - "$kpps")
[ "$out" = --print ]
ok $? "the completion completes an option"

echo "1..$n"
