/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare_kernel.h - how the kernels differ that points were measured on (testbed vm).
 * A point names its kernel in setup.vm of summary.json; the results directory keeps the
 * config as kernels/ID.config.
 */
#ifndef KPPS_COMPARE_KERNEL_H
#define KPPS_COMPARE_KERNEL_H

#include "analysis/kernel_config.h"
#include "analysis/results_read.h"

#define COMPARE_KERNEL_OPTIONS 20	/* most that are shown of a pair */

struct compare_kernel {
	const struct res_dir *dir;
	const char *id, *name, *release;	/* belong to @dir */
};

/* compare_kernel_of - of point @index of @r; id NULL when it had none of its own. */
struct compare_kernel compare_kernel_of(const struct res_dir *r, unsigned int index);

/*
 * compare_kernel_pair - print how @a and @b differ (of one run or of two), and into
 * @json (an array, may be NULL) the same; @out may be NULL. A config that is missing is
 * said, not an error.
 */
void compare_kernel_pair(const struct compare_kernel *a, const struct compare_kernel *b, FILE *out,
			 json_t *json);

/* compare_kernel_run - each other kernel of @r against its first. */
void compare_kernel_run(const struct res_dir *r, FILE *out, json_t *json);

struct compare;
/* compare_kernels - each pair of different kernels that matched points of a comparison had. */
void compare_kernels(const struct compare *c, FILE *out, json_t *json);

#endif
