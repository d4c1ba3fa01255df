// SPDX-License-Identifier: GPL-2.0-or-later
/* stream_options.c - see stream_options.h. */
#include "run/stream_options.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define IMIX_MTU 1518

struct word {
	const char *text;
	u8 value;
};

static const struct word families[] = { { "ipv4", AF_INET }, { "ipv6", AF_INET6 }, { 0 } };
static const struct word protocols[] = {
	{ "udp", IPPROTO_UDP }, { "tcp", IPPROTO_TCP }, { "icmp", IPPROTO_ICMP }, { 0 }
};
static const struct word orders[] = {
	{ "sequential", KPPS_SEQUENTIAL }, { "uniform", KPPS_UNIFORM }, { "zipf", KPPS_ZIPF }, { 0 }
};
static const struct word tcp_flags[] = {
	{ "fin", 1 }, { "syn", 2 }, { "rst", 4 }, { "psh", 8 }, { "ack", 16 }, { "urg", 32 },
	{ "ece", 64 }, { "cwr", 128 }, { 0 }
};

static int word_find(const char *option, const struct word *words, const char *text, size_t len,
		     u8 *ret, struct err *err)
{
	char known[128] = "";
	size_t at = 0;

	for (const struct word *w = words; w->text; w++) {
		if (strlen(w->text) == len && !memcmp(w->text, text, len)) {
			*ret = w->value;
			return 0;
		}
		/* the words of each list fit */
		at += (size_t)snprintf(known + at, sizeof(known) - at, "%s%s", at ? ", " : "",
				       w->text);
	}
	return err_set(err, -EINVAL, "--%s: unknown word \"%.*s\": known are %s", option, (int)len,
		       text, known);
}

/* Call @item for each part of @text between commas; 0 or the first error. */
static int list_each(const char *text, int (*item)(void *arg, const char *part, size_t len,
						   struct err *err),
		     void *arg, struct err *err)
{
	for (;;) {
		size_t len = strcspn(text, ",");
		int ret = item(arg, text, len, err);

		if (ret || !text[len])
			return ret;
		text += len + 1;
	}
}

static int size_item(void *arg, const char *part, size_t len, struct err *err)
{
	struct stream_spec *spec = arg;
	char text[32] = "";
	u64 size = 0;
	int ret;

	memcpy(text, part, min(len, sizeof(text) - 1));
	ret = units_parse_u64(UNIT_SIZE, text, &size, err);
	if (ret)
		return ret;
	if (spec->nsizes == KPPS_SIZES_MAX || size > KPPS_FRAME_MAX + 4)
		return err_set(err, -ERANGE, "--size: \"%s\": at most %u sizes of at most %uB", text,
			       KPPS_SIZES_MAX, KPPS_FRAME_MAX + 4);
	spec->sizes[spec->nsizes++] = (u16)size;
	return 0;
}

static int vlan_item(void *arg, const char *part, size_t len, struct err *err)
{
	struct stream_spec *spec = arg;
	char *end;
	unsigned long id = strtoul(part, &end, 10);

	if (!len || end != part + len || !isdigit((unsigned char)part[0]) || id > 4095)
		return err_set(err, -EINVAL, "--vlan: \"%.*s\": must be 0 to 4095", (int)len, part);
	if (spec->nvlans == STREAM_VLANS_MAX)
		return err_set(err, -EINVAL, "--vlan: more than %d tags", STREAM_VLANS_MAX);
	spec->vlan[spec->nvlans++] = (u16)id;
	return 0;
}

static int flag_item(void *arg, const char *part, size_t len, struct err *err)
{
	struct stream_spec *spec = arg;
	u8 flag = 0;
	int ret = word_find("tcp-flags", tcp_flags, part, len, &flag, err);

	if (!ret)
		spec->tcp_flags |= flag;
	return ret;
}

static bool port_number(const char **text, u16 *ret)
{
	char *end;
	unsigned long v = strtoul(*text, &end, 10);

	if (!isdigit((unsigned char)(*text)[0]) || v > 65535)
		return false;
	*ret = (u16)v;
	*text = end;
	return true;
}

static int ports(const char *option, const char *text, struct port_range *ret, struct err *err)
{
	const char *at = text;

	if (!text)
		return 0;
	if (port_number(&at, &ret->first)) {
		ret->last = ret->first;
		if (!*at)
			return 0;
		if (*at == '-' && (at++, port_number(&at, &ret->last)) && !*at &&
		    ret->first <= ret->last)
			return 0;
	}
	return err_set(err, -EINVAL,
		       "--%s: \"%s\": must be a number up to 65535 or a range like 1024-65535",
		       option, text);
}

/* Addresses decide the family when --family does not; they must agree. */
static int address(const char *option, const char *text, u8 *family, struct addr_range *ret,
		   struct err *err)
{
	u8 found = 0;
	int error;

	if (!text)
		return 0;
	error = addr_range_parse(text, &found, ret, err);
	if (error)
		return error;
	if (*family && *family != found)
		return err_set(err, -EINVAL, "--%s: \"%s\" is not an %s address", option, text,
			       *family == AF_INET ? "IPv4" : "IPv6");
	*family = found;
	return 0;
}

/* Where the stream's default is IPv4: benchmarking addresses of RFC 5180. */
static int addresses(const struct stream_options *opt, struct stream_spec *spec, struct err *err)
{
	u8 family = 0;
	int ret = 0;

	if (opt->family)
		ret = word_find("family", families, opt->family, strlen(opt->family), &family, err);
	if (!ret)
		ret = address("source", opt->source, &family, &spec->source, err);
	if (!ret)
		ret = address("destination", opt->destination, &family, &spec->destination, err);
	if (ret)
		return ret;
	spec->family = family ? family : AF_INET;
	if (spec->family == AF_INET)
		return 0;
	if (!opt->source)
		ret = addr_range_parse("2001:2::/112", &family, &spec->source, err);
	if (!ret && !opt->destination)
		ret = addr_range_parse("2001:2:0:8000::1", &family, &spec->destination, err);
	return ret;
}

static int mac(const char *option, const char *text, u8 ret[6], struct err *err)
{
	if (!text || mac_parse(text, ret))
		return 0;
	return err_set(err, -EINVAL, "--%s: \"%s\": want a MAC address such as 02:00:00:00:00:01",
		       option, text);
}

static int macs(const struct stream_options *opt, struct stream_spec *spec, struct err *err)
{
	int ret = mac("source-mac", opt->source_mac, spec->source_mac, err);

	return ret ? ret : mac("destination-mac", opt->destination_mac, spec->destination_mac, err);
}

static int sizes(const struct stream_options *opt, struct stream_spec *spec, struct err *err)
{
	if (!opt->size) {
		u16 fit = stream_sig_size_min(spec);

		spec->nsizes = 1;
		spec->sizes[0] = max(fit, (u16)64);
		return 0;
	}
	spec->nsizes = 0;
	if (isalpha((unsigned char)opt->size[0]))
		return imix_parse(opt->size, IMIX_MTU, spec->sizes, &spec->nsizes, err);
	return list_each(opt->size, size_item, spec, err);
}

static int lists(const struct stream_options *opt, struct stream_spec *spec, struct err *err)
{
	int ret = 0;

	if (opt->vlan) {
		spec->nvlans = 0;
		ret = list_each(opt->vlan, vlan_item, spec, err);
	}
	if (!ret && opt->tcp_flags) {
		spec->tcp_flags = 0;
		ret = list_each(opt->tcp_flags, flag_item, spec, err);
	}
	return ret;
}

int stream_options_spec(const struct stream_options *opt, struct stream_spec *ret_spec,
			struct err *err)
{
	struct stream_spec spec;
	int ret;

	stream_spec_default(&spec);
	spec.flows = opt->flows;
	spec.burst = opt->burst;
	spec.dscp = (u8)opt->dscp;
	spec.ttl = (u8)opt->ttl;
	spec.seed = opt->seed;
	spec.run = (u16)opt->run;
	spec.id = (u16)opt->id;
	spec.zipf_s = opt->zipf;
	ret = word_find("protocol", protocols, opt->protocol, strlen(opt->protocol), &spec.protocol,
			err);
	if (!ret)
		ret = word_find("order", orders, opt->order, strlen(opt->order), &spec.order, err);
	if (!ret)
		ret = addresses(opt, &spec, err);
	if (!ret)
		ret = ports("source-port", opt->source_port, &spec.source_port, err);
	if (!ret)
		ret = ports("destination-port", opt->destination_port, &spec.destination_port, err);
	if (!ret)
		ret = macs(opt, &spec, err);
	if (!ret)
		ret = lists(opt, &spec, err);
	if (!ret)
		ret = sizes(opt, &spec, err);
	if (!ret)
		*ret_spec = spec;
	return ret;
}
