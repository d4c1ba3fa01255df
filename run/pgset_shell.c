// SPDX-License-Identifier: GPL-2.0-or-later
/* pgset_shell.c - see pgset_shell.h. */
#include "run/pgset_shell.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int shell_error(const char *name, struct pgset_place at, int code, struct err *err,
		const char *fmt, ...)
{
	char text[ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(err, code, "%s:%u:%u: %s", name, at.line, at.column, text);
}

void shell_begin(struct shell *sh, const char *name, const char *text, size_t len)
{
	memset(sh, 0, sizeof(*sh));
	sh->name = name;
	sh->text = text;
	sh->len = len;
	sh->here = (struct pgset_place){ 1, 1 };
}

/* -------------------------------------------------------------------------- characters */

/* @ahead of the next one; 0 at the end. */
static char peek(const struct shell *sh, size_t ahead)
{
	return sh->at + ahead < sh->len ? sh->text[sh->at + ahead] : '\0';
}

static bool at_end(const struct shell *sh)
{
	return sh->at >= sh->len;
}

static char take(struct shell *sh)
{
	char c = sh->text[sh->at++];

	if (c == '\n') {
		sh->here.line++;
		sh->here.column = 1;
	} else {
		sh->here.column++;
	}
	return c;
}

static bool name_char(char c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

static bool operator_char(char c)
{
	return c == '>' || c == '<' || c == '|' || c == '&' || c == '(' || c == ')';
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* A backslash before the end of a line joins it with the next. */
static bool continued(const struct shell *sh)
{
	return peek(sh, 0) == '\\' && peek(sh, 1) == '\n';
}

static void skip_blanks(struct shell *sh)
{
	while (!at_end(sh) && (blank(peek(sh, 0)) || continued(sh))) {
		if (continued(sh))
			take(sh);
		take(sh);
	}
	if (peek(sh, 0) == '#')
		while (!at_end(sh) && peek(sh, 0) != '\n')
			take(sh);
}

/* ------------------------------------------------------------------------------- words */

static int append(struct shell *sh, struct shell_word *w, char c, struct err *err)
{
	size_t len = strlen(w->text);

	if (!c)
		return shell_error(sh->name, sh->here, -EINVAL, err, "a byte 0: this is no script");
	if (len == sizeof(w->text) - 1)
		return shell_error(sh->name, w->place, -EINVAL, err, "a word of more than %zu bytes",
				   sizeof(w->text) - 1);
	w->text[len] = c;
	return 0;
}

static const struct shell_var *find_var(const struct shell *sh, const char *name)
{
	for (unsigned int i = 0; i < sh->nvars; i++)
		if (!strcmp(sh->var[i].name, name))
			return &sh->var[i];
	return NULL;
}

const char *shell_value(const struct shell *sh, const char *name)
{
	const struct shell_var *v = find_var(sh, name);

	return v && v->known ? v->value : NULL;
}

static int expand(struct shell *sh, struct shell_word *w, const char *name, struct err *err)
{
	const char *value = shell_value(sh, name);
	int rc = 0;

	if (!value) {
		if (!w->unknown)
			memcpy(w->which, name, SHELL_NAME_MAX);
		w->unknown = w->unknown ? w->unknown : "a variable that is not set to a constant";
		return 0;
	}
	for (; *value && !rc; value++)
		rc = append(sh, w, *value, err);
	return rc;
}

/* Up to what ends it, nested; its text is of no use. */
static int skip_substitution(struct shell *sh, struct shell_word *w, char open, char close,
			     struct err *err)
{
	struct pgset_place began = sh->here;
	unsigned int depth = 0;

	do {
		char c;

		if (at_end(sh))
			return shell_error(sh->name, began, -EINVAL, err, "\"%c\" without its \"%c\"", open,
					   close);
		c = take(sh);
		if (c == '\\' && !at_end(sh))
			take(sh);
		else if (c == close && (open != close || depth))
			depth--;
		else if (c == open)
			depth++;
	} while (depth);
	w->unknown = w->unknown ? w->unknown : "a command substitution or arithmetic";
	return 0;
}

/* $NAME, ${NAME}, and what is neither. */
static int dollar(struct shell *sh, struct shell_word *w, struct err *err)
{
	char name[SHELL_NAME_MAX] = "";
	bool braces;
	size_t len = 0;

	take(sh);
	if (peek(sh, 0) == '(')
		return skip_substitution(sh, w, '(', ')', err);
	if (peek(sh, 0) == '[')
		return skip_substitution(sh, w, '[', ']', err);
	braces = peek(sh, 0) == '{';
	if (!name_char(peek(sh, braces), true)) {
		if (braces)
			return skip_substitution(sh, w, '{', '}', err);
		w->unknown = w->unknown ? w->unknown : "a \"$\" that is no variable";
		if (!at_end(sh) && strchr("@*#?$!-0123456789", peek(sh, 0)))
			take(sh);
		return 0;
	}
	while (name_char(peek(sh, braces + len), false))
		len++;
	if (len >= sizeof(name))
		return shell_error(sh->name, sh->here, -EINVAL, err, "a variable's name of more than %zu bytes",
				   sizeof(name) - 1);
	if (braces && peek(sh, 1 + len) != '}') {
		int rc = skip_substitution(sh, w, '{', '}', err);

		return rc;
	}
	if (braces)
		take(sh);
	for (size_t i = 0; i < len; i++)
		name[i] = take(sh);
	if (braces)
		take(sh);
	return expand(sh, w, name, err);
}

static int quotes(struct shell *sh, struct shell_word *w, struct err *err)
{
	struct pgset_place began = sh->here;
	char quote = take(sh);
	int rc = 0;

	w->quoted = true;
	while (!rc) {
		char c = peek(sh, 0);

		if (at_end(sh))
			return shell_error(sh->name, began, -EINVAL, err, "a quote (%c) without its end", quote);
		if (c == quote) {
			take(sh);
			return 0;
		}
		if (quote == '"' && c == '$') {
			rc = dollar(sh, w, err);
		} else if (quote == '"' && c == '`') {
			rc = skip_substitution(sh, w, '`', '`', err);
		} else {
			take(sh);
			if (quote == '"' && c == '\\' && !at_end(sh) && strchr("$`\"\\\n", peek(sh, 0)))
				c = take(sh);
			rc = append(sh, w, c, err);
		}
	}
	return rc;
}

static int read_operator(struct shell *sh, struct shell_word *w, struct err *err)
{
	char first = peek(sh, 0);
	int rc = 0;

	w->is_operator = true;
	rc = append(sh, w, take(sh), err);
	/* >> && || << &> >& */
	if (!rc && operator_char(peek(sh, 0)) && first != '(' && first != ')' && peek(sh, 0) != '(' &&
	    peek(sh, 0) != ')')
		rc = append(sh, w, take(sh), err);
	/* its lines would be taken for commands */
	if (!rc && !strcmp(w->text, "<<"))
		rc = shell_error(sh->name, w->place, -EINVAL, err, "\"<<\": a here-document, which kpps does not read");
	return rc;
}

static int read_word(struct shell *sh, struct shell_word *w, struct err *err)
{
	int rc = 0;

	while (!rc && !at_end(sh)) {
		char c = peek(sh, 0);

		if (blank(c) || c == '\n' || c == ';' || operator_char(c))
			break;
		if (c == '"' || c == '\'') {
			rc = quotes(sh, w, err);
		} else if (c == '$') {
			rc = dollar(sh, w, err);
		} else if (c == '`') {
			rc = skip_substitution(sh, w, '`', '`', err);
		} else if (continued(sh)) {
			take(sh);
			take(sh);
		} else {
			take(sh);
			if (c == '\\' && !at_end(sh))
				c = take(sh);
			rc = append(sh, w, c, err);
		}
	}
	return rc;
}

int shell_next(struct shell *sh, struct err *err)
{
	int rc = 0;

	sh->nwords = 0;
	for (;;) {
		struct shell_word *w = &sh->word[sh->nwords];
		char c;

		skip_blanks(sh);
		c = peek(sh, 0);
		if (at_end(sh))
			return sh->nwords ? 0 : -ENODATA;
		if (c == '\n' || c == ';') {
			take(sh);
			if (sh->nwords)
				return 0;
			continue;
		}
		if (sh->nwords == SHELL_WORDS_MAX)
			return shell_error(sh->name, sh->here, -EINVAL, err, "more than %d words in one command",
					   SHELL_WORDS_MAX);
		memset(w, 0, sizeof(*w));
		w->place = sh->here;
		rc = operator_char(c) ? read_operator(sh, w, err) : read_word(sh, w, err);
		if (rc)
			return rc;
		sh->nwords++;
	}
}

int shell_assign(struct shell *sh, unsigned int i, struct err *err)
{
	const struct shell_word *w = &sh->word[i];
	size_t len = 0;
	struct shell_var *v;

	while (name_char(w->text[len], !len))
		len++;
	if (!len || w->text[len] != '=' || w->is_operator)
		return 0;
	if (len >= SHELL_NAME_MAX)
		return shell_error(sh->name, w->place, -EINVAL, err, "a variable's name of more than %d bytes",
				   SHELL_NAME_MAX - 1);
	for (v = sh->var; v < sh->var + sh->nvars; v++)
		if (strlen(v->name) == len && !memcmp(v->name, w->text, len))
			break;
	if (v == sh->var + SHELL_VARS_MAX)
		return shell_error(sh->name, w->place, -E2BIG, err, "more than %d variables", SHELL_VARS_MAX);
	if (v == sh->var + sh->nvars)
		sh->nvars++;
	memset(v, 0, sizeof(*v));
	memcpy(v->name, w->text, len);
	memcpy(v->value, w->text + len + 1, strlen(w->text + len + 1) + 1);
	v->known = !w->unknown;
	return 1;
}
