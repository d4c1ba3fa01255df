/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_xdp_skel.h - the generated skeleton of port_xdp.bpf.c, as a header of the
 * system: what bpftool writes is not ours to correct. For lib/port_xdp_hook.c only.
 */
#ifndef KPPS_PORT_XDP_SKEL_H
#define KPPS_PORT_XDP_SKEL_H

#pragma GCC system_header

#include "lib/port_xdp.skel.h"

#endif
