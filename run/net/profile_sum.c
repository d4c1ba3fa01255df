// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * profile_sum.c - see profile_sum.h. A count a kernel function, and one a
 * program for what ran in user space: its functions' names are its own affair.
 */
#include "run/net/profile_sum.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/net/kallsyms.h"
#include "run/net/profile_groups.h"

#define TOP	     8
#define PROGRAMS_MAX 64

struct program {
	u32 pid;
	char name[32];
	u64 count;
};

struct profile_sum {
	struct kallsyms k;
	u64 *count;		/* by function */
	u64 unknown, lost;
	unsigned int nprograms;
	struct program program[PROGRAMS_MAX];	/* the last one: all others */
};

struct named_count {
	const char *name;
	u64 count;
};

int profile_sum_new(const char *kallsyms, struct profile_sum **ret, struct err *err)
{
	struct profile_sum *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return err_set(err, -ENOMEM, "profile: out of memory");
	rc = kallsyms_read(kallsyms, &s->k, err);
	if (rc) {
		free(s);
		return rc;
	}
	s->count = calloc(s->k.n, sizeof(*s->count));
	if (!s->count) {
		profile_sum_free(s);
		return err_set(err, -ENOMEM, "profile: out of memory");
	}
	*ret = s;
	return 0;
}

void profile_sum_free(struct profile_sum *s)
{
	if (!s)
		return;
	kallsyms_release(&s->k);
	free(s->count);
	free(s);
}

static void program_name(u32 pid, char *name, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(name, (int)size, f))
		snprintf(name, size, "(ended)");
	name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void add_program(struct profile_sum *s, u32 pid)
{
	unsigned int i;

	for (i = 0; i < s->nprograms; i++)
		if (s->program[i].pid == pid || i == PROGRAMS_MAX - 1)
			break;
	if (i == s->nprograms) {
		s->nprograms++;
		s->program[i].pid = pid;
		if (i == PROGRAMS_MAX - 1)
			snprintf(s->program[i].name, sizeof(s->program[i].name), "others");
		else
			program_name(pid, s->program[i].name, sizeof(s->program[i].name));
	}
	s->program[i].count++;
}

void profile_sum_add(struct profile_sum *s, u64 ip, u32 pid, bool user)
{
	int i;

	if (user) {
		add_program(s, pid);
		return;
	}
	i = kallsyms_find(&s->k, ip);
	if (i < 0)
		s->unknown++;
	else
		s->count[i]++;
}

void profile_sum_lost(struct profile_sum *s, u64 n)
{
	s->lost += n;
}

static int by_count(const void *va, const void *vb)
{
	const struct named_count *a = va, *b = vb;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->name, b->name);
}

/* The most frequent of a group's names; equal names (static functions) are one. */
static json_t *top_json(struct named_count *c, unsigned int n, double busy)
{
	json_t *top = json_array();
	unsigned int i, j;

	for (i = 0; i < n; i++)
		for (j = i + 1; j < n; j++)
			if (c[i].count && !strcmp(c[i].name, c[j].name)) {
				c[i].count += c[j].count;
				c[j].count = 0;
			}
	qsort(c, n, sizeof(*c), by_count);
	for (i = 0; i < min(n, (unsigned int)TOP) && c[i].count; i++)
		json_array_append_new(top, json_pack("{s:s,s:f}", "symbol", c[i].name, "share",
						     (double)c[i].count / busy));
	return top;
}

/* What was seen of group @g into @c, which has room for all; the sum. */
static u64 collect(const struct profile_sum *s, enum profile_group g, struct named_count *c,
		   unsigned int *ret_n)
{
	unsigned int i, n = 0;
	u64 sum = 0;

	for (i = 0; g != PROFILE_USER && i < s->k.n; i++)
		if (s->count[i] && profile_group_of(s->k.sym[i].name) == g)
			c[n++] = (struct named_count){ s->k.sym[i].name, s->count[i] };
	if (g == PROFILE_OTHER && s->unknown)
		c[n++] = (struct named_count){ "[unknown]", s->unknown };
	for (i = 0; g == PROFILE_USER && i < s->nprograms; i++)
		c[n++] = (struct named_count){ s->program[i].name, s->program[i].count };
	for (i = 0; i < n; i++)
		sum += c[i].count;
	*ret_n = n;
	return sum;
}

static unsigned int names_seen(const struct profile_sum *s, u64 *ret_samples)
{
	unsigned int i, n = s->nprograms + 1;

	*ret_samples = s->unknown;
	for (i = 0; i < s->nprograms; i++)
		*ret_samples += s->program[i].count;
	for (i = 0; i < s->k.n; i++) {
		n += !!s->count[i];
		*ret_samples += s->count[i];
	}
	return n;
}

int profile_sum_json(const struct profile_sum *s, json_t *json, struct err *err)
{
	u64 samples, idle, sum;
	unsigned int g, n, room = names_seen(s, &samples);
	json_t *groups = json_array();
	struct named_count *c = calloc(room, sizeof(*c));
	double busy;

	if (!c) {
		json_decref(groups);
		return err_set(err, -ENOMEM, "profile: out of memory");
	}
	if (!samples) {
		json_decref(groups);
		free(c);
		return err_set(err, -ENODATA, "profile: not one sample was taken: it was too short");
	}
	idle = collect(s, PROFILE_IDLE, c, &n);
	busy = (double)(samples - idle);
	for (g = 0; g < PROFILE_IDLE; g++) {
		sum = collect(s, g, c, &n);
		if (sum)
			json_array_append_new(groups, json_pack("{s:s,s:f,s:o}", "name",
								profile_group_name(g), "share",
								(double)sum / busy, "top",
								top_json(c, n, busy)));
	}
	json_object_set_new(json, "samples", json_integer((json_int_t)(samples - idle)));
	json_object_set_new(json, "idle_ratio", json_real((double)idle / (double)samples));
	json_object_set_new(json, "lost", json_integer((json_int_t)s->lost));
	json_object_set_new(json, "groups", groups);
	free(c);
	return 0;
}
