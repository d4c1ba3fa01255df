// SPDX-License-Identifier: GPL-2.0-or-later
/* ethtool.c - see ethtool.h. */
#include "lib/ethtool.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMES_MAX 16384		/* a sane driver has fewer */
#define SPARE 1024		/* what a driver may have grown between two calls */

int ethtool_call(int fd, const char *name, void *command)
{
	struct ifreq ifr = { .ifr_data = command };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(fd, SIOCETHTOOL, &ifr) ? -errno : 0;
}

/* How many strings @set has; 0: none, or the driver can't say. */
static u32 count_names(int fd, const char *name, u32 set)
{
	union {
		struct ethtool_sset_info info;
		u8 room[sizeof(struct ethtool_sset_info) + sizeof(u32)];
	} ask = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << set } };

	if (ethtool_call(fd, name, &ask) || !ask.info.sset_mask)
		return 0;
	return min(ask.info.data[0], (u32)NAMES_MAX);
}

struct ethtool_gstrings *ethtool_names(int fd, const char *name, u32 set)
{
	const u32 n = count_names(fd, name, set);
	struct ethtool_gstrings *names;

	if (!n)
		return NULL;
	names = calloc(1, sizeof(*names) + ((size_t)n + SPARE) * ETH_GSTRING_LEN);
	if (!names)
		return NULL;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = set;
	names->len = n;
	if (ethtool_call(fd, name, names)) {
		free(names);
		return NULL;
	}
	names->len = min(names->len, n);
	return names;
}

unsigned int ethtool_queues(const char *name, bool transmit)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int n = 1;

	if (fd < 0)
		return n;
	if (!ethtool_call(fd, name, &channels))
		n = max(channels.combined_count +
			(transmit ? channels.tx_count : channels.rx_count), 1u);
	close(fd);
	return n;
}

void ethtool_name(const struct ethtool_gstrings *names, u32 i, char ret[ETH_GSTRING_LEN + 1])
{
	snprintf(ret, ETH_GSTRING_LEN + 1, "%.*s", ETH_GSTRING_LEN,
		 (const char *)names->data + (size_t)i * ETH_GSTRING_LEN);
}

int ethtool_values(int fd, const char *name, const struct ethtool_gstrings *names,
		   struct ethtool_stats **ret)
{
	struct ethtool_stats *stats;
	int rc;

	stats = calloc(1, sizeof(*stats) + ((size_t)names->len + SPARE) * sizeof(u64));
	if (!stats)
		return -ENOMEM;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = names->len;
	rc = ethtool_call(fd, name, stats);
	if (rc) {
		free(stats);
		return rc;
	}
	stats->n_stats = min(stats->n_stats, names->len);
	*ret = stats;
	return 0;
}
