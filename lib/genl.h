/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * genl.h - a family of generic netlink, spoken to over a socket of its own. The
 * socket belongs to the network namespace that the calling thread is in when it
 * is opened, and stays in it. One thread at a time.
 *
 * A request is built in the socket's buffer: genl_begin, libmnl's mnl_attr_put_*,
 * genl_call. A refusal becomes a sentence: what the kernel says, and the attribute
 * it is about by the name that @names has for it.
 */
#ifndef KPPS_GENL_H
#define KPPS_GENL_H

#include <libmnl/libmnl.h>

#include "lib/compiler.h"
#include "lib/err.h"

struct genl;

struct genl_names {
	const char *who;		/* begins the sentences */
	const char *const *commands;	/* by number, up to @ncommands; NULL: has none */
	const char *const *attrs;	/* likewise */
	unsigned int ncommands, nattrs;
};

/*
 * genl_open - *@ret speaks to @family; -ENOENT when the kernel has none of that name,
 * whose sentence is the caller's to make better. @names is borrowed.
 */
int genl_open(const char *family, const struct genl_names *names, struct genl **ret,
	      struct err *err);
void genl_close(struct genl *g);	/* NULL too */
unsigned int genl_version(const struct genl *g);	/* of the family */

/* genl_begin - an empty request, for attributes to be put into; valid until the next one. */
struct nlmsghdr *genl_begin(struct genl *g, u8 cmd);
/*
 * genl_call - send what was begun, and wait for the answer, GENL_PATIENCE_S at most
 * (-ETIMEDOUT). @ret_attrs, if not NULL, has room for @nattrs pointers: those of the
 * answer by type, NULL where there is none; they are valid until the next request.
 */
int genl_call(struct genl *g, const struct nlattr **ret_attrs, unsigned int nattrs,
	      struct err *err);
/* genl_join - messages to @group of the family arrive at this socket from now on. */
int genl_join(struct genl *g, const char *group, struct err *err);
int genl_fd(const struct genl *g);	/* readable when there are some */
/*
 * genl_event - the next of them, without waiting: its command and attributes; 0 when
 * there is none, 1 otherwise, -ENOBUFS when some were lost.
 */
int genl_event(struct genl *g, u8 *ret_cmd, const struct nlattr **ret_attrs, unsigned int nattrs);

/* A request's head into @buf, without a socket: genl_begin's and tests'. */
struct nlmsghdr *genl_head(void *buf, u16 family, u8 version, u8 cmd);
/* genl_refused - the sentence for the NLMSG_ERROR @answer to @request; the error in it. */
int genl_refused(const struct genl_names *names, const struct nlmsghdr *request,
		 const struct nlmsghdr *answer, struct err *err);

/* Of an answer, @absent where it has no such attribute or one of another length. */
u64 genl_u64(const struct nlattr *attr, u64 absent);
u32 genl_u32(const struct nlattr *attr, u32 absent);

#define GENL_PATIENCE_S	10
#define GENL_ROOM	131072	/* of a request */

#endif
