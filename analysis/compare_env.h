/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare_env.h - the environments' part of a comparison; only compare.c calls it.
 */
#ifndef KPPS_COMPARE_ENV_H
#define KPPS_COMPARE_ENV_H

#include "analysis/compare.h"

/* Fill c->env, c->nenv and c->foreign; -ENOMEM. */
int compare_environments(struct compare *c);
void compare_environments_release(struct compare *c);

#endif
