// SPDX-License-Identifier: GPL-2.0-or-later
/* gen_replay.c - `kpps gen --read`: a capture into another one, or into a port that
 * keeps nothing; and the steps that a replay onto an interface shares with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/gen_parts.h"
#include "run/impair_option.h"

int gen_pass(struct port *in, struct port *out, struct trial_record *r)
{
	struct frame from[PORT_BURST], to[PORT_BURST];
	int n, room, ret;
	u64 bytes = 0;

	n = port_peek(in, from, PORT_BURST);
	if (n <= 0)
		return n;
	room = port_reserve(out, to, (unsigned int)n);
	if (room <= 0)
		return room;
	for (int i = 0; i < room; i++) {
		if (from[i].len > to[i].room)
			return -EMSGSIZE;
		memcpy(to[i].data, from[i].data, from[i].len);
		to[i].len = from[i].len;
		to[i].time = from[i].time;
		bytes += from[i].len;
		r->elapsed_ns = max(r->elapsed_ns, from[i].time);
	}
	ret = port_commit(out, to, (unsigned int)room);
	if (ret < 0)
		return ret;
	r->sent += (u64)room;
	r->stream[0].bytes_sent += bytes;
	ret = port_release(in, (unsigned int)room);
	return ret < 0 ? ret : room;
}

int gen_open_capture(const struct gen_options *opt, bool timed, struct port **ret, struct err *err)
{
	int rc = port_pcap_open_read(opt->read, timed, ret, err);

	if (rc)
		return rc;
	rc = impair_option_open(opt->impair, ret, err);
	if (rc)
		port_close(*ret);
	return rc;
}

int gen_replay(const struct gen_options *opt)
{
	struct trial_record *r;
	struct port *in = NULL, *out = NULL;
	struct err err = { 0 };
	int ret, status = EXIT_CANT_RUN;

	r = gen_record_new(opt);
	if (!r)
		return EXIT_CANT_RUN;
	if (gen_open_capture(opt, !opt->fast && !opt->write, &in, &err)) {
		status = gen_fail(&err);
		goto free_record;
	}
	if (gen_open_out(opt, &out, &err)) {
		status = gen_fail(&err);
		goto close_in;
	}
	do
		ret = gen_pass(in, out, r);
	while (ret >= 0);
	if (ret != -ENODATA) {
		gen_broken(port_error(out) ? out : in, ret);
		goto close_out;
	}
	gen_record_replayed(r);
	status = gen_print(r, opt, false);
	if (!opt->json)
		impair_option_print(opt->impair, in, stdout);

close_out:
	status = gen_close_out(opt, out, status);
close_in:
	port_close(in);
free_record:
	free(r);
	return status;
}
