// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wire_keys.c - the scenario keys of testbed wire: their setters, and what must
 * be together and what can't be. No state.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "run/keys.h"
#include "run/scenario.h"

/* One value or a list of at most @max: how many, the first in *@ret_first. */
static int values(const struct node *value, unsigned int max, const char *what,
		  const struct node **ret_first, struct err *err)
{
	bool list = value->kind == NODE_LIST;

	*ret_first = value;
	if (value->kind == NODE_MAP || (list && (!value->n || value->n > max)))
		return err_set(err, -EINVAL, "want %s, or a list of at most %u", what, max);
	*ret_first = list ? value->first : value;
	return (int)(list ? value->n : 1);
}

static int set_port(const struct node *n, char port[POINT_PORT], struct err *err)
{
	int rc = want_scalar(n, "the name of an interface", err);

	if (rc)
		return rc;
	/* as the kernel wants them */
	if (!n->text[0] || strlen(n->text) >= POINT_PORT || strpbrk(n->text, "/: \t\n\\\"") ||
	    !strcmp(n->text, ".") || !strcmp(n->text, ".."))
		return err_set(err, -EINVAL, "\"%.64s\" is no name of an interface", n->text);
	snprintf(port, POINT_PORT, "%s", n->text);
	return 0;
}

static int set_names(const struct node *value, char (*names)[POINT_PORT], unsigned int max,
		     unsigned int *ret_n, const struct node **ret_at, struct err *err)
{
	const struct node *n;
	int count = values(value, max, "the name of an interface", &n, err), i, rc = 0;

	for (i = 0; i < count && !rc; i++, n = n->next) {
		*ret_at = n;
		rc = set_port(n, names[i], err);
	}
	*ret_n = count > 0 ? (unsigned int)count : 0;
	return count < 0 ? count : rc;
}

int set_wire_ports(const struct node *value, void *point, const struct node **ret_at,
		   struct err *err)
{
	struct point_wire *w = &((struct point *)point)->wire;
	int rc = set_names(value, w->port, 2, &w->nports, ret_at, err);

	if (rc)
		return rc;
	if (w->nports == 1)
		memcpy(w->port[1], w->port[0], sizeof(w->port[1]));
	else if (!strcmp(w->port[0], w->port[1]))
		return err_set(err, -EINVAL, "%s twice: for both ends at one port want its name alone, ports: %s",
			       w->port[0], w->port[0]);
	return 0;
}

int set_wire_i_know(const struct node *value, void *point, const struct node **ret_at,
		    struct err *err)
{
	struct point_wire *w = &((struct point *)point)->wire;

	return set_names(value, w->i_know, ARRAY_SIZE(w->i_know), &w->ni_know, ret_at, err);
}

int set_wire_macs(const struct node *value, void *point, const struct node **ret_at,
		  struct err *err)
{
	struct point_wire *w = &((struct point *)point)->wire;
	const struct node *n;
	int count = values(value, 2, "a MAC address such as 02:00:00:00:00:01", &n, err), i, rc = 0;

	for (i = 0; i < count && !rc; i++, n = n->next) {
		*ret_at = n;
		rc = set_mac(n, w->mac[i], err);
	}
	if (count < 0 || rc)
		return count < 0 ? count : rc;
	if (count == 1)
		memcpy(w->mac[1], w->mac[0], sizeof(w->mac[1]));
	w->nmacs = (unsigned int)count;
	return 0;
}

int set_wire_irq_cpus(const struct node *value, void *point, const struct node **ret_at,
		      struct err *err)
{
	struct point_wire *w = &((struct point *)point)->wire;
	const struct node *n;
	int count = values(value, 2, "a CPU number", &n, err), i, rc = 0;

	for (i = 0; i < count && !rc; i++, n = n->next) {
		unsigned long v = 0;

		*ret_at = n;
		rc = whole_number(n, "a CPU number", 65535, &v, err);
		w->irq_cpu[i] = (int)v;
	}
	w->nirq_cpus = count > 0 ? (unsigned int)count : 0;
	return count < 0 ? count : rc;
}

static const struct node *at_or_root(const struct draft *d, const char *path)
{
	const struct node *n = tree_get(d->tree, path);

	return n ? n : tree_root(d->tree);
}

static void check_macs(const struct draft *d, const struct point *p, struct reporter *r)
{
	static const char *const ends[] = { "source", "destination" };
	char path[TREE_PATH_MAX];
	unsigned int i, k;

	for (i = 0; i < p->nstreams; i++) {
		for (k = 0; k < 2; k++) {
			const struct node *n;

			snprintf(path, sizeof(path), "streams.%s.%s.mac",
				 p->stream[i].spec.name, ends[k]);
			n = tree_get(d->tree, path);
			if (n)
				reporter_at(r, n, false, "mac: testbed wire sends from its ports' own "
					    "addresses to those of wire.macs");
		}
	}
}

void check_wire(const struct draft *d, const struct point *p, struct reporter *r)
{
	const struct node *cpus = tree_get(d->tree, "placement.cpus");
	const struct point_impair *im = &p->impair;
	const struct point_wire *w = &p->wire;

	if (!w->nports)
		reporter_at(r, at_or_root(d, "testbed"), false, "testbed wire wants its ports: "
			    "wire: {ports: [near, far], macs: [near, far]}");
	else if (!w->nmacs)
		reporter_at(r, at_or_root(d, "wire"), false, "wire: macs are missing: want those of "
			    "the DUT, macs: [where near sends to, where far does]");
	else if (w->nports == 2 && w->nmacs == 1)
		reporter_at(r, at_or_root(d, "wire.macs"), false, "macs: one for two ports: want "
			    "[where near sends to, where far does]");
	if (w->nports && w->nirq_cpus && w->nirq_cpus != w->nports)
		reporter_at(r, at_or_root(d, "wire.irq_cpus"), false, "irq_cpus: %u CPUs for %u "
			    "ports: want one each", w->nirq_cpus, w->nports);
	if (!(firewall_traits(p->dut.firewall) & FIREWALL_WIRE))
		reporter_at(r, at_or_root(d, "dut.firewall"), false, "firewall: the DUT of testbed "
			    "wire is a device outside: want firewall: external, not %s",
			    p->dut.firewall);
	if (p->placement == PLACEMENT_THREADED)
		reporter_at(r, at_or_root(d, "placement.mode"), false, "mode: threaded is of testbed "
			    "netns: want split or same");
	if (p->remote == PLACEMENT_REMOTE)
		reporter_at(r, at_or_root(d, "placement.numa"), false, "numa: the DUT of testbed wire "
			    "has no node here, source and sink are near their ports: name others by "
			    "placement.cpus");
	if (cpus && p->cpus[0] >= 0 && cpus->n != 2)
		reporter_at(r, cpus, false, "cpus: %u CPUs for source and sink: want 2", cpus->n);
	if (p->profile)
		reporter_at(r, at_or_root(d, "profile"), false, "profile: the DUT of testbed wire has "
			    "no CPU here");
	if (im->drop + im->duplicate + im->reorder + im->corrupt + im->delay > 0)
		reporter_at(r, at_or_root(d, "impair"), false, "impair: not with testbed wire");
	check_macs(d, p, r);
}
