// SPDX-License-Identifier: GPL-2.0-or-later
/* xdp_pass.c - see xdp_pass.h. */
#include "run/net/xdp_pass.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <string.h>
#include <unistd.h>

int xdp_pass_attach(int ifindex, struct err *err)
{
	static const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_link_create_opts opts = {
		.sz = sizeof(opts),
		.flags = XDP_FLAGS_DRV_MODE,
	};
	int link, program = bpf_prog_load(BPF_PROG_TYPE_XDP, "kpps_pass", "GPL", pass,
					  ARRAY_SIZE(pass), NULL);

	if (program < 0)
		return err_set(err, -errno, "the kernel takes no XDP program: %s", strerror(errno));
	link = bpf_link_create(program, ifindex, BPF_XDP, &opts);
	if (link < 0)
		link = err_set(err, -errno, "no XDP program can be attached to interface %d: %s",
			       ifindex, strerror(errno));
	close(program);	/* the link holds it */
	return link;
}
