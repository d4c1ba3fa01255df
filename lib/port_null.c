// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port_null.c - frames go nowhere; see port.h. One burst of scratch slots that
 * every reserve hands out again. Transmitting side: one thread.
 */
#include "lib/port.h"

#include <errno.h>
#include <stdlib.h>

#define NULL_FRAME_MAX 65536

struct null_port {
	struct port port;
	u32 room;
	u32 stride;
	u8 slot[] __cacheline;
};

static struct null_port *to_null(struct port *p)
{
	return container_of(p, struct null_port, port);
}

static int null_reserve(struct port *p, struct frame *f, unsigned int n)
{
	struct null_port *np = to_null(p);

	n = min(n, (unsigned int)PORT_BURST);
	for (unsigned int i = 0; i < n; i++) {
		f[i].data = np->slot + i * np->stride;
		f[i].room = np->room;
	}
	return (int)n;
}

static int null_commit(struct port *p, const struct frame *f, unsigned int n)
{
	u64 bytes = 0;

	for (unsigned int i = 0; i < n; i++)
		bytes += f[i].len;
	p->stats.tx_frames += n;
	p->stats.tx_bytes += bytes;
	return 0;
}

static int null_peek(struct port *p __unused, struct frame *f __unused, unsigned int n __unused)
{
	return 0;
}

static int null_release(struct port *p __unused, unsigned int n)
{
	return n ? -EINVAL : 0;
}

static int null_close(struct port *p)
{
	free(to_null(p));
	return 0;
}

static const struct port_ops null_ops = {
	.name = "null",
	.help = "forgets every frame: measures a source alone",
	.reserve = null_reserve,
	.commit = null_commit,
	.peek = null_peek,
	.release = null_release,
	.close = null_close,
};

int port_null_open(u32 frame_max, struct port **ret_port, struct err *err)
{
	struct null_port *np;
	u32 stride;

	if (!frame_max || frame_max > NULL_FRAME_MAX)
		return err_set(err, -EINVAL, "null port: frames of %u bytes: must be 1 to %u",
			       frame_max, NULL_FRAME_MAX);
	stride = (frame_max + 63) / 64 * 64;
	np = aligned_alloc(_Alignof(struct null_port), sizeof(*np) + (size_t)stride * PORT_BURST);
	if (!np)
		return err_set(err, -ENOMEM, "null port: out of memory");
	*np = (struct null_port){ .port.ops = &null_ops, .room = frame_max, .stride = stride };
	*ret_port = &np->port;
	return 0;
}
