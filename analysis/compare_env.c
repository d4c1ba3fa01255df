// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compare_env.c - how the stable parts of two environments differ. What a
 * comparison may be about (the firewall, the kernel, the tester) is told; what
 * makes figures incomparable (CPU, memory, mitigations, …) stops the verdicts. For
 * counts of a guest's instructions no machine does.
 */
#include "analysis/compare_env.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys (or objects) of "stable" that may be what is being compared. */
static const char *const tested_keys[] = {
	"kernel_release", "kernel_version", "kernel_config_hash", "kpps_version", "kpps_source",
	"compiler", "build_flags", "libraries", "tools", "rulesets", "dut_sysctls",
};

static bool is_tested(const char *key)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(tested_keys); i++) {
		len = strlen(tested_keys[i]);
		if (!strncmp(key, tested_keys[i], len) && (!key[len] || key[len] == '.'))
			return true;
	}
	return false;
}

static char *value_text(const json_t *v)
{
	if (!v)
		return strdup("missing");
	if (json_is_string(v))
		return strdup(json_string_value(v));
	if (json_is_null(v))
		return strdup("unknown");
	return json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
}

static int add_difference(struct compare *c, const char *key, const json_t *a, const json_t *b)
{
	struct compare_environment *grown, *e;

	grown = realloc(c->env, (c->nenv + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->env = grown;
	e = &c->env[c->nenv++];
	snprintf(e->key, sizeof(e->key), "%s", key);
	e->tested = is_tested(key);
	e->a = value_text(a);
	e->b = value_text(b);
	c->foreign = c->foreign || (!e->tested && !c->counted);
	return e->a && e->b ? 0 : -ENOMEM;
}

static int difference(struct compare *c, const char *prefix, const json_t *a, const json_t *b);

static int one_key(struct compare *c, const char *prefix, const char *key, const json_t *a,
		   const json_t *b)
{
	char name[96];

	snprintf(name, sizeof(name), "%s%s%s", prefix, *prefix ? "." : "", key);
	if (json_is_object(a) && json_is_object(b))
		return difference(c, name, a, b);
	if (a && b && json_equal(a, b))
		return 0;
	return add_difference(c, name, a, b);
}

static int difference(struct compare *c, const char *prefix, const json_t *a, const json_t *b)
{
	const char *key;
	json_t *v;
	int rc = 0;

	json_object_foreach((json_t *)a, key, v) {
		rc = one_key(c, prefix, key, v, json_object_get(b, key));
		if (rc)
			return rc;
	}
	json_object_foreach((json_t *)b, key, v) {
		if (json_object_get(a, key))
			continue;
		rc = one_key(c, prefix, key, NULL, v);
		if (rc)
			return rc;
	}
	return 0;
}

/* Instructions and ns: whatever the machines, nobody can compare these. */
static int other_clock(struct compare *c, bool counted_a, bool counted_b)
{
	json_t *a = json_string(counted_a ? "instructions" : "time");
	json_t *b = json_string(counted_b ? "instructions" : "time");
	int rc = add_difference(c, "clock", a, b);

	json_decref(a);
	json_decref(b);
	return rc;
}

int compare_environments(struct compare *c)
{
	const json_t *a = c->a->environment, *b = c->b->environment;
	bool counted_a = res_all_have_flag(c->a, "instructions");
	bool counted_b = res_all_have_flag(c->b, "instructions");
	int rc;

	c->counted = counted_a && counted_b;
	rc = counted_a == counted_b ? 0 : other_clock(c, counted_a, counted_b);
	if (rc)
		return rc;
	if (!a || !b) {
		c->foreign = !c->counted;
		return 0;
	}
	return difference(c, "", json_object_get(a, "stable"), json_object_get(b, "stable"));
}

void compare_environments_release(struct compare *c)
{
	unsigned int i;

	for (i = 0; i < c->nenv; i++) {
		free(c->env[i].a);
		free(c->env[i].b);
	}
	free(c->env);
}
