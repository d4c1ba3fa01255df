/* SPDX-License-Identifier: GPL-2.0 */
/* compat.h - what differs between the kernels that the module is built for, 6.1 to 6.12. */
#ifndef KG_COMPAT_H
#define KG_COMPAT_H

#include <linux/version.h>

#endif
