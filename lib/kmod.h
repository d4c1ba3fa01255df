/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kmod.h - the module kpps_gen, as its source and its sink speak to it
 * (kmod/uapi/kpps_gen.h). Any thread; a connection as in lib/genl.h.
 */
#ifndef KPPS_KMOD_H
#define KPPS_KMOD_H

#include "kmod/uapi/kpps_gen.h"
#include "lib/genl.h"

/* Attributes of an answer by their type. */
struct kmod_answer {
	const struct nlattr *attr[KPPS_GEN_A_MAX + 1];
};

extern const struct genl_names kmod_source_names, kmod_sink_names;

/*
 * kmod_open - a connection, in the network namespace of the calling thread. -EOPNOTSUPP
 * with how to get the module when it is not there, -EPROTO when it is of another
 * version.
 */
int kmod_open(const struct genl_names *names, struct genl **ret, struct err *err);
/* kmod_probe - 0 when the module is there and takes orders from us. */
int kmod_probe(const struct genl_names *names, struct err *err);

/* kmod_call - genl_call; *@ret may be NULL. */
static inline int kmod_call(struct genl *g, struct kmod_answer *ret, struct err *err)
{
	return genl_call(g, ret ? ret->attr : NULL, ret ? KPPS_GEN_A_MAX + 1 : 0, err);
}

/* kmod_call_id - a request of an ID and nothing more. */
int kmod_call_id(struct genl *g, u8 cmd, u32 id, struct kmod_answer *ret, struct err *err);

#endif
