// SPDX-License-Identifier: GPL-2.0-or-later
/* visit.c - see visit.h. */
#include "run/net/visit.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

struct visit {
	int netns;
	int (*look)(void *arg, struct err *err);
	void *arg;
	struct err *err;
	int rc;
};

static void *visit_thread(void *arg)
{
	struct visit *v = arg;

	if (v->netns >= 0 && setns(v->netns, CLONE_NEWNET))
		v->rc = err_set(v->err, -errno, "can't enter a network namespace: %s%s",
				strerror(errno), errno == EPERM ? "; run kpps as root" : "");
	else
		v->rc = v->look(v->arg, v->err);
	return NULL;
}

int netns_visit(int netns, int (*look)(void *arg, struct err *err), void *arg, struct err *err)
{
	struct visit v = { .netns = netns, .look = look, .arg = arg, .err = err };
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, visit_thread, &v);

	if (rc)
		return err_set(err, -rc, "can't start a thread to look into a network namespace: %s",
			       strerror(rc));
	pthread_join(thread, NULL);
	return v.rc;
}
