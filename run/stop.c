// SPDX-License-Identifier: GPL-2.0-or-later
/* stop.c - see stop.h. */
#include "run/stop.h"

#include <signal.h>

volatile bool stop_wanted;

static void on_signal(int sig)
{
	stop_wanted = true;
	signal(sig, SIG_DFL);
}

void stop_on_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}
