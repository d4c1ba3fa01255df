// SPDX-License-Identifier: GPL-2.0-or-later
/* ir_bridge.c - a ruleset for a bridge; see ir_bridge.h. */
#include "fw-under-test/engine/ir_bridge.h"

#include <errno.h>
#include <string.h>

int ir_bridge_check(const struct ir *ir, struct err *err)
{
	for (const struct ir_chain *c = ir->tables[TABLE_NAT].chains; c; c = c->next)
		if (c->rules)
			return err_set(err, -EOPNOTSUPP,
				       "%s:%u: a bridge can't translate addresses: take a ruleset "
				       "without rules in table nat, or a firewall that routes",
				       ir->name, c->rules->line);
	return 0;
}

/* May @name, with a "+" at its end or without, mean a port? "+" alone means all. */
static bool names_port(const char *name, const char *const *ports)
{
	size_t len = strlen(name);

	if (!strcmp(name, "+"))
		return false;
	for (; *ports; ports++)
		if (name[len - 1] == '+' ? !strncmp(name, *ports, len - 1) :
					   !strcmp(name, *ports))
			return true;
	return false;
}

static int rule_physdev(struct ir *ir, const struct ir_chain *c, struct ir_rule *rule,
			const char *const *ports, struct err *err)
{
	bool in = rule->in && names_port(rule->in, ports);
	bool out = rule->out && names_port(rule->out, ports);

	if (out && c->hooks & (1U << HOOK_OUTPUT))
		return err_set(err, -EOPNOTSUPP,
			       "%s:%u: on a bridge \"-o %s\" can't be told in chain %s, which is "
			       "reached from OUTPUT: what the bridge sends itself has no port yet",
			       ir->name, rule->line, rule->out, c->name);
	if ((in || out) && ir_rule_ports(ir, rule, in, out))
		return err_set(err, -ENOMEM, "%s: no memory for the rules", ir->name);
	return 0;
}

int ir_bridge_physdev(struct ir *ir, const char *const *ports, struct err *err)
{
	int ret = 0;

	for (int t = 0; t < TABLES; t++)
		for (const struct ir_chain *c = ir->tables[t].chains; c; c = c->next)
			for (struct ir_rule *r = c->rules; r && !ret; r = r->next)
				ret = rule_physdev(ir, c, r, ports, err);
	return ret;
}
