// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel_rules_native.c - rules by nft, translated from the engine's IR. What
 * the kernel has is read back as JSON, and the number of rules in each chain and
 * the policies are compared with those of the text.
 */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fw-under-test/engine/ir_nft.h"
#include "run/net/kernel_rules_parts.h"
#include "run/net/netns.h"
#include "run/world.h"

static const char *const nft_load_argv[] = { "nft", "-f", "-", NULL };

static int need_nft(struct err *err)
{
	return child_find("nft", NULL, 0) ?
		err_set(err, -ENOENT, "there is no program nft: install nftables") : 0;
}

int nft_flush(int netns, struct err *err)
{
	return child_find("nft", NULL, 0) ? 0 :
		tool_ok(netns, nft_load_argv, "flush ruleset\n", NULL, err);
}

/* The text of both families after the command that takes away what was there. */
static int translate(const struct kernel_rules *rules, bool flowtable, char **ret_text,
		     struct err *err)
{
	struct ir_nft_options opt = {
		.counters = rules->counters, .linear = rules->linear, .bridge = rules->bridge,
	};
	char *texts[RULES_FAMILIES] = { NULL };
	struct ir *ir[RULES_FAMILIES];
	int ret = rules_parse(rules, ir, err);

	if (ret)
		return ret;
	if (flowtable) {
		opt.flowtable[0] = world_if_name(WORLD_INSIDE);
		opt.flowtable[1] = world_if_name(WORLD_OUTSIDE);
	}
	for (int f = 0; f < RULES_FAMILIES && !ret; f++)
		if (ir[f])
			ret = ir_nft(ir[f], &opt, &texts[f], err);
	if (!ret && asprintf(ret_text, "flush ruleset\n%s%s",
			     texts[RULES_V4] ? texts[RULES_V4] : "",
			     texts[RULES_V6] ? texts[RULES_V6] : "") < 0)
		ret = err_set(err, -ENOMEM, "no memory for the rules");
	for (int f = 0; f < RULES_FAMILIES; f++)
		free(texts[f]);
	rules_free(ir);
	return ret;
}

/* A chain as the text has it, and what the kernel has of it. */
struct chain_count {
	char table[48], name[80];	/* "bridge kpps" */
	bool drop;
	long rules, loaded;
	bool found;
};

struct counts {
	struct chain_count *chain;
	size_t n;
};

static int counts_add(struct counts *c, const char *table, const char *name)
{
	struct chain_count *chain;

	if (!(c->n & (c->n - 1))) {
		chain = realloc(c->chain, (c->n ? c->n * 2 : 1) * sizeof(*chain));
		if (!chain)
			return -ENOMEM;
		c->chain = chain;
	}
	chain = &c->chain[c->n++];
	memset(chain, 0, sizeof(*chain));
	snprintf(chain->table, sizeof(chain->table), "%s", table);
	snprintf(chain->name, sizeof(chain->name), "%s", name);
	return 0;
}

/* Our own text: in a chain, a rule is a line that begins with two tabs. */
static int counts_of_text(struct counts *c, const char *text)
{
	char table[48] = "", name[80];
	bool in_chain = false;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += !!*line) {
		if (sscanf(line, "table %47[^{]", table) == 1) {
			table[strcspn(table, "{") - 1] = '\0';	/* the space before */
			continue;
		}
		if (line[0] == '\t' && line[1] != '\t') {	/* a chain, its end, a flow table */
			in_chain = sscanf(line, "\tchain %79s {", name) == 1;
			if (in_chain && counts_add(c, table, name))
				return -ENOMEM;
		} else if (in_chain && !strncmp(line, "\t\ttype ", 7)) {
			c->chain[c->n - 1].drop =
				!strncmp(line + strcspn(line, "\n") - 5, "drop;", 5);
		} else if (in_chain && line[0] == '\t' && line[2] != '#') {
			c->chain[c->n - 1].rules++;
		}
	}
	return 0;
}

/* Chains follow each other in both: the search begins where the last ended. */
static struct chain_count *counts_find(struct counts *c, const char *table, const char *name,
				       size_t *at)
{
	for (size_t i = 0; i < c->n; i++) {
		struct chain_count *chain = &c->chain[(*at + i) % c->n];

		if (strcmp(chain->name, name) != 0 || strcmp(chain->table, table) != 0)
			continue;
		*at = (*at + i) % c->n;
		return chain;
	}
	return NULL;
}

static const char *json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* One object of nft's list: a chain, a rule or something that is of no interest. */
static int count_object(struct counts *c, const json_t *object, size_t *at, struct err *err)
{
	const json_t *chain = json_object_get(object, "chain");
	const json_t *rule = json_object_get(object, "rule");
	const json_t *either = chain ? chain : rule;
	struct chain_count *count;
	const char *name;
	char table[48];

	if (!either)
		return 0;
	name = chain ? json_text(chain, "name") : json_text(rule, "chain");
	snprintf(table, sizeof(table), "%.7s %.32s", json_text(either, "family"),
		 json_text(either, "table"));
	count = counts_find(c, table, name, at);
	if (!count)
		return err_set(err, -EBADMSG, "the kernel has a chain %s that was not asked for",
			       name);
	if (rule)
		count->loaded++;
	if (!chain)
		return 0;
	count->found = true;
	if (!strcmp(json_text(chain, "policy"), "drop") != count->drop)
		return err_set(err, -EBADMSG, "the policy of chain %s is %s in the kernel", name,
			       json_text(chain, "policy"));
	return 0;
}

static int compare_counts(const struct counts *c, struct err *err)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct chain_count *chain = &c->chain[i];

		if (!chain->found)
			return err_set(err, -EBADMSG, "the kernel has no chain %s", chain->name);
		if (chain->loaded != chain->rules)
			return err_set(err, -EBADMSG,
				       "the kernel has %ld rules in chain %s, asked were %ld",
				       chain->loaded, chain->name, chain->rules);
	}
	return 0;
}

static int compare_listing(const char *text, const char *listing, struct err *err)
{
	struct counts c = { 0 };
	json_error_t why;
	json_t *root = json_loads(listing, 0, &why), *list, *object;
	size_t i, at = 0;
	int ret = 0;

	list = json_object_get(root, "nftables");
	if (!json_is_array(list))
		ret = err_set(err, -EBADMSG, "nft -j list ruleset prints no list of rules: %s",
			      root ? "no key \"nftables\"" : why.text);
	else if (counts_of_text(&c, text))
		ret = err_set(err, -ENOMEM, "no memory to compare the rules");
	json_array_foreach(list, i, object) {
		if (ret)
			break;
		ret = count_object(&c, object, &at, err);
	}
	if (!ret)
		ret = compare_counts(&c, err);
	json_decref(root);
	free(c.chain);
	return ret;
}

static int read_back(int netns, const char *text, char **ret_loaded, struct err *err)
{
	static const char *const json_argv[] = { "nft", "-j", "list", "ruleset", NULL };
	static const char *const text_argv[] = { "nft", "list", "ruleset", NULL };
	char *listing;
	int ret = tool_ok(netns, json_argv, NULL, &listing, err);

	if (ret)
		return ret;
	ret = compare_listing(text, listing, err);
	free(listing);
	if (!ret && ret_loaded)
		ret = tool_ok(netns, text_argv, NULL, ret_loaded, err);
	return ret;
}

/* Is it the flow table? The kernel says "no such file" to any thing it lacks. */
static bool loads_without_flowtable(int netns, const struct kernel_rules *rules)
{
	static const char *const argv[] = { "nft", "-c", "-f", "-", NULL };
	char *text;
	bool loads;

	if (translate(rules, false, &text, NULL))
		return false;
	loads = !tool_ok(netns, argv, text, NULL, NULL);
	free(text);
	return loads;
}

/* What the bridge family may lack; which of it the rules use tells the text. */
static const struct lack {
	const char *use, *try, *what;
} bridge_lacks[] = {
	{ "table", "type filter hook forward priority 0;",
	  "has no nftables for bridges: it needs CONFIG_NF_TABLES_BRIDGE" },
	{ "ct", "ct state new",
	  "tracks no connections on a bridge: it needs CONFIG_NF_CONNTRACK_BRIDGE" },
	{ "reject", "type filter hook input priority 0; meta protocol ip reject",
	  "rejects no bridged packets: it needs CONFIG_NFT_BRIDGE_REJECT" },
};

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += n)
		if ((at == text || isspace((unsigned char)at[-1])) && isspace((unsigned char)at[n]))
			return true;
	return false;
}

/* The kernel's own words are "protocol error" and "no such file": try each alone. */
static const char *bridge_lack(const char *text)
{
	const char *what = NULL;
	char try[200];
	int netns;

	if (netns_scratch(&netns, NULL))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(bridge_lacks) && !what; i++) {
		const struct lack *l = &bridge_lacks[i];

		if (!has_word(text, l->use))
			continue;
		snprintf(try, sizeof(try), "table bridge t {\n\tchain c {\n\t\t%s\n\t}\n}\n",
			 l->try);
		if (tool_ok(netns, nft_load_argv, try, NULL, NULL))
			what = l->what;
	}
	close(netns);
	return what;
}

static int load_text(int netns, const struct kernel_rules *rules, const char *text,
		     struct err *err)
{
	const char *name = rules->name[RULES_V4] ? rules->name[RULES_V4] : rules->name[RULES_V6];
	const char *lack = NULL;
	char *words, what[300];
	int status, ret;

	ret = tool_run(netns, nft_load_argv, text, strlen(text), NULL, &status, &words, err);
	if (ret)
		return ret;
	if (status && rules->bridge)
		lack = bridge_lack(text);
	if (lack) {
		ret = err_set(err, -EOPNOTSUPP, "%s: this kernel %s", name, lack);
	} else if (status && rules->flowtable && loads_without_flowtable(netns, rules)) {
		ret = err_set(err, -EOPNOTSUPP,
			      "this kernel has no flow tables for established connections: it "
			      "needs CONFIG_NF_FLOW_TABLE and CONFIG_NFT_FLOW_OFFLOAD");
	} else if (status) {
		snprintf(what, sizeof(what), "%s translated", name);
		ret = tool_refused("nft", words, what, text, err);
	}
	free(words);
	return ret;
}

static int native_load(int netns, const struct kernel_rules *rules, char **ret_loaded,
		       struct err *err)
{
	char *text;
	int ret = need_nft(err);

	if (!ret && rules->bridge && rules->flowtable)
		ret = err_set(err, -EOPNOTSUPP, "a bridge has no flow table for its packets");
	if (!ret)
		ret = translate(rules, rules->flowtable, &text, err);
	if (ret)
		return ret;
	ret = xt_flush(XT_LEGACY, netns, err);
	if (!ret)
		ret = load_text(netns, rules, text, err);
	if (!ret)
		ret = read_back(netns, text, ret_loaded, err);
	free(text);
	return ret;
}

static int native_flush(int netns, struct err *err)
{
	int ret = need_nft(err);

	return ret ? ret : nft_flush(netns, err);
}

static int native_probe(struct err *err)
{
	static const char text[] =
		"*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate NEW -j ACCEPT\n"
		"-A FORWARD -s 192.0.2.1 -j ACCEPT\n-A FORWARD -s 192.0.2.2 -j DROP\nCOMMIT\n"
		"*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n";
	const struct kernel_rules rules = {
		.name = { "probe" }, .text = { text }, .len = { sizeof(text) - 1 },
	};
	int netns, ret = netns_scratch(&netns, err);

	if (ret)
		return ret;
	ret = native_load(netns, &rules, NULL, err);
	close(netns);
	return ret;
}

const struct kernel_rules_backend kernel_rules_native = {
	.name = "native", .help = "nft: nftables with sets and verdict maps, as one would write it",
	.probe = native_probe, .load = native_load, .flush = native_flush,
};
