/* SPDX-License-Identifier: GPL-2.0-or-later */
/* testbed_vm.h - testbed netns inside a virtual machine with any kernel (testbed_vm.c). */
#ifndef KPPS_TESTBED_VM_H
#define KPPS_TESTBED_VM_H

#include "run/testbed.h"

extern const struct testbed_ops testbed_vm;

#endif
