// SPDX-License-Identifier: GPL-2.0-or-later
/* xdp_device.c - see xdp_device.h. Sockets live as long as a call. */
#include "gen/xdp_device.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/ethtool.h"
#include "lib/str.h"

/* Of linux/netdev.h, which is younger than some systems' headers. */
#define NETDEV_FAMILY		"netdev"
#define NETDEV_CMD_DEV_GET	1
#define NETDEV_A_DEV_IFINDEX	1
#define NETDEV_A_DEV_XDP_FEATURES 3
#define NETDEV_XDP_ACT_NDO_XMIT	4

#define REPLY_SIZE 8192
#define VLAN_LEN 4

/* One attribute of the answer: which, and its value. */
struct wanted {
	u16 type;
	u64 value;
	bool found;
};

static int wanted_attr(const struct nlattr *attr, void *data)
{
	struct wanted *w = data;

	if (mnl_attr_get_type(attr) != w->type)
		return MNL_CB_OK;
	if (mnl_attr_get_payload_len(attr) == sizeof(u64))
		w->value = mnl_attr_get_u64(attr);
	else if (mnl_attr_get_payload_len(attr) == sizeof(u16))
		w->value = mnl_attr_get_u16(attr);
	w->found = true;
	return MNL_CB_OK;
}

static int wanted_message(const struct nlmsghdr *message, void *data)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), wanted_attr, data);
}

static struct nlmsghdr *request(void *buffer, u16 family, u8 command)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	message->nlmsg_type = family;
	message->nlmsg_flags = NLM_F_REQUEST;
	genl = mnl_nlmsg_put_extra_header(message, sizeof(*genl));
	genl->cmd = command;
	genl->version = 1;
	return message;
}

static bool ask(struct mnl_socket *nl, struct nlmsghdr *message, struct wanted *w)
{
	char reply[REPLY_SIZE];
	ssize_t n;

	if (mnl_socket_sendto(nl, message, message->nlmsg_len) < 0)
		return false;
	n = mnl_socket_recvfrom(nl, reply, sizeof(reply));
	if (n < 0 || mnl_cb_run(reply, (size_t)n, 0, 0, wanted_message, w) < 0)
		return false;
	return w->found;
}

/* False: the kernel can't say. */
static bool xdp_features(int ifindex, u64 *ret_features)
{
	struct wanted family = { .type = CTRL_ATTR_FAMILY_ID };
	struct wanted features = { .type = NETDEV_A_DEV_XDP_FEATURES };
	struct mnl_socket *nl = mnl_socket_open(NETLINK_GENERIC);
	char buffer[256];
	struct nlmsghdr *message;
	bool ret = false;

	if (!nl)
		return false;
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		goto out;
	message = request(buffer, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, NETDEV_FAMILY);
	if (!ask(nl, message, &family))
		goto out;
	message = request(buffer, (u16)family.value, NETDEV_CMD_DEV_GET);
	mnl_attr_put_u32(message, NETDEV_A_DEV_IFINDEX, (u32)ifindex);
	ret = ask(nl, message, &features);
	*ret_features = features.value;
out:
	mnl_socket_close(nl);
	return ret;
}

static int mtu_of(const char *name)
{
	struct ifreq ifr = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;

	if (fd < 0)
		return 0;
	memcpy(ifr.ifr_name, name, IF_NAMESIZE);
	if (!ioctl(fd, SIOCGIFMTU, &ifr))
		ret = ifr.ifr_mtu;
	close(fd);
	return ret;
}

static int takes_none(const char *name, struct err *err)
{
	return err_set(err, -EOPNOTSUPP,
		       "xdp source: %s takes no frames from a BPF program now: the other end of a veth needs an XDP program or GRO (ethtool -K PEER gro on); other drivers may need an XDP program on %s",
		       name, name);
}

int xdp_device_fits(const char *who, int ifindex, u32 frame_max, struct err *err)
{
	char name[IF_NAMESIZE];
	int mtu;

	if (!if_indextoname((unsigned int)ifindex, name))
		return err_set(err, -ENODEV, "%s: no interface %d in this network namespace", who,
			       ifindex);
	/* the kernel drops longer ones without counting them; a VLAN tag is free */
	mtu = mtu_of(name);
	if (mtu > 0 && frame_max > (u32)mtu + ETH_HLEN + VLAN_LEN)
		return err_set(err, -EMSGSIZE,
			       "%s: frames of %u bytes: the MTU of %s is %d: ip link set dev %s mtu %u",
			       who, frame_max, name, mtu, name, frame_max - ETH_HLEN);
	return 0;
}

int xdp_device_check(int ifindex, u32 frame_max, struct err *err)
{
	char name[IF_NAMESIZE];
	int rc = xdp_device_fits("xdp source", ifindex, frame_max, err);
	u64 features;

	if (rc)
		return rc;
	if (!if_indextoname((unsigned int)ifindex, name))
		return err_set(err, -ENODEV, "xdp source: interface %d went away", ifindex);
	if (!xdp_features(ifindex, &features) || features & NETDEV_XDP_ACT_NDO_XMIT)
		return 0;
	return takes_none(name, err);
}

int xdp_device_check_taken(u64 sent, const struct xdp_device_counts *before,
			   const struct xdp_device_counts *after, struct err *err)
{
	if (!sent || !before->tells || !after->tells || after->taken != before->taken ||
	    after->refused != before->refused)
		return 0;
	return takes_none(after->name, err);
}

/* Names as veths have them: tx_queue_0_xdp_xmit; other drivers' counters may be late. */
static void count(const char *counter, u64 value, struct xdp_device_counts *ret)
{
	if (str_ends(counter, "xdp_xmit_errors"))
		ret->refused += value;
	if (strncmp(counter, "tx_queue_", strlen("tx_queue_")) != 0 ||
	    !str_ends(counter, "_xdp_xmit"))
		return;
	ret->taken += value;
	ret->tells = true;
}

void xdp_device_count(int ifindex, struct xdp_device_counts *ret)
{
	struct ethtool_gstrings *names;
	struct ethtool_stats *stats = NULL;
	char counter[ETH_GSTRING_LEN + 1];
	int fd;
	u32 i;

	*ret = (struct xdp_device_counts){ 0 };
	if (!if_indextoname((unsigned int)ifindex, ret->name))
		return;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	names = ethtool_names(fd, ret->name, ETH_SS_STATS);
	if (!names || ethtool_values(fd, ret->name, names, &stats))
		goto out;
	for (i = 0; i < stats->n_stats; i++) {
		ethtool_name(names, i, counter);
		count(counter, stats->data[i], ret);
	}
out:
	free(stats);
	free(names);
	close(fd);
}
