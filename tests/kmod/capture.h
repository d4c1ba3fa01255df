/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture.h - what arrives at a device, by AF_PACKET, for the module's tests. The
 * socket's buffer holds all that a test sends; nothing is read until it asks.
 */
#ifndef TESTS_KMOD_CAPTURE_H
#define TESTS_KMOD_CAPTURE_H

#include "lib/stream.h"

/* capture_open - of frames with @protocol as Ethernet type (0: all), incoming and outgoing. */
int capture_open(int ifindex, u16 protocol, int room);
/* capture_next - the next frame; its length, 0: there is none within @wait_ms. */
unsigned int capture_next(int fd, u8 *frame, unsigned int room, int wait_ms);
/* capture_drops - frames that had no room since the last call. */
unsigned int capture_drops(int fd);

#endif
