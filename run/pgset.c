// SPDX-License-Identifier: GPL-2.0-or-later
/* pgset.c - see pgset.h: the statements of a script, and pktgen's commands in them. */
#include "run/pgset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"
#include "run/nearest.h"
#include "run/pgset_shell.h"

#define PROC_DIR	"/proc/net/pktgen/"
#define THREAD		"kpktgend_"
#define CONTROL		"pgctrl"
#define THREADS_MAX	4096
#define DEPTH_MAX	32

struct reader {
	struct shell sh;
	pgset_note note;
	void *arg;
	struct pgset_plan *plan;
	bool over;		/* exit was read */
	struct err *err;
};

/* Commands that send nothing and configure nothing of pktgen's. */
static const char *const harmless[] = {
	"modprobe", "insmod", "rmmod", "lsmod", "echo", "printf", "cat", "sleep", "true", ":", "set", "trap",
	"source", ".", "grep", "egrep", "fgrep", "head", "tail", "awk", "sed", "cut", "wc", "date", "tee",
	"clear", "unset", "readonly", "root_check_run_with_sudo", "trap_exit", "info", "warn",
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

#define fail(r, at, ...) shell_error((r)->sh.name, at, -EINVAL, (r)->err, __VA_ARGS__)

static void note(const struct reader *r, struct pgset_place at, const char *fmt, ...) __printf(3, 4);

static void note(const struct reader *r, struct pgset_place at, const char *fmt, ...)
{
	char text[ERR_TEXT];
	int len = snprintf(text, sizeof(text), "%.200s:%u: ", r->sh.name, at.line);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, ap);
	va_end(ap);
	r->note(r->arg, text);
}

/* ------------------------------------------------------------------- values of commands */

struct order {
	struct pgset_place place;
	char name[32], value[SHELL_WORD_MAX];
};

static int value_number(struct reader *r, const struct order *o, const struct pgset_command *c,
			struct pgset_value *ret)
{
	size_t len = strspn(o->value, "0123456789");
	const char *rest = o->value + len;
	u64 v;

	/* as in "rate 300M" */
	if (c == &pgset_commands[PGSET_RATE] && !strcmp(rest, "M"))
		rest++;
	v = strtoull(o->value, NULL, 10);
	if (!len || len > 19 || *rest || v < c->min || v > c->max)
		return fail(r, o->place, "%s \"%s\": want a number from %llu to %llu", c->name, o->value,
			    (unsigned long long)c->min, (unsigned long long)c->max);
	ret->number = v;
	return 0;
}

static int value_hex(struct reader *r, const struct order *o, const struct pgset_command *c,
		     struct pgset_value *ret)
{
	if (strlen(o->value) != 2 || strspn(o->value, "0123456789abcdefABCDEF") != 2)
		return fail(r, o->place, "%s \"%s\": want two hexadecimal digits, as b8", c->name, o->value);
	ret->number = strtoull(o->value, NULL, 16);
	return 0;
}

static int value_address(struct reader *r, const struct order *o, const struct pgset_command *c,
			 struct pgset_value *ret)
{
	bool v6 = c->type == PGSET_IPV6;

	if (inet_pton(v6 ? AF_INET6 : AF_INET, o->value, ret->bytes) != 1)
		return fail(r, o->place, "%s \"%s\": want an IPv%c address", c->name, o->value,
			    v6 ? '6' : '4');
	return 0;
}

static int value_word(struct reader *r, const struct order *o, const struct pgset_command *c,
		      struct pgset_value *ret)
{
	/* labels are refused whatever they are */
	if (!o->value[0] || (strlen(o->value) >= sizeof(ret->word) && c != &pgset_commands[PGSET_MPLS]))
		return fail(r, o->place, "%s \"%s\": want a word of at most %zu letters", c->name, o->value,
			    sizeof(ret->word) - 1);
	snprintf(ret->word, sizeof(ret->word), "%.15s", o->value);
	return 0;
}

static int value_imix(struct reader *r, const struct order *o, struct pgset_device *d)
{
	const char *at = o->value;

	for (d->nimix = 0; *at; at += strspn(at, " ")) {
		char *end = NULL;
		unsigned long size, weight = 0;

		size = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;
		if (end && *end == ',' && end[1] >= '0' && end[1] <= '9')
			weight = strtoul(end + 1, &end, 10);
		if (!weight || weight > 1000000 || size > KPPS_FRAME_MAX || (*end && *end != ' '))
			return fail(r, o->place, "imix_weights \"%s\": want SIZE,WEIGHT SIZE,WEIGHT …, as 60,7 590,4 1514,1",
				    o->value);
		if (d->nimix == PGSET_IMIX_MAX)
			return fail(r, o->place, "imix_weights: more than %d sizes", PGSET_IMIX_MAX);
		d->imix[d->nimix].size = (u32)size;
		d->imix[d->nimix++].weight = (u32)weight;
		at = end;
	}
	return d->nimix ? 0 : fail(r, o->place, "imix_weights: want SIZE,WEIGHT SIZE,WEIGHT …");
}

static int set_value(struct reader *r, const struct order *o, enum pgset_id id, struct pgset_device *d)
{
	const struct pgset_command *c = &pgset_commands[id];
	struct pgset_value v = { .place = o->place };
	int rc = 0;

	switch (c->type) {
	case PGSET_NUMBER:
		rc = value_number(r, o, c, &v);
		break;
	case PGSET_HEX:
		rc = value_hex(r, o, c, &v);
		break;
	case PGSET_IPV4: case PGSET_IPV6:
		rc = value_address(r, o, c, &v);
		break;
	case PGSET_MAC:
		if (!mac_parse(o->value, v.bytes))
			rc = fail(r, o->place, "%s \"%s\": want a MAC address such as 02:00:00:00:00:01",
				  c->name, o->value);
		break;
	case PGSET_WORD:
		rc = value_word(r, o, c, &v);
		break;
	case PGSET_IMIX:
		rc = value_imix(r, o, d);
		break;
	case PGSET_NONE:
		if (o->value[0])
			rc = fail(r, o->place, "%s \"%s\": it takes no value", c->name, o->value);
		break;
	}
	if (rc)
		return rc;
	d->value[id] = v;
	d->when[id] = ++d->order;
	/* the same thing by another name */
	if (id == PGSET_DST)
		d->value[PGSET_DST_MIN] = v;
	if (id == PGSET_PKT_SIZE)
		d->value[PGSET_MIN_PKT_SIZE] = d->value[PGSET_MAX_PKT_SIZE] = v;
	if (id >= PGSET_DST6 && id <= PGSET_SRC6)
		d->value[PGSET_IPV6_FLAG] = (struct pgset_value){ .place = o->place, .number = 1 };
	/* taking the VLAN tag off takes both */
	if ((id == PGSET_VLAN_ID || id == PGSET_SVLAN_ID) && v.number > 4095)
		d->value[PGSET_VLAN_ID].place = d->value[PGSET_SVLAN_ID].place = (struct pgset_place){ 0 };
	return 0;
}

static int set_flag(struct reader *r, const struct order *o, struct pgset_device *d)
{
	bool off = o->value[0] == '!';
	struct nearest n = { .word = o->value + off };
	char hint[128];

	for (unsigned int i = PGSET_FIRST_FLAG; i < PGSET_SETTINGS; i++) {
		unsigned int at = i;

		nearest_offer(&n, pgset_commands[i].name);
		if (strcmp(pgset_commands[i].name, o->value + off) != 0)
			continue;
		/* two names of one bit */
		if (i == PGSET_FLOW_RND) {
			at = PGSET_FLOW_SEQ;
			off = !off;
		}
		d->value[at] = (struct pgset_value){ .place = o->place, .number = !off };
		return 0;
	}
	return fail(r, o->place, "flag \"%s\": pktgen has none of this name%s", o->value,
		    nearest_hint(&n, hint, sizeof(hint)));
}

/* ----------------------------------------------------------------- devices and orders */

static struct pgset_device *find_device(struct pgset_plan *plan, const char *name)
{
	for (unsigned int i = 0; i < plan->ndevices; i++)
		if (!strcmp(plan->device[i].name, name))
			return &plan->device[i];
	return NULL;
}

static int new_device(struct reader *r, struct pgset_place at, const char *name, int thread,
		      struct pgset_device **ret)
{
	struct pgset_plan *plan = r->plan;
	struct pgset_device *d = &plan->device[plan->ndevices];

	if (plan->ndevices == PGSET_DEVICES_MAX) {
		shell_error(r->sh.name, at, -E2BIG, r->err, "more than %d devices", PGSET_DEVICES_MAX);
		return -E2BIG;
	}
	if (strlen(name) >= sizeof(d->name) || name[0] == '@' || strpbrk(name, "/ \t\r\n")) {
		fail(r, at, "\"%.80s\": this is no name of a device", name);
		return -EINVAL;
	}
	memset(d, 0, sizeof(*d));
	memcpy(d->name, name, strlen(name) + 1);
	d->thread = thread;
	d->place = at;
	plan->ndevices++;
	*ret = d;
	return 0;
}

/* Of thread @thread, or all (-1). */
static void forget_devices(struct pgset_plan *plan, int thread)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < plan->ndevices; i++) {
		if (thread < 0 || plan->device[i].thread == thread)
			continue;
		if (n != i)
			plan->device[n] = plan->device[i];
		n++;
	}
	plan->ndevices = n;
}

static int add_device(struct reader *r, const struct order *o, int thread)
{
	struct pgset_device *d;

	if (!o->value[0])
		return fail(r, o->place, "add_device: want the name of a device, as eth1 or eth1@0");
	d = find_device(r->plan, o->value);
	if (d)
		return fail(r, o->place, "add_device \"%s\": it has been added in line %u: write %.*s@%d, as pktgen wants it",
			    o->value, d->place.line, (int)strcspn(o->value, "@"), o->value,
			    max(thread, 0));
	return new_device(r, o->place, o->value, thread, &d);
}

static int control(struct reader *r, const struct order *o, enum pgset_id id)
{
	if (o->value[0])
		return fail(r, o->place, "%s \"%s\": it takes no value", o->name, o->value);
	if (id == PGSET_START) {
		if (r->plan->started)
			return fail(r, o->place, "a second start: kpps gen runs one: make a script of each");
		if (!r->plan->ndevices)
			return fail(r, o->place, "start: no device has been set up");
		r->plan->started = true;
	} else if (id == PGSET_RESET && !r->plan->started) {
		forget_devices(r->plan, -1);
	}
	return 0;
}

/* What kind of file of pktgen's is this? */
static enum pgset_target target_of(const char *file, int *ret_thread)
{
	const char *number = file + strlen(THREAD);
	long n;

	*ret_thread = -1;
	if (!strcmp(file, CONTROL))
		return PGSET_CONTROL;
	if (strncmp(file, THREAD, strlen(THREAD)) != 0 || !*number ||
	    number[strspn(number, "0123456789")] || strlen(number) > 4)
		return PGSET_DEVICE;
	n = strtol(number, NULL, 10);
	if (n >= THREADS_MAX)
		return PGSET_DEVICE;
	*ret_thread = (int)n;
	return PGSET_THREAD;
}

static int device_order(struct reader *r, const struct order *o, const char *file, enum pgset_id id)
{
	struct pgset_device dummy = { .thread = -1 }, *d = &dummy;
	int rc = 0;

	/* what comes after the start is read, but changes nothing that ran */
	if (!r->plan->started) {
		d = find_device(r->plan, file);
		if (!d)
			rc = new_device(r, o->place, file, -1, &d);
	}
	if (rc)
		return rc;
	return id == PGSET_IDS ? set_flag(r, o, d) : set_value(r, o, id, d);
}

static int unknown_command(struct reader *r, const struct order *o, enum pgset_target target)
{
	static const char *const what[] = { "pgctrl", "a thread", "a device" };
	struct nearest n = { .word = o->name };
	char hint[128];

	for (unsigned int i = 0; i < PGSET_IDS; i++)
		if (pgset_commands[i].target == target)
			nearest_offer(&n, pgset_commands[i].name);
	if (target == PGSET_DEVICE)
		nearest_offer(&n, "flag");
	return fail(r, o->place, "\"%s\": %s of pktgen's has no such command%s", o->name, what[target],
		    nearest_hint(&n, hint, sizeof(hint)));
}

/* Carry out @o on @file of /proc/net/pktgen. */
static int order(struct reader *r, const struct order *o, const char *file)
{
	int thread;
	enum pgset_target target = target_of(file, &thread);

	if (target == PGSET_DEVICE && !strcmp(o->name, "flag"))
		return device_order(r, o, file, PGSET_IDS);
	for (unsigned int i = 0; i < PGSET_IDS; i++) {
		if (pgset_commands[i].target != target || strcmp(pgset_commands[i].name, o->name) != 0)
			continue;
		if (target == PGSET_DEVICE)
			return device_order(r, o, file, i);
		if (target == PGSET_CONTROL)
			return control(r, o, i);
		if (i == PGSET_MAX_BEFORE_SOFTIRQ || r->plan->started)
			return 0;
		if (i == PGSET_ADD_DEVICE)
			return add_device(r, o, thread);
		forget_devices(r->plan, thread);
		return 0;
	}
	return unknown_command(r, o, target);
}

/* "pkt_size 60" into its two parts, as pktgen takes them apart. */
static int split(struct reader *r, struct pgset_place at, const char *text, struct order *ret)
{
	static const char space[] = " \t\r\n";
	size_t len, end;

	memset(ret, 0, sizeof(*ret));
	ret->place = at;
	text += strspn(text, space);
	len = strcspn(text, space);
	if (!len)
		return fail(r, at, "an empty command");
	if (len >= sizeof(ret->name))
		return fail(r, at, "\"%.40s…\": pktgen has no such command", text);
	memcpy(ret->name, text, len);
	text += len;
	text += strspn(text, " \t\r\n=");
	end = strlen(text);
	while (end && strchr(space, text[end - 1]))
		end--;
	memcpy(ret->value, text, end);
	if (strcmp(ret->name, "imix_weights") != 0 && ret->value[strcspn(ret->value, space)])
		return fail(r, at, "%s \"%s\": it takes one value", ret->name, ret->value);
	return 0;
}

/* -------------------------------------------------------------------- helpers of scripts */

/* Words @first … @last - 1 with blanks between, as "$@" and echo give them. */
static int join(struct reader *r, unsigned int first, unsigned int last, char ret[SHELL_WORD_MAX])
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

static int run_words(struct reader *r, const char *file, unsigned int first, unsigned int last)
{
	char text[SHELL_WORD_MAX];
	struct order o;
	int rc;

	if (first >= last)
		return fail(r, r->sh.word[0].place, "%s: a command for pktgen is missing", r->sh.word[0].text);
	rc = join(r, first, last, text);
	if (!rc)
		rc = split(r, r->sh.word[first].place, text, &o);
	return rc ? rc : order(r, &o, file);
}

/* The file that PGDEV names; NULL: said why. */
static const char *pgdev(struct reader *r, struct pgset_place at)
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

static int run_pgset(struct reader *r, unsigned int n)
{
	const char *file = pgdev(r, r->sh.word[0].place);

	if (!file)
		return -EINVAL;
	if (n != 2)
		return fail(r, r->sh.word[0].place, "pgset takes one word, in quotes: pgset \"pkt_size 60\"");
	return run_words(r, file, 1, 2);
}

static int run_thread(struct reader *r, unsigned int n)
{
	char file[sizeof(THREAD) + SHELL_WORD_MAX];
	int thread;

	if (n < 2)
		return fail(r, r->sh.word[0].place, "pg_thread: want a thread's number and a command");
	snprintf(file, sizeof(file), THREAD "%s", r->sh.word[1].text);
	if (target_of(file, &thread) != PGSET_THREAD)
		return fail(r, r->sh.word[1].place, "pg_thread \"%s\": want a thread's number",
			    r->sh.word[1].text);
	return run_words(r, file, 2, n);
}

/* A bare line: where PGDEV points, else the device named last. */
static int run_bare(struct reader *r, unsigned int n)
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
			file = CONTROL;
		else if (pgset_commands[i].target == PGSET_THREAD &&
			 strncmp(file, THREAD, strlen(THREAD)) != 0)
			file = THREAD "0";
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
			      (!is_one_of(word, harmless) &&
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
static int check_known(struct reader *r, unsigned int n)
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

static int run_echo(struct reader *r, unsigned int target)
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

static int effective(struct reader *r, unsigned int end)
{
	const char *word = r->sh.word[0].text;
	unsigned int n = without_redirections(&r->sh, end);
	int rc = check_known(r, n);

	if (rc)
		return rc;
	if (!strcmp(word, "pgset"))
		return run_pgset(r, n);
	if (!strcmp(word, "pg_ctrl"))
		return run_words(r, CONTROL, 1, n);
	if (!strcmp(word, "pg_thread"))
		return run_thread(r, n);
	if (!strcmp(word, "pg_set") || !strcmp(word, "proc_cmd")) {
		if (n < 2)
			return fail(r, r->sh.word[0].place, "%s: want a device and a command", word);
		return run_words(r, r->sh.word[1].text, 2, n);
	}
	return run_bare(r, n);
}

static int read_assignments(struct reader *r, bool *ret_all)
{
	unsigned int first = is_one_of(r->sh.word[0].text,
				       (const char *const[]){ "export", "local", "declare", NULL });
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
static int skip_function(struct reader *r)
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
static int skip_compound(struct reader *r)
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

static int refuse_joined(struct reader *r, unsigned int at)
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

static int statement(struct reader *r)
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
		if (is_one_of(word, harmless) && end < sh->nwords)
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
	struct reader r = { .note = note_to ? note_to : ignore, .arg = arg, .plan = ret,
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
