// SPDX-License-Identifier: GPL-2.0-or-later
/* vm_keys.c - the scenario keys of testbed vm: what must be together and what can't be. */
#include <errno.h>
#include <string.h>

#include "run/keys.h"
#include "run/scenario.h"

int set_vm_kernel(const struct node *value, void *point, const struct node **ret_at __unused,
		  struct err *err)
{
	struct point_vm *vm = &((struct point *)point)->vm;
	int rc = want_scalar(value, "the name of a kernel", err);

	if (rc)
		return rc;
	if (!value->text[0] || strlen(value->text) >= sizeof(vm->kernel))
		return err_set(err, -EINVAL, "\"%.64s\" is no name of a kernel: want one that kpps kernel list shows, or a path",
			       value->text);
	snprintf(vm->kernel, sizeof(vm->kernel), "%s", value->text);
	return 0;
}

int set_vm_cmdline(const struct node *value, void *point, const struct node **ret_at __unused,
		   struct err *err)
{
	struct point_vm *vm = &((struct point *)point)->vm;
	const char *c;
	int rc = want_scalar(value, "words for the kernel's command line", err);

	if (rc)
		return rc;
	for (c = value->text; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			return err_set(err, -EINVAL, "a kernel's command line is plain ASCII");
	if (strlen(value->text) >= sizeof(vm->cmdline))
		return err_set(err, -EINVAL, "more than %zu bytes for the kernel's command line",
			       sizeof(vm->cmdline) - 1);
	snprintf(vm->cmdline, sizeof(vm->cmdline), "%s", value->text);
	return 0;
}

static const struct node *at_or_root(const struct draft *d, const char *path)
{
	const struct node *n = tree_get(d->tree, path);

	return n ? n : tree_root(d->tree);
}

static void check_counted(const struct draft *d, const struct point *p, struct reporter *r)
{
	/* a firewall in a process would wait for the scheduler, and that is not what it costs */
	if (firewall_traits(p->dut.firewall) & FIREWALL_MEMORY)
		reporter_at(r, at_or_root(d, "dut.firewall"), false, "firewall: with vm.clock: instructions want one in the kernel, not %s: kernel, conntrack, iptables-legacy, …; or set vm.clock: wall",
			    p->dut.firewall);
	if (p->vm.cpus > 1)
		reporter_at(r, at_or_root(d, "vm.cpus"), false, "cpus: with clock: instructions there is one CPU, not %u: leave it out, or set vm.clock: wall",
			    p->vm.cpus);
	if (p->placement != PLACEMENT_AUTO && p->placement != PLACEMENT_SAME)
		reporter_at(r, at_or_root(d, "placement.mode"), false, "mode: with vm.clock: instructions all is on one CPU: want same");
	if (p->sources > 1)
		reporter_at(r, at_or_root(d, "placement.sources"), false, "sources: with vm.clock: instructions there is one CPU: want 1");
}

void check_vm(const struct draft *d, const struct point *p, struct reporter *r)
{
	if (p->vm.clock == VM_CLOCK_INSTRUCTIONS)
		check_counted(d, p, r);
	else if (p->vm.cpus && p->sources > p->vm.cpus)
		reporter_at(r, at_or_root(d, "placement.sources"), false, "sources: %u CPUs that send, but vm.cpus is %u",
			    p->sources, p->vm.cpus);
	if (p->remote == PLACEMENT_REMOTE)
		reporter_at(r, at_or_root(d, "placement.numa"), false, "numa: the machine of testbed vm has one node");
	if (p->cpus[0] >= 0)
		reporter_at(r, at_or_root(d, "placement.cpus"), false, "cpus: not with testbed vm, whose CPUs are all alike: leave them out");
	if (p->profile)
		reporter_at(r, at_or_root(d, "profile"), false, "profile: the DUT of testbed vm has no CPU here");
}
