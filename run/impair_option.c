// SPDX-License-Identifier: GPL-2.0-or-later
/* impair_option.c - see impair_option.h. */
#include "run/impair_option.h"

#include <errno.h>
#include <string.h>

#include "lib/units.h"

struct key {
	const char *name;
	enum unit unit;
	size_t offset;	/* of a u32 share or, with another unit, a number in the config */
	u64 max;
};

#define KEY(name_, unit_, field_, max_) \
	{ name_, unit_, offsetof(struct port_impair_config, field_), max_ }

static const struct key keys[] = {
	KEY("drop", UNIT_SHARE, drop, 1),
	KEY("duplicate", UNIT_SHARE, duplicate, 1),
	KEY("reorder", UNIT_SHARE, reorder, 1),
	KEY("corrupt", UNIT_SHARE, corrupt, 1),
	KEY("delay", UNIT_SHARE, delay, 1),
	KEY("reorder-by", UNIT_COUNT, reorder_by, 64),
	KEY("delay-time", UNIT_TIME, delay_ns, 3600 * NSEC_PER_SEC),
	KEY("seed", UNIT_COUNT, seed, 1ULL << 53),
};

static void store(const struct key *key, double v, struct port_impair_config *config)
{
	u8 *at = (u8 *)config + key->offset;
	u64 wide = (u64)v;
	u32 narrow = (u32)wide;

	if (key->unit == UNIT_SHARE) {
		narrow = v >= 1 ? ~0U : (u32)(v * 4294967296.0);
		memcpy(at, &narrow, sizeof(narrow));
	} else if (key->offset == offsetof(struct port_impair_config, reorder_by)) {
		memcpy(at, &narrow, sizeof(narrow));
	} else {
		memcpy(at, &wide, sizeof(wide));
	}
}

static int item(const char *part, size_t len, struct port_impair_config *config, struct err *err)
{
	char text[64] = "", *value;
	double v;
	int ret;

	memcpy(text, part, min(len, sizeof(text) - 1));
	value = strchr(text, '=');
	if (!value)
		return err_set(err, -EINVAL, "--impair: \"%s\": want WHAT=SHARE, as in drop=1%%", text);
	*value++ = '\0';
	for (const struct key *key = keys; key < keys + ARRAY_SIZE(keys); key++) {
		if (strcmp(key->name, text) != 0)
			continue;
		ret = units_parse(key->unit, value, &v, err);
		if (ret)
			return ret;
		if (v < 0 || v > (double)key->max)
			return err_set(err, -ERANGE, "--impair: %s=%s: at most %llu", text, value,
				       (unsigned long long)key->max);
		store(key, v, config);
		return 0;
	}
	return err_set(err, -EINVAL,
		       "--impair: unknown word \"%s\": known are drop, duplicate, reorder, corrupt, delay, reorder-by, delay-time, seed",
		       text);
}

int impair_option_open(const char *text, struct port **port, struct err *err)
{
	struct port_impair_config config = {
		.seed = 1, .reorder_by = 8, .delay_ns = NSEC_PER_SEC / 1000,
	};

	if (!text || !*text)
		return 0;
	for (;;) {
		size_t len = strcspn(text, ",");
		int ret = item(text, len, &config, err);

		if (ret)
			return ret;
		if (!text[len])
			break;
		text += len + 1;
	}
	return port_impair_open(*port, &config, port, err);
}

void impair_option_print(const char *text, const struct port *port, FILE *out)
{
	struct port_impair_stats st;

	if (!text || !*text)
		return;
	port_impair_stats(port, &st);
	fprintf(out,
		"impaired     %llu frames: %llu dropped, %llu duplicated, %llu reordered, %llu corrupted, %llu delayed\n",
		(unsigned long long)st.seen, (unsigned long long)st.dropped,
		(unsigned long long)st.duplicated, (unsigned long long)st.reordered,
		(unsigned long long)st.corrupted, (unsigned long long)st.delayed);
}
