/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * interface.h - an interface of the caller's network namespace, taken to send or
 * receive on by hand; and the ports that testbeds and commands open on one.
 * A struct interface is a description: there is nothing to release.
 */
#ifndef KPPS_INTERFACE_H
#define KPPS_INTERFACE_H

#include "gen/kernel_source.h"
#include "lib/port.h"
#include "lib/topo.h"
#include "run/command.h"
#include "run/net/rtnl.h"
#include "sink/kernel_sink.h"

/* What sends or receives; words of --by are "auto", those of the kernel's, "af_xdp", "packet". */
enum by { BY_AUTO, BY_KERNEL, BY_AF_XDP, BY_PACKET };

/* by_source, by_sink - a word of --by, *@ret_ops where it is the kernel's, else NULL;
 * -EINVAL with those that are known. */
int by_source(const char *word, enum by *ret, const struct kernel_source_ops **ret_ops,
	      struct err *err);
int by_sink(const char *word, enum by *ret, const struct kernel_sink_ops **ret_ops,
	    struct err *err);

struct interface {
	struct rtnl_link link;
	unsigned int rx_queues;		/* in use */
	struct topo topo;
	struct placement place;		/* near the interface */
};

/* interface_is_known - does --i-know name it? */
bool interface_is_known(const struct option_strings *list, const char *name);
/*
 * interface_take - may we, is there such an interface, is it up, and does the host
 * not live by it (run/net/guard.h) unless it is one of @i_know? -EPERM, -ENODEV,
 * -ENETDOWN, -EBUSY, each with its sentence. Changes nothing.
 */
int interface_take(const char *name, const struct option_strings *i_know, struct interface *ret,
		   struct err *err);
/*
 * interface_carrier - 0 when it is up and has a carrier, at once or, with @wait, within
 * ten seconds: attaching a program makes some drivers start again. -EINTR: stopped.
 */
int interface_carrier(const struct interface *i, bool wait, struct err *err);
/* interface_frame_max - what its MTU allows, with a VLAN tag, at most @limit; without FCS. */
u32 interface_frame_max(const struct interface *i, u32 limit);
/* interface_status - the exit status that error @rc of any of this means. */
int interface_status(int rc);

/* Of ports, see lib/port.h: without FCS. */
#define PACKET_FRAME_MAX	9216
#define XDP_FRAME_MAX		3840

struct interface_port {
	bool af_xdp;		/* else AF_PACKET */
	int ifindex;
	u32 queue;		/* of AF_XDP */
	u32 frame_max;
	int node;
	bool tx_only, stamps;	/* as in lib/port.h */
};

int interface_port_open(const struct interface_port *config, struct port **ret, struct err *err);

#endif
