// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scenario.c - plan_read: the steps of scenario.h in turn, and what belongs to
 * the plan as a whole.
 */
#include "run/scenario.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/presets.h"
#include "run/testbed.h"

/* ---- the reporter ---- */

static bool seen_before(struct reporter *r, const char *sentence)
{
	char **seen;

	for (unsigned int i = 0; i < r->n; i++)
		if (!strcmp(r->seen[i], sentence))
			return true;
	if (r->n == r->room) {
		seen = realloc(r->seen, (r->room + 64) * sizeof(*seen));
		if (!seen)
			goto no_memory;
		r->seen = seen;
		r->room += 64;
	}
	r->seen[r->n] = strdup(sentence);
	if (!r->seen[r->n])
		goto no_memory;
	r->n++;
	return false;
no_memory:
	r->no_memory = true;
	return false;
}

void reporter_tell(struct reporter *r, const char *sentence, const char *suffix)
{
	char text[2 * ERR_TEXT + 256];

	if (seen_before(r, sentence))
		return;
	snprintf(text, sizeof(text), "%s%s", sentence, suffix);
	/* what users wrote may hold anything; a sentence is one line of a terminal */
	for (unsigned char *c = (unsigned char *)text; *c; c++)
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
	r->report(r->arg, text);
}

void reporter_at(struct reporter *r, const struct node *at, bool key, const char *fmt, ...)
{
	char text[ERR_TEXT + 128], place[256];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "%s: ", node_place(at, key, place, sizeof(place)));
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	reporter_tell(r, text, "");
}

void reporter_release(struct reporter *r)
{
	for (unsigned int i = 0; i < r->n; i++)
		free(r->seen[i]);
	free(r->seen);
}

/* ---- the plan ---- */

static int read_file(const char *path, struct reporter *r, char **ret_text, size_t *ret_len)
{
	char sentence[ERR_TEXT], *text;
	FILE *f = fopen(path, "rb");
	size_t len;
	int ret;

	if (!f) {
		ret = errno == ENOENT ? -ENOENT : -EINVAL;
		snprintf(sentence, sizeof(sentence), "cannot open \"%.300s\": %s", path,
			 strerror(errno));
		reporter_tell(r, sentence, "");
		return ret;
	}
	/* one byte more than is allowed, so that the tree can refuse it */
	text = malloc(TREE_TEXT_MAX + 1);
	if (!text) {
		fclose(f);
		return -ENOMEM;
	}
	len = fread(text, 1, TREE_TEXT_MAX + 1, f);
	ret = ferror(f) ? -EINVAL : 0;
	fclose(f);
	if (ret) {
		snprintf(sentence, sizeof(sentence), "cannot read \"%.300s\"", path);
		reporter_tell(r, sentence, "");
		free(text);
		return ret;
	}
	*ret_text = text;
	*ret_len = len;
	return 0;
}

/* The file's name without folders and ending, as far as it can name a directory. */
static void default_name(const char *path, char *name, size_t size)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');
	size_t len = dot && dot != base ? (size_t)(dot - base) : strlen(base);
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		char c = base[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '_' || c == '-' || (c == '.' && i);

		name[n++] = plain ? c : '_';
	}
	name[n] = '\0';
	if (!n)
		snprintf(name, size, "scenario");
}

static void tree_sentence(void *arg, const char *sentence)
{
	reporter_tell(arg, sentence, "");
}

static int map_points(struct plan *plan, const struct draft *drafts, unsigned int n,
		      struct reporter *r)
{
	plan->point = calloc(n, sizeof(*plan->point));
	if (!plan->point)
		return -ENOMEM;
	plan->npoints = n;
	for (unsigned int i = 0; i < n; i++) {
		plan->point[i].plan = plan;
		point_map(&drafts[i], plan, &plan->point[i], r);
	}
	return 0;
}

/*
 * An unchanged file is kept with its comments; but it must hold its name,
 * because the kept text lies in a file of another name.
 */
static int keep_text(struct plan *plan, struct tree *tree, bool changed, const char *text,
		     size_t len)
{
	struct node name = { .kind = NODE_SCALAR, .origin = "", .text = plan->name };
	const struct node *root = tree_root(tree);

	if (root && root->kind == NODE_MAP && !node_child(root, "name")) {
		int ret = tree_set(tree, "name", &name);

		if (ret)
			return ret;
		changed = true;
	}
	plan->text = changed ? tree_text(tree) : strndup(text, len);
	return plan->text ? 0 : -ENOMEM;
}

static int fill_plan(struct plan *plan, const char *path, const char *text, size_t len,
		     const char *const *sets, unsigned int nsets, struct reporter *r)
{
	struct tree *tree;
	struct draft *drafts = NULL;
	unsigned int ndrafts = 0;
	int ret;

	default_name(path, plan->name, sizeof(plan->name));
	ret = tree_parse(path, text, len, tree_sentence, r, &tree);
	if (ret)
		return ret;
	ret = sets_apply(tree, sets, nsets, r);
	if (ret == -ENOMEM)
		goto free_tree;
	ret = keep_text(plan, tree, nsets, text, len);
	if (ret)
		goto free_tree;
	ret = sweep_expand(tree, r, &drafts, &ndrafts);
	if (ret != -ENOMEM && ndrafts)
		ret = map_points(plan, drafts, ndrafts, r);
	drafts_free(drafts, ndrafts);
free_tree:
	tree_free(tree);
	return ret;
}

int plan_read(const char *path, const char *text, size_t len, const char *const *sets,
	      unsigned int nsets, plan_report_fn report, void *arg, struct plan **ret_plan)
{
	struct reporter r = { .report = report, .arg = arg };
	struct plan *plan = calloc(1, sizeof(*plan));
	char *file_text = NULL;
	int ret = -ENOMEM;

	if (!plan)
		return ret;
	ret = text ? 0 : read_file(path, &r, &file_text, &len);
	if (!ret)
		ret = fill_plan(plan, path, text ? text : file_text, len, sets, nsets, &r);
	if (r.no_memory)
		ret = -ENOMEM;
	else if (!ret && r.n)
		ret = -EINVAL;
	reporter_release(&r);
	free(file_text);
	if (ret) {
		plan_free(plan);
		return ret;
	}
	*ret_plan = plan;
	return 0;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->point);
	free(plan->text);
	free(plan);
}

/*
 * What is not a trial's duration: setting the point up, its self-test and highest
 * load, opening the flows; around each trial what its testbed says.
 */
double plan_point_seconds(const struct point *p)
{
	const struct testbed_ops *tb = testbed_find(p->testbed);
	double seconds = tb ? tb->up_s : 0, each_s = tb ? tb->around_s : 0, trials;
	u64 flows = 0;

	for (unsigned int i = 0; i < p->nstreams; i++)
		if (point_connections(p, i) == CONNECTIONS_ESTABLISHED)
			flows += p->stream[i].spec.flows;
	if (tb && tb->flows_per_s > 0)
		seconds += (double)flows / tb->flows_per_s;
	for (unsigned int i = 0; i < p->ngoals; i++) {
		seconds += goal_seconds(&p->goal[i], &trials);
		seconds += trials * each_s;
	}
	return seconds;
}
