// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_pcap.c - any bytes as a capture file, read to its end through impairment. */
#include <stdio.h>

#include "lib/port_pcap.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void read_all(struct port *p)
{
	struct frame f[PORT_BURST];
	u8 sum = 0;
	int n;

	while ((n = port_peek(p, f, PORT_BURST)) > 0) {
		for (int i = 0; i < n; i++)
			for (u32 at = 0; at < f[i].len; at++)
				sum ^= f[i].data[at];
		port_release(p, (unsigned int)n);
	}
	/* every byte is needed: the reads must stay */
	__asm__ volatile("" : : "r"(sum));
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const struct port_impair_config config = {
		.seed = size, .corrupt = 3U << 30, .reorder = 1U << 29, .reorder_by = 3,
	};
	FILE *file = size ? fmemopen((void *)data, size, "rb") : NULL;
	struct port *inner, *p;

	if (!file || port_pcap_read_stream(file, "fuzz", false, &inner, NULL))
		return 0;
	if (port_impair_open(inner, &config, &p, NULL)) {
		port_close(inner);
		return 0;
	}
	read_all(p);
	port_close(p);
	return 0;
}
