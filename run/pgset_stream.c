// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pgset_stream.c - what pktgen was told, as a stream of kpps; what differs is said.
 * Where pktgen's documentation and what it does differ (ranges that exclude their end)
 * the frames are those that it sends.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "run/pgset.h"
#include "run/pgset_shell.h"

#define PKTGEN_HEADER	16	/* its own, at the start of the payload */
#define PKTGEN_FLOWS_MAX 65536
#define PKTGEN_TTL	32
#define PKTGEN_COUNT	1000
#define NEVER		0x7fffffff	/* of delay */
#define VLAN_OFF	4096		/* and above */
#define AXES		4

struct mapping {
	const char *name;
	const struct pgset_device *d;
	pgset_note note;
	void *arg;
	struct pgset_stream *ret;
	struct err *err;
	bool v6;
	u32 headers;	/* bytes up to the payload */
	/* how many values each has, and whether they are drawn: addresses, ports */
	struct { u64 n; bool random; } axis[AXES];
};

static void note(const struct mapping *m, struct pgset_place at, const char *fmt, ...) __printf(3, 4);

static void note(const struct mapping *m, struct pgset_place at, const char *fmt, ...)
{
	char text[ERR_TEXT];
	int len = at.line ? snprintf(text, sizeof(text), "%.200s:%u: ", m->name, at.line) :
			    snprintf(text, sizeof(text), "%.200s: ", m->name);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, ap);
	va_end(ap);
	m->note(m->arg, text);
}

#define refuse(m, at, ...) shell_error((m)->name, at, -EOPNOTSUPP, (m)->err, __VA_ARGS__)

static const struct pgset_value *value(const struct mapping *m, enum pgset_id id)
{
	return &m->d->value[id];
}

static bool given(const struct mapping *m, enum pgset_id id)
{
	return m->d->value[id].place.line;
}

static bool flag(const struct mapping *m, enum pgset_id id)
{
	return m->d->value[id].number;
}

static u64 number(const struct mapping *m, enum pgset_id id)
{
	return given(m, id) ? value(m, id)->number : pgset_commands[id].usual;
}

/* ------------------------------------------------------------------- several devices */

static size_t interface_len(const struct pgset_device *d)
{
	return strcspn(d->name, "@");
}

static bool same_value(const struct pgset_value *a, const struct pgset_value *b)
{
	return !a->place.line == !b->place.line && a->number == b->number &&
	       !memcmp(a->bytes, b->bytes, sizeof(a->bytes)) && !strcmp(a->word, b->word);
}

static int same_settings(const struct mapping *m, const struct pgset_device *b)
{
	const struct pgset_device *a = m->d;

	if (interface_len(a) != interface_len(b) || memcmp(a->name, b->name, interface_len(a)) != 0)
		return refuse(m, b->place, "\"%s\": kpps gen sends on one interface, and this is not that of \"%s\" (line %u): make a script of each, and run them side by side",
			      b->name, a->name, a->place.line);
	for (unsigned int i = 0; i < PGSET_SETTINGS; i++) {
		if (i == PGSET_COUNT || same_value(&a->value[i], &b->value[i]))
			continue;
		return refuse(m, b->value[i].place.line ? b->value[i].place : b->place,
			      "%s of \"%s\" is not that of \"%s\": several CPUs send one stream: make a script of each, and run them side by side",
			      pgset_commands[i].name, b->name, a->name);
	}
	if (a->nimix != b->nimix || memcmp(a->imix, b->imix, a->nimix * sizeof(a->imix[0])) != 0)
		return refuse(m, b->value[PGSET_IMIX_WEIGHTS].place, "imix_weights of \"%s\" are not those of \"%s\"",
			      b->name, a->name);
	return 0;
}

static void add_cpu(struct pgset_stream *s, int cpu)
{
	for (unsigned int i = 0; i < s->ncpus; i++)
		if (s->cpu[i] == cpu)
			return;
	if (cpu >= 0)
		s->cpu[s->ncpus++] = cpu;
}

static int map_devices(struct mapping *m, const struct pgset_plan *plan)
{
	bool endless = false;

	for (unsigned int i = 0; i < plan->ndevices; i++) {
		const struct pgset_device *d = &plan->device[i];
		const struct pgset_value *count = &d->value[PGSET_COUNT];
		int rc = i ? same_settings(m, d) : 0;

		if (rc)
			return rc;
		add_cpu(m->ret, d->thread);
		m->ret->count += count->place.line ? count->number : PKTGEN_COUNT;
		endless |= count->place.line && !count->number;
	}
	if (endless)
		m->ret->count = 0;
	memcpy(m->ret->interface, m->d->name, interface_len(m->d));
	return 0;
}

/* ----------------------------------------------------------- what has one simple answer */

static bool has_tag(const struct mapping *m)
{
	return number(m, PGSET_VLAN_ID) < VLAN_OFF;
}

/* Flags of what is not there mean nothing. */
static bool matters(const struct mapping *m, unsigned int id)
{
	switch (id) {
	case PGSET_VID_RND:
		return has_tag(m);
	case PGSET_SVID_RND:
		return has_tag(m) && number(m, PGSET_SVLAN_ID) < VLAN_OFF;
	case PGSET_MPLS_RND:
		return false;
	case PGSET_MPLS:
		return strcmp(value(m, id)->word, "0") != 0;
	default:
		return true;
	}
}

static int map_fates(const struct mapping *m)
{
	for (unsigned int i = 0; i < PGSET_SETTINGS; i++) {
		const struct pgset_command *c = &pgset_commands[i];
		const struct pgset_value *v = value(m, i);
		char text[64];

		if (!v->place.line || c->fate == PGSET_MAPPED || !matters(m, i) ||
		    (c->type != PGSET_WORD && v->number == c->usual))
			continue;
		if (c->target == PGSET_FLAG)
			snprintf(text, sizeof(text), "flag %s", c->name);
		else if (c->type == PGSET_WORD)
			snprintf(text, sizeof(text), "%s %s", c->name, v->word);
		else
			snprintf(text, sizeof(text), "%s %llu", c->name, (unsigned long long)v->number);
		if (c->fate == PGSET_REFUSED)
			return refuse(m, v->place, "%s: %s", text, c->help);
		note(m, v->place, "%s: %s", text, c->help);
	}
	return 0;
}

static int map_tags(struct mapping *m)
{
	static const enum pgset_id ids[] = { PGSET_SVLAN_ID, PGSET_VLAN_ID };
	struct stream_spec *spec = &m->ret->spec;

	for (unsigned int i = has_tag(m) ? 0 : ARRAY_SIZE(ids); i < ARRAY_SIZE(ids); i++) {
		u64 id = number(m, ids[i]);

		if (id >= VLAN_OFF)
			continue;
		if (!id || id == 4095)
			return refuse(m, value(m, ids[i])->place, "%s %llu: kpps sends tags of 1 to 4094",
				      pgset_commands[ids[i]].name, (unsigned long long)id);
		spec->vlan[spec->nvlans++] = (u16)id;
	}
	if (spec->nvlans > 1)
		note(m, value(m, PGSET_SVLAN_ID)->place, "svlan_id: the outer tag has type 0x88a8, where pktgen writes 0x8100");
	if (!has_tag(m) && number(m, PGSET_SVLAN_ID) < VLAN_OFF)
		return refuse(m, value(m, PGSET_SVLAN_ID)->place, "svlan_id without vlan_id: pktgen does not take it");
	m->headers = 14 + 4 * spec->nvlans + (m->v6 ? 40 : 20) + 8;
	return 0;
}

static int map_class(struct mapping *m)
{
	enum pgset_id id = m->v6 ? PGSET_TRAFFIC_CLASS : PGSET_TOS;
	u64 v = number(m, id);

	if (v & 3)
		return refuse(m, value(m, id)->place, "%s %02llx: its lowest two bits are ECN, which a stream does not set",
			      pgset_commands[id].name, (unsigned long long)v);
	m->ret->spec.dscp = (u8)(v >> 2);
	return 0;
}

static int map_macs(struct mapping *m)
{
	struct stream_spec *spec = &m->ret->spec;

	m->ret->has_source_mac = given(m, PGSET_SRC_MAC);
	m->ret->has_destination_mac = given(m, PGSET_DST_MAC);
	if (m->ret->has_source_mac)
		memcpy(spec->source_mac, value(m, PGSET_SRC_MAC)->bytes, 6);
	if (m->ret->has_source_mac && (spec->source_mac[0] & 1))
		return refuse(m, value(m, PGSET_SRC_MAC)->place, "src_mac: a group address can't send");
	if (m->ret->has_destination_mac)
		memcpy(spec->destination_mac, value(m, PGSET_DST_MAC)->bytes, 6);
	else
		note(m, (struct pgset_place){ 0 }, "no dst_mac: 02:00:00:00:00:02, or with netif_receive the interface's own, where pktgen has zeros");
	return 0;
}

static int map_mode(struct mapping *m)
{
	const char *word = given(m, PGSET_XMIT_MODE) ? value(m, PGSET_XMIT_MODE)->word : "start_xmit";

	m->ret->up_stack = !strcmp(word, "netif_receive");
	m->ret->qdisc = !strcmp(word, "queue_xmit");
	if (m->ret->up_stack || m->ret->qdisc || !strcmp(word, "start_xmit"))
		return 0;
	return refuse(m, value(m, PGSET_XMIT_MODE)->place, "xmit_mode \"%s\": known are start_xmit, netif_receive, queue_xmit",
		      word);
}

/* -------------------------------------------------------------------- sizes and the rate */

/* Without FCS: as pktgen makes it, and a driver pads it. */
static u32 frame_len(const struct mapping *m, u64 size)
{
	u32 least = max(m->headers + PKTGEN_HEADER, (u32)KPPS_FRAME_MIN);

	return max((u32)size, least);
}

static int add_size(struct mapping *m, u64 size, struct pgset_place at)
{
	struct stream_spec *spec = &m->ret->spec;

	if (spec->nsizes == KPPS_SIZES_MAX)
		return refuse(m, at, "more than %d sizes", KPPS_SIZES_MAX);
	spec->sizes[spec->nsizes++] = (u16)(frame_len(m, size) + 4);
	return 0;
}

static u64 gcd(u64 a, u64 b)
{
	while (b) {
		u64 t = a % b;

		a = b;
		b = t;
	}
	return a;
}

/* Each size gets its share, spread as evenly as whole frames allow. */
static int map_imix(struct mapping *m)
{
	const struct pgset_device *d = m->d;
	struct pgset_place at = value(m, PGSET_IMIX_WEIGHTS)->place;
	u64 common = 0, sum = 0;	/* weights are 1 or more */
	s64 credit[PGSET_IMIX_MAX] = { 0 };

	for (unsigned int i = 0; i < d->nimix; i++) {
		common = gcd(common, d->imix[i].weight);
		sum += d->imix[i].weight;
	}
	common = max(common, (u64)1);
	sum /= common;
	if (sum > KPPS_SIZES_MAX)
		return refuse(m, at, "imix_weights: shares of %llu frames: a stream's list has up to %d: use smaller weights",
			      (unsigned long long)sum, KPPS_SIZES_MAX);
	for (u64 k = 0; k < sum; k++) {
		unsigned int best = 0;

		for (unsigned int i = 0; i < d->nimix; i++) {
			credit[i] += (s64)(d->imix[i].weight / common);
			if (credit[i] > credit[best])
				best = i;
		}
		credit[best] -= (s64)sum;
		if (add_size(m, d->imix[best].size, at))
			return m->err->code;
	}
	note(m, at, "imix_weights: a list of %llu sizes in turn, where pktgen draws each at random",
	     (unsigned long long)sum);
	return 0;
}

/* Drawn ones leave out the last, and come in a shuffled order: steps near the golden section. */
static int map_size_range(struct mapping *m, u64 first, u64 last)
{
	bool random = flag(m, PGSET_TXSIZE_RND);
	struct pgset_place at = value(m, PGSET_MAX_PKT_SIZE)->place;
	u64 n = last - first + !random, step = 1;

	if (n > KPPS_SIZES_MAX)
		return refuse(m, at, "%llu sizes from %llu to %llu: a stream's list has up to %d: use a smaller range, or imix_weights",
			      (unsigned long long)n, (unsigned long long)first, (unsigned long long)last,
			      KPPS_SIZES_MAX);
	if (random)
		for (step = n * 618 / 1000 + 1; gcd(step, n) != 1;)
			step++;
	for (u64 k = 0; k < n; k++)
		if (add_size(m, first + k * step % n, at))
			return m->err->code;
	if (random)
		note(m, value(m, PGSET_TXSIZE_RND)->place, "flag TXSIZE_RND: %llu sizes in turn in a shuffled order, where pktgen draws each",
		     (unsigned long long)n);
	return 0;
}

static void note_small(const struct mapping *m, u64 size, struct pgset_place at)
{
	u32 len = frame_len(m, size);

	if (given(m, PGSET_MIN_PKT_SIZE) && len != size)
		note(m, at, "frames of %llu bytes are sent as %u: pktgen adds what its header needs, drivers pad to %d",
		     (unsigned long long)size, len, KPPS_FRAME_MIN);
	if (len < m->headers + KPPS_SIG_LEN)
		note(m, at, "frames of %u bytes have no room for the signature, from %u on they have: a sink can only count them",
		     len, m->headers + KPPS_SIG_LEN);
}

static int map_sizes(struct mapping *m)
{
	u64 first = number(m, PGSET_MIN_PKT_SIZE), last = number(m, PGSET_MAX_PKT_SIZE);
	u64 smallest = first;
	int rc;

	m->ret->spec.nsizes = 0;
	if (first < last) {
		rc = map_size_range(m, first, last);
	} else if (m->d->nimix) {
		smallest = m->d->imix[0].size;
		for (unsigned int i = 1; i < m->d->nimix; i++)
			smallest = min(smallest, (u64)m->d->imix[i].size);
		rc = map_imix(m);
	} else {
		rc = add_size(m, first, value(m, PGSET_MIN_PKT_SIZE)->place);
	}
	if (!rc)
		note_small(m, smallest, value(m, PGSET_MIN_PKT_SIZE)->place);
	return rc;
}

static int map_rate(struct mapping *m, unsigned int ndevices)
{
	static const enum pgset_id ids[] = { PGSET_DELAY, PGSET_RATE, PGSET_RATEP };
	unsigned int last = 0, size_at = max(m->d->when[PGSET_PKT_SIZE], m->d->when[PGSET_MIN_PKT_SIZE]);
	enum pgset_id id = PGSET_DELAY;
	double pps = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		if (!given(m, ids[i]) || m->d->when[ids[i]] < last)
			continue;
		id = ids[i];
		last = m->d->when[id];
	}
	if (!last)
		return 0;
	if (id == PGSET_DELAY && number(m, id) == NEVER)
		return refuse(m, value(m, id)->place, "delay %d: to pktgen this means to send nothing", NEVER);
	if (id == PGSET_DELAY && number(m, id))
		pps = 1e9 / (double)number(m, id);
	else if (id == PGSET_RATEP)
		pps = (double)number(m, id);
	else if (id == PGSET_RATE)
		pps = (double)number(m, id) * 1e6 / 8 / frame_len(m, number(m, PGSET_MIN_PKT_SIZE));
	if (id == PGSET_RATE && last < size_at)
		note(m, value(m, id)->place, "rate: for the size that is set after it, where pktgen counts with the size so far");
	m->ret->rate_pps = pps * ndevices;
	return 0;
}

/* ------------------------------------------------------------------- addresses and ports */

static u64 be(const u8 *bytes, unsigned int n)
{
	u64 v = 0;

	for (unsigned int i = 0; i < n; i++)
		v = v << 8 | bytes[i];
	return v;
}

static void map_v4_range(struct mapping *m, unsigned int axis, enum pgset_id from, enum pgset_id to,
			 enum pgset_id random, struct addr_range *ret)
{
	u64 first = be(value(m, from)->bytes, 4), last = first;

	if (given(m, to))
		last = be(value(m, to)->bytes, 4);
	if (last < first) {
		note(m, value(m, to)->place, "%s is below %s: to pktgen this is the one address of %s",
		     pgset_commands[to].name, pgset_commands[from].name, pgset_commands[from].name);
		last = first;
	}
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->base, value(m, from)->bytes, 4);
	m->axis[axis].random = flag(m, random);
	ret->count = max(last - first + !m->axis[axis].random, (u64)1);
	m->axis[axis].n = ret->count;
}

static int map_v4(struct mapping *m)
{
	static const struct addr_range usual = { { 198, 18, 0, 1 }, 1 };
	struct stream_spec *spec = &m->ret->spec;

	if (!given(m, PGSET_DST_MIN))
		return refuse(m, m->d->place, "\"%s\": no dst: pktgen would send to 0.0.0.0", m->d->name);
	map_v4_range(m, 2, PGSET_DST_MIN, PGSET_DST_MAX, PGSET_IPDST_RND, &spec->destination);
	spec->source = usual;
	m->ret->has_source = given(m, PGSET_SRC_MIN);
	if (m->ret->has_source)
		map_v4_range(m, 1, PGSET_SRC_MIN, PGSET_SRC_MAX, PGSET_IPSRC_RND, &spec->source);
	return 0;
}

/* (random | min) & max: what is set in max alone is drawn. */
static int map_v6_range(struct mapping *m, struct addr_range *ret)
{
	const struct pgset_value *lo = value(m, PGSET_DST6_MIN), *hi = value(m, PGSET_DST6_MAX);
	u64 drawn;

	if (!given(m, PGSET_DST6_MAX))
		return refuse(m, lo->place, "dst6_min without dst6_max: pktgen would send to ::");
	for (unsigned int i = 0; i < 16; i++)
		ret->base[i] = lo->bytes[i] & hi->bytes[i];
	for (unsigned int i = 0; i < 8; i++)
		if (hi->bytes[i] & ~lo->bytes[i])
			return refuse(m, hi->place, "dst6_max: its first 64 bits must be those of dst6_min: kpps varies the last 32");
	drawn = be(hi->bytes + 8, 8) & ~be(lo->bytes + 8, 8);
	if (drawn & (drawn + 1) || drawn > 0xffffffff)
		return refuse(m, hi->place, "dst6_max: pktgen draws the bits that are set in it and not in dst6_min: kpps can where these are the last, at most 32, as ::0 and ::ff");
	ret->count = drawn + 1;
	m->axis[2].n = ret->count;
	m->axis[2].random = true;
	return 0;
}

static int map_v6(struct mapping *m)
{
	static const struct addr_range usual = { { 0x20, 0x01, 0, 2, [15] = 1 }, 1 };
	struct stream_spec *spec = &m->ret->spec;

	spec->source = usual;
	m->ret->has_source = given(m, PGSET_SRC6);
	if (m->ret->has_source)
		memcpy(spec->source.base, value(m, PGSET_SRC6)->bytes, 16);
	spec->destination.count = 1;
	if (given(m, PGSET_DST6_MIN))
		return map_v6_range(m, &spec->destination);
	if (!given(m, PGSET_DST6))
		return refuse(m, m->d->place, "\"%s\": no dst6: pktgen would send to ::", m->d->name);
	memcpy(spec->destination.base, value(m, PGSET_DST6)->bytes, 16);
	return 0;
}

static void map_ports(struct mapping *m, unsigned int axis, enum pgset_id from, enum pgset_id to,
		      enum pgset_id random, struct port_range *ret)
{
	u64 first = number(m, from), end = number(m, to);

	ret->first = ret->last = (u16)first;
	if (first < end)
		ret->last = (u16)(end - 1);
	m->axis[axis].n = ret->last - ret->first + 1ULL;
	m->axis[axis].random = flag(m, random);
}

/* ------------------------------------------------------------------------ flows and order */

/* At most 2^63. */
static u64 times(u64 a, u64 b)
{
	u64 n;

	return __builtin_mul_overflow(a, b, &n) || n >> 63 ? 1ULL << 63 : n;
}

static void map_limited(struct mapping *m, u64 tuples)
{
	struct stream_spec *spec = &m->ret->spec;
	u64 flows = min(number(m, PGSET_FLOWS), (u64)PKTGEN_FLOWS_MAX), len = number(m, PGSET_FLOWLEN);
	struct pgset_place at = value(m, PGSET_FLOWS)->place;

	spec->flows = min(flows, tuples);
	spec->order = KPPS_UNIFORM;
	if (flag(m, PGSET_FLOW_SEQ)) {
		spec->order = KPPS_SEQUENTIAL;
		spec->burst = max(len, (u64)1);
	}
	note(m, at, "flows %llu: %llu of %llu address and port pairs, picked by a permutation, the same for the whole run, where pktgen keeps the destination address of a flow, until flowlen",
	     (unsigned long long)number(m, PGSET_FLOWS), (unsigned long long)spec->flows,
	     (unsigned long long)tuples);
}

/* Ranges that are walked are walked together: as many tuples as until they meet again. */
static void map_walk(struct mapping *m, u64 tuples)
{
	u64 round = 1;

	for (unsigned int i = 0; i < AXES; i++)
		round = times(round / gcd(round, m->axis[i].n), m->axis[i].n);
	m->ret->spec.flows = round;
	if (round > 1)
		note(m, (struct pgset_place){ 0 }, "%llu of %llu address and port pairs, each once in a round, in the order of a permutation, where pktgen counts up",
		     (unsigned long long)round, (unsigned long long)tuples);
}

static void map_flows(struct mapping *m)
{
	struct stream_spec *spec = &m->ret->spec;
	unsigned int drawn = 0, walked = 0;
	u64 tuples = 1;

	for (unsigned int i = 0; i < AXES; i++) {
		tuples = times(tuples, m->axis[i].n);
		drawn += m->axis[i].n > 1 && m->axis[i].random;
		walked += m->axis[i].n > 1 && !m->axis[i].random;
	}
	spec->order = KPPS_SEQUENTIAL;
	spec->flows = 0;
	if (number(m, PGSET_FLOWS)) {
		map_limited(m, tuples);
	} else if (!drawn) {
		map_walk(m, tuples);
	} else {
		spec->order = KPPS_UNIFORM;
		note(m, (struct pgset_place){ 0 }, "each frame's address and port pair is drawn out of %llu%s",
		     (unsigned long long)tuples,
		     walked ? ", also what pktgen would count up" : "");
	}
}

int pgset_to_stream(const char *name, const struct pgset_plan *plan, pgset_note note_to, void *arg,
		    struct pgset_stream *ret, struct err *err)
{
	struct err own = { 0 };
	struct mapping m = {
		.name = name, .d = &plan->device[0], .note = note_to, .arg = arg, .ret = ret,
		.err = err ? err : &own,
		.axis = { { 1, false }, { 1, false }, { 1, false }, { 1, false } },
	};
	struct stream_spec *spec = &ret->spec;
	int rc;

	memset(ret, 0, sizeof(*ret));
	stream_spec_default(spec);
	m.v6 = flag(&m, PGSET_IPV6_FLAG);
	spec->family = m.v6 ? AF_INET6 : AF_INET;
	spec->ttl = PKTGEN_TTL;
	rc = map_devices(&m, plan);
	if (!rc)
		rc = map_fates(&m);
	if (!rc)
		rc = map_mode(&m);
	if (!rc)
		rc = map_tags(&m);
	if (!rc)
		rc = map_macs(&m);
	if (!rc)
		rc = map_class(&m);
	if (!rc)
		rc = map_sizes(&m);
	if (!rc)
		rc = map_rate(&m, plan->ndevices);
	if (!rc)
		rc = m.v6 ? map_v6(&m) : map_v4(&m);
	if (rc)
		return rc;
	map_ports(&m, 0, PGSET_UDP_SRC_MIN, PGSET_UDP_SRC_MAX, PGSET_UDPSRC_RND, &spec->source_port);
	map_ports(&m, 3, PGSET_UDP_DST_MIN, PGSET_UDP_DST_MAX, PGSET_UDPDST_RND, &spec->destination_port);
	map_flows(&m);
	if (!plan->started)
		note(&m, (struct pgset_place){ 0 }, "there is no start in it: it runs at its end");
	note(&m, (struct pgset_place){ 0 }, "frames carry the signature of kpps where the header of pktgen (0xbe9be955) would be, and UDP checksums");
	return 0;
}
