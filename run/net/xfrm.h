/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xfrm.h - ESP tunnels between two gateways, by the kernel's IPsec (netlink
 * XFRM). A gateway has, for each family of addresses, two SAs (what it sends,
 * what it receives) and two policies: what it forwards out of the link to the
 * other gateway is wrapped, and what it forwards out of the other link must have
 * been wrapped. Keys are constants: they cost as much as any other, and there
 * is nothing to hide.
 *
 * 64-bit sequence numbers (ESN), so that no trial comes to their end, and a
 * replay window of XFRM_WINDOW packets.
 *
 * No state: any thread, any namespace; all of it ends with the namespace.
 */
#ifndef KPPS_NET_XFRM_H
#define KPPS_NET_XFRM_H

#include "fw-under-test/engine/fw.h"	/* union fw_addr */
#include "lib/compiler.h"
#include "lib/err.h"

#define XFRM_WINDOW	1024

/* What ESP does to a packet. */
struct xfrm_suite {
	const char *name;	/* dut.esp */
	const char *aead, *cipher, *auth;	/* the kernel's names; NULL: none */
	u16 aead_bits, cipher_bits, auth_bits;	/* keys; with the salt */
	u16 icv_bits;
	const char *options;	/* what a kernel that lacks it has to have */
};

extern const struct xfrm_suite xfrm_suites[];	/* name NULL ends */
const struct xfrm_suite *xfrm_suite_find(const char *name);	/* NULL: none */

/* One gateway's end of a tunnel; the inner packets are of the outer ones' family. */
struct xfrm_end {
	const struct xfrm_suite *suite;
	u8 family;
	union fw_addr own, other;	/* outer addresses */
	u32 spi_out, spi_in;
	int wrapped, plain;	/* ifindex: to the other gateway, and the other way */
};

/* xfrm_up - set it up in @netns, read it back, compare. */
int xfrm_up(int netns, const struct xfrm_end *end, struct err *err);

struct xfrm_counts {	/* of an end's SAs, ever */
	u64 packets_out, bytes_out, packets_in, bytes_in;	/* bytes: as they were inside */
	u64 replayed, forged;	/* received and thrown away */
};

int xfrm_count(int netns, const struct xfrm_end *end, struct xfrm_counts *ret, struct err *err);

/*
 * xfrm_probe - make an SA of @suite (NULL: of each of them) in a namespace of its
 * own, for the families given. -ENOTSUP with all that the kernel lacks and how
 * its configuration calls it.
 */
int xfrm_probe(const struct xfrm_suite *suite, bool v4, bool v6, struct err *err);

#endif
