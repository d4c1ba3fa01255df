// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel_rules_xt.c - rules by iptables-restore, for both kinds of it: the one
 * that speaks to the kernel's own tables (legacy) and the one that speaks
 * nftables. Distributions name them iptables-legacy-restore and
 * iptables-nft-restore, or have one kind only, without a word for it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fw-under-test/engine/ir_bridge.h"
#include "run/net/kernel_rules_parts.h"
#include "run/net/netns.h"
#include "run/world.h"

static const struct xt_words {
	const char *suffix, *version;	/* in the name; in what --version says */
} words[] = {
	[XT_LEGACY] = { "legacy", "(legacy)" },
	[XT_NFT] = { "nft", "(nf_tables)" },
};

struct xt_program {
	char name[40];
};

struct xt_own {			/* a text made from the one that was given, and its name */
	char name[256], *text;
};

static bool version_says(const char *program, const char *word)
{
	const char *const argv[] = { program, "--version", NULL };
	const struct child child = { .argv = argv, .netns = -1 };
	char *out;
	bool found;

	if (child_ok(&child, &out, NULL))
		return false;
	found = strstr(out, word);
	free(out);
	return found;
}

/* @action: "restore", "save". -ENOENT, and no sentence when @err is NULL. */
static int xt_find(enum xt_kind kind, int family, const char *action, struct xt_program *ret,
		   struct err *err)
{
	const char *base = family == AF_INET ? "iptables" : "ip6tables";

	snprintf(ret->name, sizeof(ret->name), "%s-%s-%s", base, words[kind].suffix, action);
	if (!child_find(ret->name, NULL, 0))
		return 0;
	snprintf(ret->name, sizeof(ret->name), "%s-%s", base, action);
	if (!child_find(ret->name, NULL, 0) && version_says(ret->name, words[kind].version))
		return 0;
	return err_set(err, -ENOENT, "there is no program %s-%s-%s: install iptables", base,
		       words[kind].suffix, action);
}

/* The lock of legacy iptables is one for all namespaces: wait for it. */
static int xt_restore(enum xt_kind kind, int family, int netns, const char *name,
		      const char *text, size_t len, struct err *err)
{
	struct xt_program program = { 0 };
	const char *const argv[] = { program.name, "-w", "60", NULL };
	char *said;
	int status, ret = xt_find(kind, family, "restore", &program, err);

	if (!ret)
		ret = tool_run(netns, argv, text, len, NULL, &status, &said, err);
	if (ret)
		return ret;
	if (status)
		ret = tool_refused(program.name, said, name, text, err);
	free(said);
	return ret;
}

static int xt_save(enum xt_kind kind, int family, int netns, struct xt_program *program,
		   char **ret_text, struct err *err)
{
	const char *const argv[] = { program->name, NULL };
	int ret = xt_find(kind, family, "save", program, err);

	return ret ? ret : tool_ok(netns, argv, NULL, ret_text, err);
}

/*
 * From what is loaded, a text that empties it: its tables and built-in chains,
 * accepting. NULL when there is no rule, no chain and no DROP to take away.
 */
static char *emptying_text(const char *saved)
{
	bool any = false;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (const char *line = saved; *line; line += strcspn(line, "\n"), line += !!*line) {
		const char *space = strchr(line, ' ');

		if (*line == '*' || !strncmp(line, "COMMIT", 6)) {
			fprintf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
		} else if (*line == ':' && space) {
			any |= strncmp(space, " ACCEPT", 7) != 0;
			if (space[1] != '-')
				fprintf(out, "%.*s ACCEPT [0:0]\n", (int)(space - line), line);
		} else if (*line == '-') {
			any = true;
		}
	}
	fclose(out);
	if (any)
		return text;
	free(text);
	return NULL;
}

static int flush_family(enum xt_kind kind, int family, int netns, struct err *err)
{
	struct xt_program program = { 0 };
	char *saved, *text;
	int ret = xt_find(kind, family, "save", &program, NULL);

	if (ret)
		return 0;
	ret = xt_save(kind, family, netns, &program, &saved, err);
	if (ret)
		return ret;
	text = emptying_text(saved);
	if (text)
		ret = xt_restore(kind, family, netns, "flush", text, strlen(text), err);
	free(text);
	free(saved);
	return ret;
}

int xt_flush(enum xt_kind kind, int netns, struct err *err)
{
	int ret = flush_family(kind, AF_INET, netns, err);

	return ret ? ret : flush_family(kind, AF_INET6, netns, err);
}

static int load_family(enum xt_kind kind, int netns, const struct kernel_rules *rules, int f,
		       const struct ir *ir, char **ret_saved, struct err *err)
{
	int family = rules_family(f);
	struct xt_program program = { 0 };
	int ret = xt_restore(kind, family, netns, rules->name[f], rules->text[f], rules->len[f],
			     err);

	if (!ret)
		ret = xt_save(kind, family, netns, &program, ret_saved, err);
	return ret ? ret : rules_compare(ir, program.name, *ret_saved, err);
}

static void no_counter(const void *arg __unused, u32 index __unused, u64 *ret_pkts, u64 *ret_bytes)
{
	*ret_pkts = *ret_bytes = 0;
}

/* The rules as a bridge has them: @ir, and from it the text; @own to be freed. */
static int for_bridge(struct kernel_rules *rules, int f, struct ir *ir, struct xt_own *own,
		      struct err *err)
{
	const char *const ports[] = {
		world_if_name(WORLD_INSIDE), world_if_name(WORLD_OUTSIDE), NULL
	};
	int ret = ir_bridge_physdev(ir, ports, err);

	if (!ret)
		ret = ir_print(ir, no_counter, NULL, &own->text, err);
	if (ret)
		return ret;
	snprintf(own->name, sizeof(own->name), "%.200s for a bridge", rules->name[f]);
	rules->name[f] = own->name;
	rules->text[f] = own->text;
	rules->len[f] = strlen(own->text);
	return 0;
}

static int join(char *texts[RULES_FAMILIES], char **ret, struct err *err)
{
	if (ret && asprintf(ret, "%s%s", texts[RULES_V4] ? texts[RULES_V4] : "",
			    texts[RULES_V6] ? texts[RULES_V6] : "") < 0)
		return err_set(err, -ENOMEM, "no memory for the rules read back");
	return 0;
}

int xt_load(enum xt_kind kind, int netns, const struct kernel_rules *rules, char **ret_loaded,
	    struct err *err)
{
	struct xt_own own[RULES_FAMILIES] = { 0 };
	char *saved[RULES_FAMILIES] = { NULL };
	struct kernel_rules mine = *rules;
	struct ir *ir[RULES_FAMILIES];
	int ret;

	if (rules->flowtable)
		return err_set(err, -EOPNOTSUPP, "a flow table is for native nftables only");
	ret = rules_parse(rules, ir, err);
	if (ret)
		return ret;
	for (int f = 0; f < RULES_FAMILIES && !ret; f++)
		if (ir[f] && rules->bridge)
			ret = for_bridge(&mine, f, ir[f], &own[f], err);
	if (!ret)
		ret = rules_clear(netns, err);
	for (int f = 0; f < RULES_FAMILIES && !ret; f++)
		if (ir[f])
			ret = load_family(kind, netns, &mine, f, ir[f], &saved[f], err);
	if (!ret)
		ret = join(saved, ret_loaded, err);
	for (int f = 0; f < RULES_FAMILIES; f++) {
		free(saved[f]);
		free(own[f].text);
	}
	rules_free(ir);
	return ret;
}

/* Once, where it harms nobody: a rule, and one about connections. */
int xt_probe(enum xt_kind kind, struct err *err)
{
	static const char text[] =
		"*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\n"
		"COMMIT\n*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n";
	const struct kernel_rules rules = {
		.name = { "probe", "probe" }, .text = { text, text },
		.len = { sizeof(text) - 1, sizeof(text) - 1 },
	};
	int netns, ret = netns_scratch(&netns, err);

	if (ret)
		return ret;
	ret = xt_load(kind, netns, &rules, NULL, err);
	close(netns);
	return ret;
}
