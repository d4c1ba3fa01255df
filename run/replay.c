// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay.c - see replay.h. libpcap directly, not a pcap port: to merge files,
 * their stamps must be absolute, and a port counts from its first frame.
 */
#include "run/replay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fw-under-test/engine/pkt.h"
#include "run/world.h"

struct input {
	pcap_t *pcap;
	const char *name;
	u16 in_if;
	u64 packets;
	bool ended;
	u64 stamp;		/* of the frame that waits */
	const u8 *data;
	u32 len;
};

struct replay {
	unsigned int n;
	u64 now;
	struct input input[REPLAY_INPUTS_MAX];
	u8 data[REPLAY_ROOM];
};

int replay_create(struct replay **ret_replay, struct err *err)
{
	struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return err_set(err, -ENOMEM, "no memory for the captures");
	*ret_replay = r;
	return 0;
}

void replay_destroy(struct replay *r)
{
	for (unsigned int i = 0; r && i < r->n; i++)
		pcap_close(r->input[i].pcap);
	free(r);
}

/* The frame that waits next in this file. */
static int input_advance(struct input *in, struct err *err)
{
	struct pcap_pkthdr *h;
	int ret = pcap_next_ex(in->pcap, &h, &in->data);

	if (ret == PCAP_ERROR_BREAK) {
		in->ended = true;
		return 0;
	}
	in->packets++;
	if (ret != 1)
		return err_set(err, -EBADMSG, "%s: packet %llu: %s", in->name,
			       (unsigned long long)in->packets, pcap_geterr(in->pcap));
	if (h->caplen < h->len)
		return err_set(err, -EBADMSG,
			       "%s: packet %llu: only %u of its %u bytes were captured; "
			       "capture whole frames (tcpdump -s 0)",
			       in->name, (unsigned long long)in->packets, h->caplen, h->len);
	if (h->caplen > REPLAY_FRAME_MAX)
		return err_set(err, -EMSGSIZE,
			       "%s: packet %llu: %u bytes, at most %d can be treated", in->name,
			       (unsigned long long)in->packets, h->caplen, REPLAY_FRAME_MAX);
	in->len = h->caplen;
	in->stamp = (u64)h->ts.tv_sec * NSEC_PER_SEC + (u64)h->ts.tv_usec;
	return 0;
}

static int input_open(struct input *in, struct err *err)
{
	char text[PCAP_ERRBUF_SIZE];

	in->pcap = pcap_open_offline_with_tstamp_precision(in->name, PCAP_TSTAMP_PRECISION_NANO,
							   text);
	if (!in->pcap)
		return err_set(err, -EINVAL, "can't read the capture \"%s\": %s", in->name, text);
	if (pcap_datalink(in->pcap) == DLT_EN10MB)
		return input_advance(in, err);
	return err_set(err, -EINVAL, "%s: its link type is %s, expected Ethernet", in->name,
		       pcap_datalink_val_to_name(pcap_datalink(in->pcap)));
}

int replay_add(struct replay *r, const char *input, unsigned int in_if, struct err *err)
{
	struct input *in = &r->input[r->n];
	const char *colon = strchr(input, ':');
	char word[16];
	int index, ret;

	if (r->n == REPLAY_INPUTS_MAX)
		return err_set(err, -E2BIG, "more than %d captures", REPLAY_INPUTS_MAX);
	in->name = input;
	in->in_if = (u16)in_if;
	if (colon && colon - input < (ptrdiff_t)sizeof(word) &&
	    !memchr(input, '/', (size_t)(colon - input))) {
		snprintf(word, sizeof(word), "%.*s", (int)(colon - input), input);
		index = world_if_find(word);
		if (index < 0)
			return err_set(err, -EINVAL,
				       "unknown interface \"%s\" in \"%s\": known are eth0, "
				       "eth1; write ./%s for a file",
				       word, input, input);
		in->name = colon + 1;
		in->in_if = (u16)index;
	}
	ret = input_open(in, err);
	if (in->pcap)
		r->n++;
	return ret;
}

int replay_next(struct replay *r, struct replay_frame *ret, struct err *err)
{
	struct input *first = NULL;

	for (unsigned int i = 0; i < r->n; i++) {
		struct input *in = &r->input[i];

		if (!in->ended && (!first || in->stamp < first->stamp))
			first = in;
	}
	if (!first)
		return 0;
	r->now = max(r->now, first->stamp);
	memcpy(r->data, first->data, first->len);
	ret->data = r->data;
	ret->len = first->len;
	ret->in_if = first->in_if;
	ret->time_ns = r->now;
	return input_advance(first, err) ? -EBADMSG : 1;
}

static const char *proto_text(const struct pkt_view *v, char *buf, size_t size)
{
	static const char letters[] = "FSRPAUEC";
	size_t n;

	switch (v->l4proto) {
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		snprintf(buf, size, "%s type %u code %u id %u",
			 v->l4proto == IPPROTO_ICMP ? "icmp" : "icmp6", v->sport >> 8,
			 v->sport & 0xff, v->dport);
		return buf;
	case IPPROTO_TCP:
		n = (size_t)snprintf(buf, size, "tcp ");
		for (unsigned int i = 0; i < 8 && n + 1 < size; i++)
			if (v->tcp_flags & (1U << i))
				buf[n++] = letters[i];
		buf[n] = '\0';
		return buf;
	default:
		snprintf(buf, size, "protocol %u", v->l4proto);
		return buf;
	}
}

static void endpoint(const struct pkt_view *v, const union fw_addr *addr, u16 port, char *buf,
		     size_t size)
{
	bool ports = v->l4_ok && !v->fragment &&
		     (v->l4proto == IPPROTO_UDP || v->l4proto == IPPROTO_TCP);
	char text[INET6_ADDRSTRLEN];

	inet_ntop(v->family, addr, text, sizeof(text));
	if (!ports)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size, v->family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
}

const char *replay_describe(u8 *data, u32 len, char *buf, size_t size)
{
	char src[64], dst[64], proto[48];
	struct pkt_view v;
	enum fw_reason why = pkt_parse(&v, data, len);

	if (why != FW_OK) {
		snprintf(buf, size, "%u bytes, %s", len, fw_reason_name(why));
		return buf;
	}
	endpoint(&v, &v.src, v.sport, src, sizeof(src));
	endpoint(&v, &v.dst, v.dport, dst, sizeof(dst));
	if (v.fragment)
		snprintf(proto, sizeof(proto), "protocol %u, later fragment", v.l4proto);
	snprintf(buf, size, "%s > %s %s", src, dst,
		 v.fragment ? proto : proto_text(&v, proto, sizeof(proto)));
	return buf;
}
