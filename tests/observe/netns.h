/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netns.h - three namespaces in a row for tests of the counters, made by ip(8):
 *
 *	near ---- inPID (DUT) out ---- far
 *
 * Their names have the process id in them. netns_make removes at exit what it made,
 * also when the test dies of a signal or an assertion.
 */
#ifndef KPPS_TESTS_NETNS_H
#define KPPS_TESTS_NETNS_H

#include "run/net/hops.h"

enum { NS_NEAR, NS_DUT, NS_FAR, NS_COUNT };
enum { HOP_NEAR, HOP_IN, HOP_OUT, HOP_FAR, HOP_COUNT };

struct netns {
	char name[NS_COUNT][32];
	int fd[NS_COUNT];
	int ifindex[HOP_COUNT];
	struct hops_config config;
};

/* netns_skip - why namespaces can't be made here; NULL: they can. */
const char *netns_skip(void);
void netns_make(struct netns *n);
void netns_remove(struct netns *n);
/* netns_ip - ip(8) with the words of @fmt in namespace @ns. */
void netns_ip(const struct netns *n, int ns, const char *fmt, ...) __printf(3, 4);
/* netns_sh - a shell in @ns, with its /sys; the exit status. */
int netns_sh(const struct netns *n, int ns, const char *script);
/* netns_write - the file @path, seen from @ns. */
void netns_write(const struct netns *n, int ns, const char *path, const char *value);
/* netns_packets - @count UDP frames to 198.19.0.1 out of near by AF_PACKET. */
void netns_packets(const struct netns *n, unsigned int count);
/* netns_live - @count such frames by BPF_PROG_RUN, redirected out of near, on @cpu. */
void netns_live(const struct netns *n, unsigned int count, int cpu);
/* netns_xdp - attach a program that returns @action (XDP_DROP …) to @hop. */
void netns_xdp(const struct netns *n, int hop, int action);
/* netns_napi_pin - threaded NAPI for @hop, its threads on @cpu, where all else goes first. */
void netns_napi_pin(const struct netns *n, int hop, int cpu);

#endif
