/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_rules_parts.h - what the backends of kernel_rules.h share; for them
 * only. Programs run by child.h; what they say on failure becomes one sentence.
 */
#ifndef KPPS_NET_KERNEL_RULES_PARTS_H
#define KPPS_NET_KERNEL_RULES_PARTS_H

#include <sys/socket.h>

#include "fw-under-test/engine/ir.h"
#include "run/net/child.h"
#include "run/net/kernel_rules.h"

enum { RULES_V4, RULES_V6, RULES_FAMILIES };

static inline int rules_family(int f)
{
	return f == RULES_V4 ? AF_INET : AF_INET6;
}

/* rules_parse - the families given, NULL for the others; rules_free takes all. For a
 * bridge what can't be there is refused. */
int rules_parse(const struct kernel_rules *rules, struct ir *ir[RULES_FAMILIES], struct err *err);
void rules_free(struct ir *ir[RULES_FAMILIES]);

/* tool_run - run @argv with @input; @ret_out may be NULL. Status and what was
 * written to standard error: @ret_status, @ret_err (malloc'ed). */
int tool_run(int netns, const char *const *argv, const char *input, size_t len, char **ret_out,
	      int *ret_status, char **ret_err, struct err *err);
/* tool_ok - the status must be 0; else -EPROTO with the program's words. */
int tool_ok(int netns, const char *const *argv, const char *input, char **ret_out,
		 struct err *err);
/*
 * tool_refused - `NAME:LINE: PROGRAM refuses "TEXT OF THE LINE": WORDS`, from
 * what the program wrote; @name is that of @text. Returns -EPROTO.
 */
int tool_refused(const char *program, const char *words, const char *name, const char *text,
		  struct err *err);

/* rules_clear - no rules of any backend whose programs are installed. */
int rules_clear(int netns, struct err *err);

/* rules_compare - is the saved text of @saved what @asked says? Else -EBADMSG with
 * the first rule, chain or policy that differs. @program: who saved it. */
int rules_compare(const struct ir *asked, const char *program, const char *saved,
		  struct err *err);

/* The two ways of iptables: kernel_rules_xt.c. */
enum xt_kind { XT_LEGACY, XT_NFT };
int xt_probe(enum xt_kind kind, struct err *err);
int xt_load(enum xt_kind kind, int netns, const struct kernel_rules *rules, char **ret_loaded,
	    struct err *err);
int xt_flush(enum xt_kind kind, int netns, struct err *err);	/* 0 when not installed */

/* nft: kernel_rules_native.c. */
int nft_flush(int netns, struct err *err);			/* 0 when not installed */

extern const struct kernel_rules_backend kernel_rules_legacy, kernel_rules_nft,
	kernel_rules_native;

#endif
