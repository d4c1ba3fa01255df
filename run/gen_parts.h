/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gen_parts.h - inside `kpps gen`: cmd_gen.c (the options; a stream into a file or a
 * port that keeps nothing), gen_replay.c (a capture played again), gen_interface.c
 * (either onto an interface) and gen_record.c (what came of it).
 */
#ifndef KPPS_GEN_PARTS_H
#define KPPS_GEN_PARTS_H

#include "gen/source.h"
#include "lib/record.h"
#include "run/pgset.h"
#include "run/stream_options.h"

#define GEN_FRAME_ROOM 9216

struct gen_options {
	const char *write, *read, *port, *impair;
	const char *interface, *by, *into, *cpus, *pktgen_script;
	const struct pgset_stream *script;	/* takes the place of @stream */
	struct option_strings i_know;
	bool fast, json;
	struct stream_options stream;
	double rate;
	u64 count, duration;
};

/* gen_fail - print @err; the exit status it means. */
int gen_fail(const struct err *err);
/* gen_broken - say why @port returned @ret. */
void gen_broken(const struct port *port, int ret);

/* gen_record_new - NULL: said why. Freed by free(). */
struct trial_record *gen_record_new(const struct gen_options *opt);
/* gen_record_fill - from the reports of a source with one stream. */
void gen_record_fill(struct trial_record *r, const struct source_report *report,
		     const struct source_stream_report *stream, const char *name);
/* gen_record_replayed - r->sent and bytes are there, the rest follows. */
void gen_record_replayed(struct trial_record *r);
/* gen_print - as options say; @clocked: there was a schedule by the clock. Exit status. */
int gen_print(const struct trial_record *r, const struct gen_options *opt, bool clocked);

/*
 * gen_script - @run with what opt->pktgen_script says; @usual are the defaults. Exit status.
 * gen_spec - of the script, or of the options.
 */
int gen_script(const struct gen_options *opt, const struct gen_options *usual,
	       int (*run)(const struct gen_options *opt));
int gen_spec(const struct gen_options *opt, struct stream_spec *ret, struct err *err);
/* gen_stream - the stream of the options; *@ret_spec its specification. */
int gen_stream(const struct gen_options *opt, struct stream_spec *ret_spec,
	       struct kpps_stream *ret, struct err *err);
/* gen_plan - what the options say of @stream, which must live as long as the plan. */
struct source_config gen_plan(const struct gen_options *opt, const struct source_stream *stream,
			      const struct clk *clk);
/* gen_open_out - the file or port that --write or --port names; gen_close_out - the
 * exit status, @status unless the file could not be closed. */
int gen_open_out(const struct gen_options *opt, struct port **ret_port, struct err *err);
int gen_close_out(const struct gen_options *opt, struct port *port, int status);

/* gen_open_capture - --read, impaired as --impair says. */
int gen_open_capture(const struct gen_options *opt, bool timed, struct port **ret, struct err *err);
/*
 * gen_pass - frames of one burst from @in to @out, which may have less room, counted
 * in @r; frames passed, or negative errno: -ENODATA at the end, -EMSGSIZE when a frame
 * is longer than @out has room for.
 */
int gen_pass(struct port *in, struct port *out, struct trial_record *r);
int gen_replay(const struct gen_options *opt);
/* gen_interface - a stream or a capture onto opt->interface. Exit status. */
int gen_interface(const struct gen_options *opt);

#endif
