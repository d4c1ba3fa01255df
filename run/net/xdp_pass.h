/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xdp_pass.h - an XDP program that passes everything: a veth's end has NAPI, and so
 * takes frames that are sent by XDP, only with GRO or with an XDP program.
 */
#ifndef KPPS_NET_XDP_PASS_H
#define KPPS_NET_XDP_PASS_H

#include "lib/compiler.h"
#include "lib/err.h"

/* xdp_pass_attach - to @ifindex of the caller's namespace, in native mode; a
 * descriptor that keeps it there until it is closed, or -errno. */
int xdp_pass_attach(int ifindex, struct err *err);

#endif
