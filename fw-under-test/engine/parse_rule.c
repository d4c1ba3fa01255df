// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parse_rule.c - the words of a rule: the options every rule has, then those
 * of its matches and target. Unknown words are errors that name the nearest
 * known one.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/target.h"
#include "run/nearest.h"

enum basic_id { SRC, DST, IN, OUT, PROTO, FRAG, MATCH, JUMP, GOTO, COUNTERS };

static const struct ext_option basic_options[] = {
	{ "-s", SRC, 1, true }, { "--source", SRC, 1, true }, { "--src", SRC, 1, true },
	{ "-d", DST, 1, true }, { "--destination", DST, 1, true }, { "--dst", DST, 1, true },
	{ "-i", IN, 1, true }, { "--in-interface", IN, 1, true },
	{ "-o", OUT, 1, true }, { "--out-interface", OUT, 1, true },
	{ "-p", PROTO, 1, true }, { "--protocol", PROTO, 1, true }, { "--proto", PROTO, 1, true },
	{ "-f", FRAG, 0, true }, { "--fragment", FRAG, 0, true },
	{ "-m", MATCH, 1, false }, { "--match", MATCH, 1, false },
	{ "-j", JUMP, 1, false }, { "--jump", JUMP, 1, false },
	{ "-g", GOTO, 1, false }, { "--goto", GOTO, 1, false },
	{ "-c", COUNTERS, 2, false }, { "--set-counters", COUNTERS, 2, false },
	{ NULL, 0, 0, false },
};

/* The words not yet read, and what the option at hand belongs to. */
struct words {
	char **v;
	const bool *quoted;
	unsigned int n, at;
	u32 seen;		/* basic options */
	bool invert;
};

static const struct ext_option *find_option(const struct ext_option *o, const char *word)
{
	for (; o && o->name; o++)
		if (!strcmp(o->name, word))
			return o;
	return NULL;
}

static int out_of_memory(const struct rule_parse *rp)
{
	return err_set(rp->err, -ENOMEM, "%s:%u: no memory for the rule", rp->ir->name, rp->line);
}

static void offer_options(struct nearest *n, const struct ext_option *o)
{
	for (; o && o->name; o++)
		nearest_offer(n, o->name);
}

static const char *owner(const char *word, const char **ret_kind)
{
	*ret_kind = "-m";
	for (const struct match_ops *const *m = matches; *m; m++)
		if (find_option((*m)->ext.options, word))
			return (*m)->ext.name;
	*ret_kind = "-j";
	for (const struct target_ops *const *t = targets; *t; t++)
		if (find_option((*t)->ext.options, word))
			return (*t)->ext.name;
	return NULL;
}

/* The match that -p stands for. */
static const struct match_ops *proto_match(const struct rule_parse *rp)
{
	const struct ir_rule *r = rp->rule;
	const char *name = r->proto && !(r->invert & IR_NOT_PROTO) ? proto_name(r->proto) : NULL;

	return name ? match_find(name, rp->family) : NULL;
}

static int unknown_option(const struct rule_parse *rp, const char *word)
{
	struct nearest n = { .word = word };
	const char *kind, *name = owner(word, &kind);
	char hint[128];

	if (word[0] != '-')
		return parse_error(rp, "unexpected word \"%s\"", word);
	if (name)
		return parse_error(rp,
				   "option \"%s\" belongs to %s %s, which this rule doesn't have",
				   word, kind, name);
	offer_options(&n, basic_options);
	if (proto_match(rp))
		offer_options(&n, proto_match(rp)->ext.options);
	for (const struct ir_match *m = rp->rule->matches; m; m = m->next)
		offer_options(&n, m->ops->ext.options);
	if (rp->rule->jump == JUMP_TARGET)
		offer_options(&n, rp->rule->target->ext.options);
	return parse_error(rp, "unknown option \"%s\"%s", word,
			   nearest_hint(&n, hint, sizeof(hint)));
}

/* "known are a, b, c" of one family into @buf. */
static const char *known_matches(int family, char *buf, size_t size)
{
	u8 bit = family == AF_INET ? EXT_IPV4 : EXT_IPV6;
	size_t len = 0;

	buf[0] = '\0';
	for (const struct match_ops *const *m = matches; *m; m++)
		if ((*m)->ext.families & bit && len < size)
			len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "",
						(*m)->ext.name);
	return buf;
}

static const char *known_targets(int family, char *buf, size_t size)
{
	u8 bit = family == AF_INET ? EXT_IPV4 : EXT_IPV6;
	size_t len = (size_t)snprintf(buf, size, "ACCEPT, DROP, RETURN");

	for (const struct target_ops *const *t = targets; *t; t++)
		if ((*t)->ext.families & bit && len < size)
			len += (size_t)snprintf(buf + len, size - len, ", %s", (*t)->ext.name);
	return buf;
}

static int unknown_match(const struct rule_parse *rp, const char *name)
{
	struct nearest n = { .word = name };
	char hint[128], known[256];

	for (const struct match_ops *const *m = matches; *m; m++)
		nearest_offer(&n, (*m)->ext.name);
	return parse_error(rp, "unknown match \"%.64s\"%s known are %s", name,
			   nearest_or_colon(&n, hint, sizeof(hint)),
			   known_matches(rp->family, known, sizeof(known)));
}

static int unknown_target(const struct rule_parse *rp, const char *name)
{
	struct nearest n = { .word = name };
	char hint[128], known[256];

	nearest_offer(&n, "ACCEPT");
	nearest_offer(&n, "DROP");
	nearest_offer(&n, "RETURN");
	for (const struct target_ops *const *t = targets; *t; t++)
		nearest_offer(&n, (*t)->ext.name);
	for (const struct ir_chain *c = rp->ir->tables[rp->table].chains; c; c = c->next)
		nearest_offer(&n, c->name);
	return parse_error(rp, "unknown chain or target \"%.64s\"%s known targets are %s", name,
			   nearest_or_colon(&n, hint, sizeof(hint)),
			   known_targets(rp->family, known, sizeof(known)));
}

static struct ir_match *match_add(const struct rule_parse *rp, const struct match_ops *ops)
{
	struct ir_match *m = ir_alloc(rp->ir, sizeof(*m) + ops->ext.size);

	if (!m)
		return NULL;
	m->ops = ops;
	*rp->rule->last_match = m;
	rp->rule->last_match = &m->next;
	return m;
}

static int basic_match(const struct rule_parse *rp, const char *name)
{
	const struct match_ops *ops = match_find(name, rp->family);

	if (!ops)
		return unknown_match(rp, name);
	for (const struct ir_match *m = rp->rule->matches; m; m = m->next)
		if (m->ops == ops && ops->ext.proto)
			return parse_error(rp, "match \"%s\" is given twice", name);
	return match_add(rp, ops) ? 0 : out_of_memory(rp);
}

static int target_usable(const struct rule_parse *rp, const struct ext_ops *ext)
{
	if (!ext->tables || ext->tables & EXT_TABLE(rp->table))
		return 0;
	for (int t = 0; t < TABLES; t++)
		if (ext->tables & EXT_TABLE(t))
			return parse_error(rp,
					   "target \"%s\" can only be used in table %s, not in %s",
					   ext->name, ir_table_name(t), ir_table_name(rp->table));
	return 0;
}

static int basic_jump(const struct rule_parse *rp, const char *name)
{
	struct ir_rule *r = rp->rule;
	const struct target_ops *ops;
	int ret;

	if (!strcmp(name, "ACCEPT")) {
		r->jump = JUMP_ACCEPT;
	} else if (!strcmp(name, "DROP")) {
		if (rp->table == TABLE_NAT)
			return parse_error(rp, "DROP can't be used in table nat: it sees the first "
					   "packet of a connection only");
		r->jump = JUMP_DROP;
	} else if (!strcmp(name, "RETURN")) {
		r->jump = JUMP_RETURN;
	} else if ((r->chain = ir_chain_find(rp->ir, rp->table, name))) {
		if (r->chain->hook != IR_NO_HOOK)
			return parse_error(rp, "can't jump to the built-in chain \"%s\"", name);
		r->jump = JUMP_CHAIN;
	} else {
		ops = target_find(name, rp->family);
		if (!ops)
			return unknown_target(rp, name);
		ret = target_usable(rp, &ops->ext);
		if (ret)
			return ret;
		r->target = ops;
		r->target_data = ir_alloc(rp->ir, ops->ext.size);
		if (!r->target_data)
			return out_of_memory(rp);
		r->jump = JUMP_TARGET;
	}
	return 0;
}

static int basic_goto(const struct rule_parse *rp, const char *name)
{
	struct ir_rule *r = rp->rule;
	struct nearest n = { .word = name };
	char hint[128];

	r->chain = ir_chain_find(rp->ir, rp->table, name);
	if (r->chain && r->chain->hook != IR_NO_HOOK)
		return parse_error(rp, "can't go to the built-in chain \"%s\"", name);
	if (r->chain) {
		r->jump = JUMP_GOTO;
		return 0;
	}
	for (const struct ir_chain *c = rp->ir->tables[rp->table].chains; c; c = c->next)
		nearest_offer(&n, c->name);
	return parse_error(rp, "unknown chain \"%s\" in table %s%s", name, ir_table_name(rp->table),
			   nearest_hint(&n, hint, sizeof(hint)));
}

/* Any address needs no test; no address at all must stay. */
static int basic_addr(const struct rule_parse *rp, const char *text, bool invert,
		      const struct ir_addr **ret)
{
	struct ir_addr *a = ir_alloc(rp->ir, sizeof(*a));
	int err;

	if (!a)
		return out_of_memory(rp);
	err = parse_addr_mask(rp, text, a);
	if (!err && (invert || a->mask.v6w[0] || a->mask.v6w[1]))
		*ret = a;
	return err;
}

static int basic_if(const struct rule_parse *rp, const char *text, const char **ret)
{
	if (!*text || strlen(text) > IR_IF_NAME_MAX)
		return parse_error(rp, "bad interface name \"%s\": 1 to %d characters", text,
				   IR_IF_NAME_MAX);
	if (strpbrk(text, " \t/!\""))
		return parse_error(rp, "bad interface name \"%s\": it has a blank, a quote, / or !",
				   text);
	*ret = ir_strdup(rp->ir, text);
	return *ret ? 0 : out_of_memory(rp);
}

static int basic_proto(const struct rule_parse *rp, const char *text, bool invert)
{
	int ret = parse_proto(rp, text, &rp->rule->proto);

	if (!ret && invert && !rp->rule->proto)
		return parse_error(rp, "\"! -p %s\" would match no packet", text);
	return ret;
}

static int basic_counters(const struct rule_parse *rp, char **args)
{
	u32 pkts, bytes;
	int ret = parse_u32(rp, args[0], 0, ~0U, &pkts);

	if (!ret)
		ret = parse_u32(rp, args[1], 0, ~0U, &bytes);
	if (ret)
		return ret;
	rp->rule->pkts = pkts;
	rp->rule->bytes = bytes;
	return 0;
}

static int parse_basic(const struct rule_parse *rp, enum basic_id id, bool invert, char **args)
{
	static const u8 invert_bit[] = {
		[SRC] = IR_NOT_SRC, [DST] = IR_NOT_DST, [IN] = IR_NOT_IN, [OUT] = IR_NOT_OUT,
		[PROTO] = IR_NOT_PROTO, [FRAG] = IR_NOT_FRAG,
	};
	struct ir_rule *r = rp->rule;

	if (invert)
		r->invert |= invert_bit[id];
	switch (id) {
	case SRC:
		return basic_addr(rp, args[0], invert, &r->src);
	case DST:
		return basic_addr(rp, args[0], invert, &r->dst);
	case IN:
		return basic_if(rp, args[0], &r->in);
	case OUT:
		return basic_if(rp, args[0], &r->out);
	case PROTO:
		return basic_proto(rp, args[0], invert);
	case FRAG:
		if (rp->family != AF_INET)
			return parse_error(rp, "\"-f\" is for IPv4 only");
		r->frag = true;
		return 0;
	case MATCH:
		return basic_match(rp, args[0]);
	case JUMP:
		return basic_jump(rp, args[0]);
	case GOTO:
		return basic_goto(rp, args[0]);
	case COUNTERS:
		return basic_counters(rp, args);
	}
	return -EINVAL;
}

/* The arguments of option @o: they may not look like "!". */
static int take_args(const struct rule_parse *rp, struct words *w, const struct ext_option *o,
		     char ***ret_args)
{
	if (w->invert && !o->invert)
		return parse_error(rp, "option \"%s\" can't be negated by \"!\"", o->name);
	*ret_args = &w->v[++w->at];
	for (unsigned int i = 0; i < o->nargs; i++, w->at++) {
		if (w->at == w->n)
			return parse_error(rp, "option \"%s\" needs %s", o->name,
					   o->nargs > 1 ? "two values" : "a value");
		if (!strcmp(w->v[w->at], "!") && !w->quoted[w->at])
			return parse_error(rp, "\"!\" stands before \"%s\", not after it", o->name);
	}
	return 0;
}

static int parse_ext(const struct rule_parse *rp, struct words *w, const struct ext_ops *ext,
		     const struct ext_option *o, void *data, u32 *seen)
{
	char **args = NULL;
	int ret = take_args(rp, w, o, &args);

	if (ret)
		return ret;
	if (*seen & (1U << o->id))
		return parse_error(rp, "option \"%s\" is given twice", o->name);
	*seen |= 1U << o->id;
	return ext->parse(rp, data, o->id, w->invert, args);
}

/* "-p tcp --dport 80" means "-p tcp -m tcp --dport 80". */
static struct ir_match *implicit_match(const struct rule_parse *rp, const char *word)
{
	const struct match_ops *ops = proto_match(rp);

	if (!ops || !find_option(ops->ext.options, word))
		return NULL;
	for (const struct ir_match *m = rp->rule->matches; m; m = m->next)
		if (m->ops == ops)
			return NULL;
	return match_add(rp, ops);
}

static int basic_option(const struct rule_parse *rp, struct words *w, const struct ext_option *o)
{
	char **args = NULL;
	u32 bit = 1U << o->id;
	int ret = take_args(rp, w, o, &args);

	if (ret)
		return ret;
	if (o->id == JUMP || o->id == GOTO)
		bit = 1U << JUMP | 1U << GOTO;
	if (w->seen & bit && o->id != MATCH)
		return parse_error(rp, "option \"%s\" is given twice", o->name);
	w->seen |= bit;
	return parse_basic(rp, o->id, w->invert, args);
}

/* The newest match that knows the word takes it, as with iptables. */
static int one_option(const struct rule_parse *rp, struct words *w)
{
	const char *word = w->v[w->at];
	struct ir_rule *r = rp->rule;
	const struct ext_option *o = find_option(basic_options, word);
	struct ir_match *taker = NULL;

	if (o)
		return basic_option(rp, w, o);
	if (r->jump == JUMP_TARGET && (o = find_option(r->target->ext.options, word)))
		return parse_ext(rp, w, &r->target->ext, o, r->target_data, &r->target_seen);
	for (struct ir_match *m = r->matches; m; m = m->next)
		if (find_option(m->ops->ext.options, word))
			taker = m;
	if (!taker)
		taker = implicit_match(rp, word);
	if (!taker)
		return unknown_option(rp, word);
	o = find_option(taker->ops->ext.options, word);
	return parse_ext(rp, w, &taker->ops->ext, o, taker->data, &taker->seen);
}

static int check_ext(const struct rule_parse *rp, const char *what, const struct ext_ops *ext,
		     void *data, u32 seen)
{
	const struct ir_rule *r = rp->rule;

	if (ext->proto && (r->proto != ext->proto || r->invert & IR_NOT_PROTO))
		return parse_error(rp, "%s \"%s\" needs -p %s", what, ext->name,
				   proto_name(ext->proto));
	return ext->check ? ext->check(rp, data, seen) : 0;
}

int parse_rule(struct rule_parse *rp, char **words, const bool *quoted, unsigned int n)
{
	struct words w = { .v = words, .quoted = quoted, .n = n };
	struct ir_rule *r = rp->rule;
	int ret;

	while (w.at < w.n) {
		w.invert = !strcmp(w.v[w.at], "!") && !w.quoted[w.at];
		if (w.invert && ++w.at == w.n)
			return parse_error(rp, "\"!\" needs an option after it");
		ret = one_option(rp, &w);
		if (ret)
			return ret;
	}
	for (struct ir_match *m = r->matches; m; m = m->next) {
		ret = check_ext(rp, "match", &m->ops->ext, m->data, m->seen);
		if (ret)
			return ret;
	}
	if (r->jump == JUMP_TARGET)
		return check_ext(rp, "target", &r->target->ext, r->target_data, r->target_seen);
	return 0;
}
