// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stream.c - from a struct stream_spec to a struct kpps_stream: checks, the
 * permutation's domain, reciprocals, the table of the Zipf distribution. Runs
 * once a stream, before a trial; may divide and use floating point.
 */
#include "lib/stream_template.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/u128.h"

#define ADDRS_MAX	(1ULL << 32)
#define TUPLES_MAX	(1ULL << 62)
#define BURST_MAX	(1ULL << 32)
#define DOMAIN_MAX	(1ULL << 31)	/* kpps_add_mod */
#define DOMAIN_TRIES	1024
#define VLAN_ID_MAX	4094
#define DSCP_MAX	63

void stream_spec_family(struct stream_spec *spec, u8 family)
{
	static const struct addr_range v4_source = { { 198, 18 }, 65536 };
	static const struct addr_range v4_destination = { { 198, 19, 0, 1 }, 1 };
	static const struct addr_range v6_source = {
		{ 0x20, 0x01, 0, 2, [13] = 1 }, 65536
	};
	static const struct addr_range v6_destination = {
		{ 0x20, 0x01, 0, 2, [6] = 0x80, [15] = 1 }, 1
	};

	spec->family = family;
	spec->source = family == AF_INET ? v4_source : v6_source;
	spec->destination = family == AF_INET ? v4_destination : v6_destination;
	spec->nsizes = 1;
	spec->sizes[0] = stream_sig_size_min(spec);
}

void stream_spec_default(struct stream_spec *spec)
{
	static const u8 near_mac[6] = { 0x02, 0, 0, 0, 0, 1 }, far_mac[6] = { 0x02, 0, 0, 0, 0, 2 };

	memset(spec, 0, sizeof(*spec));
	spec->protocol = IPPROTO_UDP;
	spec->order = KPPS_SEQUENTIAL;
	spec->zipf_s = 1;
	spec->burst = 1;
	spec->source_port = (struct port_range){ 1024, 65535 };
	spec->destination_port = (struct port_range){ 53, 53 };
	spec->ttl = 64;
	memcpy(spec->source_mac, near_mac, sizeof(near_mac));
	memcpy(spec->destination_mac, far_mac, sizeof(far_mac));
	spec->seed = 1;
	stream_spec_family(spec, AF_INET);
}

/* ceil(2^e / d), for a quotient below 2^64 */
static u64 power_over(unsigned int e, u64 d)
{
	u64 rest;

	return u128_lo(u128_div(u128_add64(u128_shl(u128_of(1), e), d - 1), d, &rest));
}

static unsigned int log2_ceil(u64 d)
{
	return d == 1 ? 0 : 64 - (unsigned int)__builtin_clzll(d - 1);
}

void stream_recip(u64 d, struct kpps_recip *ret)
{
	unsigned int k = log2_ceil(d);

	*ret = (struct kpps_recip){ .magic = power_over(63 + k, d), .d = d, .shift = k };
}

/* Granlund and Montgomery 1994, figure 4.1; exact for every 32-bit dividend */
void stream_recip32(u32 d, struct kpps_recip32 *ret)
{
	unsigned int l = log2_ceil(d);

	*ret = (struct kpps_recip32){
		.magic = (u32)((((1ULL << l) - d) << 32) / d + 1),
		.d = d,
		.a = l > 0,
		.b = (u8)(l ? l - 1 : 0),
	};
}

static void spec_error(const struct stream_spec *spec, struct err *err, const char *text)
{
	err_set(err, -EINVAL, "stream \"%.*s\": %s", (int)sizeof(spec->name), spec->name, text);
}

#define fail(spec, err, ...) ({ \
	char _text[ERR_TEXT - sizeof((spec)->name) - 16]; \
	snprintf(_text, sizeof(_text), __VA_ARGS__); \
	spec_error(spec, err, _text); \
	-EINVAL; \
})

static int check_words(const struct stream_spec *spec, struct err *err)
{
	if (spec->family != AF_INET && spec->family != AF_INET6)
		return fail(spec, err, "family %u: must be IPv4 or IPv6", spec->family);
	if (spec->protocol != IPPROTO_UDP && spec->protocol != IPPROTO_TCP &&
	    spec->protocol != IPPROTO_ICMP)
		return fail(spec, err, "protocol %u: must be UDP, TCP or ICMP", spec->protocol);
	if (spec->order > KPPS_ZIPF)
		return fail(spec, err, "order %u: must be sequential, uniform or zipf",
			    spec->order);
	/* written so that NaN fails */
	if (spec->order == KPPS_ZIPF && !(spec->zipf_s >= 0.1 && spec->zipf_s <= 4))
		return fail(spec, err, "zipf exponent %g: must be 0.1 to 4", spec->zipf_s);
	if (!spec->burst || spec->burst > BURST_MAX)
		return fail(spec, err, "burst %llu: must be 1 to %llu packets",
			    (unsigned long long)spec->burst, BURST_MAX);
	if (spec->dscp > DSCP_MAX)
		return fail(spec, err, "dscp %u: must be 0 to %d", spec->dscp, DSCP_MAX);
	if (!spec->ttl)
		return fail(spec, err, "ttl 0: must be 1 to 255");
	if (spec->tcp_flags && spec->protocol != IPPROTO_TCP)
		return fail(spec, err, "tcp flags: only a TCP stream has them");
	if (spec->run >= KPPS_RUNS_MAX)
		return fail(spec, err, "run %u: must be below %d", spec->run, KPPS_RUNS_MAX);
	if (spec->id >= KPPS_STREAMS_MAX)
		return fail(spec, err, "id %u: must be below %d", spec->id, KPPS_STREAMS_MAX);
	return 0;
}

static int check_ethernet(const struct stream_spec *spec, struct err *err)
{
	if (spec->nvlans > STREAM_VLANS_MAX)
		return fail(spec, err, "%u vlan tags: at most %d fit", spec->nvlans,
			    STREAM_VLANS_MAX);
	for (unsigned int i = 0; i < spec->nvlans; i++)
		if (!spec->vlan[i] || spec->vlan[i] > VLAN_ID_MAX)
			return fail(spec, err, "vlan %u: must be 1 to %d", spec->vlan[i],
				    VLAN_ID_MAX);
	if (spec->source_mac[0] & 1)
		return fail(spec, err,
			    "source mac %02x:…: a group address can't send: clear the lowest bit of its first byte",
			    spec->source_mac[0]);
	return 0;
}

static int check_extensions(const struct stream_spec *spec, struct err *err)
{
	bool fragment = false;

	if (spec->nextensions > STREAM_EXTENSIONS_MAX)
		return fail(spec, err, "%u extension headers: at most %d fit", spec->nextensions,
			    STREAM_EXTENSIONS_MAX);
	if (spec->nextensions && spec->family != AF_INET6)
		return fail(spec, err, "extension headers: only IPv6 has them");
	for (unsigned int i = 0; i < spec->nextensions; i++) {
		u8 e = spec->extension[i];

		/* RFC 8200 section 4.1 */
		if (e == IPPROTO_HOPOPTS && i)
			return fail(spec, err, "the hop-by-hop header must be the first");
		if (e != IPPROTO_HOPOPTS && e != IPPROTO_DSTOPTS && e != IPPROTO_ROUTING &&
		    e != IPPROTO_FRAGMENT)
			return fail(spec, err, "extension header %u: must be hop-by-hop, destination, routing or fragment",
				    e);
		fragment |= e == IPPROTO_FRAGMENT;
	}
	if (spec->fragment > STREAM_LAST)
		return fail(spec, err, "fragment %u: must be none, first, middle or last",
			    spec->fragment);
	if (spec->fragment != STREAM_WHOLE && spec->family == AF_INET6 && !fragment)
		return fail(spec, err, "an IPv6 fragment needs the fragment header among its extensions");
	return 0;
}

static int check_sizes(const struct stream_spec *spec, struct err *err)
{
	u16 least = max((u16)(stream_headers_len(spec) + 4), (u16)(KPPS_FRAME_MIN + 4));

	if (!spec->nsizes || spec->nsizes > KPPS_SIZES_MAX)
		return fail(spec, err, "%u sizes: must be 1 to %d", spec->nsizes, KPPS_SIZES_MAX);
	for (unsigned int i = 0; i < spec->nsizes; i++) {
		if (spec->sizes[i] < least)
			return fail(spec, err,
				    "size %uB: its headers need %uB, the signature %uB (with FCS)",
				    spec->sizes[i], least, stream_sig_size_min(spec));
		if (spec->sizes[i] > KPPS_FRAME_MAX + 4)
			return fail(spec, err, "size %uB: must be at most %dB (with FCS)",
				    spec->sizes[i], KPPS_FRAME_MAX + 4);
	}
	return 0;
}

static int addresses(const struct stream_spec *spec, const char *which,
		     const struct addr_range *range, struct kpps_addr *ret, struct err *err)
{
	u64 last = spec->family == AF_INET ? 0xffffffff : ~0ULL;

	if (!range->count || range->count > ADDRS_MAX)
		return fail(spec, err, "%s: %llu addresses: must be 1 to %llu", which,
			    (unsigned long long)range->count, ADDRS_MAX);
	if (spec->family == AF_INET) {
		*ret = (struct kpps_addr){ 0, kpps_be32(kpps_get32(range->base)) };
	} else {
		ret->hi = kpps_get64(range->base);
		ret->lo = kpps_be64(kpps_get64(range->base + 8));
	}
	if (range->count - 1 > last - ret->lo)
		return fail(spec, err, "%s: %llu addresses from there on go beyond %s", which,
			    (unsigned long long)range->count,
			    spec->family == AF_INET ? "255.255.255.255" : "the /64 of the first");
	return 0;
}

static int ports(const struct stream_spec *spec, const char *which, const struct port_range *range,
		 struct err *err)
{
	if (range->first > range->last)
		return fail(spec, err, "%s port %u-%u: the first must not be above the last", which,
			    range->first, range->last);
	return 0;
}

/* Mixed radix: how many tuples there are, and by what to divide. */
static int tuples(const struct stream_spec *spec, struct kpps_stream *s, struct err *err)
{
	u64 near_ports = spec->source_port.last - spec->source_port.first + 1ULL, far_ports = 1;
	u64 n;
	int ret;

	ret = addresses(spec, "source", &spec->source, &s->near, err);
	if (!ret)
		ret = addresses(spec, "destination", &spec->destination, &s->far, err);
	if (!ret)
		ret = ports(spec, "source", &spec->source_port, err);
	if (!ret && spec->protocol != IPPROTO_ICMP)
		ret = ports(spec, "destination", &spec->destination_port, err);
	if (ret)
		return ret;
	s->near_port = spec->source_port.first;
	if (spec->protocol != IPPROTO_ICMP) {
		s->far_port = spec->destination_port.first;
		far_ports = spec->destination_port.last - spec->destination_port.first + 1ULL;
	}
	if (__builtin_mul_overflow(spec->source.count, spec->destination.count, &n) ||
	    __builtin_mul_overflow(n, near_ports * far_ports, &n) || n > TUPLES_MAX)
		return fail(spec, err,
			    "addresses × ports are more than 2^62 tuples: use smaller ranges");
	s->tuples = n;
	stream_recip(near_ports, &s->by_near_port);
	stream_recip(spec->source.count, &s->by_near_addr);
	stream_recip(far_ports, &s->by_far_port);
	return 0;
}

static u64 sqrt_ceil(u64 n)
{
	u64 r = (u64)sqrtl((long double)n) + 1;

	while (r > 1 && (r - 1) * (r - 1) >= n)
		r--;
	return r;
}

/*
 * a near the root of the tuples, so that both halves of the network are large;
 * of those the one that leaves the fewest numbers outside.
 */
static void domain(struct kpps_stream *s)
{
	u64 root = sqrt_ceil(s->tuples), best = ~0ULL;

	for (u64 a = root; a <= root + root / 2 && a < root + DOMAIN_TRIES && a <= DOMAIN_MAX;
	     a++) {
		u64 b = (s->tuples + a - 1) / a, outside = a * b - s->tuples;

		if (outside >= best)
			continue;
		best = outside;
		s->a = (u32)a;
		s->b = (u32)b;
	}
	stream_recip(s->b, &s->by_b);
}

/* The share of ranks @first + 1 … @last; the integral is exact enough beyond ZIPF_EXACT. */
static double zipf_weight(double exponent, u64 first, u64 last)
{
	double from = (double)first + 0.5, to = (double)last + 0.5;

	if (last - first == 1)
		return pow((double)last, -exponent);
	if (fabs(exponent - 1) < 1e-9)
		return log(to / from);
	return (pow(to, 1 - exponent) - pow(from, 1 - exponent)) / (1 - exponent);
}

/* Walker's alias table as Vose builds it (1991). */
static void zipf_table(struct kpps_stream *s, const double *weight, double sum)
{
	u16 small[KPPS_ZIPF_BUCKETS], large[KPPS_ZIPF_BUCKETS];
	double scaled[KPPS_ZIPF_BUCKETS];
	unsigned int nsmall = 0, nlarge = 0;

	for (unsigned int i = 0; i < s->nzipf; i++) {
		scaled[i] = weight[i] / sum * s->nzipf;
		s->zipf_share[i] = ~0u;
		s->zipf_alias[i] = (u16)i;
		if (scaled[i] < 1)
			small[nsmall++] = (u16)i;
		else
			large[nlarge++] = (u16)i;
	}
	while (nsmall && nlarge) {
		u16 lo = small[--nsmall], hi = large[nlarge - 1];

		s->zipf_share[lo] = (u32)(scaled[lo] * 0x1p32);
		s->zipf_alias[lo] = hi;
		scaled[hi] -= 1 - scaled[lo];
		if (scaled[hi] < 1) {
			nlarge--;
			small[nsmall++] = hi;
		}
	}
}

static void zipf(struct kpps_stream *s, double exponent)
{
	double weight[KPPS_ZIPF_BUCKETS], sum = 0;

	for (s->nzipf = 0; kpps_zipf_first(s->nzipf) < s->flows; s->nzipf++) {
		weight[s->nzipf] = zipf_weight(exponent, kpps_zipf_first(s->nzipf),
					       min(kpps_zipf_first(s->nzipf + 1), s->flows));
		sum += weight[s->nzipf];
	}
	zipf_table(s, weight, sum);
}

static int flows(const struct stream_spec *spec, struct kpps_stream *s, struct err *err)
{
	s->flows = spec->flows ? spec->flows : s->tuples;
	if (s->flows > s->tuples)
		return fail(spec, err,
			    "%llu flows: addresses × ports are only %llu tuples: use fewer flows or larger ranges",
			    (unsigned long long)s->flows, (unsigned long long)s->tuples);
	s->order = spec->order;
	if (s->order == KPPS_ZIPF) {
		if (s->flows > 1ULL << 32)
			return fail(spec, err, "%llu flows: order zipf can have up to 2^32",
				    (unsigned long long)s->flows);
		zipf(s, spec->zipf_s);
	}
	stream_recip(spec->burst, &s->by_burst);
	stream_recip(s->flows, &s->by_flows);
	return 0;
}

static bool varies_below_32_bits(const struct kpps_addr *addr, u64 count)
{
	return (u32)addr->lo + count <= ADDRS_MAX;
}

/* What kpps_frame_burst may take for granted. */
static void lanes(const struct stream_spec *spec, struct kpps_stream *s)
{
	stream_recip32(s->b, &s->by32_b);
	if (!varies_below_32_bits(&s->near, spec->source.count) ||
	    !varies_below_32_bits(&s->far, spec->destination.count))
		return;
	s->flags |= KPPS_F_LANES;
	/* a divisor of 2^32 has no 32-bit reciprocal */
	if ((u64)s->a * s->b > 1ULL << 32 || spec->source.count == ADDRS_MAX)
		return;
	s->flags |= KPPS_F_NARROW;
	stream_recip32((u32)s->by_near_port.d, &s->by32_near_port);
	stream_recip32((u32)s->by_near_addr.d, &s->by32_near_addr);
	stream_recip32((u32)s->by_far_port.d, &s->by32_far_port);
}

static void keys(u64 seed, struct kpps_stream *s)
{
	u64 k[5];

	for (unsigned int i = 0; i < ARRAY_SIZE(k); i++)
		k[i] = kpps_hash(0x9e3779b97f4a7c15ULL * (i + 1), kpps_hash(seed, 0));
	for (unsigned int i = 0; i < ARRAY_SIZE(s->round_key); i++)
		s->round_key[i] = (u32)(k[i / 2] >> (i % 2 * 32));
	s->pick_key = k[2];
	/* one beyond the initial numbers: what the first byte after the handshake has */
	s->tcp_seq = (u32)k[3] + 1;
	s->tcp_ack = (u32)k[4] + 1;
}

int stream_build(const struct stream_spec *spec, struct kpps_stream *ret, struct err *err)
{
	struct kpps_stream s = {
		.version = KPPS_STREAM_VERSION,
		.size = sizeof(s),
		.family = spec->family,
		.protocol = spec->protocol,
		.run = spec->run,
		.id = spec->id,
		.nsizes = spec->nsizes,
	};
	int code;

	code = check_words(spec, err);
	if (!code)
		code = check_ethernet(spec, err);
	if (!code)
		code = check_extensions(spec, err);
	if (!code)
		code = check_sizes(spec, err);
	if (!code)
		code = tuples(spec, &s, err);
	if (!code)
		code = flows(spec, &s, err);
	if (code)
		return code;
	if (s.protocol == IPPROTO_ICMP && s.family == AF_INET6)
		s.protocol = IPPROTO_ICMPV6;
	for (unsigned int i = 0; i < s.nsizes; i++)
		s.sizes[i].len = spec->sizes[i] - 4;
	stream_recip(s.nsizes, &s.by_sizes);
	keys(spec->seed, &s);
	domain(&s);
	lanes(spec, &s);
	stream_template_build(spec, &s);
	*ret = s;
	return 0;
}
