/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poller.h - a thread on a CPU of its own that calls one function over and over
 * while it is wanted, and sleeps otherwise. Start and stop come from one other
 * thread and return when the state is reached: after poller_stop the caller may
 * touch everything the steps touched, without locks.
 */
#ifndef KPPS_POLLER_H
#define KPPS_POLLER_H

#include <pthread.h>

#include "lib/compiler.h"
#include "lib/err.h"
#include "lib/topo.h"

struct poller_ops {
	/* one step; 0: there was nothing to do */
	int (*step)(void *arg);
	/* in the thread, when it starts and when it stops stepping; may be NULL */
	void (*begin)(void *arg);
	void (*end)(void *arg);
};

struct poller {
	const struct poller_ops *ops;
	void *arg;
	const struct topo *topo;
	int cpu;
	pthread_t thread;
	pthread_mutex_t lock;	/* of what follows */
	pthread_cond_t changed;
	bool wanted, running, quit;
	bool exists;		/* the thread does */
	bool urgent;		/* as poller_start was told */
};

int poller_init(struct poller *p, const struct poller_ops *ops, void *arg,
		const struct topo *topo, int cpu, struct err *err);
void poller_release(struct poller *p);
/* poller_start - @urgent: of a real-time class until poller_stop, see poller_urgent. */
void poller_start(struct poller *p, bool urgent);
void poller_stop(struct poller *p);

/*
 * poller_raise - let the calling thread go before others on its CPU, where it
 * may (root): what runs beside a measurement makes its trials invalid. Returns
 * the nice value it had; poller_lower goes back to one. Nothing depends on it.
 */
int poller_raise(void);
void poller_lower(int nice_value);

/*
 * poller_urgent - the calling thread in a real-time class, where it may (root), or
 * out of it. Raised alone, a thread still waits for some ms whenever another one
 * on its CPU wakes up. Only for a polling that ends in POLLER_URGENT_NS: kernels
 * stop a real-time thread for 50 ms of every second, and what they run in threads
 * (softirqs, RCU) waits all the while; so not where the kernel is measured.
 */
#define POLLER_URGENT_NS	200000000ULL
void poller_urgent(bool on);

static inline void cpu_relax(void)
{
#ifdef __x86_64__
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
