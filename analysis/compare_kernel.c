// SPDX-License-Identifier: GPL-2.0-or-later
/* compare_kernel.c - see compare_kernel.h. */
#include "analysis/compare_kernel.h"

#include <limits.h>
#include <string.h>

#include "analysis/compare.h"

#define PAIRS_MAX 32	/* a sweep over more kernels is told of the first ones */

struct compare_kernel compare_kernel_of(const struct res_dir *r, unsigned int index)
{
	const json_t *point = json_array_get(json_object_get(r->summary, "points"), index);
	const json_t *vm = json_object_get(json_object_get(point, "setup"), "vm");
	const char *name = json_string_value(json_object_get(vm, "kernel"));
	const char *release = json_string_value(json_object_get(vm, "release"));

	return (struct compare_kernel){
		.dir = r, .id = json_string_value(json_object_get(vm, "id")),
		.name = name ? name : "?", .release = release ? release : "?",
	};
}

static int read_config(const struct compare_kernel *k, struct kernel_config *c, struct err *err)
{
	char path[PATH_MAX];

	/* it becomes a part of a path */
	if (strchr(k->id, '/') || snprintf(path, sizeof(path), "%s/kernels/%s.config", k->dir->dir, k->id) >= PATH_MAX)
		return err_set(err, -1, "the id of kernel %s is none", k->name);
	return kernel_config_read(c, path, err);
}

static void tell(const struct compare_kernel *a, const struct compare_kernel *b,
		 const struct kernel_config_diff *d, FILE *out, json_t *json)
{
	json_t *pair;

	if (out) {
		fprintf(out, "Kernels %s (%s) -> %s (%s): %u options differ\n", a->name, a->release, b->name,
			b->release, d->n);
		kernel_config_diff_print(d, COMPARE_KERNEL_OPTIONS, "  ", out);
		fputc('\n', out);
	}
	if (!json)
		return;
	pair = kernel_config_diff_json(d, d->n);
	json_object_set_new(pair, "a", json_string(a->name));
	json_object_set_new(pair, "b", json_string(b->name));
	json_object_set_new(pair, "a_id", json_string(a->id));
	json_object_set_new(pair, "b_id", json_string(b->id));
	json_array_append_new(json, pair);
}

void compare_kernel_pair(const struct compare_kernel *a, const struct compare_kernel *b, FILE *out,
			 json_t *json)
{
	struct kernel_config ca = { 0 }, cb = { 0 };
	struct kernel_config_diff d = { 0 };
	struct err err = { 0 };
	int rc = read_config(a, &ca, &err);

	if (!rc)
		rc = read_config(b, &cb, &err);
	if (!rc && kernel_config_diff(&ca, &cb, &d))
		rc = err_set(&err, -1, "out of memory");
	if (!rc)
		tell(a, b, &d, out, json);
	else if (out)
		fprintf(out, "Kernels %s (%s) -> %s (%s): how their configs differ can't be told: %s\n\n", a->name,
			a->release, b->name, b->release, err.text);
	kernel_config_diff_free(&d);
	kernel_config_free(&ca);
	kernel_config_free(&cb);
}

struct pairs {
	unsigned int n;
	const char *a[PAIRS_MAX], *b[PAIRS_MAX];
};

/* Each once, in either order. */
static bool is_new(struct pairs *p, const char *a, const char *b)
{
	for (unsigned int i = 0; i < p->n; i++)
		if (!strcmp(p->a[i], a) && !strcmp(p->b[i], b))
			return false;
	if (p->n == PAIRS_MAX)
		return false;
	p->a[p->n] = a;
	p->b[p->n++] = b;
	return true;
}

void compare_kernel_run(const struct res_dir *r, FILE *out, json_t *json)
{
	struct compare_kernel first = { 0 }, k;
	struct pairs pairs = { 0 };

	for (unsigned int i = 0; i < r->npoints; i++) {
		k = compare_kernel_of(r, i);
		if (!k.id)
			continue;
		if (!first.id)
			first = k;
		else if (strcmp(first.id, k.id) != 0 && is_new(&pairs, first.id, k.id))
			compare_kernel_pair(&first, &k, out, json);
	}
}

void compare_kernels(const struct compare *c, FILE *out, json_t *json)
{
	struct compare_kernel a, b;
	struct pairs pairs = { 0 };

	for (unsigned int i = 0; i < c->a->npoints; i++) {
		const struct res_point *other = compare_partner(c->b, &c->a->point[i]);

		if (!other)
			continue;
		a = compare_kernel_of(c->a, i);
		b = compare_kernel_of(c->b, (unsigned int)(other - c->b->point));
		if (a.id && b.id && strcmp(a.id, b.id) != 0 && is_new(&pairs, a.id, b.id))
			compare_kernel_pair(&a, &b, out, json);
	}
}
