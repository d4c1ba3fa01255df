// SPDX-License-Identifier: GPL-2.0-or-later
/* pgset_order.c - pktgen's commands with their values, into a plan; see pgset_parts.h. */
#include "run/pgset_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/nearest.h"

#define THREADS_MAX	4096

/* ------------------------------------------------------------------- values of commands */

struct order {
	struct pgset_place place;
	char name[32], value[SHELL_WORD_MAX];
};

static int value_number(struct pgset_reader *r, const struct order *o, const struct pgset_command *c,
			struct pgset_value *ret)
{
	size_t len = strspn(o->value, "0123456789");
	const char *rest = o->value + len;
	u64 v;

	/* as in "rate 300M" */
	if (c == &pgset_commands[PGSET_RATE] && !strcmp(rest, "M"))
		rest++;
	v = strtoull(o->value, NULL, 10);
	if (!len || len > 19 || *rest || v < c->min || v > c->max)
		return pgset_fail(r, o->place, "%s \"%s\": want a number from %llu to %llu", c->name, o->value,
			    (unsigned long long)c->min, (unsigned long long)c->max);
	ret->number = v;
	return 0;
}

static int value_hex(struct pgset_reader *r, const struct order *o, const struct pgset_command *c,
		     struct pgset_value *ret)
{
	if (strlen(o->value) != 2 || strspn(o->value, "0123456789abcdefABCDEF") != 2)
		return pgset_fail(r, o->place, "%s \"%s\": want two hexadecimal digits, as b8", c->name, o->value);
	ret->number = strtoull(o->value, NULL, 16);
	return 0;
}

static int value_address(struct pgset_reader *r, const struct order *o, const struct pgset_command *c,
			 struct pgset_value *ret)
{
	bool v6 = c->type == PGSET_IPV6;

	if (inet_pton(v6 ? AF_INET6 : AF_INET, o->value, ret->bytes) != 1)
		return pgset_fail(r, o->place, "%s \"%s\": want an IPv%c address", c->name, o->value,
			    v6 ? '6' : '4');
	return 0;
}

static int value_word(struct pgset_reader *r, const struct order *o, const struct pgset_command *c,
		      struct pgset_value *ret)
{
	/* labels are refused whatever they are */
	if (!o->value[0] || (strlen(o->value) >= sizeof(ret->word) && c != &pgset_commands[PGSET_MPLS]))
		return pgset_fail(r, o->place, "%s \"%s\": want a word of at most %zu letters", c->name, o->value,
			    sizeof(ret->word) - 1);
	snprintf(ret->word, sizeof(ret->word), "%.15s", o->value);
	return 0;
}

static int value_imix(struct pgset_reader *r, const struct order *o, struct pgset_device *d)
{
	const char *at = o->value;

	for (d->nimix = 0; *at; at += strspn(at, " ")) {
		char *end = NULL;
		unsigned long size, weight = 0;

		size = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;
		if (end && *end == ',' && end[1] >= '0' && end[1] <= '9')
			weight = strtoul(end + 1, &end, 10);
		if (!weight || weight > 1000000 || size > KPPS_FRAME_MAX || (*end && *end != ' '))
			return pgset_fail(r, o->place, "imix_weights \"%s\": want SIZE,WEIGHT SIZE,WEIGHT …, as 60,7 590,4 1514,1",
				    o->value);
		if (d->nimix == PGSET_IMIX_MAX)
			return pgset_fail(r, o->place, "imix_weights: more than %d sizes", PGSET_IMIX_MAX);
		d->imix[d->nimix].size = (u32)size;
		d->imix[d->nimix++].weight = (u32)weight;
		at = end;
	}
	return d->nimix ? 0 : pgset_fail(r, o->place, "imix_weights: want SIZE,WEIGHT SIZE,WEIGHT …");
}

static int set_value(struct pgset_reader *r, const struct order *o, enum pgset_id id, struct pgset_device *d)
{
	const struct pgset_command *c = &pgset_commands[id];
	struct pgset_value v = { .place = o->place };
	int rc = 0;

	switch (c->type) {
	case PGSET_NUMBER:
		rc = value_number(r, o, c, &v);
		break;
	case PGSET_HEX:
		rc = value_hex(r, o, c, &v);
		break;
	case PGSET_IPV4: case PGSET_IPV6:
		rc = value_address(r, o, c, &v);
		break;
	case PGSET_MAC:
		if (!mac_parse(o->value, v.bytes))
			rc = pgset_fail(r, o->place, "%s \"%s\": want a MAC address such as 02:00:00:00:00:01",
				  c->name, o->value);
		break;
	case PGSET_WORD:
		rc = value_word(r, o, c, &v);
		break;
	case PGSET_IMIX:
		rc = value_imix(r, o, d);
		break;
	case PGSET_NONE:
		if (o->value[0])
			rc = pgset_fail(r, o->place, "%s \"%s\": it takes no value", c->name, o->value);
		break;
	}
	if (rc)
		return rc;
	d->value[id] = v;
	d->when[id] = ++d->order;
	/* the same thing by another name */
	if (id == PGSET_DST)
		d->value[PGSET_DST_MIN] = v;
	if (id == PGSET_PKT_SIZE)
		d->value[PGSET_MIN_PKT_SIZE] = d->value[PGSET_MAX_PKT_SIZE] = v;
	if (id >= PGSET_DST6 && id <= PGSET_SRC6)
		d->value[PGSET_IPV6_FLAG] = (struct pgset_value){ .place = o->place, .number = 1 };
	/* taking the VLAN tag off takes both */
	if ((id == PGSET_VLAN_ID || id == PGSET_SVLAN_ID) && v.number > 4095)
		d->value[PGSET_VLAN_ID].place = d->value[PGSET_SVLAN_ID].place = (struct pgset_place){ 0 };
	return 0;
}

static int set_flag(struct pgset_reader *r, const struct order *o, struct pgset_device *d)
{
	bool off = o->value[0] == '!';
	struct nearest n = { .word = o->value + off };
	char hint[128];

	for (unsigned int i = PGSET_FIRST_FLAG; i < PGSET_SETTINGS; i++) {
		unsigned int at = i;

		nearest_offer(&n, pgset_commands[i].name);
		if (strcmp(pgset_commands[i].name, o->value + off) != 0)
			continue;
		/* two names of one bit */
		if (i == PGSET_FLOW_RND) {
			at = PGSET_FLOW_SEQ;
			off = !off;
		}
		d->value[at] = (struct pgset_value){ .place = o->place, .number = !off };
		return 0;
	}
	return pgset_fail(r, o->place, "flag \"%s\": pktgen has none of this name%s", o->value,
		    nearest_hint(&n, hint, sizeof(hint)));
}

/* ----------------------------------------------------------------- devices and orders */

static struct pgset_device *find_device(struct pgset_plan *plan, const char *name)
{
	for (unsigned int i = 0; i < plan->ndevices; i++)
		if (!strcmp(plan->device[i].name, name))
			return &plan->device[i];
	return NULL;
}

static int new_device(struct pgset_reader *r, struct pgset_place at, const char *name, int thread,
		      struct pgset_device **ret)
{
	struct pgset_plan *plan = r->plan;
	struct pgset_device *d = &plan->device[plan->ndevices];

	if (plan->ndevices == PGSET_DEVICES_MAX) {
		shell_error(r->sh.name, at, -E2BIG, r->err, "more than %d devices", PGSET_DEVICES_MAX);
		return -E2BIG;
	}
	if (strlen(name) >= sizeof(d->name) || name[0] == '@' || strpbrk(name, "/ \t\r\n")) {
		pgset_fail(r, at, "\"%.80s\": this is no name of a device", name);
		return -EINVAL;
	}
	memset(d, 0, sizeof(*d));
	memcpy(d->name, name, strlen(name) + 1);
	d->thread = thread;
	d->place = at;
	plan->ndevices++;
	*ret = d;
	return 0;
}

/* Of thread @thread, or all (-1). */
static void forget_devices(struct pgset_plan *plan, int thread)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < plan->ndevices; i++) {
		if (thread < 0 || plan->device[i].thread == thread)
			continue;
		if (n != i)
			plan->device[n] = plan->device[i];
		n++;
	}
	plan->ndevices = n;
}

static int add_device(struct pgset_reader *r, const struct order *o, int thread)
{
	struct pgset_device *d;

	if (!o->value[0])
		return pgset_fail(r, o->place, "add_device: want the name of a device, as eth1 or eth1@0");
	d = find_device(r->plan, o->value);
	if (d)
		return pgset_fail(r, o->place, "add_device \"%s\": it has been added in line %u: write %.*s@%d, as pktgen wants it",
			    o->value, d->place.line, (int)strcspn(o->value, "@"), o->value,
			    max(thread, 0));
	return new_device(r, o->place, o->value, thread, &d);
}

static int control(struct pgset_reader *r, const struct order *o, enum pgset_id id)
{
	if (o->value[0])
		return pgset_fail(r, o->place, "%s \"%s\": it takes no value", o->name, o->value);
	if (id == PGSET_START) {
		if (r->plan->started)
			return pgset_fail(r, o->place, "a second start: kpps gen runs one: make a script of each");
		if (!r->plan->ndevices)
			return pgset_fail(r, o->place, "start: no device has been set up");
		r->plan->started = true;
	} else if (id == PGSET_RESET && !r->plan->started) {
		forget_devices(r->plan, -1);
	}
	return 0;
}

enum pgset_target pgset_target(const char *file, int *ret_thread)
{
	const char *number = file + strlen(PGSET_THREAD_FILE);
	long n;

	*ret_thread = -1;
	if (!strcmp(file, PGSET_CTRL_FILE))
		return PGSET_CONTROL;
	if (strncmp(file, PGSET_THREAD_FILE, strlen(PGSET_THREAD_FILE)) != 0 || !*number ||
	    number[strspn(number, "0123456789")] || strlen(number) > 4)
		return PGSET_DEVICE;
	n = strtol(number, NULL, 10);
	if (n >= THREADS_MAX)
		return PGSET_DEVICE;
	*ret_thread = (int)n;
	return PGSET_THREAD;
}

static int device_order(struct pgset_reader *r, const struct order *o, const char *file, enum pgset_id id)
{
	struct pgset_device dummy = { .thread = -1 }, *d = &dummy;
	int rc = 0;

	/* what comes after the start is read, but changes nothing that ran */
	if (!r->plan->started) {
		d = find_device(r->plan, file);
		if (!d)
			rc = new_device(r, o->place, file, -1, &d);
	}
	if (rc)
		return rc;
	return id == PGSET_IDS ? set_flag(r, o, d) : set_value(r, o, id, d);
}

static int unknown_command(struct pgset_reader *r, const struct order *o, enum pgset_target target)
{
	static const char *const what[] = { "pgctrl", "a thread", "a device" };
	struct nearest n = { .word = o->name };
	char hint[128];

	for (unsigned int i = 0; i < PGSET_IDS; i++)
		if (pgset_commands[i].target == target)
			nearest_offer(&n, pgset_commands[i].name);
	if (target == PGSET_DEVICE)
		nearest_offer(&n, "flag");
	return pgset_fail(r, o->place, "\"%s\": %s of pktgen's has no such command%s", o->name, what[target],
		    nearest_hint(&n, hint, sizeof(hint)));
}

/* Carry out @o on @file of /proc/net/pktgen. */
static int carry_out(struct pgset_reader *r, const struct order *o, const char *file)
{
	int thread;
	enum pgset_target target = pgset_target(file, &thread);

	if (target == PGSET_DEVICE && !strcmp(o->name, "flag"))
		return device_order(r, o, file, PGSET_IDS);
	for (unsigned int i = 0; i < PGSET_IDS; i++) {
		if (pgset_commands[i].target != target || strcmp(pgset_commands[i].name, o->name) != 0)
			continue;
		if (target == PGSET_DEVICE)
			return device_order(r, o, file, i);
		if (target == PGSET_CONTROL)
			return control(r, o, i);
		if (i == PGSET_MAX_BEFORE_SOFTIRQ || r->plan->started)
			return 0;
		if (i == PGSET_ADD_DEVICE)
			return add_device(r, o, thread);
		forget_devices(r->plan, thread);
		return 0;
	}
	return unknown_command(r, o, target);
}

/* "pkt_size 60" into its two parts, as pktgen takes them apart. */
static int split(struct pgset_reader *r, struct pgset_place at, const char *text, struct order *ret)
{
	static const char space[] = " \t\r\n";
	size_t len, end;

	memset(ret, 0, sizeof(*ret));
	ret->place = at;
	text += strspn(text, space);
	len = strcspn(text, space);
	if (!len)
		return pgset_fail(r, at, "an empty command");
	if (len >= sizeof(ret->name))
		return pgset_fail(r, at, "\"%.40s…\": pktgen has no such command", text);
	memcpy(ret->name, text, len);
	text += len;
	text += strspn(text, " \t\r\n=");
	end = strlen(text);
	while (end && strchr(space, text[end - 1]))
		end--;
	memcpy(ret->value, text, end);
	if (strcmp(ret->name, "imix_weights") != 0 && ret->value[strcspn(ret->value, space)])
		return pgset_fail(r, at, "%s \"%s\": it takes one value", ret->name, ret->value);
	return 0;
}

int pgset_order(struct pgset_reader *r, struct pgset_place at, const char *text, const char *file)
{
	struct order o;
	int rc = split(r, at, text, &o);

	return rc ? rc : carry_out(r, &o, file);
}
