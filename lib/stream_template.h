/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream_template.h - the header template inside a struct kpps_stream and the
 * checksum bases that go with it. Private to lib/stream*.c.
 */
#ifndef KPPS_STREAM_TEMPLATE_H
#define KPPS_STREAM_TEMPLATE_H

#include "lib/stream_build.h"

#define ETH_LEN		14
#define VLAN_LEN	4
#define IPV4_LEN	20
#define IPV6_LEN	40
#define EXTENSION_LEN	8	/* of each, the shortest there is */
#define TCP_LEN		20
#define TCP_SYN_LEN	32	/* with the options of a SYN */
#define UDP_ICMP_LEN	8	/* both have as much */

#define TCP_F_FIN	0x01
#define TCP_F_SYN	0x02
#define TCP_F_RST	0x04
#define TCP_F_PSH	0x08
#define TCP_F_ACK	0x10

/* Bytes of a stream's frame before the payload. */
u16 stream_headers_len(const struct stream_spec *spec);

/*
 * stream_template_build - the template from @spec. The stream's addresses,
 * ports, identity and size list stand; offsets, protocol flags and sums are
 * filled in.
 */
void stream_template_build(const struct stream_spec *spec, struct kpps_stream *s);

#endif
