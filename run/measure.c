// SPDX-License-Identifier: GPL-2.0-or-later
/* measure.c - see measure.h. */
#include "run/measure.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "run/summary.h"
#include "run/testbed.h"
#include "run/trial.h"

#define PROFILE_SHARE	0.9

static int save(struct measure *m, unsigned int i, const struct point_outcome *o,
		struct err *err)
{
	summary_set_point(m->summary, i, &m->plan->point[i], o);
	return results_write_json(m->results, "summary.json", m->summary, err);
}

/* The best load that was carried: a profile at saturation would show the losing. */
static double profile_load(const struct point *p, const struct goal_result *result)
{
	double best = 0;
	unsigned int i;

	for (i = 0; i < p->ngoals; i++)
		if (goal_is_search(result[i].kind))
			best = fmax(best, result[i].lower_pps);
	for (i = 0; i < p->ngoals && !(best > 0); i++)
		best = fmax(best, result[i].value_pps);
	return PROFILE_SHARE * best;
}

/* A profile that can't be taken is a note, not the end of the point. */
static int take_profile(const struct point *p, struct trials *t, const struct goal_result *result,
			struct point_outcome *o, struct err *err)
{
	double load = profile_load(p, result);
	size_t len = strlen(t->tb->notes);
	int rc;

	if (!(load > 0))
		return 0;
	rc = trials_profile(t, load, &o->profile, err);
	if (!rc || rc == -EINTR)
		return rc;
	snprintf(t->tb->notes + len, sizeof(t->tb->notes) - len, "no profile: %s\n", err->text);
	return 0;
}

/* Self-test and goals with the testbed up; what came of it goes into @o. */
static int run_goals(const struct point *p, struct trials *t, struct goal_result *result,
		     struct point_outcome *o, struct err *err)
{
	struct measurer measurer;
	int rc = trials_selftest(t);


	if (!rc) {
		trials_measurer(t, &measurer);
		rc = goals_run(p->goal, p->ngoals, &measurer, result, err);
		trials_lower_load(t, measurer.max_load_pps);
		o->result = result;
	}
	if (!rc && p->profile)
		rc = take_profile(p, t, result, o, err);
	switch (rc) {
	case 0:
		o->status = POINT_DONE;
		break;
	case -EINTR:
		o->status = POINT_INTERRUPTED;
		snprintf(err->text, sizeof(err->text), "stopped by the user");
		break;
	case -EBADMSG:
		o->status = POINT_FAILED;
		o->disturbed = t->rec.disturbed;
		snprintf(err->text, sizeof(err->text), "%s: %s", o->result ?
			 "three invalid trials in a row" : "no valid trial to begin with", t->why);
		break;
	default:
		o->status = POINT_FAILED;
		if (t->err.code)
			*err = t->err;
	}
	o->why = rc ? err->text : "";
	return rc == -EINTR ? rc : 0;
}

static int with_testbed(struct measure *m, const struct point *p, struct testbed *tb,
			struct trials *t, struct goal_result *result, struct point_outcome *o,
			struct err *err)
{
	json_t *replay = NULL;
	int rc = results_trials_of(m->results, p->name, o->attempt, &replay, err);

	if (rc)
		return rc;
	rc = trials_init(t, p, tb, m->results, &m->progress, m->stop, replay);
	if (rc)
		return err_set(err, rc, "out of memory");
	t->attempt = o->attempt;
	o->trials = t;
	o->tb = tb;
	return run_goals(p, t, result, o, err);
}

int measure_point(struct measure *m, unsigned int i, unsigned int attempt, struct err *err)
{
	const struct point *p = &m->plan->point[i];
	struct goal_result result[POINT_GOALS_MAX];
	struct point_outcome o = { .status = POINT_RUNNING, .attempt = attempt };
	const struct testbed_ops *ops = testbed_find(p->testbed);
	struct err why = { 0 }, io = { 0 };
	struct testbed *tb = NULL;
	u64 start = clk_system_ns();
	static struct trials t;		/* too large for a stack */
	char line[256];
	int rc, rc_save;

	progress_point(&m->progress, i, p->name, plan_point_seconds(p));
	rc = save(m, i, &o, err);
	if (rc)
		return rc;
	rc = ops ? ops->up(p, &tb, &why) :
		   err_set(&why, -ENOENT, "no testbed \"%s\"", p->testbed);
	if (rc) {
		o.status = rc == -EINTR ? POINT_INTERRUPTED : POINT_FAILED;
		o.why = why.text;
		rc = rc == -EINTR ? rc : 0;
	} else {
		rc = with_testbed(m, p, tb, &t, result, &o, &why);
	}
	o.seconds = (double)(clk_system_ns() - start) / 1e9;
	if (tb && ops->finish)
		ops->finish(tb);
	rc_save = save(m, i, &o, &io);
	json_decref(o.profile);
	if (tb)
		ops->down(tb);
	trials_release(&t);
	if (rc_save) {
		*err = io;
		return rc_save;
	}
	progress_point_end(&m->progress, summary_line(m->summary, i, line, sizeof(line)));
	if (rc)
		*err = why;
	return rc;
}
