// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bed_dut_xfrm.c - two of the running kernel as the DUT of the netns testbed,
 * back to back with an ESP tunnel between them: dut wraps what goes to peer, and
 * peer unwraps it, so that source and sink see plain frames. dut.esp: none is the
 * same path without a tunnel, which is what a tunnel compares to.
 */
#include <string.h>

#include "run/bed.h"

static const struct {
	enum path_place place;
	enum path_hop mid, plain;
	u32 spi_out;
} gateways[BED_GATEWAYS] = {
	{ PATH_DUT, HOP_MID0, HOP_IN, 0x1001 }, { PATH_PEER, HOP_MID1, HOP_OUT, 0x1002 },
};

static const u8 families[] = { AF_INET, AF_INET6 };

static const struct xfrm_suite *suite_of(const struct bed *n)
{
	return xfrm_suite_find(n->point->dut.esp);	/* NULL: none */
}

static int esp_probe(const struct bed_dut_ops *dut __unused, const struct point *p,
		     struct err *err)
{
	if (!p)
		return xfrm_probe(NULL, true, true, err);
	if (!xfrm_suite_find(p->dut.esp))
		return 0;
	return xfrm_probe(xfrm_suite_find(p->dut.esp), point_has_family(p, AF_INET),
			  point_has_family(p, AF_INET6), err);
}

static struct xfrm_end end_of(const struct bed *n, unsigned int gateway, u8 family)
{
	struct xfrm_end e = {
		.suite = suite_of(n), .family = family,
		.spi_out = gateways[gateway].spi_out, .spi_in = gateways[!gateway].spi_out,
		.wrapped = n->path.link[gateways[gateway].mid].ifindex,
		.plain = n->path.link[gateways[gateway].plain].ifindex,
	};

	path_mid(gateways[gateway].mid, family, &e.own);
	path_mid(gateways[!gateway].mid, family, &e.other);
	return e;
}

static int tunnels(struct bed *n, struct err *err)
{
	unsigned int g, f;
	int rc = 0;

	for (g = 0; g < BED_GATEWAYS && !rc; g++) {
		for (f = 0; f < ARRAY_SIZE(families) && !rc; f++) {
			struct xfrm_end e = end_of(n, g, families[f]);

			/* an SA of a family that the kernel lacks and no stream wants */
			if (point_has_family(n->point, families[f]))
				rc = xfrm_up(n->path.netns[gateways[g].place], &e, err);
		}
	}
	return rc;
}

static int esp_up(struct bed *n, struct err *err)
{
	const struct xfrm_suite *s = suite_of(n);
	int rc = bed_kernel_up(n, err);

	if (!rc && s)
		rc = tunnels(n, err);
	if (rc)
		return rc;
	bed_say(n, "two gateways of this kernel back to back: the figure is that of %s\n",
		s ? "encryption and decryption together" : "both, without a tunnel");
	if (s)
		bed_say(n, "ESP tunnel %s (%s%s%s), 64-bit sequence numbers, replay window %u\n",
			s->name, s->aead ? s->aead : s->cipher, s->auth ? ", " : "",
			s->auth ? s->auth : "", XFRM_WINDOW);
	bed_say(n, "the link between the gateways has an MTU of %u, the others %u: nothing is fragmented\n",
		n->path.link[HOP_MID0].mtu, n->path.link[HOP_IN].mtu);
	return 0;
}

/* Of both families together. */
static int count_end(struct bed *n, unsigned int gateway, struct xfrm_counts *ret, struct err *err)
{
	unsigned int f;
	int rc = 0;

	memset(ret, 0, sizeof(*ret));
	for (f = 0; f < ARRAY_SIZE(families) && !rc; f++) {
		struct xfrm_end e = end_of(n, gateway, families[f]);
		struct xfrm_counts c;

		if (!point_has_family(n->point, families[f]))
			continue;
		rc = xfrm_count(n->path.netns[gateways[gateway].place], &e, &c, err);
		ret->packets_out += c.packets_out;
		ret->bytes_out += c.bytes_out;
		ret->packets_in += c.packets_in;
		ret->bytes_in += c.bytes_in;
		ret->replayed += c.replayed;
		ret->forged += c.forged;
	}
	return rc;
}

static int esp_before(struct bed *n, struct err *err)
{
	unsigned int g;
	int rc = 0;

	for (g = 0; suite_of(n) && g < BED_GATEWAYS && !rc; g++)
		rc = count_end(n, g, &n->esp[g], err);
	return rc;
}

static json_t *difference(const struct xfrm_counts *a, const struct xfrm_counts *b)
{
#define DIFF(field) #field, (json_int_t)(b->field - a->field)
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", DIFF(packets_out), DIFF(bytes_out),
			 DIFF(packets_in), DIFF(bytes_in), DIFF(replayed), DIFF(forged));
#undef DIFF
}

/* What each gateway wrapped and unwrapped. */
static int esp_after(struct bed *n, json_t *counters, struct err *err __unused)
{
	json_t *esp = json_object();
	unsigned int g;

	for (g = 0; suite_of(n) && g < BED_GATEWAYS; g++) {
		struct xfrm_counts now;
		int rc = count_end(n, g, &now, &n->spoilt);

		if (rc) {
			json_decref(esp);
			return rc;
		}
		json_object_set_new(esp, g ? "peer" : "dut", difference(&n->esp[g], &now));
	}
	if (suite_of(n))
		json_object_set(counters, "esp", esp);
	json_decref(esp);
	return 0;
}

const struct bed_dut_ops bed_dut_xfrm = {
	.name = "xfrm", .help = "the running kernel twice, back to back, with an ESP tunnel between (dut.esp)",
	.path = PATH_TUNNEL, .probe = esp_probe, .up = esp_up, .down = bed_kernel_down,
	.flush = bed_kernel_flush, .count = bed_kernel_count, .before = esp_before,
	.after = esp_after,
};
