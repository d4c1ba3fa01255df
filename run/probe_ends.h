/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe_ends.h - does what sends and receives on interfaces work here? Frames go over
 * a veth pair between two namespaces made for it, which are gone afterwards. Where
 * the kernel has no veths, programs are loaded and sockets made, and that must do.
 * Any thread, which stays in its namespace.
 */
#ifndef KPPS_PROBE_ENDS_H
#define KPPS_PROBE_ENDS_H

#include "gen/kernel_source.h"
#include "lib/err.h"
#include "sink/kernel_sink.h"

/* Each returns 0, or what is missing and what would give it. */
int probe_source(const struct kernel_source_ops *ops, struct err *err);
int probe_sink(const struct kernel_sink_ops *ops, struct err *err);
int probe_af_xdp(struct err *err);
int probe_packet(struct err *err);

#endif
