/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_pcap.h - inside lib and its tests only: a pcap port on an open stream,
 * so that bytes in memory can be read without a file.
 */
#ifndef KPPS_PORT_PCAP_H
#define KPPS_PORT_PCAP_H

#include <stdio.h>

#include "lib/port.h"

/* Both take @file over and close it, also when they fail: libpcap leaves no choice. */
int port_pcap_read_stream(FILE *file, const char *name, bool timed, struct port **ret_port,
			  struct err *err);
int port_pcap_write_stream(FILE *file, const char *name, struct port **ret_port, struct err *err);

#endif
