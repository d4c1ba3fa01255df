// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_tx.c - what a frame costs on a dummy device: guest ns a packet, which are
 * instructions where in_vm's CLOCK says so. Prints packets, ns, ns a packet, and how
 * many buffers came back.
 *	bench_tx [PACKETS]
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/kmod/client.h"

static unsigned int packets = 200000;

static void measure(struct client *c, const char *name, int ifindex, u32 way,
		    const struct kpps_stream *s)
{
	u32 id, why;

	/* who asks again and again takes instructions from the run */
	if (gen_new(c, ifindex, way, &id) || gen_plan_count(c, id, packets, 64) ||
	    gen_stream(c, id, 0, s, 0) || gen_lane(c, id, 0, 0, 0, 0) ||
	    gen_call(c, KPPS_GEN_CMD_GEN_START, id) ||
	    client_wait_done(c, id, 600000, &why) || gen_get(c, id)) {
		printf("%s failed: %s\n", name, c->message);
		exit(1);
	}
	printf("%-24s %8llu %12llu %.1f recycled %llu\n", name,
	       (unsigned long long)client_get(c, KPPS_GEN_A_SENT, 0),
	       (unsigned long long)client_get(c, KPPS_GEN_A_ELAPSED, 0),
	       (double)client_get(c, KPPS_GEN_A_ELAPSED, 0) / packets,
	       (unsigned long long)client_get(c, KPPS_GEN_A_RECYCLED, 0));
	gen_call(c, KPPS_GEN_CMD_GEN_DEL, id);
}

static void spec_of(struct stream_spec *spec, u8 family)
{
	stream_spec_default(spec);
	stream_spec_family(spec, family);
	spec->flows = 1000000;
}

int main(int argc, char **argv)
{
	static struct client c;
	struct stream_spec spec;
	struct kpps_stream v4, v6;
	struct err err;
	int dummy, veth;

	setbuf(stdout, NULL);
	if (argc > 1)
		packets = (unsigned int)strtoul(argv[1], NULL, 10);
	run("/ip link add d0 type dummy && /ip link set d0 up");
	run("/ip link add v0 type veth peer name v1 && /ip link set v0 up && /ip link set v1 up");
	dummy = device_index("d0");
	veth = device_index("v0");
	client_open(&c);
	client_listen(&c);
	spec_of(&spec, AF_INET);
	if (stream_build(&spec, &v4, &err))
		return 1;
	spec_of(&spec, AF_INET6);
	if (stream_build(&spec, &v6, &err))
		return 1;
	measure(&c, "warm", dummy, KPPS_GEN_WAY_QUEUE, &v4);
	measure(&c, "ipv4", dummy, KPPS_GEN_WAY_QUEUE, &v4);
	measure(&c, "ipv6", dummy, KPPS_GEN_WAY_QUEUE, &v6);
	measure(&c, "ipv4.qdisc", dummy, KPPS_GEN_WAY_QDISC, &v4);
	measure(&c, "ipv4.receive", dummy, KPPS_GEN_WAY_RECEIVE, &v4);
	measure(&c, "ipv4.veth", veth, KPPS_GEN_WAY_QUEUE, &v4);
	client_close(&c);
	return 0;
}
