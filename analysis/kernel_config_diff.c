// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel_config_diff.c - how two configs differ. Thousands of options do between two
 * versions, so those that say what the compiler can and what the machine has come
 * last, and of the others those that packets may feel come first.
 */
#include "analysis/kernel_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Nobody chooses these. */
static const char *const facts[] = {
	"HAVE_", "ARCH_", "CC_", "AS_", "LD_", "CLANG_", "GCC_", "GENERIC_", "TOOLS_SUPPORT_", "PAHOLE_",
	"RUSTC_", "LLD_", "DEBUG_INFO_CC_", "BUILD_SALT", "SYSTEM_TRUSTED", NULL,
};

static const char *const felt[] = {
	"NET", "NF_", "NFT_", "IP_", "IP6_", "IPV6", "INET", "XFRM", "BRIDGE", "VLAN", "VETH", "DUMMY",
	"PACKET", "XDP", "BPF", "PAGE_POOL", "RPS", "RFS", "XPS", "BQL", "DEFAULT_NET_SCH", "64BIT", "SMP",
	"NR_CPUS", "HZ", "PREEMPT", "NO_HZ", "RCU", "TREE_RCU", "JUMP_LABEL", "MITIGATION", "CPU_MITIGATIONS",
	"SPECULATION", "RETPOLINE", "RETHUNK", "CPU_IBPB", "CPU_IBRS", "CPU_SRSO", "CPU_UNRET", "SLS",
	"PAGE_TABLE_ISOLATION", "STACKPROTECTOR", "INIT_", "HARDENED", "FORTIFY", "KASAN", "KCSAN", "KMSAN",
	"UBSAN", "PROVE_", "LOCKDEP", "DEBUG_", "FTRACE", "FUNCTION_TRACER", "KPROBES", "SLUB", "SLAB",
	"MODULES", "CC_OPTIMIZE", "CGROUP", "SECURITY", "PARAVIRT", NULL,
};

static bool begins(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strncmp(name, *list, strlen(*list)))
			return true;
	return false;
}

struct found {
	struct kernel_config_difference d;
	unsigned int line;
};

static int add(struct found *f, const struct kernel_option *o, const char *a, const char *b)
{
	bool network = begins(o->name, felt);

	*f = (struct found){
		.d = {
			.name = o->name, .section = o->section, .a = a, .b = b, .network = network,
			.chosen = network || !begins(o->name, facts),
		},
		.line = o->line,
	};
	return 1;
}

static int by_weight(const void *va, const void *vb)
{
	const struct found *a = va, *b = vb;
	int rc;

	if (a->d.chosen != b->d.chosen)
		return a->d.chosen ? -1 : 1;
	if (a->d.network != b->d.network)
		return a->d.network ? -1 : 1;
	rc = strcmp(a->d.section, b->d.section);
	if (!rc)
		rc = a->line < b->line ? -1 : a->line > b->line;
	return rc ? rc : strcmp(a->d.name, b->d.name);
}

int kernel_config_diff(const struct kernel_config *a, const struct kernel_config *b,
		       struct kernel_config_diff *ret)
{
	struct found *found = calloc((size_t)a->n + b->n + 1, sizeof(*found));
	unsigned int n = 0;

	*ret = (struct kernel_config_diff){ 0 };
	if (!found)
		return -ENOMEM;
	for (unsigned int i = 0; i < a->n; i++) {
		const char *other = kernel_config_value(b, a->option[i].name);

		if (strcmp(a->option[i].value, other) != 0)
			n += add(&found[n], &a->option[i], a->option[i].value, other);
	}
	for (unsigned int i = 0; i < b->n; i++) {
		const struct kernel_option *o = &b->option[i];

		/* those that A has, too, were found above */
		if (!kernel_config_has(a, o->name) && strcmp(o->value, "n") != 0)
			n += add(&found[n], o, "n", o->value);
	}
	qsort(found, n, sizeof(*found), by_weight);
	ret->d = calloc(n + 1, sizeof(*ret->d));
	for (unsigned int i = 0; ret->d && i < n; i++) {
		ret->d[i] = found[i].d;
		ret->nchosen += found[i].d.chosen;
	}
	ret->n = ret->d ? n : 0;
	free(found);
	return ret->d ? 0 : -ENOMEM;
}

void kernel_config_diff_free(struct kernel_config_diff *d)
{
	free(d->d);
	*d = (struct kernel_config_diff){ 0 };
}

void kernel_config_diff_print(const struct kernel_config_diff *d, unsigned int max,
			      const char *indent, FILE *out)
{
	const char *section = NULL;
	unsigned int i;

	for (i = 0; i < d->nchosen && i < max; i++) {
		const struct kernel_config_difference *o = &d->d[i];

		if (*o->section && (!section || strcmp(section, o->section) != 0))
			fprintf(out, "%s%s\n", indent, o->section);
		section = o->section;
		fprintf(out, "%s  %-36s %s -> %s\n", indent, o->name, o->a, o->b);
	}
	if (i < d->nchosen)
		fprintf(out, "%sand %u more\n", indent, d->nchosen - i);
	if (d->n > d->nchosen)
		fprintf(out, "%sand %u that compiler and machine set (HAVE_, ARCH_, CC_ ...)\n", indent,
			d->n - d->nchosen);
}

json_t *kernel_config_diff_json(const struct kernel_config_diff *d, unsigned int max)
{
	json_t *options = json_array();

	for (unsigned int i = 0; i < d->n && i < max; i++) {
		const struct kernel_config_difference *o = &d->d[i];

		json_array_append_new(options, json_pack("{s:s,s:s,s:s,s:s}", "name", o->name,
							 "section", o->section, "a", o->a, "b", o->b));
	}
	return json_pack("{s:i,s:o}", "differ", (int)d->n, "options", options);
}
