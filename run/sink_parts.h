/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink_parts.h - inside `kpps sink`: cmd_sink.c (the options; a capture),
 * sink_interface.c (an interface) and sink_record.c (what came of it).
 */
#ifndef KPPS_SINK_PARTS_H
#define KPPS_SINK_PARTS_H

#include "lib/record.h"
#include "run/command.h"
#include "sink/kernel_sink.h"
#include "sink/sink.h"

struct sink_options {
	const char *read, *impair, *interface, *by;
	struct option_strings i_know;
	u64 run, sent, duration, count;
	bool unsigned_ok, checksums, pass_others, json;
};

/* The one or the other has counted. */
struct sink_counts {
	const struct sink *sink;
	const struct kernel_sink *kernel;
};

/* sink_record_new - NULL: said why. Freed by free(). */
struct trial_record *sink_record_new(void);
/*
 * sink_record_fill - @sent: frames that were sent, 0: not known. With @latency
 * also that, but for streams whose stamps are of another clock than the arrivals': they
 * are named on stderr.
 */
void sink_record_fill(struct trial_record *r, const struct sink_counts *counts, u64 sent,
		      bool latency);
/* sink_print - as --json says; @port: may impair, NULL: none. Exit status. */
int sink_print(const struct trial_record *r, const struct sink_options *opt,
	       const struct port *port);
/* sink_interface - count on opt->interface. Exit status. */
int sink_interface(const struct sink_options *opt);

#endif
