/* SPDX-License-Identifier: GPL-2.0-or-later */
/* testbed_memory.h - the testbed in this process, for the list in testbed.c. */
#ifndef KPPS_TESTBED_MEMORY_H
#define KPPS_TESTBED_MEMORY_H

#include "run/testbed.h"

extern const struct testbed_ops testbed_memory;

#endif
