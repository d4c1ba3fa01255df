/* SPDX-License-Identifier: GPL-2.0-or-later */
/* testbed_wire.h - an external device between two real ports, or at one; for testbed.c. */
#ifndef KPPS_TESTBED_WIRE_H
#define KPPS_TESTBED_WIRE_H

#include "run/testbed.h"

extern const struct testbed_ops testbed_wire;

#endif
