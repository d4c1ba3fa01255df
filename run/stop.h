/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop.h - SIGINT and SIGTERM end a command in order: they set a flag that
 * its loops look at, so that all is undone and what was measured is told. Whoever
 * asks again, a second or two later, means it: that signal does what it does to
 * others.
 */
#ifndef KPPS_STOP_H
#define KPPS_STOP_H

#include "lib/compiler.h"

extern volatile bool stop_wanted;

void stop_on_signals(void);

#endif
