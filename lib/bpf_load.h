/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bpf_load.h - load kpps' own BPF programs; what the kernel has against one becomes
 * a sentence with the verifier's last words. Any thread, one at a time: libbpf's
 * printing is the process's.
 */
#ifndef KPPS_BPF_LOAD_H
#define KPPS_BPF_LOAD_H

#include <bpf/libbpf.h>

#include "lib/err.h"

/* bpf_load - load what @skeleton has opened; @who begins the sentence ("xdp sink"). */
int bpf_load(struct bpf_object_skeleton *skeleton, const char *who, struct err *err);

#endif
