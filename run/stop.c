// SPDX-License-Identifier: GPL-2.0-or-later
/* stop.c - see stop.h. */
#include "run/stop.h"

#include <signal.h>
#include <time.h>

/* timeout(1) signals its child, and then the child's group: the same wish twice. */
#define SAME_WISH_S	1

volatile bool stop_wanted;
static volatile time_t wanted_at;

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void on_signal(int sig)
{
	if (!stop_wanted) {
		wanted_at = seconds();
		stop_wanted = true;
		return;
	}
	if (seconds() - wanted_at <= SAME_WISH_S)
		return;
	signal(sig, SIG_DFL);
	raise(sig);
}

void stop_on_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}
