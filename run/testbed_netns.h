/* SPDX-License-Identifier: GPL-2.0-or-later */
/* testbed_netns.h - a kernel's data path between two veth pairs (testbed_netns.c). */
#ifndef KPPS_TESTBED_NETNS_H
#define KPPS_TESTBED_NETNS_H

#include "run/testbed.h"

extern const struct testbed_ops testbed_netns;

#endif
