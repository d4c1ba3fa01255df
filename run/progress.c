// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * progress.c - the progress line. The time left comes from the plan's
 * expectation, corrected by how the points measured so far kept to theirs.
 */
#include "run/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/units.h"

#define UPDATE_NS	100000000ULL	/* a terminal needs no more */
#define COLUMNS		80

void progress_init(struct progress *p, FILE *out, bool quiet, unsigned int points,
		   double expected_s)
{
	memset(p, 0, sizeof(*p));
	p->out = out;
	p->kind = quiet ? PROGRESS_QUIET : isatty(fileno(out)) ? PROGRESS_TTY : PROGRESS_LINES;
	p->points = points;
	p->expected_s = expected_s;
	p->started_ns = clk_system_ns();
}

double progress_left_s(const struct progress *p, u64 now_ns)
{
	double here = (double)(now_ns - p->point_ns) / 1e9;
	double left = p->expected_s - p->expected_done_s;
	double pace = 1;

	if (p->measured && p->measured_expected_s > 0)
		pace = p->measured_s / p->measured_expected_s;
	left = left * pace - here;
	return left > 0 ? left : 0;
}

static unsigned int columns(const struct progress *p)
{
	struct winsize ws;

	if (ioctl(fileno(p->out), TIOCGWINSZ, &ws) || !ws.ws_col)
		return COLUMNS;
	return ws.ws_col;
}

/* Cut @line to @width columns; a UTF-8 sequence counts one and stays whole. */
static void cut(char *line, unsigned int width)
{
	unsigned int n = 0;
	char *c;

	for (c = line; *c; c++) {
		if (((unsigned char)*c & 0xc0) == 0x80)
			continue;
		if (n++ == width) {
			*c = '\0';
			return;
		}
	}
}

static void show(struct progress *p, bool at_once)
{
	u64 now = clk_system_ns();
	char line[512], load[32] = "";
	unsigned int left;

	if (p->kind != PROGRESS_TTY || (!at_once && now - p->shown_ns < UPDATE_NS))
		return;
	p->shown_ns = now;
	left = (unsigned int)(progress_left_s(p, now) + 0.5);
	if (p->load_pps > 0)
		units_print(UNIT_RATE, p->load_pps, load, sizeof(load));
	snprintf(line, sizeof(line), "[%u/%u] %u:%02u left  %s  %s %s  %s", p->point, p->points,
		 left / 60, left % 60, p->name, p->phase, load, p->bounds);
	cut(line, columns(p) - 1);
	fprintf(p->out, "\r\033[K%s", line);
	fflush(p->out);
}

void progress_point(struct progress *p, unsigned int i, const char *name, double expected_s)
{
	p->point = i + 1;
	p->point_ns = clk_system_ns();
	p->expected_point_s = expected_s;
	if (p->attempt > 1)
		snprintf(p->name, sizeof(p->name), "%s (attempt %u)", name, p->attempt);
	else
		snprintf(p->name, sizeof(p->name), "%s", name);
	p->phase[0] = p->bounds[0] = '\0';
	p->load_pps = 0;
	if (p->kind == PROGRESS_LINES) {
		fprintf(p->out, "[%u/%u] %s\n", p->point, p->points, p->name);
		fflush(p->out);
	}
	show(p, true);
}

void progress_kept(struct progress *p, double expected_s)
{
	p->expected_done_s += expected_s;
}

void progress_attempt(struct progress *p, unsigned int attempt, double extra_s)
{
	p->expected_s += extra_s;
	p->attempt = attempt;
}

void progress_trial(struct progress *p, const char *phase, double load_pps)
{
	bool new_phase = strncmp(p->phase, phase, sizeof(p->phase) - 1);

	snprintf(p->phase, sizeof(p->phase), "%s", phase);
	p->load_pps = load_pps;
	show(p, new_phase);
}

void progress_bounds(struct progress *p, const char *text)
{
	snprintf(p->bounds, sizeof(p->bounds), "%s", text);
	show(p, false);
}

void progress_point_end(struct progress *p, const char *result)
{
	p->expected_done_s += p->expected_point_s;
	p->measured++;
	p->measured_expected_s += p->expected_point_s;
	p->measured_s += (double)(clk_system_ns() - p->point_ns) / 1e9;
	if (p->kind == PROGRESS_LINES) {
		fprintf(p->out, "[%u/%u] %s: %s\n", p->point, p->points, p->name, result);
		fflush(p->out);
	}
}

void progress_say(struct progress *p, const char *text)
{
	if (p->kind == PROGRESS_QUIET)
		return;
	fprintf(p->out, "%s%s\n", p->kind == PROGRESS_TTY ? "\r\033[K" : "", text);
	fflush(p->out);
}

void progress_finish(struct progress *p)
{
	if (p->kind == PROGRESS_TTY)
		fputs("\r\033[K", p->out);
	fflush(p->out);
}
