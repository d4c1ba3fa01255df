/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ethtool.h - ask a driver by ioctl. Any thread; @fd is a socket in the link's namespace. */
#ifndef KPPS_ETHTOOL_H
#define KPPS_ETHTOOL_H

#include <linux/ethtool.h>

#include "lib/compiler.h"

/* ethtool_call - @command is a struct ethtool_*; 0 or -errno. */
int ethtool_call(int fd, const char *name, void *command);
/* ethtool_queues - receive, or transmit, queues in use of @name in the caller's network
 * namespace; a driver that can't say has one. */
unsigned int ethtool_queues(const char *name, bool transmit);
/*
 * ethtool_names - the strings of @set (ETH_SS_STATS, …), malloc'ed; NULL: the driver
 * has none. Room is left behind them for a driver that has grown more meanwhile.
 */
struct ethtool_gstrings *ethtool_names(int fd, const char *name, u32 set);
/* ethtool_name - the @i-th of them into @ret. */
void ethtool_name(const struct ethtool_gstrings *names, u32 i, char ret[ETH_GSTRING_LEN + 1]);
/*
 * ethtool_values - the numbers behind @names, those of ETH_SS_STATS, malloc'ed into
 * *@ret; its n_stats is at most that of the names. 0 or -errno.
 */
int ethtool_values(int fd, const char *name, const struct ethtool_gstrings *names,
		   struct ethtool_stats **ret);

#endif
