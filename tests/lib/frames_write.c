// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frames_write.c - for frames_decode.t: writes frames of every template to a
 * capture file, and to stdout a line per frame of what a decoder must find in
 * it: protocol columns separated by "|", as `tshark -T fields` prints them.
 */
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/stream_build.h"

#define TIME 1700000000123456789ULL
#define FRAMES 3	/* of each template */

struct variant {
	u8 protocol;
	enum kpps_segment segment;
	bool reverse;
};

static const struct variant variants[] = {
	{ IPPROTO_UDP, KPPS_DATA, false },   { IPPROTO_UDP, KPPS_DATA, true },
	{ IPPROTO_TCP, KPPS_DATA, false },   { IPPROTO_TCP, KPPS_DATA, true },
	{ IPPROTO_TCP, KPPS_SYN, false },    { IPPROTO_TCP, KPPS_SYNACK, true },
	{ IPPROTO_TCP, KPPS_ACK, false },    { IPPROTO_TCP, KPPS_FIN, false },
	{ IPPROTO_TCP, KPPS_FIN, true },     { IPPROTO_TCP, KPPS_RST, false },
	{ IPPROTO_TCP, KPPS_RST, true },     { IPPROTO_ICMP, KPPS_DATA, false },
	{ IPPROTO_ICMP, KPPS_DATA, true },
};

/* with FCS; 0: the smallest with a signature */
static const u16 sizes[] = { 64, 0, 128, 594, 1518, 9000 };

static void die(const char *what)
{
	fprintf(stderr, "frames_write: %s\n", what);
	exit(1);
}

static void print_address(u8 family, u64 hi, u64 lo)
{
	u8 b[16];

	kpps_put64(b, hi);
	kpps_put64(b + 8, lo);
	if (family == AF_INET) {
		kpps_put32(b, (u32)lo);
		printf("|%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
		return;
	}
	printf("|");
	for (unsigned int i = 0; i < 16; i++)
		printf("%02x", b[i]);
}

static void print_vlans(const struct stream_spec *spec)
{
	printf("|");
	for (unsigned int i = 0; i < spec->nvlans; i++)
		printf("%s%u", i ? "," : "", spec->vlan[i]);
}

/* The numbers as stream_build.h defines them, from the SYN of either end. */
static void print_tcp(const struct kpps_stream *s, const struct kpps_stream *syn,
		      const struct kpps_stream *peer_syn, u64 index, u64 flow, u32 payload)
{
	static const char *const flags[] = {
		[KPPS_SYN] = "0x0002", [KPPS_SYNACK] = "0x0012", [KPPS_ACK] = "0x0010",
		[KPPS_FIN] = "0x0011", [KPPS_RST] = "0x0014",
	};
	bool has_syn = s->segment == KPPS_SYN || s->segment == KPPS_SYNACK;
	u32 seq = syn->tcp_seq + (u32)flow + !has_syn;
	u32 ack = peer_syn->tcp_seq + (u32)flow + 1;

	if (s->segment == KPPS_DATA) {
		seq += ((u32)(index / s->flows) * payload) & KPPS_TCP_SPAN;
		printf("|%s", payload ? "0x0018" : "0x0010");
	} else {
		printf("|%s", flags[s->segment]);
	}
	printf("|%u|%u|%u", seq, s->segment == KPPS_SYN ? 0 : ack, payload);
	if (has_syn)
		printf("|%u|7|1", s->family == AF_INET ? 1460 : 1440);
	else
		printf("|||");
}

static void print_expected(const struct stream_spec *spec, const struct kpps_stream *s,
			   u64 index, u32 len)
{
	struct kpps_stream syn, peer_syn;
	u64 flow = kpps_stream_flow(s, index);
	u32 payload = s->sizes[0].l3_len - (s->payload_off - s->l3_off);
	struct kpps_tuple t;

	kpps_stream_tuple(s, flow, &t);
	printf("%u", len);
	print_vlans(spec);
	print_address(s->family, t.src_hi, t.src_lo);
	print_address(s->family, t.dst_hi, t.dst_lo);
	printf("|%u|%u", spec->ttl, spec->dscp);
	if (spec->protocol == IPPROTO_ICMP) {
		bool reply = s->flags & KPPS_F_REVERSE;
		u8 type = s->family == AF_INET ? (reply ? 0 : 8) : (reply ? 129 : 128);

		/* the decoder prints ICMPv6's identifier in hexadecimal */
		printf(s->family == AF_INET ? "|icmp|%u|%u|%u\n" : "|icmp|%u|0x%04x|%u\n", type,
		       kpps_be16(t.sport), (u16)index);
		return;
	}
	printf("|%s|%u|%u", spec->protocol == IPPROTO_UDP ? "udp" : "tcp", kpps_be16(t.sport),
	       kpps_be16(t.dport));
	if (spec->protocol == IPPROTO_UDP) {
		printf("|%u\n", payload + 8);
		return;
	}
	if (stream_segment(s, KPPS_SYN, &syn) || stream_reverse(&syn, &peer_syn))
		die("no SYN");
	print_tcp(s, &syn, &peer_syn, index, flow, payload);
	printf("\n");
}

static void write_stream(pcap_dumper_t *out, const struct stream_spec *spec,
			 const struct kpps_stream *s)
{
	static u8 frame[KPPS_FRAME_MAX];
	struct pcap_pkthdr h = { .ts = { .tv_sec = 1 } };

	for (u64 i = 0; i < FRAMES; i++) {
		u64 index = i * i * i * 40000;

		h.len = h.caplen = kpps_frame_make(s, index, TIME, frame);
		pcap_dump((u_char *)out, &h, frame);
		print_expected(spec, s, index, h.len);
	}
}

static void write_variant(pcap_dumper_t *out, const struct variant *v, u8 family, u16 nvlans,
			  u16 size, u8 nextensions)
{
	static const u8 extensions[STREAM_EXTENSIONS_MAX] = {
		IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT,
	};
	struct stream_spec spec;
	struct kpps_stream s;
	struct err err;

	stream_spec_default(&spec);
	spec.protocol = v->protocol;
	spec.nvlans = nvlans;
	spec.vlan[0] = 7;
	spec.vlan[1] = 4094;
	spec.dscp = 46;
	spec.ttl = 63;
	spec.flows = 50000;
	spec.destination_port = (struct port_range){ 5000, 5009 };
	stream_spec_family(&spec, family);
	spec.destination.count = 200;
	memcpy(spec.extension, extensions, sizeof(extensions));
	spec.nextensions = nextensions;
	if (size)
		spec.sizes[0] = size;
	if (stream_build(&spec, &s, &err)) {
		/* the smallest of all is too small for some */
		if (size == sizes[0])
			return;
		die(err.text);
	}
	if (nextensions && s.payload_off + KPPS_SIG_LEN > KPPS_HEADER_MAX)
		return;
	if (v->reverse && stream_reverse(&s, &s))
		die("no reverse");
	if (v->segment != KPPS_DATA && stream_segment(&s, v->segment, &s))
		die("no segment");
	write_stream(out, &spec, &s);
}

int main(int argc, char **argv)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *out = argc == 2 && p ? pcap_dump_open(p, argv[1]) : NULL;

	if (!out)
		die("usage: frames_write FILE");
	for (unsigned int family = 0; family < 2; family++)
		for (u16 nvlans = 0; nvlans <= STREAM_VLANS_MAX; nvlans++)
			for (unsigned int v = 0; v < ARRAY_SIZE(variants); v++)
				for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
					write_variant(out, &variants[v],
						      family ? AF_INET6 : AF_INET, nvlans,
						      sizes[i], 0);
	for (u8 n = 1; n <= STREAM_EXTENSIONS_MAX; n++)
		for (unsigned int v = 0; v < ARRAY_SIZE(variants); v++)
			write_variant(out, &variants[v], AF_INET6, n % 2, 256, n);
	pcap_dump_close(out);
	pcap_close(p);
	return 0;
}
