/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream_options.h - a stream described by options of a command line. The
 * texts point into argv; stream_options_spec reads them and keeps nothing.
 */
#ifndef KPPS_STREAM_OPTIONS_H
#define KPPS_STREAM_OPTIONS_H

#include "lib/stream_build.h"
#include "run/command.h"

struct stream_options {
	const char *family, *protocol, *size, *order;
	const char *source, *destination, *source_port, *destination_port;
	const char *source_mac, *destination_mac;
	const char *vlan, *tcp_flags;
	u64 flows, burst, dscp, ttl, seed, run, id;
	double zipf;
};

/* The rows of a table for a struct that holds a struct stream_options as @member. */
#define STREAM_OPTION(type_, name_, field_, unit_, metavar_, struct_, member_, min_, max_, help_) \
	{ .name = name_, .type = type_, .unit = unit_, .metavar = metavar_, .help = help_, \
	  .min = min_, .max = max_, \
	  .offset = offsetof(struct struct_, member_) + offsetof(struct stream_options, field_) }

#define STREAM_TEXT(name_, field_, metavar_, s, m, help_) \
	STREAM_OPTION(OPTION_STRING, name_, field_, UNIT_NONE, metavar_, s, m, 0, 0, help_)
#define STREAM_COUNT(name_, field_, s, m, min_, max_, help_) \
	STREAM_OPTION(OPTION_U64, name_, field_, UNIT_COUNT, "N", s, m, min_, max_, help_)

#define STREAM_OPTIONS(s, m) \
	STREAM_TEXT("family", family, "FAMILY", s, m, \
		    "ipv4 or ipv6; otherwise what --source or --destination is, or ipv4"), \
	STREAM_TEXT("protocol", protocol, "PROTOCOL", s, m, "udp, tcp or icmp"), \
	STREAM_TEXT("size", size, "SIZE", s, m, \
		    "frame size with FCS, a list (64B,570B,1518B) or IMIX letters (RFC 6985); " \
		    "otherwise the smallest that holds a signature"), \
	STREAM_COUNT("flows", flows, s, m, 0, 1e15, "flows; 0: every address and port pair"), \
	STREAM_TEXT("order", order, "ORDER", s, m, "sequential, uniform or zipf"), \
	STREAM_OPTION(OPTION_NUMBER, "zipf", zipf, UNIT_NONE, "S", s, m, 0.1, 4, \
		      "exponent of the order zipf"), \
	STREAM_COUNT("burst", burst, s, m, 1, 1e9, "frames of one flow in a row"), \
	STREAM_TEXT("source", source, "ADDRESSES", s, m, "source addresses: one, a prefix or a range"), \
	STREAM_TEXT("destination", destination, "ADDRESSES", s, m, "destination addresses"), \
	STREAM_TEXT("source-port", source_port, "PORTS", s, m, \
		    "source ports: one or a range (icmp: identifiers)"), \
	STREAM_TEXT("destination-port", destination_port, "PORTS", s, m, "destination ports"), \
	STREAM_TEXT("source-mac", source_mac, "MAC", s, m, \
		    "source MAC address; otherwise the interface's own, in captures 02:00:00:00:00:01"), \
	STREAM_TEXT("destination-mac", destination_mac, "MAC", s, m, \
		    "destination MAC address, of the router or firewall; otherwise 02:00:00:00:00:02, " \
		    "or with --into stack the interface's own"), \
	STREAM_TEXT("vlan", vlan, "ID[,ID]", s, m, "VLAN tag, or two (QinQ), outermost first"), \
	STREAM_COUNT("dscp", dscp, s, m, 0, 63, "differentiated services code point"), \
	STREAM_COUNT("ttl", ttl, s, m, 1, 255, "TTL or hop limit"), \
	STREAM_TEXT("tcp-flags", tcp_flags, "FLAGS", s, m, "of fin,syn,rst,psh,ack,urg,ece,cwr"), \
	STREAM_COUNT("seed", seed, s, m, 0, 1.8e19, "seed of orders and permutation"), \
	STREAM_COUNT("run", run, s, m, 0, KPPS_RUNS_MAX - 1, "run number in the signature"), \
	STREAM_COUNT("id", id, s, m, 0, KPPS_STREAMS_MAX - 1, "stream number in the signature")

#define STREAM_OPTIONS_DEFAULT { \
	.protocol = "udp", .order = "sequential", .flows = 65536, .zipf = 1, .burst = 1, \
	.ttl = 64, .seed = 1, \
}

/* stream_options_spec - check the texts; errors name the option. */
int stream_options_spec(const struct stream_options *opt, struct stream_spec *ret_spec,
			struct err *err);

#endif
