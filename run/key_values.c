// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * key_values.c - from the text of a value to the bytes of its field: the types
 * of the key table, and the setters of the keys that need one of their own.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "run/keys.h"
#include "run/nearest.h"

bool node_is_null(const struct node *n)
{
	return n->kind == NODE_SCALAR && !n->quoted &&
	       (!n->text[0] || !strcmp(n->text, "~") || !strcmp(n->text, "null"));
}

int want_scalar(const struct node *n, const char *what, struct err *err)
{
	if (n->kind != NODE_SCALAR)
		return err_set(err, -EINVAL, "want %s, not a %s", what,
			       n->kind == NODE_MAP ? "mapping" : "list");
	if (node_is_null(n))
		return err_set(err, -EINVAL, "has no value: want %s", what);
	return 0;
}

static void store_number(const struct key *key, double v, void *target)
{
	unsigned char *at = (unsigned char *)target + key->offset;
	double seconds = v / 1e9;
	/* the range was checked against the field's; through u64, which holds them all */
	u64 v64 = key->store == STORE_U32_SECONDS ? (u64)seconds : (u64)v;
	u32 v32 = (u32)v64;
	u16 v16 = (u16)v64;
	u8 v8 = (u8)v64;

	switch (key->store) {
	case STORE_U8:
		memcpy(at, &v8, sizeof(v8));
		break;
	case STORE_U16:
		memcpy(at, &v16, sizeof(v16));
		break;
	case STORE_U32:
	case STORE_U32_SECONDS:
		memcpy(at, &v32, sizeof(v32));
		break;
	case STORE_U64:
		memcpy(at, &v64, sizeof(v64));
		break;
	case STORE_DOUBLE:
		memcpy(at, &v, sizeof(v));
		break;
	case STORE_SECONDS:
		memcpy(at, &seconds, sizeof(seconds));
		break;
	case STORE_NONE:
	case STORE_WORD:
		break;
	}
}

static const struct key_word *find_word(const struct key_word *words, const char *text)
{
	for (const struct key_word *w = words; w && w->word; w++)
		if (!strcmp(w->word, text))
			return w;
	return NULL;
}

static bool is_whole(const struct key *key)
{
	return key->store == STORE_U8 || key->store == STORE_U16 || key->store == STORE_U32 ||
	       key->store == STORE_U64;
}

static int set_number(const struct key *key, const char *text, void *target, struct err *err)
{
	const struct key_word *word = find_word(key->words, text);
	char syntax[128];
	double v;
	int ret;

	if (word) {
		store_number(key, word->value, target);
		return 0;
	}
	ret = units_parse(key->unit, text, &v, err);
	if (ret)
		return ret;
	if (v < key->min || v > key->max)
		return err_set(err, -EINVAL, "\"%.64s\" is out of range: want %s", text,
			       key_syntax(key, syntax, sizeof(syntax)));
	if (is_whole(key) && v != (double)(u64)v)
		return err_set(err, -EINVAL, "\"%.64s\" is not a whole number", text);
	if (key->store == STORE_U32_SECONDS && v / 1e9 != (double)(u64)(v / 1e9))
		return err_set(err, -EINVAL, "\"%.64s\" is not a whole number of seconds", text);
	store_number(key, v, target);
	return 0;
}

static int set_word(const struct key *key, const char *text, void *target, struct err *err)
{
	const struct key_word *word = find_word(key->words, text);
	char syntax[256], hint[128];
	struct nearest n = { .word = text };

	if (!word) {
		for (const struct key_word *w = key->words; w->word; w++)
			nearest_offer(&n, w->word);
		return err_set(err, -EINVAL, "unknown word \"%.64s\"%s%s%s", text,
			       nearest_hint(&n, hint, sizeof(hint)), n.best ? " known: " : ": known: ",
			       key_syntax(key, syntax, sizeof(syntax)));
	}
	if (key->store == STORE_WORD)
		snprintf((char *)target + key->offset, key->size, "%s", text);
	else
		store_number(key, word->value, target);
	return 0;
}

static int set_bool(const struct key *key, const char *text, void *target, struct err *err)
{
	static const struct key_word words[] = {
		{ "yes", 1, NULL }, { "no", 0, NULL }, { "true", 1, NULL }, { "false", 0, NULL },
		{ "on", 1, NULL }, { "off", 0, NULL }, { 0 },
	};
	const struct key_word *word = find_word(words, text);
	bool value;

	if (!word)
		return err_set(err, -EINVAL, "want yes or no, not \"%.64s\"", text);
	value = word->value;
	memcpy((char *)target + key->offset, &value, sizeof(value));
	return 0;
}

static int set_text(const struct key *key, const char *text, void *target, struct err *err)
{
	size_t len = strlen(text);

	if (len >= key->size)
		return err_set(err, -EINVAL, "longer than %zu bytes", key->size - 1);
	/* a name becomes that of a directory */
	if (!strcmp(key->path, "name")) {
		static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "0123456789._-";

		if (!len || text[0] == '.' || text[strspn(text, allowed)])
			return err_set(err, -EINVAL, "want %s, not \"%.64s\"", key->syntax, text);
	}
	memcpy((char *)target + key->offset, text, len + 1);
	return 0;
}

int key_set(const struct key *key, const struct node *value, void *target,
	    const struct node **ret_at, struct err *err)
{
	char syntax[256];
	int ret;

	*ret_at = value;
	if (key->type == KEY_CUSTOM)
		return key->set(value, target, ret_at, err);
	ret = want_scalar(value, key_syntax(key, syntax, sizeof(syntax)), err);
	if (ret)
		return ret;
	switch (key->type) {
	case KEY_TEXT:
		return set_text(key, value->text, target, err);
	case KEY_NUMBER:
		return set_number(key, value->text, target, err);
	case KEY_WORD:
		return set_word(key, value->text, target, err);
	case KEY_BOOL:
		return set_bool(key, value->text, target, err);
	default:
		return err_set(err, -EINVAL, "can't be set");
	}
}

int key_set_default(const struct key *key, void *target, struct err *err)
{
	const struct node *at;
	struct node value = { .kind = NODE_SCALAR, .text = key->fallback, .quoted = true };

	if (!key->fallback || key->type == KEY_GOALS)
		return 0;
	return key_set(key, &value, target, &at, err);
}

/* ---- setters of single keys ---- */

#define WANT_SIZE "a size such as 64B, a list of sizes, min or imix"

static int add_size(const struct node *n, struct stream_spec *spec, struct err *err)
{
	double v;
	int ret = want_scalar(n, "a size such as 64B", err);

	if (ret)
		return ret;
	ret = units_parse(UNIT_SIZE, n->text, &v, err);
	if (ret)
		return ret;
	if (v < KPPS_FRAME_MIN + 4 || v > KPPS_FRAME_MAX + 4)
		return err_set(err, -EINVAL, "\"%.64s\" is out of range: want %dB to %dB with FCS",
			       n->text, KPPS_FRAME_MIN + 4, KPPS_FRAME_MAX + 4);
	if (spec->nsizes == KPPS_SIZES_MAX)
		return err_set(err, -EINVAL, "more than %d sizes", KPPS_SIZES_MAX);
	spec->sizes[spec->nsizes++] = (u16)v;
	return 0;
}

#define IMIX_DEFAULT "aaaaaaaddddg"	/* 7 : 4 : 1, as the simple IMIX of 64, 570 and 1518 bytes */
#define IMIX_MTU 1518

static int use_imix(const char *letters, struct stream_spec *spec, struct err *err)
{
	return imix_parse(letters, IMIX_MTU, spec->sizes, &spec->nsizes, err);
}

int set_sizes(const struct node *value, void *draft, const struct node **ret_at, struct err *err)
{
	struct stream_draft *d = draft;
	struct stream_spec *spec = &d->stream.spec;
	int ret = 0;

	d->size_at = value;
	d->size_min = false;
	spec->nsizes = 0;
	if (value->kind == NODE_LIST) {
		if (!value->n)
			return err_set(err, -EINVAL, "an empty list: want " WANT_SIZE);
		for (const struct node *n = value->first; n && !ret; n = n->next) {
			*ret_at = n;
			ret = add_size(n, spec, err);
		}
		return ret;
	}
	ret = want_scalar(value, WANT_SIZE, err);
	if (ret)
		return ret;
	if (!strcmp(value->text, "imix"))
		return use_imix(IMIX_DEFAULT, spec, err);
	d->size_min = !strcmp(value->text, "min");
	return d->size_min ? 0 : add_size(value, spec, err);
}

int set_imix(const struct node *value, void *draft, const struct node **ret_at __unused,
	     struct err *err)
{
	struct stream_draft *d = draft;
	int ret = want_scalar(value, "letters such as " IMIX_DEFAULT, err);

	if (ret)
		return ret;
	d->imix_at = value;
	d->size_min = false;
	return use_imix(value->text, &d->stream.spec, err);
}

static int add_address(const struct node *n, struct addr_range ranges[2], bool has[2],
		       struct err *err)
{
	struct addr_range range;
	unsigned int v6;
	u8 family;
	int ret = want_scalar(n, "an address range such as 198.18.0.0/16", err);

	if (ret)
		return ret;
	ret = addr_range_parse(n->text, &family, &range, err);
	if (ret)
		return ret;
	v6 = family == AF_INET6;
	if (has[v6])
		return err_set(err, -EINVAL, "two %s ranges: want at most one of each family",
			       v6 ? "IPv6" : "IPv4");
	ranges[v6] = range;
	has[v6] = true;
	return 0;
}

static int set_address(const struct node *value, struct addr_range ranges[2], bool has[2],
		       const struct node **ret_at, struct err *err)
{
	int ret = 0;

	has[0] = has[1] = false;
	if (value->kind != NODE_LIST)
		return add_address(value, ranges, has, err);
	if (!value->n)
		return err_set(err, -EINVAL, "an empty list: want an address range");
	for (const struct node *n = value->first; n && !ret; n = n->next) {
		*ret_at = n;
		ret = add_address(n, ranges, has, err);
	}
	return ret;
}

int set_source(const struct node *value, void *draft, const struct node **ret_at, struct err *err)
{
	struct stream_draft *d = draft;

	d->source_at = value;
	return set_address(value, d->source, d->has_source, ret_at, err);
}

int set_destination(const struct node *value, void *draft, const struct node **ret_at,
		    struct err *err)
{
	struct stream_draft *d = draft;

	d->destination_at = value;
	return set_address(value, d->destination, d->has_destination, ret_at, err);
}

/* strtoul alone would take " 5", "+5" and "-5". */
static int parse_decimal(const char **s, unsigned long limit, unsigned long *ret)
{
	unsigned long v = 0;

	if (**s < '0' || **s > '9')
		return -EINVAL;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		v = v * 10 + (unsigned long)(**s - '0');
		if (v > limit)
			return -ERANGE;
	}
	*ret = v;
	return 0;
}

static int set_ports(const struct node *value, struct port_range *range, struct err *err)
{
	unsigned long first, last;
	const char *s;
	int ret = want_scalar(value, "a port or a range such as 1024-65535", err);

	if (ret)
		return ret;
	s = value->text;
	if (parse_decimal(&s, 65535, &first))
		goto bad;
	last = first;
	if (*s == '-') {
		s++;
		if (parse_decimal(&s, 65535, &last))
			goto bad;
	}
	if (*s)
		goto bad;
	if (last < first)
		return err_set(err, -EINVAL, "\"%.32s\": the first port is above the last",
			       value->text);
	range->first = (u16)first;
	range->last = (u16)last;
	return 0;
bad:
	return err_set(err, -EINVAL,
		       "want a port from 0 to 65535 or a range such as 1024-65535, not \"%.64s\"",
		       value->text);
}

int set_source_port(const struct node *value, void *draft, const struct node **ret_at __unused,
		    struct err *err)
{
	return set_ports(value, &((struct stream_draft *)draft)->stream.spec.source_port, err);
}

int set_destination_port(const struct node *value, void *draft,
			 const struct node **ret_at __unused, struct err *err)
{
	return set_ports(value, &((struct stream_draft *)draft)->stream.spec.destination_port, err);
}

int set_mac(const struct node *value, u8 mac[6], struct err *err)
{
	int ret = want_scalar(value, "a MAC address such as 02:00:00:00:00:01", err);
	u8 v[6];

	if (ret)
		return ret;
	if (!mac_parse(value->text, v))
		return err_set(err, -EINVAL, "want a MAC address such as 02:00:00:00:00:01, not \"%.64s\"",
			       value->text);
	if (v[0] & 1)
		return err_set(err, -EINVAL, "\"%s\" is a group address", value->text);
	memcpy(mac, v, sizeof(v));
	return 0;
}

int set_source_mac(const struct node *value, void *draft, const struct node **ret_at __unused,
		   struct err *err)
{
	return set_mac(value, ((struct stream_draft *)draft)->stream.spec.source_mac, err);
}

int set_destination_mac(const struct node *value, void *draft,
			const struct node **ret_at __unused, struct err *err)
{
	return set_mac(value, ((struct stream_draft *)draft)->stream.spec.destination_mac, err);
}

int whole_number(const struct node *n, const char *what, unsigned long limit,
		 unsigned long *ret_v, struct err *err)
{
	const char *s;
	int ret = want_scalar(n, what, err);

	if (ret)
		return ret;
	s = n->text;
	if (parse_decimal(&s, limit, ret_v) || *s)
		return err_set(err, -EINVAL, "want %s, not \"%.64s\"", what, n->text);
	return 0;
}

int set_vlan(const struct node *value, void *draft, const struct node **ret_at, struct err *err)
{
	struct stream_spec *spec = &((struct stream_draft *)draft)->stream.spec;
	const struct node *n = value->kind == NODE_LIST ? value->first : value;

	spec->nvlans = 0;
	if (value->kind == NODE_LIST && (!value->n || value->n > STREAM_VLANS_MAX))
		return err_set(err, -EINVAL, "want one VLAN or two, outermost first");
	for (; n; n = value->kind == NODE_LIST ? n->next : NULL) {
		unsigned long v = 0;
		int ret;

		*ret_at = n;
		ret = whole_number(n, "a VLAN from 0 to 4094", 4094, &v, err);
		if (ret)
			return ret;
		spec->vlan[spec->nvlans++] = (u16)v;
	}
	return 0;
}

static int add_tcp_flag(const struct node *n, u8 *flags, struct err *err)
{
	static const char *const names[] = { "fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr" };
	char hint[128];
	struct nearest near = { 0 };
	int ret = want_scalar(n, "a TCP flag", err);

	if (ret)
		return ret;
	near.word = n->text;
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		nearest_offer(&near, names[i]);
		if (strcmp(names[i], n->text) != 0)
			continue;
		*flags |= (u8)(1 << i);
		return 0;
	}
	return err_set(err, -EINVAL,
		       "unknown TCP flag \"%.32s\"%s%s known: fin, syn, rst, psh, ack, urg, ece, cwr",
		       n->text, nearest_hint(&near, hint, sizeof(hint)), near.best ? "" : ":");
}

int set_tcp_flags(const struct node *value, void *draft, const struct node **ret_at,
		  struct err *err)
{
	u8 *flags = &((struct stream_draft *)draft)->stream.spec.tcp_flags;
	int ret = 0;

	*flags = 0;
	if (value->kind != NODE_LIST)
		return add_tcp_flag(value, flags, err);
	for (const struct node *n = value->first; n && !ret; n = n->next) {
		*ret_at = n;
		ret = add_tcp_flag(n, flags, err);
	}
	return ret;
}

static int add_extension(const struct node *n, struct stream_spec *spec, struct err *err)
{
	static const struct {
		const char *name;
		u8 protocol;
	} known[] = {
		{ "hop-by-hop", IPPROTO_HOPOPTS }, { "destination", IPPROTO_DSTOPTS },
		{ "routing", IPPROTO_ROUTING }, { "fragment", IPPROTO_FRAGMENT },
	};
	int ret = want_scalar(n, "an extension header", err);

	if (ret)
		return ret;
	if (spec->nextensions == STREAM_EXTENSIONS_MAX)
		return err_set(err, -E2BIG, "want at most %d extension headers",
			       STREAM_EXTENSIONS_MAX);
	for (unsigned int i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(known[i].name, n->text) != 0)
			continue;
		spec->extension[spec->nextensions++] = known[i].protocol;
		return 0;
	}
	return err_set(err, -EINVAL,
		       "unknown extension header \"%.32s\": known: hop-by-hop, destination, routing, fragment",
		       n->text);
}

int set_extensions(const struct node *value, void *draft, const struct node **ret_at,
		   struct err *err)
{
	struct stream_spec *spec = &((struct stream_draft *)draft)->stream.spec;
	int ret = 0;

	spec->nextensions = 0;
	if (value->kind != NODE_LIST)
		return add_extension(value, spec, err);
	for (const struct node *n = value->first; n && !ret; n = n->next) {
		*ret_at = n;
		ret = add_extension(n, spec, err);
	}
	return ret;
}

int set_ring(const struct node *value, void *point, const struct node **ret_at __unused,
	     struct err *err)
{
	static const char want[] = "a power of two from 64 to 65536";
	double v;
	int ret = want_scalar(value, want, err);

	if (ret)
		return ret;
	ret = units_parse(UNIT_COUNT, value->text, &v, err);
	if (ret)
		return ret;
	if (v < 64 || v > 65536 || v != (double)(u32)v || ((u32)v & ((u32)v - 1)))
		return err_set(err, -EINVAL, "want %s, not \"%.64s\"", want, value->text);
	((struct point *)point)->dut.ring = (u32)v;
	return 0;
}

/* One leaf below dut.sysctl; a name that is there already gets the new value. */
static int add_sysctl(struct point *p, const char *name, const struct node *n, struct err *err)
{
	struct point_sysctl *s = p->dut.sysctl;
	unsigned int i = 0;

	if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
	    strlen(name) || strstr(name, "..") || strncmp(name, "net.", 4) != 0)
		return err_set(err, -EINVAL, "want kernel parameters below net., not \"%.64s\"", name);
	while (i < p->dut.nsysctls && strcmp(s[i].name, name) != 0)
		i++;
	if (i == POINT_SYSCTLS_MAX)
		return err_set(err, -E2BIG, "more than %d kernel parameters", POINT_SYSCTLS_MAX);
	if (strlen(name) >= sizeof(s[i].name) || strlen(n->text) >= sizeof(s[i].value))
		return err_set(err, -E2BIG, "\"%.64s\" or its value is too long", name);
	snprintf(s[i].name, sizeof(s[i].name), "%.95s", name);
	snprintf(s[i].value, sizeof(s[i].value), "%s", n->text);
	p->dut.nsysctls = max(p->dut.nsysctls, i + 1);
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree, TREE_DEPTH_MAX */
static int add_sysctls(struct point *p, const struct node *map, const char *above,
		       const struct node **ret_at, struct err *err)
{
	const struct node *c;
	int ret = 0;

	for (c = map->first; c && !ret; c = c->next) {
		char name[TREE_PATH_MAX];

		*ret_at = c;
		snprintf(name, sizeof(name), "%s%s%.90s", above, *above ? "." : "", c->key);
		if (c->kind == NODE_MAP)
			ret = add_sysctls(p, c, name, ret_at, err);
		else if (c->kind == NODE_SCALAR)
			ret = add_sysctl(p, name, c, err);
		else
			ret = err_set(err, -EINVAL, "want one value, not a list");
	}
	return ret;
}

int set_sysctls(const struct node *value, void *point, const struct node **ret_at,
		struct err *err)
{
	if (value->kind != NODE_MAP)
		return err_set(err, -EINVAL, "want {name: value, …}, as {net.ipv4.ip_forward: 1}");
	return add_sysctls(point, value, "", ret_at, err);
}

int set_cpus(const struct node *value, void *point, const struct node **ret_at, struct err *err)
{
	struct point *p = point;
	int cpus[ARRAY_SIZE(p->cpus)];
	unsigned int i = 0;

	if (value->kind != NODE_LIST || value->n < 2 || value->n > ARRAY_SIZE(p->cpus))
		return err_set(err, -EINVAL, "want a list [source, sink, worker, …] of 2 to %zu CPUs",
			       ARRAY_SIZE(p->cpus));
	for (const struct node *n = value->first; n; n = n->next) {
		unsigned long v = 0;
		int ret;

		*ret_at = n;
		ret = whole_number(n, "a CPU number", 65535, &v, err);
		if (ret)
			return ret;
		cpus[i++] = (int)v;
	}
	memcpy(p->cpus, cpus, i * sizeof(cpus[0]));
	return 0;
}

static int set_list(const struct node *value, enum unit unit, double lo, double hi,
		    struct goal_spec *g, const struct node **ret_at, struct err *err)
{
	const struct node *n = value->kind == NODE_LIST ? value->first : value;
	char a[32], b[32];
	double rate[ARRAY_SIZE(g->rate)];
	unsigned int count = 0;

	if (value->kind == NODE_LIST && (!value->n || value->n > ARRAY_SIZE(rate)))
		return err_set(err, -EINVAL, "want 1 to %zu loads", ARRAY_SIZE(rate));
	for (; n; n = value->kind == NODE_LIST ? n->next : NULL) {
		double v;
		int ret;

		*ret_at = n;
		ret = want_scalar(n, units_example(unit), err);
		if (!ret)
			ret = units_parse(unit, n->text, &v, err);
		if (ret)
			return ret;
		if (v < lo || v > hi)
			return err_set(err, -EINVAL, "\"%.64s\" is out of range: want %s to %s", n->text,
				       units_print(unit, lo, a, sizeof(a)),
				       units_print(unit, hi, b, sizeof(b)));
		rate[count++] = v;
	}
	g->nrates = count;
	memcpy(g->rate, rate, count * sizeof(rate[0]));
	return 0;
}

int set_rates(const struct node *value, void *goal, const struct node **ret_at, struct err *err)
{
	return set_list(value, UNIT_RATE, 1, 1e9, goal, ret_at, err);
}

int set_loads(const struct node *value, void *goal, const struct node **ret_at, struct err *err)
{
	return set_list(value, UNIT_SHARE, 0.001, 1, goal, ret_at, err);
}
