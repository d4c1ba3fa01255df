// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report_profile.c - where the DUT's CPU time went: a stacked bar a point, and
 * the functions behind it. Groups are drawn in the order in which the results
 * have them; each has one colour in every report.
 */
#include <math.h>
#include <string.h>

#include "analysis/plot.h"
#include "analysis/report_parts.h"
#include "analysis/text.h"

#define GROUPS_MAX   32
#define ROWS_MAX     48		/* more bars than that nobody compares */
#define SHOWN_MIN    0.01	/* a group that is nowhere larger joins the rest */
#define LABELLED_MIN 0.07	/* a part that is wide enough for its number */
#define FUNCTIONS    6		/* of a point, in the table */

static const char rest_name[] = "the rest";

/* Dark enough for white figures, on light and on dark pages. */
static const struct {
	const char *name, *colour;
} colours[] = {
	{ "driver and veth", "#2b6cb0" }, { "XDP and BPF", "#0f8a8a" },
	{ "network core", "#58789c" }, { "qdisc", "#7d8fa3" }, { "bridge", "#3a9d6f" },
	{ "IP", "#2f7d3b" }, { "IPsec", "#77871f" }, { "conntrack", "#c25808" },
	{ "NAT", "#a67c00" }, { "netfilter hooks", "#7a5c1e" },
	{ "iptables", "#b0303f" }, { "nftables", "#a04a85" },
	{ "allocation and free", "#6a55a8" }, { "locks and RCU", "#3f4696" },
	{ "sockets and system calls", "#8a6a52" }, { "mitigations", "#6b4030" },
	{ "scheduler and timers", "#8b7f99" }, { "other kernel", "#8f959b" },
	{ "user space", "#4d5660" },
};

struct bars {
	unsigned int nrows, ngroups, left_out;
	const struct res_point *row[ROWS_MAX];
	const char *group[GROUPS_MAX];
};

static const char *group_colour(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(colours); i++)
		if (!strcmp(colours[i].name, name))
			return colours[i].colour;
	return "#b0b4b8";
}

static const struct res_profile_group *find_group(const struct res_point *p, const char *name)
{
	unsigned int i;

	for (i = 0; i < p->profile->ngroups; i++)
		if (!strcmp(p->profile->group[i].name, name))
			return &p->profile->group[i];
	return NULL;
}

/* Where in the fixed order @name stands; unknown ones at the end. */
static unsigned int group_rank(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(colours); i++)
		if (!strcmp(colours[i].name, name))
			break;
	return i;
}

static void add_group(struct bars *b, const char *name)
{
	unsigned int i, at;

	for (i = 0; i < b->ngroups; i++)
		if (!strcmp(b->group[i], name))
			return;
	if (b->ngroups == GROUPS_MAX)
		return;
	for (at = b->ngroups; at && group_rank(b->group[at - 1]) > group_rank(name); at--)
		b->group[at] = b->group[at - 1];
	b->group[at] = name;
	b->ngroups++;
}

static struct bars collect(const struct res_dir *r)
{
	struct bars b = { 0 };
	unsigned int i, j;

	for (i = 0; i < r->npoints; i++) {
		const struct res_point *p = &r->point[i];

		if (!p->profile || !p->profile->ngroups)
			continue;
		if (b.nrows == ROWS_MAX) {
			b.left_out++;
			continue;
		}
		b.row[b.nrows++] = p;
		for (j = 0; j < p->profile->ngroups; j++)
			if (p->profile->group[j].share >= SHOWN_MIN)
				add_group(&b, p->profile->group[j].name);
	}
	return b;
}

/* "full · ipv6 · 65536 flows" */
static void point_label(const struct res_point *p, char *buf, size_t size)
{
	unsigned int i;
	size_t n = 0;

	snprintf(buf, size, "%s", p->nparams ? "" : p->name);
	for (i = 0; i < p->nparams && n < size; i++) {
		const char *dot = strrchr(p->param[i].key, '.'), *value = p->param[i].value;
		bool number = strspn(value, "0123456789.") > 0;

		n += (size_t)snprintf(buf + n, size - n, "%s%s%s%s", i ? " \xc2\xb7 " : "", value,
				      number ? " " : "",
				      number ? (dot ? dot + 1 : p->param[i].key) : "");
	}
}

/* Characters, not bytes. */
static unsigned int width_of(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void data_row(FILE *dat, unsigned int row, double from, double share, const char *label)
{
	char number[16] = " ";

	if (share >= LABELLED_MIN)
		snprintf(number, sizeof(number), "%.0f", 100 * share);
	fprintf(dat, "%u\t%.4g\t%.4g\t%s\t", row, 100 * from, 100 * (from + share), number);
	plot_field(dat, label);
	fputc('\n', dat);
}

/* A block a group, a row a point in each: what is drawn is what can be read off. */
static void bars_data(struct report_drawing *d, const struct bars *b)
{
	double from[ROWS_MAX] = { 0 };
	unsigned int g, i;
	char label[160];

	fputs("# row\tfrom, %\tto, %\tshown\tpoint\n", d->dat);
	for (g = 0; g <= b->ngroups; g++) {
		fprintf(d->dat, "%s# ", g ? "\n\n" : "");
		plot_field(d->dat, g < b->ngroups ? b->group[g] : rest_name);
		fputc('\n', d->dat);
		for (i = 0; i < b->nrows; i++) {
			const struct res_profile_group *group =
				g < b->ngroups ? find_group(b->row[i], b->group[g]) : NULL;
			double share = g == b->ngroups ? fmax(0, 1 - from[i]) :
				       group ? group->share : 0;

			point_label(b->row[i], label, sizeof(label));
			data_row(d->dat, i, from[i], share, label);
			from[i] += share;
		}
	}
}

static void bars_script(struct report_drawing *d, const struct bars *b)
{
	const unsigned int legend = (b->ngroups + 2) / 2, bar = 24;
	struct plot_size size = { 640, 62 + 18 * legend + bar * b->nrows };
	unsigned int i, g, longest = 4;
	double left, bottom = (54.0 + 18 * legend) / size.height;
	char label[160];

	for (i = 0; i < b->nrows; i++) {
		point_label(b->row[i], label, sizeof(label));
		longest = max(longest, width_of(label));
	}
	left = fmin(0.45, (12 + 7.4 * longest) / size.width);
	plot_preamble(d->gp, d->plot->name, size);
	fprintf(d->gp,
		"unset border\nunset grid\n"
		"set lmargin at screen %.4f\nset rmargin at screen 0.95\n"
		"set tmargin at screen %.4f\nset bmargin at screen %.4f\n"
		"set xrange [0:100]\nset yrange [%.2f:-0.5]\n"
		"set xtics 25 format '%%.0f %%%%' scale 0.5\n"
		"set style fill solid 1.0 noborder\n"
		"set key at screen 0.02,%.4f left top Left reverse horizontal maxcols 2 samplen 1 width 1 font ',12'\n"
		"set ytics scale 0 textcolor rgb '#1c2126' (",
		left, 1 - 8.0 / size.height, bottom, b->nrows - 0.5,
		bottom - 34.0 / size.height);
	for (i = 0; i < b->nrows; i++) {
		fputs(i ? ", " : "", d->gp);
		point_label(b->row[i], label, sizeof(label));
		plot_string(d->gp, label);
		fprintf(d->gp, " %u", i);
	}
	fputs(")\nplot ", d->gp);
	for (g = 0; g <= b->ngroups; g++) {
		const char *name = g < b->ngroups ? b->group[g] : rest_name;

		fprintf(d->gp,
			"%s'plots/%s.dat' index %u using 2:1:2:3:($1-0.38):($1+0.38) with boxxyerror fc rgb '%s' title ",
			g ? ", \\\n     " : "", d->plot->name, g, group_colour(name));
		plot_string(d->gp, name);
		fprintf(d->gp,
			", \\\n     '' index %u using (($2+$3)/2):1:4 with labels center font ',11' textcolor rgb '#ffffff' notitle",
			g);
	}
	fputs("\n", d->gp);
}

int report_plot_profile(struct report *rep, struct err *err)
{
	struct bars b = collect(rep->r);
	struct report_drawing d;
	char more[64] = "";
	bool same = true;
	unsigned int i;
	int rc;

	if (!b.nrows)
		return 0;
	rc = report_draw_begin(rep, "profile", "", &d, err);
	if (rc)
		return rc;
	for (i = 0; i < b.nrows; i++) {
		d.plot->flags |= report_flag_bits(rep, b.row[i]);
		same &= !strcmp(b.row[i]->profile->event, b.row[0]->profile->event);
	}
	if (b.left_out)
		snprintf(more, sizeof(more), "; %u more points are not drawn", b.left_out);
	snprintf(d.plot->title, sizeof(d.plot->title), "Where the CPU time goes");
	snprintf(d.plot->caption, sizeof(d.plot->caption),
		 "Share of the busy time of the DUT\xe2\x80\x99s CPUs by group of functions, sampled by %s in a trial of its own%s",
		 same ? b.row[0]->profile->event : "different events (see the table)", more);
	bars_data(&d, &b);
	bars_script(&d, &b);
	return report_draw_end(&d, true, err);
}

/* -------------------------------------------------------------------- the table */

/* The @n most frequent functions of all groups, most frequent first. */
static unsigned int top_functions(const struct res_profile *r, struct res_profile_top *top,
				  unsigned int n)
{
	unsigned int i, j, at, have = 0;

	for (i = 0; i < r->ngroups; i++) {
		for (j = 0; j < r->group[i].ntop; j++) {
			const struct res_profile_top *t = &r->group[i].top[j];

			for (at = have; at && top[at - 1].share < t->share; at--)
				if (at < n)
					top[at] = top[at - 1];
			if (at < n)
				top[at] = *t;
			have = min(have + 1, n);
		}
	}
	return have;
}

static void counter_cell(double v, FILE *out)
{
	char a[FIGURE_TEXT];

	fprintf(out, "<td class=\"n\">%s</td>", text_digits(v, 3, a, sizeof(a)));
}

static void profile_row(const struct res_point *p, bool counters, FILE *out)
{
	const struct res_profile *r = p->profile;
	struct res_profile_top top[FUNCTIONS];
	unsigned int i, n = top_functions(r, top, FUNCTIONS);
	char label[160], a[FIGURE_TEXT];

	point_label(p, label, sizeof(label));
	fputs("<tr><th scope=\"row\" class=\"point\">", out);
	html_text(out, label);
	fputs("</th><td>", out);
	html_text(out, r->event);
	fprintf(out, "</td><td class=\"n\">%s", text_count((u64)r->samples, a, sizeof(a)));
	if (r->lost > 0)
		fprintf(out, "<small>%s lost</small>", text_count((u64)r->lost, a, sizeof(a)));
	fprintf(out, "</td><td class=\"n\">%s</td>", text_share(r->idle_ratio, a, sizeof(a)));
	if (counters) {
		counter_cell(r->cycles_per_packet, out);
		counter_cell(r->instructions_per_packet, out);
	}
	fputs("<td class=\"wrap\">", out);
	for (i = 0; i < n; i++) {
		fputs(i ? ", <code>" : "<code>", out);
		html_text(out, top[i].symbol);
		fprintf(out, "</code>" SPACE "%s", text_share(top[i].share, a, sizeof(a)));
	}
	fputs("</td></tr>\n", out);
}

static void profile_table(const struct res_dir *r, bool counters, FILE *out)
{
	unsigned int i;

	fputs("<div class=\"scroll\"><table>\n<thead><tr><th>point</th><th>event</th>"
	      "<th class=\"n\">busy samples</th><th class=\"n\">idle</th>", out);
	if (counters)
		fputs("<th class=\"n\">cycles/packet</th><th class=\"n\">instructions/packet</th>",
		      out);
	fputs("<th>most frequent functions, of busy samples</th></tr></thead>\n<tbody>\n", out);
	for (i = 0; i < r->npoints; i++)
		if (r->point[i].profile)
			profile_row(&r->point[i], counters, out);
	fputs("</tbody></table></div>\n", out);
}

void report_html_profile(const struct report *rep, FILE *out)
{
	const struct res_dir *r = rep->r;
	const char *why = NULL;
	bool counters = false;
	unsigned int i, n = 0;

	for (i = 0; i < r->npoints; i++) {
		const struct res_profile *p = r->point[i].profile;

		if (!p)
			continue;
		n++;
		counters |= !isnan(p->cycles_per_packet) || !isnan(p->instructions_per_packet);
		why = why ? why : p->why_no_counters;
	}
	if (!n)
		return;
	fputs("<section>\n<h2>Functions of the DUT\xe2\x80\x99s CPUs</h2>\n", out);
	profile_table(r, counters, out);
	if (why) {
		fputs("<p class=\"soft\">Cycles and instructions per packet: ", out);
		html_text(out, why);
		fputs(".</p>\n", out);
	}
	fputs("</section>\n", out);
}
