// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * claim_victim.c - for kill.t: does, over and over, what a run does to the
 * machine, until it is killed. "hold" makes one path, says so, and keeps it to
 * the end of its standard input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "run/net/path.h"

#define KNOB	"/proc/sys/kernel/printk_ratelimit_burst"
#define ROUNDS	10000

static int fail(const struct err *err)
{
	fprintf(stderr, "claim_victim: %s\n", err->text);
	return 1;
}

static int one_round(unsigned int n, struct err *err)
{
	const struct path_config config = { .kind = n % (PATH_WIRE + 1), .gro = n & 1 };
	struct claim *c;
	struct path p;
	char value[16];
	int ret = claim_take(&c, err);

	if (ret)
		return ret;
	snprintf(value, sizeof(value), "%u", 1000 + n);
	ret = claim_write(c, KNOB, value, err);
	for (int i = 0; i < 2 && !ret; i++) {
		ret = path_up(c, &config, &p, err);
		if (!ret && !i)
			path_down(c, &p);
	}
	if (!ret)
		ret = claim_write(c, KNOB, "999", err);
	return ret ? ret : claim_drop(c, err);
}

static int hold(struct err *err)
{
	const struct path_config config = { .kind = PATH_ROUTE };
	struct claim *c;
	struct path p;
	char byte;
	int ret = claim_take(&c, err);

	if (!ret)
		ret = path_up(c, &config, &p, err);
	if (ret)
		return ret;
	puts("up");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) == 1)
		;
	return claim_drop(c, err);
}

int main(int argc, char **argv)
{
	struct err err = { 0 };

	if (argc > 1 && !strcmp(argv[1], "hold"))
		return hold(&err) ? fail(&err) : 0;
	for (unsigned int i = 0; i < ROUNDS; i++)
		if (one_round(i, &err))
			return fail(&err);
	return 0;
}
