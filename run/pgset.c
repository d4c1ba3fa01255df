// SPDX-License-Identifier: GPL-2.0-or-later
/* pgset.c - see pgset.h: the statements of a script, and pktgen's commands in them. */
#include "run/pgset.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"
#include "run/pgset_parts.h"

#define PROC_DIR	"/proc/net/pktgen/"
#define DEPTH_MAX	32

/* Commands that send nothing and configure nothing of pktgen's. */
static const char *const harmless[] = {
	"modprobe", "insmod", "rmmod", "lsmod", "echo", "printf", "cat", "sleep", "true", ":", "set", "trap",
	"grep", "egrep", "fgrep", "head", "tail", "awk", "sed", "cut", "wc", "date", "tee",
	"clear", "root_check_run_with_sudo", "trap_exit", "info", "warn",
	"print_result", NULL
};

/* Beginnings of conditions, and what stands before a command in them. */
static const char *const openers[] = { "if", "for", "while", "until", "case", "select", "{", NULL };
static const char *const closers[] = { "fi", "done", "esac", "}", NULL };
static const char *const before_commands[] = { "then", "do", "else", "elif", "!", "if", "while", "until",
					       "{", NULL };
static const char *const tests[] = { "[", "[[", "test", "exit", "return", "usage", "err", NULL };

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

#define fail	pgset_fail

static void note(const struct pgset_reader *r, struct pgset_place at, const char *fmt, ...) __printf(3, 4);

static void note(const struct pgset_reader *r, struct pgset_place at, const char *fmt, ...)
{
	char text[ERR_TEXT];
	int len = snprintf(text, sizeof(text), "%.200s:%u: ", r->sh.name, at.line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, ap);
	va_end(ap);
	r->note(r->arg, text);
}

/* -------------------------------------------------------------------- helpers of scripts */

/* Words @first … @last - 1 with blanks between, as "$@" and echo give them. */
static int join(struct pgset_reader *r, unsigned int first, unsigned int last, char ret[SHELL_WORD_MAX])
{
	ret[0] = '\0';
	for (unsigned int i = first; i < last; i++) {
		const struct shell_word *w = &r->sh.word[i];

		if (strlen(ret) + strlen(w->text) + 2 > SHELL_WORD_MAX)
			return fail(r, w->place, "a command of more than %d bytes", SHELL_WORD_MAX - 1);
		str_add(ret, SHELL_WORD_MAX, "%s%s", i > first ? " " : "", w->text);
	}
	return 0;
}

static int run_words(struct pgset_reader *r, const char *file, unsigned int first, unsigned int last)
{
	char text[SHELL_WORD_MAX];
	int rc;

	if (first >= last)
		return fail(r, r->sh.word[0].place, "%s: a command for pktgen is missing", r->sh.word[0].text);
	rc = join(r, first, last, text);
	return rc ? rc : pgset_order(r, r->sh.word[first].place, text, file);
}

/* The file that PGDEV names; NULL: said why. */
static const char *pgdev(struct pgset_reader *r, struct pgset_place at)
{
	const char *path = shell_value(&r->sh, "PGDEV");

	if (!path) {
		fail(r, at, "PGDEV is not set to a constant: PGDEV=" PROC_DIR "eth1");
		return NULL;
	}
	if (strncmp(path, PROC_DIR, strlen(PROC_DIR)) != 0 || !path[strlen(PROC_DIR)]) {
		fail(r, at, "PGDEV is \"%s\": want a file in " PROC_DIR, path);
		return NULL;
	}
	return path + strlen(PROC_DIR);
}

static int run_pgset(struct pgset_reader *r, unsigned int n)
{
	const char *file = pgdev(r, r->sh.word[0].place);

	if (!file)
		return -EINVAL;
	if (n != 2)
		return fail(r, r->sh.word[0].place, "pgset takes one word, in quotes: pgset \"pkt_size 60\"");
	return run_words(r, file, 1, 2);
}

static int run_thread(struct pgset_reader *r, unsigned int n)
{
	char file[sizeof(PGSET_THREAD_FILE) + SHELL_WORD_MAX];
	int thread;

	if (n < 2)
		return fail(r, r->sh.word[0].place, "pg_thread: want a thread's number and a command");
	snprintf(file, sizeof(file), PGSET_THREAD_FILE "%s", r->sh.word[1].text);
	if (pgset_target(file, &thread) != PGSET_THREAD)
		return fail(r, r->sh.word[1].place, "pg_thread \"%s\": want a thread's number",
			    r->sh.word[1].text);
	return run_words(r, file, 2, n);
}

/* A bare line: where PGDEV points, else the device named last. */
static int run_bare(struct pgset_reader *r, unsigned int n)
{
	const struct pgset_plan *plan = r->plan;
	const char *path = shell_value(&r->sh, "PGDEV"), *file = "";

	if (path && !strncmp(path, PROC_DIR, strlen(PROC_DIR)))
		file = path + strlen(PROC_DIR);
	else if (plan->ndevices)
		file = plan->device[plan->ndevices - 1].name;
	for (unsigned int i = 0; i < PGSET_IDS; i++) {
		if (strcmp(pgset_commands[i].name, r->sh.word[0].text) != 0)
			continue;
		if (pgset_commands[i].target == PGSET_CONTROL)
			file = PGSET_CTRL_FILE;
		else if (pgset_commands[i].target == PGSET_THREAD &&
			 strncmp(file, PGSET_THREAD_FILE, strlen(PGSET_THREAD_FILE)) != 0)
			file = PGSET_THREAD_FILE "0";
	}
	return run_words(r, file, 0, n);
}

static bool is_bare(const char *word)
{
	if (!strcmp(word, "flag"))
		return true;
	for (unsigned int i = 0; i < PGSET_IDS; i++)
		if (pgset_commands[i].target != PGSET_FLAG && !strcmp(pgset_commands[i].name, word))
			return true;
	return false;
}

/* ------------------------------------------------------------------------- statements */

/* Where output goes: the word behind the last > of words @first … @last - 1; 0: nowhere. */
static unsigned int redirection(const struct shell *sh, unsigned int first, unsigned int last)
{
	unsigned int ret = 0;

	for (unsigned int i = first; i + 1 < last; i++)
		if (sh->word[i].is_operator && strchr(sh->word[i].text, '>'))
			ret = i + 1;
	return ret;
}

static bool into_pktgen(const struct shell *sh, unsigned int target)
{
	const struct shell_word *w = &sh->word[target];

	return target && (w->unknown || !strncmp(w->text, PROC_DIR, strlen(PROC_DIR)));
}

/* The end of the command that begins at @first: an operator that joins commands, or the end. */
static unsigned int command_end(const struct shell *sh, unsigned int first)
{
	for (; first < sh->nwords; first++)
		if (sh->word[first].is_operator && !strpbrk(sh->word[first].text, "><"))
			break;
	return first;
}

/* Is the command of words @first … @end - 1 one of these? So are the kernel's own helper scripts. */
static bool is_harmless(const struct shell *sh, unsigned int first, unsigned int end)
{
	const char *word = sh->word[first].text, *file = first + 1 < end ? sh->word[first + 1].text : "";

	if (!strcmp(word, "source") || !strcmp(word, "."))
		return str_ends(file, "functions.sh") || str_ends(file, "parameters.sh");
	return is_one_of(word, harmless);
}

/* Have the commands from word @first on no influence? @inside: of a condition. */
static bool all_harmless(const struct shell *sh, unsigned int first, bool inside)
{
	while (first < sh->nwords) {
		unsigned int end = command_end(sh, first);
		const char *word;

		while (inside && first < end && is_one_of(sh->word[first].text, before_commands))
			first++;
		word = first < end ? sh->word[first].text : "";
		if (*word && (sh->word[first].unknown || into_pktgen(sh, redirection(sh, first, end)) ||
			      (!is_harmless(sh, first, end) &&
			       !((inside || first) && is_one_of(word, tests)) &&
			       !(inside && is_one_of(word, closers)) &&
			       !(inside && !strcmp(word, "for")))))
			return false;
		if (end < sh->nwords && (sh->word[end].text[0] == '(' || sh->word[end].text[0] == ')'))
			return inside && !strcmp(word, "for");
		first = end + 1;
	}
	return true;
}

/* What words of the effective command can't be known? */
static int check_known(struct pgset_reader *r, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct shell_word *w = &r->sh.word[i];

		if (w->unknown && w->which[0])
			return fail(r, w->place, "%s is not set to a constant: add %s=VALUE before it", w->which,
				    w->which);
		if (w->unknown)
			return fail(r, w->place, "%s: kpps does not execute scripts: write the value",
				    w->unknown);
	}
	return 0;
}

static int run_echo(struct pgset_reader *r, unsigned int target)
{
	unsigned int first = 1;
	int rc = check_known(r, target + 1);

	if (rc)
		return rc;
	while (first < target - 1 && r->sh.word[first].text[0] == '-' && !r->sh.word[first].quoted)
		first++;
	return run_words(r, r->sh.word[target].text + strlen(PROC_DIR), first, target - 1);
}

/* Words of the first command without what is behind its redirection, as in 2>/dev/null. */
static unsigned int without_redirections(const struct shell *sh, unsigned int end)
{
	for (unsigned int i = 0; i < end; i++) {
		if (!sh->word[i].is_operator)
			continue;
		if (i && strspn(sh->word[i - 1].text, "12") == 1 && !sh->word[i - 1].text[1] &&
		    sh->word[i - 1].place.column + 1 == sh->word[i].place.column)
			return i - 1;
		return i;
	}
	return end;
}

static int effective(struct pgset_reader *r, unsigned int end)
{
	const char *word = r->sh.word[0].text;
	unsigned int n = without_redirections(&r->sh, end);
	int rc = check_known(r, n);

	if (rc)
		return rc;
	if (!strcmp(word, "pgset"))
		return run_pgset(r, n);
	if (!strcmp(word, "pg_ctrl"))
		return run_words(r, PGSET_CTRL_FILE, 1, n);
	if (!strcmp(word, "pg_thread"))
		return run_thread(r, n);
	if (!strcmp(word, "pg_set") || !strcmp(word, "proc_cmd")) {
		if (n < 2)
			return fail(r, r->sh.word[0].place, "%s: want a device and a command", word);
		return run_words(r, r->sh.word[1].text, 2, n);
	}
	return run_bare(r, n);
}

static int read_assignments(struct pgset_reader *r, bool *ret_all)
{
	unsigned int first = is_one_of(r->sh.word[0].text,
				       (const char *const[]){ "export", "local", "declare", "readonly", NULL });
	int rc = 1;

	*ret_all = false;
	for (unsigned int i = first; i < r->sh.nwords && rc == 1; i++) {
		/* export NAME */
		if (first && !strchr(r->sh.word[i].text, '=') && !r->sh.word[i].is_operator)
			continue;
		rc = shell_assign(&r->sh, i, r->err);
		/* NAME=VALUE command: to that command only */
		if (!rc && i > first)
			return fail(r, r->sh.word[i].place, "an assignment for one command: write it in a line of its own");
	}
	*ret_all = rc == 1;
	return min(rc, 0);
}

static bool is_function(const struct shell *sh)
{
	return !strcmp(sh->word[0].text, "function") ||
	       (sh->nwords >= 3 && sh->word[1].is_operator && sh->word[1].text[0] == '(' &&
		sh->word[2].is_operator && sh->word[2].text[0] == ')');
}

/* Its definition sends nothing; pgset and the like are known without it. */
static int skip_function(struct pgset_reader *r)
{
	struct pgset_place began = r->sh.word[0].place;
	unsigned int depth = 0;
	bool opened = false;
	int rc = 0;

	note(r, began, "skipped: the definition of a function");
	while (!rc) {
		for (unsigned int i = 0; i < r->sh.nwords; i++) {
			const struct shell_word *w = &r->sh.word[i];

			if (w->is_operator || w->quoted)
				continue;
			if (!strcmp(w->text, "{")) {
				depth++;
				opened = true;
			} else if (!strcmp(w->text, "}") && depth) {
				depth--;
			}
		}
		if (opened && !depth)
			return 0;
		rc = shell_next(&r->sh, r->err);
	}
	return rc == -ENODATA ? fail(r, began, "a function without its end (})") : rc;
}

/* Around nothing but what has no influence, a condition has none either. */
static int skip_compound(struct pgset_reader *r)
{
	struct pgset_place began = r->sh.word[0].place;
	char word[16];
	unsigned int depth = 0;
	int rc = 0;

	snprintf(word, sizeof(word), "%.15s", r->sh.word[0].text);
	while (!rc) {
		for (unsigned int i = 0; i < r->sh.nwords; i++) {
			const struct shell_word *w = &r->sh.word[i];
			bool first = !i || is_one_of(r->sh.word[i - 1].text, before_commands);

			if (!first || w->quoted || w->is_operator)
				continue;
			if (is_one_of(w->text, openers) && ++depth > DEPTH_MAX)
				return fail(r, w->place, "more than %d conditions in each other", DEPTH_MAX);
			if (is_one_of(w->text, closers) && depth)
				depth--;
		}
		if (!all_harmless(&r->sh, 0, true) || !strcmp(word, "case") || !strcmp(word, "select"))
			return fail(r, began, "\"%s\" around \"%.60s\" (line %u): kpps does not execute scripts: write out the lines that shall apply",
				    word, r->sh.word[0].text, r->sh.word[0].place.line);
		if (!depth) {
			note(r, began, "skipped: \"%s\" around nothing that pktgen is told", word);
			return 0;
		}
		rc = shell_next(&r->sh, r->err);
	}
	return rc == -ENODATA ? fail(r, began, "\"%s\" without its end", word) : rc;
}

static int refuse_joined(struct pgset_reader *r, unsigned int at)
{
	const struct shell_word *w = &r->sh.word[at];

	if (!strcmp(w->text, "&"))
		return fail(r, w->place, "\"&\": a command in the background: kpps gen runs to the end of count, or --duration");
	if (!strcmp(w->text, "|"))
		return fail(r, w->place, "\"|\": output of a command for pktgen has no other use");
	return fail(r, w->place, "\"%s\": a condition: kpps does not execute scripts: write the command alone",
		    w->text);
}

static const char *const helpers[] = { "pgset", "pg_ctrl", "pg_thread", "pg_set", "proc_cmd", NULL };

static int statement(struct pgset_reader *r)
{
	const struct shell *sh = &r->sh;
	const char *word = sh->word[0].text;
	unsigned int end = command_end(sh, 0), target = redirection(sh, 0, end);
	bool assigned;
	int rc;

	if (is_function(sh))
		return skip_function(r);
	if (is_one_of(word, openers) && !sh->word[0].quoted)
		return skip_compound(r);
	if (!strcmp(word, "exit")) {
		note(r, sh->word[0].place, "skipped: exit and what follows it");
		r->over = true;
		return 0;
	}
	rc = read_assignments(r, &assigned);
	if (rc || assigned)
		return rc;
	if (!strcmp(word, "echo") && target && !sh->word[target].unknown && into_pktgen(sh, target)) {
		rc = run_echo(r, target);
	} else if (is_one_of(word, helpers) || is_bare(word)) {
		rc = effective(r, end);
	} else {
		if (all_harmless(sh, 0, false)) {
			note(r, sh->word[0].place, "skipped: %.60s", word);
			return 0;
		}
		if (into_pktgen(sh, target))
			return fail(r, sh->word[target].place, "\"%.60s\" into a file of pktgen's that may be: kpps understands echo, with a constant path",
				    word);
		if (is_one_of(word, (const char *const[]){ "[", "[[", "test", NULL }))
			return fail(r, sh->word[0].place, "\"%s\": a condition: kpps does not execute scripts: write out the lines that shall apply",
				    word);
		if (is_harmless(sh, 0, end) && end < sh->nwords)
			return refuse_joined(r, end);
		return fail(r, sh->word[0].place, "\"%.60s\": not a command that kpps understands in a pktgen script (see \"kpps help pktgen\")",
			    word);
	}
	/* pgset "…" || exit 1 */
	if (!rc && end < sh->nwords &&
	    (strcmp(sh->word[end].text, "||") != 0 || !all_harmless(sh, end + 1, false)))
		rc = refuse_joined(r, end);
	return rc;
}

static void ignore(void *arg __unused, const char *sentence __unused)
{
}

int pgset_read(const char *name, const char *text, size_t len, pgset_note note_to, void *arg,
	       struct pgset_plan *ret, struct err *err)
{
	struct err own = { 0 };
	struct pgset_reader r = { .note = note_to ? note_to : ignore, .arg = arg, .plan = ret,
			    .err = err ? err : &own };
	int rc;

	memset(ret, 0, sizeof(*ret));
	shell_begin(&r.sh, name, text, len);
	do {
		rc = shell_next(&r.sh, r.err);
		if (!rc)
			rc = statement(&r);
	} while (!rc && !r.over);
	if (rc && rc != -ENODATA)
		return rc;
	if (!ret->ndevices)
		return fail(&r, ((struct pgset_place){ 1, 1 }), "nothing to send: pktgen is told nothing in this file");
	return 0;
}
