/* SPDX-License-Identifier: GPL-2.0 */
/*
 * main.h - what the parts of the module share: the state of a network namespace,
 * and the lock of all objects.
 *
 * Lock order: RTNL, then kg_lock. Threads of generators take neither, so both may
 * be held while a thread is stopped. No packet path takes them.
 */
#ifndef KG_MAIN_H
#define KG_MAIN_H

#include <linux/idr.h>
#include <linux/mutex.h>
#include <net/net_namespace.h>

/* Of generators, and of sinks, in a namespace. */
#define KG_OBJECTS_MAX	1024

/*
 * Protects both idrs of every namespace, the life of the objects in them, and
 * all of an object that only netlink and notifiers touch.
 */
extern struct mutex kg_lock;

struct kg_net {
	struct idr gens;	/* struct kg_gen by ID, from 1 */
	struct idr sinks;	/* the sinks', of sink.c alone */
};

struct kg_net *kg_net(const struct net *net);

#endif
