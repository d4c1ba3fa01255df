/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guard.h - may a real port be used for measuring, or does the host live by it?
 * Asked of the kernel by netlink, nothing is changed. Any thread.
 */
#ifndef KPPS_NET_GUARD_H
#define KPPS_NET_GUARD_H

#include "lib/compiler.h"
#include "lib/err.h"

/*
 * guard_port - 0 when nothing of the host's goes through @port of namespace @netns
 * (-1: the caller's); -EBUSY with why and what to do about it: it carries a default
 * route, an address (but for a link-local IPv6 one), a route, or a TCP connection;
 * it is a bridge or a bond or belongs to one, or another link stands on it. Other
 * errors: -ENODEV, or the kernel didn't answer.
 */
int guard_port(int netns, const char *port, struct err *err);

#endif
