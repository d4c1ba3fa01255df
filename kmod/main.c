// SPDX-License-Identifier: GPL-2.0
/*
 * main.c - the module: its parts in the order in which they begin, and end in
 * reverse. Requests end first, so that nothing new comes; then the objects of
 * every namespace; then what tells of sockets and devices.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <net/netns/generic.h>

#include "gen.h"
#include "main.h"
#include "netlink.h"
#include "sink.h"

DEFINE_MUTEX(kg_lock);
static unsigned int kg_net_id __read_mostly;

struct kg_net *kg_net(const struct net *net)
{
	return net_generic(net, kg_net_id);
}

static int __net_init kg_net_init(struct net *net)
{
	struct kg_net *kn = kg_net(net);

	idr_init_base(&kn->gens, 1);
	idr_init_base(&kn->sinks, 1);
	return 0;
}

static void __net_exit kg_net_exit(struct net *net)
{
	struct kg_net *kn = kg_net(net);

	kg_gen_net_exit(net);
	kg_sink_net_exit(net);
	idr_destroy(&kn->gens);
	idr_destroy(&kn->sinks);
}

static struct pernet_operations kg_net_ops = {
	.init = kg_net_init,
	.exit = kg_net_exit,
	.id = &kg_net_id,
	.size = sizeof(struct kg_net),
};

/* A socket was closed: what belongs to it goes. */
static int kg_netlink_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct netlink_notify *n = ptr;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC || !n->portid)
		return NOTIFY_DONE;
	kg_gen_owner_gone(n->net, n->portid);
	kg_sink_owner_gone(n->net, n->portid);
	return NOTIFY_DONE;
}

static struct notifier_block kg_netlink_notifier = {
	.notifier_call = kg_netlink_event,
};

static int kg_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_GOING_DOWN:
	case NETDEV_DOWN:
		kg_gen_device_down(dev);
		break;
	case NETDEV_UNREGISTER:
		kg_gen_device_gone(dev);
		kg_sink_device_gone(dev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block kg_netdev_notifier = {
	.notifier_call = kg_netdev_event,
};

static int __init kg_init(void)
{
	int ret;

	ret = register_pernet_subsys(&kg_net_ops);
	if (ret)
		return ret;
	ret = netlink_register_notifier(&kg_netlink_notifier);
	if (ret)
		goto unregister_pernet;
	ret = register_netdevice_notifier(&kg_netdev_notifier);
	if (ret)
		goto unregister_netlink;
	ret = kg_netlink_init();
	if (ret)
		goto unregister_netdevice;
	return 0;

unregister_netdevice:
	unregister_netdevice_notifier(&kg_netdev_notifier);
unregister_netlink:
	netlink_unregister_notifier(&kg_netlink_notifier);
unregister_pernet:
	unregister_pernet_subsys(&kg_net_ops);
	return ret;
}

static void __exit kg_exit(void)
{
	kg_netlink_exit();
	/* tells us that all devices go down and away: runs end, references are dropped */
	unregister_netdevice_notifier(&kg_netdev_notifier);
	netlink_unregister_notifier(&kg_netlink_notifier);
	unregister_pernet_subsys(&kg_net_ops);
	rcu_barrier();
}

module_init(kg_init);
module_exit(kg_exit);

/* No alias for the family: who asks for it must not load a packet generator by that. */
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Packet generator: many flows, IPv4 and IPv6, an exact rate");
