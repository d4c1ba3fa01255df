// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * poller.c - see poller.h. `wanted` is also read without the lock, by the thread
 * between two steps; the mutex around every change orders everything else.
 */
#include "run/poller.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Not a real-time class, for what may poll long; see poller_urgent. */
#define NICE_MEASURING (-20)

int poller_raise(void)
{
	id_t self = (id_t)gettid();
	int before = getpriority(PRIO_PROCESS, self);

	setpriority(PRIO_PROCESS, self, NICE_MEASURING);
	return before;
}

void poller_lower(int nice_value)
{
	setpriority(PRIO_PROCESS, (id_t)gettid(), nice_value);
}

void poller_urgent(bool on)
{
	const struct sched_param param = { .sched_priority = on ? 1 : 0 };

	/* the nice value is kept meanwhile */
	sched_setscheduler(0, on ? SCHED_FIFO : SCHED_OTHER, &param);
}

static void step_while_wanted(struct poller *p)
{
	bool urgent = p->urgent;

	if (urgent)
		poller_urgent(true);
	if (p->ops->begin)
		p->ops->begin(p->arg);
	while (__atomic_load_n(&p->wanted, __ATOMIC_RELAXED))
		if (!p->ops->step(p->arg))
			cpu_relax();
	if (p->ops->end)
		p->ops->end(p->arg);
	if (urgent)
		poller_urgent(false);
}

static void set_running(struct poller *p, bool running)
{
	p->running = running;
	pthread_cond_broadcast(&p->changed);
}

static void *poller_main(void *arg)
{
	struct poller *p = arg;

	/* A CPU that went away since the placement: slower, not wrong. */
	topo_pin(p->topo, p->cpu);
	poller_raise();
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->wanted && !p->quit)
			pthread_cond_wait(&p->changed, &p->lock);
		if (p->quit)
			break;
		set_running(p, true);
		pthread_mutex_unlock(&p->lock);
		step_while_wanted(p);
		pthread_mutex_lock(&p->lock);
		set_running(p, false);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

int poller_init(struct poller *p, const struct poller_ops *ops, void *arg,
		const struct topo *topo, int cpu, struct err *err)
{
	int rc;

	memset(p, 0, sizeof(*p));
	p->ops = ops;
	p->arg = arg;
	p->topo = topo;
	p->cpu = cpu;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	rc = pthread_create(&p->thread, NULL, poller_main, p);
	if (rc)
		return err_set(err, -rc, "cannot start a thread: %s", strerror(rc));
	p->exists = true;
	return 0;
}

static void set_wanted(struct poller *p, bool wanted)
{
	pthread_mutex_lock(&p->lock);
	__atomic_store_n(&p->wanted, wanted, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&p->changed);
	while (p->running != wanted)
		pthread_cond_wait(&p->changed, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

void poller_start(struct poller *p, bool urgent)
{
	if (!p->exists)
		return;
	p->urgent = urgent;	/* it sleeps; the lock below orders it */
	set_wanted(p, true);
}

void poller_stop(struct poller *p)
{
	if (p->exists)
		set_wanted(p, false);
}

void poller_release(struct poller *p)
{
	if (!p->exists)
		return;
	poller_stop(p);
	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->changed);
	p->exists = false;
}
