/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * classify.h - how rules are searched. A classifier compiles the IR once and
 * then answers for each packet; counters are numbered by the IR, so they are
 * the same whichever classifier counts.
 */
#ifndef KPPS_FW_CLASSIFY_H
#define KPPS_FW_CLASSIFY_H

#include "fw-under-test/engine/ir.h"
#include "fw-under-test/engine/target.h"

struct classifier_ops {
	const char *name;
	const char *help;
	/* @ir outlives the result. */
	int (*create)(const struct ir *ir, const struct fw_config *config, void **ret_classifier,
		      struct err *err);
	void (*destroy)(void *classifier);
	/* Words of state a worker needs, and their beginning. */
	u32 (*state_words)(const void *classifier);
	void (*state_init)(const void *classifier, unsigned int workers, u64 *states);
	/* The table has a chain at this hook; ctx->key is right. */
	enum rule_verdict (*run)(const void *classifier, enum table table, enum hook hook,
				 struct rule_ctx *ctx, struct rule_worker *w);
};

extern const struct classifier_ops *const classifiers[];	/* NULL ends; first: default */
extern const struct classifier_ops classify_linear;

#endif
