// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mapping.c - one point's tree into a struct point: defaults from the table,
 * then every key the tree has, then what depends on several keys at once.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "run/ruleset_file.h"
#include "run/scenario.h"

#define SEED_STEP 0x9e3779b97f4a7c15ULL	/* spreads consecutive seeds over 64 bits */

static void unknown_key(const struct node *n, const char *pattern, struct reporter *r)
{
	char path[TREE_PATH_MAX], hint[TREE_PATH_MAX + 32], prefix[TREE_PATH_MAX];
	char *shown;

	snprintf(path, sizeof(path), "%s%s%.64s", pattern, pattern[0] ? "." : "", n->key);
	key_hint(path, hint, sizeof(hint));
	/* where the user stands is known to him */
	snprintf(prefix, sizeof(prefix), "\"%s.", pattern);
	shown = pattern[0] ? strstr(hint, prefix) : NULL;
	if (shown)
		memmove(shown + 1, shown + strlen(prefix), strlen(shown + strlen(prefix)) + 1);
	reporter_at(r, n, true, "unknown key \"%.64s\"%s", n->key, hint);
}

void map_section(const struct node *map, const char *pattern, void *target, struct reporter *r)
{
	char path[TREE_PATH_MAX];

	if (node_is_null(map))
		return;
	if (map->kind != NODE_MAP) {
		reporter_at(r, map, false, "\"%s\" wants a mapping of keys, not a %s",
			    map->key ? map->key : "the scenario",
			    map->kind == NODE_LIST ? "list" : "single value");
		return;
	}
	for (const struct node *c = map->first; c; c = c->next) {
		const struct key *key;
		const struct node *at;
		struct err err = { 0 };

		snprintf(path, sizeof(path), "%s%s%.64s", pattern, pattern[0] ? "." : "", c->key);
		key = key_find(path);
		if (!key || strchr(c->key, '*'))
			unknown_key(c, pattern, r);
		else if (key->type == KEY_SECTION)
			map_section(c, path, target, r);
		else if (key_set(key, c, target, &at, &err))
			reporter_at(r, at, false, "%s: %s", c->key, err.text);
	}
}

static void set_defaults(const char *prefix, enum key_target kind, void *target, struct reporter *r)
{
	for (const struct key *k = keys; k->path; k++) {
		struct err err = { 0 };

		if (k->target != kind || strncmp(k->path, prefix, strlen(prefix)) != 0 ||
		    k->type == KEY_SECTION || k->type == KEY_SWEEP)
			continue;
		/* can't happen with a table that passes its test */
		if (key_set_default(k, target, &err))
			reporter_tell(r, err.text, "");
	}
}

/* ---- streams ---- */

static void default_addresses(struct stream_draft *d)
{
	static const u8 families[2] = { AF_INET, AF_INET6 };

	for (unsigned int i = 0; i < 2; i++) {
		struct stream_spec spec;

		stream_spec_default(&spec);
		stream_spec_family(&spec, families[i]);
		if (!d->source_at) {
			d->source[i] = spec.source;
			d->has_source[i] = true;
		}
		if (!d->destination_at) {
			d->destination[i] = spec.destination;
			d->has_destination[i] = true;
		}
	}
}

static bool pick_address(const struct stream_draft *d, const struct node *at,
			 const struct addr_range ranges[2], const bool has[2],
			 struct addr_range *ret, struct reporter *r)
{
	bool v6 = d->stream.spec.family == AF_INET6;

	if (has[v6]) {
		*ret = ranges[v6];
		return true;
	}
	reporter_at(r, at, false, "%s.address: stream \"%s\" is of family %s, the address of %s: give "
		    "both as [198.18.0.0/16, 2001:2::1:0/112]", at->parent ? at->parent->key : "",
		    d->stream.spec.name, v6 ? "ipv6" : "ipv4", v6 ? "ipv4" : "ipv6");
	return false;
}

static bool finish_sizes(struct stream_draft *d, struct reporter *r)
{
	struct stream_spec *spec = &d->stream.spec;

	if (d->imix_at && d->size_at && d->size_at->key) {
		reporter_at(r, d->imix_at, true, "imix: size is given too: want one of them");
		return false;
	}
	if (d->size_min) {
		spec->nsizes = 1;
		spec->sizes[0] = stream_sig_size_min(spec);
	}
	return true;
}

/* stream_build is asked here, so that no trial starts with a stream that can't be sent. */
static void check_stream(const struct stream_draft *d, const struct draft *draft,
			 struct reporter *r)
{
	char sentence[ERR_TEXT + 128], place[256], suffix[RECORD_NAME + 16] = "";
	struct kpps_stream built;
	struct err err = { 0 };

	if (!stream_build(&d->stream.spec, &built, &err))
		return;
	snprintf(sentence, sizeof(sentence), "%s: %s", node_place(d->at, true, place, sizeof(place)),
		 err.text);
	if (draft->name[0])
		snprintf(suffix, sizeof(suffix), " (point \"%s\")", draft->name);
	reporter_tell(r, sentence, suffix);
}

static bool plain_name(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-";

	return name[0] && !name[strspn(name, allowed)] &&
	       strlen(name) < sizeof(((struct stream_spec *)0)->name);
}

/* A sweep over families leaves the headers standing; a fragment needs its own. */
static void finish_extensions(struct stream_spec *spec)
{
	bool fragment = false;

	if (spec->family != AF_INET6)
		spec->nextensions = 0;
	for (unsigned int i = 0; i < spec->nextensions; i++)
		fragment |= spec->extension[i] == IPPROTO_FRAGMENT;
	if (spec->family == AF_INET6 && spec->fragment != STREAM_WHOLE && !fragment &&
	    spec->nextensions < STREAM_EXTENSIONS_MAX)
		spec->extension[spec->nextensions++] = IPPROTO_FRAGMENT;
}

static void map_stream(const struct node *n, struct point *p, const struct draft *draft,
		       struct reporter *r)
{
	struct stream_draft d = { .at = n };
	struct stream_spec *spec = &d.stream.spec;
	unsigned int problems = r->n;

	if (!plain_name(n->key)) {
		reporter_at(r, n, true, "the name of a stream has letters, digits, _ and -, not \"%.64s\"",
			    n->key);
		return;
	}
	stream_spec_default(spec);
	snprintf(spec->name, sizeof(spec->name), "%s", n->key);
	set_defaults("streams.*.", TARGET_STREAM, &d, r);
	d.size_at = NULL;
	map_section(n, "streams.*", &d, r);
	spec->id = (u16)p->nstreams;
	spec->seed = p->seed + SEED_STEP * (p->nstreams + 1);
	/* a sweep over protocols leaves the flags standing for all of them */
	if (spec->protocol != IPPROTO_TCP)
		spec->tcp_flags = 0;
	finish_extensions(spec);
	default_addresses(&d);
	if (r->n == problems && finish_sizes(&d, r) &&
	    pick_address(&d, d.source_at, d.source, d.has_source, &spec->source, r) &&
	    pick_address(&d, d.destination_at, d.destination, d.has_destination,
			 &spec->destination, r))
		check_stream(&d, draft, r);
	p->stream[p->nstreams++] = d.stream;
}

static void map_streams(const struct node *root, struct point *p, const struct draft *draft,
			struct reporter *r)
{
	const struct node *streams = node_child(root, "streams");

	if (!streams || node_is_null(streams)) {
		reporter_at(r, streams ? streams : root, false, "no streams: want at least one, such as "
			    "streams: {users: {size: 64B}}");
		return;
	}
	if (streams->kind != NODE_MAP) {
		reporter_at(r, streams, false, "\"streams\" wants a mapping of stream names, not a %s",
			    streams->kind == NODE_LIST ? "list" : "single value");
		return;
	}
	if (!streams->n)
		reporter_at(r, streams, false, "no streams: want at least one");
	for (const struct node *n = streams->first; n; n = n->next) {
		if (p->nstreams == POINT_STREAMS_MAX) {
			reporter_at(r, n, true, "more than %d streams", POINT_STREAMS_MAX);
			return;
		}
		map_stream(n, p, draft, r);
	}
}

/* ---- the point ---- */

static void finish_dut(struct point *p)
{
	u64 flows = 0;

	for (unsigned int i = 0; i < p->nstreams; i++) {
		struct kpps_stream built;
		struct stream_spec *spec = &p->stream[i].spec;

		/* "all": what the ranges hold */
		if (!spec->flows && !stream_build(spec, &built, NULL))
			spec->flows = built.flows;
		flows += spec->flows;
	}
	if (!p->dut.connections_max)
		p->dut.connections_max = max(flows + flows / 2, (u64)65536);
}

/* A ruleset that isn't there is found now, not after an hour of other points. */
static void check_ruleset(const struct draft *d, const struct point *p, struct reporter *r)
{
	const struct node *at = tree_get(d->tree, "dut.ruleset");

	if (!(firewall_traits(p->dut.firewall) & FIREWALL_RULES))
		return;
	for (unsigned int i = 0; i < p->nstreams; i++) {
		struct err err = { 0 };

		if (ruleset_check(p->dut.ruleset, p->stream[i].spec.family, &err))
			reporter_at(r, at ? at : tree_root(d->tree), false, "ruleset: %s", err.text);
	}
}

static void map_root_key(const struct node *n, struct plan *plan, struct point *p,
			 struct reporter *r)
{
	const struct key *key = key_find(n->key);
	const struct node *at;
	struct err err = { 0 };

	if (!key || strchr(n->key, '*') || strchr(n->key, '.')) {
		unknown_key(n, "", r);
		return;
	}
	if (!strcmp(n->key, "streams") || key->type == KEY_GOALS || key->type == KEY_SWEEP)
		return;
	if (key->type == KEY_SECTION)
		map_section(n, key->path, p, r);
	else if (key_set(key, n, key->target == TARGET_PLAN ? (void *)plan : p, &at, &err))
		reporter_at(r, at, false, "%s: %s", n->key, err.text);
}

/* Keys that are right alone and wrong together. */
static void check_together(const struct draft *d, const struct point *p, struct reporter *r)
{
	const struct node *cpus = tree_get(d->tree, "placement.cpus");
	const struct node *direction = tree_get(d->tree, "direction");
	const struct node *firewall = tree_get(d->tree, "dut.firewall");
	const struct node *impair = tree_get(d->tree, "impair");
	const struct point_impair *im = &p->impair;
	bool wire = !strcmp(p->testbed, "wire");
	u32 traits = firewall_traits(p->dut.firewall);

	if (wire)
		check_wire(d, p, r);
	else if (traits == FIREWALL_WIRE)
		reporter_at(r, firewall ? firewall : tree_root(d->tree), false,
			    "firewall: external is a device at ports of this machine: want testbed: wire with it");
	else if (!strcmp(p->testbed, "vm"))
		check_vm(d, p, r);
	else if (!strcmp(p->testbed, "memory") && !(traits & FIREWALL_MEMORY))
		reporter_at(r, firewall ? firewall : tree_root(d->tree), false,
			    "firewall: %s is in the kernel: want testbed: netns with it",
			    p->dut.firewall);
	if (!wire && cpus && p->cpus[0] >= 0 && cpus->n != p->dut.workers + 2)
		reporter_at(r, cpus, false, "cpus: %u CPUs for source, sink and %u workers: want %u",
			    cpus->n, p->dut.workers, p->dut.workers + 2);
	if (p->remote == PLACEMENT_REMOTE && cpus && p->cpus[0] >= 0)
		reporter_at(r, cpus, false, "cpus: they decide the nodes too: leave placement.numa out");
	if (p->remote == PLACEMENT_REMOTE && p->placement == PLACEMENT_SAME && !wire)
		reporter_at(r, tree_get(d->tree, "placement.numa"), false,
			    "numa: one CPU has one node: want placement.mode: split or threaded with remote");
	if (direction && p->direction != DIRECTION_FORWARD &&
	    !point_all(p, CONNECTIONS_ESTABLISHED))
		reporter_at(r, direction, false, "direction: replies belong to connections: want "
			    "connections: established with it");
	/* a frame gets at most one treatment */
	if (impair && im->drop + im->duplicate + im->reorder + im->corrupt + im->delay > 1)
		reporter_at(r, impair, false, "impair: the shares are more than 100%% together");
}

void point_map(const struct draft *d, struct plan *plan, struct point *p, struct reporter *r)
{
	const struct node *root = tree_root(d->tree);
	struct fw_config config;

	if (!root || root->kind != NODE_MAP) {
		reporter_tell(r, root ? "want a mapping of keys, as name: … and streams: …" :
					"an empty scenario: want at least streams: …", "");
		return;
	}
	fw_config_default(&config);
	p->dut.timeouts = config.timeouts;
	for (unsigned int i = 0; i < ARRAY_SIZE(p->cpus); i++)
		p->cpus[i] = -1;
	set_defaults("", TARGET_PLAN, plan, r);
	set_defaults("", TARGET_POINT, p, r);
	for (const struct node *n = root->first; n; n = n->next)
		map_root_key(n, plan, p, r);
	snprintf(p->name, sizeof(p->name), "%s", d->name[0] ? d->name : plan->name);
	p->nparams = d->nparams;
	memcpy(p->param, d->param, sizeof(p->param));
	map_streams(root, p, d, r);
	goals_map(node_child(root, "goals"), p, r);
	finish_dut(p);
	check_ruleset(d, p, r);
	check_together(d, p, r);
}
