// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * match_limit.c - a token bucket in the kernel's integer credits: 32 a
 * millisecond (a kernel with HZ=1000), so that the same rule lets the same
 * packets pass. Workers share nothing: each has its part of the rate and burst.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/nft.h"

#define SCALE		10000	/* of the average interval, as the kernel's */
#define HZ		1000
#define CREDITS		32	/* a jiffy */
#define BURST_MAX	10000

enum { LIMIT, BURST };

struct limit_data {
	u32 rate, unit;		/* unit: index into units */
	u32 burst;
	u32 interval;		/* between packets, 1/SCALE s */
};

static const struct {
	const char *name;
	u32 seconds;
} units[] = {
	{ "sec", 1 }, { "min", 60 }, { "hour", 3600 }, { "day", 86400 },
};

static const char *const long_units[] = { "second", "minute", "hour", "day" };

static bool parse_unit(const char *text, u32 *ret)
{
	size_t n = strlen(text);

	for (u32 i = 0; i < ARRAY_SIZE(units); i++) {
		if (!n || strncmp(text, long_units[i], n) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

/* "5/sec", "3/minute", "10": a second is meant when no unit is given. */
static int parse_rate(const struct rule_parse *rp, const char *text, struct limit_data *d)
{
	const char *slash = strchr(text, '/');
	char *end;
	unsigned long rate = strtoul(text, &end, 10);

	d->unit = 0;
	if (*text < '0' || *text > '9' || (*end && end != slash) || !rate || rate > 0xffffffff ||
	    (slash && !parse_unit(slash + 1, &d->unit)))
		return parse_error(rp,
				   "bad rate \"%s\": expected a number and /second, /minute, /hour "
				   "or /day",
				   text);
	d->rate = (u32)rate;
	d->interval = SCALE * units[d->unit].seconds / d->rate;
	if (!d->interval)
		return parse_error(rp, "rate \"%s\" is too fast: at most %d a second", text, SCALE);
	return 0;
}

static int limit_parse(const struct rule_parse *rp, void *data, u8 id, bool invert __unused,
		       char **args)
{
	struct limit_data *d = data;

	return id == LIMIT ? parse_rate(rp, args[0], d) :
			     parse_u32(rp, args[0], 1, BURST_MAX, &d->burst);
}

static int limit_check(const struct rule_parse *rp __unused, void *data, u32 seen)
{
	struct limit_data *d = data;

	if (!(seen & (1U << LIMIT))) {
		d->rate = 3;
		d->unit = 2;
		d->interval = SCALE * 3600 / 3;
	}
	if (!(seen & (1U << BURST)))
		d->burst = 5;
	return 0;
}

/*
 * As iptables-save has it: the kernel keeps the interval only, and the unit is
 * the longest in which the rate is a whole number, or nearly.
 */
static void limit_print(FILE *out, const void *data, int family __unused)
{
	const struct limit_data *d = data;
	u32 i = ARRAY_SIZE(units) - 1;

	for (; i; i--) {
		u32 shorter = units[i - 1].seconds * SCALE;

		if (d->interval > shorter || shorter / d->interval < shorter % d->interval)
			break;
	}
	fprintf(out, " --limit %u/%s", units[i].seconds * SCALE / d->interval, units[i].name);
	if (d->burst != 5)
		fprintf(out, " --limit-burst %u", d->burst);
}

struct bucket {
	u64 jiffies;		/* of the last packet */
	u64 credit, cap, cost;
};

static void limit_init(const void *data, unsigned int workers, u64 *state)
{
	const struct limit_data *d = data;
	struct bucket *b = (struct bucket *)state;

	b->cost = (u64)d->interval * HZ * CREDITS / SCALE * workers;
	b->cap = (u64)d->interval * d->burst * HZ * CREDITS / SCALE;
	b->cap = max(b->cap, b->cost);
	b->credit = b->cap;
	b->jiffies = 0;
}

/* The bucket begins full, so the time of the first packet doesn't matter. */
static bool limit_eval(const void *data __unused, const struct rule_ctx *ctx, u64 *state)
{
	struct bucket *b = (struct bucket *)state;
	u64 jiffies = ctx->now_ns / (NSEC_PER_SEC / HZ);
	u64 passed = min(jiffies - b->jiffies, b->cap);

	b->jiffies = jiffies;
	b->credit = min(b->credit + passed * CREDITS, b->cap);
	if (b->credit < b->cost)
		return false;
	b->credit -= b->cost;
	return true;
}

/*
 * The same bucket: nftables' holds burst packets too, and begins full. Its rate
 * is exact, where this one rounds the interval down to a ten thousandth second.
 */
static int limit_nft(struct nft_rule *r, const void *data)
{
	const struct limit_data *d = data;

	r->limited = true;
	fprintf(r->out, " limit rate %u/%s burst %u packets", d->rate, long_units[d->unit],
		d->burst);
	return 0;
}

static const struct ext_option limit_options[] = {
	{ "--limit", LIMIT, 1, false }, { "--limit-burst", BURST, 1, false },
	{ NULL, 0, 0, false },
};

const struct match_ops match_limit = {
	.ext = {
		.name = "limit", .families = EXT_BOTH, .size = sizeof(struct limit_data),
		.help = "so many packets a second, minute, hour or day, after a burst",
		.options = limit_options, .parse = limit_parse, .check = limit_check,
		.print = limit_print,
	},
	.eval = limit_eval,
	.nft = limit_nft,
	.state_words = sizeof(struct bucket) / sizeof(u64),
	.state_init = limit_init,
};
