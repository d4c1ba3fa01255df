/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream_random.h - for the tests of streams: a seeded generator, random specifications. */
#ifndef TESTS_STREAM_RANDOM_H
#define TESTS_STREAM_RANDOM_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/stream_build.h"

static inline u64 random64(u64 *state)
{
	return kpps_hash(0x9e3779b97f4a7c15ULL, (*state)++);
}

static inline u64 random_below(u64 *state, u64 n)
{
	return n ? random64(state) % n : 0;
}

/* Any stream that stream_build accepts; some need several attempts. */
static inline void random_stream(u64 *state, struct stream_spec *spec, struct kpps_stream *s)
{
	static const u8 protocols[] = { IPPROTO_UDP, IPPROTO_TCP, IPPROTO_ICMP };
	static const u8 extensions[] = {
		IPPROTO_HOPOPTS, IPPROTO_DSTOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT,
	};
	static const u64 counts[] = { 1, 2, 3, 250, 65536, 1 << 24, 1ULL << 32 };
	struct err err;

	do {
		stream_spec_default(spec);
		spec->protocol = protocols[random_below(state, 3)];
		stream_spec_family(spec, random_below(state, 2) ? AF_INET : AF_INET6);
		spec->order = (u8)random_below(state, 3);
		spec->zipf_s = 0.5 + (double)random_below(state, 20) / 10;
		spec->burst = random_below(state, 2) ? 1 : random_below(state, 100) + 1;
		if (spec->family == AF_INET)
			spec->source.base[0] = spec->destination.base[0] = 0;
		else	/* sometimes with a carry out of the lower 32 bits */
			spec->source.base[12] = random_below(state, 2) ? 0xff : 0;
		spec->source.base[15] = spec->source.base[3] = 0;
		spec->source.base[1] = spec->source.base[2] = 0;
		spec->destination.base[1] = spec->destination.base[2] = 0;
		if (spec->family == AF_INET)
			spec->destination.base[3] = 0;
		spec->source.count = counts[random_below(state, ARRAY_SIZE(counts))];
		spec->destination.count = counts[random_below(state, ARRAY_SIZE(counts))];
		spec->source_port.first = (u16)random_below(state, 65536);
		spec->source_port.last = (u16)(spec->source_port.first +
			random_below(state, 65536U - spec->source_port.first));
		if (random_below(state, 2))
			spec->destination_port = spec->source_port;
		spec->flows = random_below(state, 3) ? random64(state) >> random_below(state, 64) : 0;
		spec->nvlans = (u16)random_below(state, 3);
		spec->vlan[0] = spec->vlan[1] = 4094;
		spec->dscp = (u8)random_below(state, 64);
		if (spec->protocol == IPPROTO_TCP && random_below(state, 2))
			spec->tcp_flags = (u8)random64(state);
		spec->nextensions = (u8)(spec->family == AF_INET6 && !random_below(state, 3) ?
					 random_below(state, STREAM_EXTENSIONS_MAX) + 1 : 0);
		for (unsigned int i = 0; i < spec->nextensions; i++)
			spec->extension[i] = extensions[random_below(state, ARRAY_SIZE(extensions))];
		spec->nsizes = (u16)(random_below(state, 2) ? 1 : random_below(state, 9) + 1);
		for (unsigned int i = 0; i < spec->nsizes; i++)
			spec->sizes[i] = (u16)(64 + random_below(state, random_below(state, 2) ?
							80 : KPPS_FRAME_MAX - 60));
		spec->seed = random64(state);
		spec->run = (u16)random_below(state, KPPS_RUNS_MAX);
		spec->id = (u16)random_below(state, STREAM_REVERSE_ID);
	} while (stream_build(spec, s, &err));
}

#endif
