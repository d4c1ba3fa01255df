// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * command.c - parse a command line by a command's table, print its help, check
 * the table itself. Stateless: the values live in a buffer of command_main's
 * for as long as the command runs; strings point into argv.
 */
#include "run/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/nearest.h"
#include "run/wrap.h"

#define OPTIONS_SIZE_MAX 4096

static const size_t option_sizes[] = {
	[OPTION_FLAG] = sizeof(bool),
	[OPTION_STRING] = sizeof(const char *),
	[OPTION_STRINGS] = sizeof(struct option_strings),
	[OPTION_NUMBER] = sizeof(double),
	[OPTION_U64] = sizeof(u64),
};

struct parse {
	const struct command *cmd;
	unsigned char *values;
	int argc, at;		/* at: the next argument */
	char **argv;
	int nargs;
	char **args;		/* positional ones */
	bool help;
};

static int __printf(2, 3) usage(const struct command *cmd, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "kpps %s: ", cmd->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (see \"kpps help %s\")\n", cmd->name);
	return -EINVAL;
}

static const struct option_def *find_long(const struct command *cmd, const char *name, size_t len)
{
	for (const struct option_def *o = cmd->options; o && o->name; o++)
		if (strlen(o->name) == len && !memcmp(o->name, name, len))
			return o;
	return NULL;
}

static const struct option_def *find_letter(const struct command *cmd, char letter)
{
	for (const struct option_def *o = cmd->options; o && o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static int out_of_range(const struct command *cmd, const struct option_def *o, const char *text)
{
	char lo[32], hi[32];

	return usage(cmd, "option \"--%s\": \"%s\" is out of range: %s to %s", o->name, text,
		     units_print(o->unit, o->min, lo, sizeof(lo)),
		     units_print(o->unit, o->max, hi, sizeof(hi)));
}

static bool in_range(const struct option_def *o, double v)
{
	return (o->min == 0 && o->max == 0) || (v >= o->min && v <= o->max);
}

static int store_strings(const struct command *cmd, const struct option_def *o, void *at,
			 const char *text)
{
	struct option_strings *list = at;

	if (list->n == ARRAY_SIZE(list->v))
		return usage(cmd, "option \"--%s\" is given more than %zu times", o->name,
			     ARRAY_SIZE(list->v));
	list->v[list->n++] = text;
	return 0;
}

/* Values are copied by memcpy: offsetof of a packed struct is legal too. */
static int store(const struct parse *p, const struct option_def *o, const char *text)
{
	unsigned char *at = p->values + o->offset;
	struct err err = { 0 };
	bool yes = true;
	double number;
	u64 count;

	switch (o->type) {
	case OPTION_FLAG:
		memcpy(at, &yes, sizeof(yes));
		return 0;
	case OPTION_STRING:
		memcpy(at, &text, sizeof(text));
		return 0;
	case OPTION_STRINGS:
		return store_strings(p->cmd, o, at, text);
	case OPTION_NUMBER:
		if (units_parse(o->unit, text, &number, &err))
			return usage(p->cmd, "option \"--%s\": %s", o->name, err.text);
		if (!in_range(o, number))
			return out_of_range(p->cmd, o, text);
		memcpy(at, &number, sizeof(number));
		return 0;
	case OPTION_U64:
		if (units_parse_u64(o->unit, text, &count, &err))
			return usage(p->cmd, "option \"--%s\": %s", o->name, err.text);
		if (!in_range(o, (double)count))
			return out_of_range(p->cmd, o, text);
		memcpy(at, &count, sizeof(count));
		return 0;
	}
	return -EINVAL;
}

static int unknown_long(const struct command *cmd, const char *name, size_t len)
{
	char word[64], hint[128];
	struct nearest n = { .word = word };

	snprintf(word, sizeof(word), "%.*s", (int)min(len, sizeof(word) - 1), name);
	nearest_offer(&n, "help");
	for (const struct option_def *o = cmd->options; o && o->name; o++)
		nearest_offer(&n, o->name);
	hint[0] = '\0';
	if (n.best)
		snprintf(hint, sizeof(hint), ": did you mean \"--%s\"?", n.best);
	return usage(cmd, "unknown option \"--%s\"%s", word, hint);
}

static int parse_long(struct parse *p, const char *arg)
{
	const char *equals = strchr(arg, '=');
	size_t len = equals ? (size_t)(equals - arg) : strlen(arg);
	const struct option_def *o = find_long(p->cmd, arg, len);

	if (!o && len == 4 && !memcmp(arg, "help", 4)) {
		p->help = true;
		return 0;
	}
	if (!o)
		return unknown_long(p->cmd, arg, len);
	if (o->type == OPTION_FLAG) {
		if (equals)
			return usage(p->cmd, "option \"--%s\" takes no value", o->name);
		return store(p, o, NULL);
	}
	if (equals)
		return store(p, o, equals + 1);
	if (p->at == p->argc)
		return usage(p->cmd, "option \"--%s\" needs a value: %s", o->name, o->metavar);
	return store(p, o, p->argv[p->at++]);
}

/* -v, -vj (flags together), -rFILE, -r FILE */
static int parse_letters(struct parse *p, const char *letters)
{
	for (const char *c = letters; *c; c++) {
		const struct option_def *o = find_letter(p->cmd, *c);
		int ret;

		if (!o && *c == 'h') {
			p->help = true;
			continue;
		}
		if (!o)
			return usage(p->cmd, "unknown option \"-%c\"", *c);
		if (o->type == OPTION_FLAG) {
			ret = store(p, o, NULL);
			if (ret)
				return ret;
			continue;
		}
		if (c[1])
			return store(p, o, c + 1);
		if (p->at == p->argc)
			return usage(p->cmd, "option \"-%c\" needs a value: %s", *c, o->metavar);
		return store(p, o, p->argv[p->at++]);
	}
	return 0;
}

static int parse_line(struct parse *p)
{
	bool options_end = false;

	while (p->at < p->argc) {
		char *arg = p->argv[p->at++];
		int ret = 0;

		if (options_end || arg[0] != '-' || !arg[1])
			p->args[p->nargs++] = arg;
		else if (!strcmp(arg, "--"))
			options_end = true;
		else if (arg[1] == '-')
			ret = parse_long(p, arg + 2);
		else
			ret = parse_letters(p, arg + 1);
		if (ret)
			return ret;
	}
	return 0;
}

static int check_args(const struct parse *p)
{
	const struct command *cmd = p->cmd;

	if (p->nargs < cmd->min_args)
		return usage(cmd, "too few arguments: usage is \"kpps %s %s\"", cmd->name, cmd->args);
	if (cmd->max_args >= 0 && p->nargs > cmd->max_args)
		return usage(cmd, "unexpected argument \"%s\"", p->args[cmd->max_args]);
	return 0;
}

int command_main(const struct command *cmd, int argc, char **argv)
{
	unsigned char values[OPTIONS_SIZE_MAX] __attribute__((aligned(16))) = { 0 };
	struct parse p = { .cmd = cmd, .values = values, .argc = argc, .at = 1, .argv = argv };
	int status = EXIT_BAD_INPUT;

	if (cmd->defaults)
		memcpy(values, cmd->defaults, cmd->options_size);
	p.args = calloc((size_t)argc + 1, sizeof(*p.args));
	if (!p.args) {
		fprintf(stderr, "kpps %s: out of memory\n", cmd->name);
		return EXIT_CANT_RUN;
	}
	if (parse_line(&p))
		goto free_args;
	if (p.help) {
		command_help(cmd, stdout);
		status = EXIT_DONE;
		goto free_args;
	}
	if (check_args(&p))
		goto free_args;
	status = cmd->run(values, p.nargs, p.args);
free_args:
	free(p.args);
	return status;
}

const char *command_default_text(const struct command *cmd, const struct option_def *o, char *buf,
				 size_t size)
{
	const unsigned char *at = cmd->defaults;
	const char *text;
	double number;
	u64 count;

	buf[0] = '\0';
	if (!at)
		return buf;
	at += o->offset;
	switch (o->type) {
	case OPTION_FLAG:
	case OPTION_STRINGS:
		break;
	case OPTION_STRING:
		memcpy(&text, at, sizeof(text));
		if (text)
			snprintf(buf, size, "%s", text);
		break;
	case OPTION_NUMBER:
		memcpy(&number, at, sizeof(number));
		if (number != 0)
			units_print(o->unit, number, buf, size);
		break;
	case OPTION_U64:
		memcpy(&count, at, sizeof(count));
		if (count)
			units_print(o->unit, (double)count, buf, size);
		break;
	}
	return buf;
}

static void help_option(const struct command *cmd, const struct option_def *o, FILE *out)
{
	char head[80], text[1024], def[64];
	int len;

	len = snprintf(head, sizeof(head), "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
		       o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
		       o->metavar ? " " : "", o->metavar ? o->metavar : "");
	command_default_text(cmd, o, def, sizeof(def));
	snprintf(text, sizeof(text), "%s%s%s%s%s", o->help,
		 o->type == OPTION_STRINGS ? " (may be repeated)" : "", def[0] ? " (default " : "",
		 def, def[0] ? ")" : "");
	fprintf(out, "  %-24s", head);
	if (len > 23)
		fprintf(out, "\n%26s", "");
	wrap_text(out, text, 26, 26, 80);
}

static void help_examples(const char *examples, FILE *out)
{
	fputs("\nExamples:\n", out);
	for (const char *line = examples; *line;) {
		size_t len = strcspn(line, "\n"), cmd_len = strcspn(line, "\t\n");

		if (cmd_len < len)
			fprintf(out, "  # %.*s\n", (int)(len - cmd_len - 1), line + cmd_len + 1);
		fprintf(out, "  %.*s\n", (int)cmd_len, line);
		line += len + (line[len] == '\n');
	}
}

void command_help(const struct command *cmd, FILE *out)
{
	fprintf(out, "Usage: kpps %s %s\n\n", cmd->name, cmd->args);
	if (cmd->text)
		wrap_paragraphs(out, cmd->text, 0, 80);
	else
		fprintf(out, "%s\n", cmd->summary);
	fputs("\nOptions:\n", out);
	for (const struct option_def *o = cmd->options; o && o->name; o++)
		help_option(cmd, o, out);
	fputs("  -h, --help              show this help\n", out);
	if (cmd->examples && cmd->examples[0])
		help_examples(cmd->examples, out);
}

static bool ends_in_stop(const char *s)
{
	size_t len = strlen(s);

	return len && s[len - 1] == '.';
}

static int check_default(const struct command *cmd, const struct option_def *o, struct err *err)
{
	const unsigned char *at = cmd->defaults;
	double number = 0;
	u64 count;

	if (!at || (o->type != OPTION_NUMBER && o->type != OPTION_U64))
		return 0;
	if (o->type == OPTION_NUMBER) {
		memcpy(&number, at + o->offset, sizeof(number));
	} else {
		memcpy(&count, at + o->offset, sizeof(count));
		number = (double)count;
	}
	/* zero stands for "not given" */
	if (number != 0 && !in_range(o, number))
		return err_set(err, -EINVAL, "%s: --%s: default is out of range", cmd->name, o->name);
	return 0;
}

static int check_option(const struct command *cmd, const struct option_def *o, struct err *err)
{
	if (!strcmp(o->name, "help") || o->letter == 'h')
		return err_set(err, -EINVAL, "%s: -h and --help are taken", cmd->name);
	for (const struct option_def *other = cmd->options; other < o; other++) {
		if (!strcmp(other->name, o->name))
			return err_set(err, -EINVAL, "%s: --%s twice", cmd->name, o->name);
		if (o->letter && other->letter == o->letter)
			return err_set(err, -EINVAL, "%s: -%c twice", cmd->name, o->letter);
	}
	if (!o->help || !o->help[0] || ends_in_stop(o->help))
		return err_set(err, -EINVAL, "%s: --%s: help is missing or ends in a full stop",
			       cmd->name, o->name);
	if ((o->type == OPTION_FLAG) != !o->metavar)
		return err_set(err, -EINVAL, "%s: --%s: a metavar is for options with a value",
			       cmd->name, o->name);
	if (o->type > OPTION_U64 || o->offset + option_sizes[o->type] > cmd->options_size)
		return err_set(err, -EINVAL, "%s: --%s: outside its struct", cmd->name, o->name);
	if (o->min > o->max)
		return err_set(err, -EINVAL, "%s: --%s: empty range", cmd->name, o->name);
	return check_default(cmd, o, err);
}

static int check_examples(const struct command *cmd, struct err *err)
{
	if (!cmd->examples)
		return 0;
	for (const char *line = cmd->examples; *line;) {
		size_t len = strcspn(line, "\n");

		if (strncmp(line, "kpps ", 5) != 0 || strcspn(line, "\t") + 1 >= len)
			return err_set(err, -EINVAL, "%s: example \"%.*s\": want \"kpps …\\tcomment\"",
				       cmd->name, (int)len, line);
		line += len + (line[len] == '\n');
	}
	return 0;
}

int command_check(const struct command *cmd, struct err *err)
{
	if (!cmd->name || !cmd->name[0] || !cmd->run || !cmd->args)
		return err_set(err, -EINVAL, "a command without name, args or run");
	if (!cmd->summary || !cmd->summary[0] || ends_in_stop(cmd->summary))
		return err_set(err, -EINVAL, "%s: summary is missing or ends in a full stop",
			       cmd->name);
	if (cmd->options_size > OPTIONS_SIZE_MAX)
		return err_set(err, -EINVAL, "%s: options are larger than %d bytes", cmd->name,
			       OPTIONS_SIZE_MAX);
	if (cmd->max_args >= 0 && cmd->min_args > cmd->max_args)
		return err_set(err, -EINVAL, "%s: min_args is above max_args", cmd->name);
	for (const struct option_def *o = cmd->options; o && o->name; o++) {
		int ret = check_option(cmd, o, err);

		if (ret)
			return ret;
	}
	return check_examples(cmd, err);
}
