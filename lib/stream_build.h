/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream_build.h - from what a user writes to a struct kpps_stream; userspace
 * only. The only code that fills a kpps_stream.
 */
#ifndef KPPS_STREAM_BUILD_H
#define KPPS_STREAM_BUILD_H

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/stream.h"

#define STREAM_VLANS_MAX 2
#define STREAM_EXTENSIONS_MAX 3

/* What part of a packet the frames claim to be; nothing else of it is ever sent. */
enum stream_fragment { STREAM_WHOLE, STREAM_FIRST, STREAM_MIDDLE, STREAM_LAST };

struct addr_range {		/* AF_INET: the first 4 bytes; network order */
	u8 base[16];
	u64 count;		/* 1 … 2^32 consecutive addresses */
};

struct port_range {
	u16 first, last;	/* ICMP: identifiers, in source */
};

struct stream_spec {
	char name[64];
	u8 family;		/* AF_INET, AF_INET6 */
	u8 protocol;		/* IPPROTO_UDP, _TCP, _ICMP (with AF_INET6: ICMPv6) */
	u8 order;		/* enum kpps_order */
	double zipf_s;		/* exponent, 0.1 … 4 */
	u64 burst;		/* packets of one flow in a row; 1 */
	u64 flows;		/* 0: every tuple */
	struct addr_range source, destination;
	struct port_range source_port, destination_port;
	u16 nvlans, vlan[STREAM_VLANS_MAX];	/* outermost first; two: QinQ */
	u8 dscp, ttl, tcp_flags;
	/* IPv6, in this order: IPPROTO_HOPOPTS, _DSTOPTS (both PadN), _ROUTING (type 253
	 * of RFC 4727, no segments left), _FRAGMENT; 8 bytes each */
	u8 nextensions, extension[STREAM_EXTENSIONS_MAX];
	u8 fragment;		/* enum stream_fragment; IPv6: needs _FRAGMENT among the extensions */
	u16 nsizes, sizes[KPPS_SIZES_MAX];	/* with FCS, as users write them; sent in this order */
	u8 source_mac[6], destination_mac[6];
	u64 seed;
	u16 run, id;
};

/*
 * stream_spec_default - IPv4, UDP, 64 bytes, one flow per tuple, in the ranges
 * that RFC 2544 and RFC 5180 set aside for benchmarks; stream_spec_family sets
 * the addresses and the size (the smallest with a signature) of @family.
 */
void stream_spec_default(struct stream_spec *spec);
void stream_spec_family(struct stream_spec *spec, u8 family);

/*
 * stream_build - check @spec and fill @ret. Errors say which field, why, and
 * what would fit: sizes too small for the headers, flows above the tuples, …
 */
int stream_build(const struct stream_spec *spec, struct kpps_stream *ret, struct err *err);

/*
 * stream_segment - the TCP stream @s with another segment (SYN, ACK, …) without
 * payload and signature; same flows. With isn and peer, the initial sequence
 * numbers of flow 0 of the sender and of the other end, flow f has
 *	SYN		seq isn + f
 *	SYN/ACK		seq isn + f,     ack peer + f + 1
 *	ACK, FIN, RST	seq isn + f + 1, ack peer + f + 1
 *	DATA		the same, seq growing within KPPS_TCP_SPAN bytes
 * -EINVAL: not TCP, or a way back to DATA.
 */
int stream_segment(const struct kpps_stream *s, enum kpps_segment segment,
		   struct kpps_stream *ret);
/*
 * stream_reverse - @s as the far end sends it: MACs, addresses, ports, sequence
 * and acknowledgment numbers swapped; ICMP echo becomes echo reply. Its id is
 * the stream's + STREAM_REVERSE_ID; -EINVAL when that is too large. The reverse
 * of the reverse is the stream. What a DUT has translated comes from a tuple table.
 */
#define STREAM_REVERSE_ID 32
int stream_reverse(const struct kpps_stream *s, struct kpps_stream *ret);

/* Reciprocals: @d below 2^63, below 2^32. */
void stream_recip(u64 d, struct kpps_recip *ret);
void stream_recip32(u32 d, struct kpps_recip32 *ret);

/* Smallest frame (with FCS) of this stream that has room for the signature. */
u16 stream_sig_size_min(const struct stream_spec *spec);
/* imix_parse - RFC 6985 genome letters, e.g. "aaaaaaaeeeef", @mtu for z. */
int imix_parse(const char *genome, u16 mtu, u16 *ret_sizes, u16 *ret_n, struct err *err);
/* addr_range_parse - "198.18.0.0/16", "198.18.0.1", "198.18.0.1-198.18.0.9", IPv6 alike. */
int addr_range_parse(const char *text, u8 *ret_family, struct addr_range *ret, struct err *err);
/* mac_parse - "02:00:00:00:00:01"; false: it is none, and @ret is as it was. */
bool mac_parse(const char *text, u8 ret[6]);

#endif
