// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jumpavg.c - see jumpavg.h. The cost of a group: how many values, where their
 * average is, how far they spread, and which point of the sphere of that
 * radius they are.
 */
#include "analysis/jumpavg.h"

#include <math.h>

#define JUMPAVG_VALUES 256

static double average(const double *v, unsigned int n)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += v[i];
	return sum / n;
}

static double population_stdev(const double *v, unsigned int n, double avg)
{
	double sum = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		sum += (v[i] - avg) * (v[i] - avg);
	return sqrt(sum / n);
}

double jumpavg_bits(const double *v, unsigned int n, double prev_avg)
{
	const double top = JUMPAVG_MAX;
	double avg = average(v, n), bits, norm, sd, ln;

	bits = log2((double)n * (n + 1.0));
	if (prev_avg < 0) {
		bits += log2(top + 1);
	} else {
		norm = prev_avg * prev_avg - (prev_avg - 1) * top + top * top / 2;
		bits -= log2((fabs(avg - prev_avg) + 1) / norm);
	}
	if (n < 2)
		return bits;
	sd = population_stdev(v, n, avg);
	bits += log2((sd + 1) * (sd + 2)) + log2(1 - 1 / (top + 2));
	ln = log(2) + (n - 1) / 2.0 * log(M_PI) - lgamma((n - 1) / 2.0) +
	     (n - 2.0) * log(sd + 1) + (n - 2) / 2.0 * log(n);
	return bits + ln / log(2);
}

bool jumpavg_differ(const double *a, unsigned int na, const double *b, unsigned int nb,
		    double *ret_saved)
{
	double v[JUMPAVG_VALUES] = { 0 }, top = 0, saved;
	unsigned int i;

	if (ret_saved)
		*ret_saved = 0;
	if (!na || !nb)
		return false;
	na = min(na, JUMPAVG_VALUES / 2u);
	nb = min(nb, JUMPAVG_VALUES / 2u);
	for (i = 0; i < na + nb; i++) {
		v[i] = i < na ? a[i] : b[i - na];
		top = max(top, v[i]);
	}
	for (i = 0; top > 0 && i < na + nb; i++)
		v[i] *= JUMPAVG_MAX / top;
	saved = jumpavg_bits(v, na + nb, -1) - jumpavg_bits(v, na, -1) -
		jumpavg_bits(v + na, nb, average(v, na));
	if (ret_saved)
		*ret_saved = saved;
	return saved > 0;
}
