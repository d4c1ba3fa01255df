// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_report.c - the page is well-formed and says what the data says, each
 * caveat beside its figure; plots can be drawn again; CSV and Markdown.
 */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/axes.h"
#include "analysis/report.h"
#include "analysis/report_open.h"
#include "analysis/report_parts.h"
#include "analysis/text.h"
#include "tests/analysis/fixture.c"
#include "tests/skip.h"

static char dir[PATH_MAX];
static char *page;
static const char *const two_rulesets[] = { "forward", "full", NULL };

static void write_report(void)
{
	struct err err;

	if (report_write(dir, &err))
		fail_msg("%s", err.text);
	page = fixture_read(dir, "report.html");
}

static int make_quickstart(void **state __unused)
{
	const struct fixture f = { .families = true };

	fixture_make(&f, dir);
	return 0;
}

static int clean(void **state __unused)
{
	free(page);
	page = NULL;
	fixture_remove(dir);
	return 0;
}

static void has(const char *text)
{
	if (!strstr(page, text))
		fail_msg("the page lacks: %s", text);
}

static void has_not(const char *text)
{
	if (strstr(page, text))
		fail_msg("the page must not have: %s", text);
}

static bool exists(const char *file)
{
	char path[PATH_MAX + 128];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return !access(path, R_OK);
}

/* Name of the tag at @c ("<name …") into @name; returns the character after it. */
static const char *tag_name(const char *c, char *name, size_t size)
{
	size_t n = 0;

	while (*c && !isspace((unsigned char)*c) && *c != '>' && *c != '/' && n + 1 < size)
		name[n++] = *c++;
	name[n] = '\0';
	return c;
}

/* End of the tag, past quoted attributes; '<' in one is an error. */
static const char *tag_end(const char *c)
{
	char quote = 0;

	for (; *c && (quote || *c != '>'); c++) {
		assert_int_not_equal(*c, '<');
		if (quote)
			quote = *c == quote ? 0 : quote;
		else if (*c == '"' || *c == '\'')
			quote = *c;
	}
	assert_int_equal(*c, '>');
	return c;
}

/* Every '&' begins one of the few entities the page uses. */
static void check_entity(const char *c)
{
	static const char *const known[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&#39;" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strncmp(c, known[i], strlen(known[i])))
			return;
	fail_msg("bare &: %.40s", c);
}

static void assert_well_formed(const char *html)
{
	char stack[64][32], name[32];
	unsigned int depth = 0;
	const char *c, *end;

	for (c = html; *c; c++) {
		if (*c == '&')
			check_entity(c);
		if (*c != '<' || c[1] == '!')
			continue;
		if (c[1] == '/') {
			tag_name(c + 2, name, sizeof(name));
			assert_true(depth > 0);
			assert_string_equal(stack[--depth], name);
			continue;
		}
		end = tag_end(tag_name(c + 1, name, sizeof(name)));
		if (end[-1] != '/') {
			assert_true(depth < ARRAY_SIZE(stack));
			snprintf(stack[depth++], sizeof(stack[0]), "%s", name);
		}
		c = end;
	}
	assert_int_equal(depth, 0);
}

static void page_is_well_formed_and_loads_nothing(void **state __unused)
{
	write_report();
	assert_well_formed(page);
	has_not("<link");
	has_not("src=");
	has_not("@import");
	has_not("url(");
}

static void verdict_is_made_from_the_data(void **state __unused)
{
	write_report();
	has("full costs 59" SPACE "% of plain forwarding: 12.1" SPACE "\xe2\x86\x92" SPACE "4.97" SPACE
	    "Mpps (IPv4), 11.2" SPACE "\xe2\x86\x92" SPACE "4.61" SPACE "Mpps (IPv6)");
	has("What does each firewall feature cost?");
}

static void order_is_verdict_caveats_ladder_points_environment(void **state __unused)
{
	static const char *const parts[] = { "<h1>", "class=\"question\"", "class=\"verdict\"",
					     "class=\"caveats\"", "id=\"plot-ladder\"",
					     "The ladder, step by step", "Curves", "Every point",
					     "<h2>Trials", "Where it was measured",
					     "How it was measured", "id=\"summary\"" };
	const char *at, *last;
	unsigned int i;

	write_report();
	for (i = 0, last = page; i < ARRAY_SIZE(parts); i++, last = at) {
		at = strstr(last, parts[i]);
		if (!at)
			fail_msg("%s is missing or out of order", parts[i]);
	}
}

static void every_point_has_its_row(void **state __unused)
{
	const char *table, *c;
	unsigned int rows = 0;

	write_report();
	table = strstr(page, "Every point");
	for (c = table; (c = strstr(c, "class=\"point\"")); c++)
		rows++;
	assert_int_equal(rows, 12);
}

static void plots_have_data_and_script_that_draws_them_again(void **state __unused)
{
	static const char *const plots[] = { "ladder", "loss-ipv4", "loss-ipv6", "latency-ipv4",
					     "latency-ipv6" };
	char file[96], command[PATH_MAX + 128], *first, *again;
	unsigned int i;

	if (system("gnuplot --version >/dev/null 2>&1"))
		skip_because("gnuplot is not installed");
	write_report();
	for (i = 0; i < ARRAY_SIZE(plots); i++) {
		snprintf(file, sizeof(file), "plots/%s.dat", plots[i]);
		assert_true(exists(file));
		snprintf(file, sizeof(file), "plots/%s.svg", plots[i]);
		first = fixture_read(dir, file);
		snprintf(command, sizeof(command), "cd '%s' && rm %s && gnuplot plots/%s.gp", dir,
			 file, plots[i]);
		assert_int_equal(system(command), 0);
		again = fixture_read(dir, file);
		assert_string_equal(first, again);
		free(first);
		free(again);
	}
	has("aria-label=\"What each step costs\"");
	has("var(--s1)");
	has_not("id='gp");
}

static void without_gnuplot_the_page_has_tables_and_names_the_package(void **state __unused)
{
	char *path = strdup(getenv("PATH"));

	setenv("PATH", "/nonexistent", 1);
	write_report();
	setenv("PATH", path, 1);
	free(path);
	assert_well_formed(page);
	has("install the package gnuplot-nox");
	has("The ladder, step by step");
	has_not("<svg");
	assert_true(exists("plots/ladder.gp"));
	assert_false(exists("plots/ladder.svg"));
}

/* The text of the row of point @n in the table of points, to be freed. */
static char *point_row(unsigned int n)
{
	const char *c = strstr(page, "Every point"), *end;

	for (n++; n && c; n--)
		c = strstr(c + 1, "class=\"point\"");
	assert_non_null(c);
	end = strstr(c, "</tr>");
	assert_non_null(end);
	return strndup(c, (size_t)(end - c));
}

static void caveats_stand_beside_their_figures(void **state __unused)
{
	char *row;

	fixture_set(dir, "summary.json", "points/0/flags",
		    json_pack("[s,s]", "quick-preset", "source-bound"));
	fixture_set(dir, "summary.json", "points/0/selftest_pps", json_real(12.9e6));
	fixture_set(dir, "summary.json", "points/2/flags", json_pack("[s,s]", "irregular", "load-bound"));
	fixture_set(dir, "summary.json", "points/2/ndr_upper_pps", json_null());
	fixture_set(dir, "summary.json", "points/2/goals/1/regular", json_false());
	fixture_set(dir, "summary.json", "points/2/goals/1/why", json_string("no upper bound below the maximum load"));
	fixture_set(dir, "summary.json", "points/4/invalid_trials", json_integer(2));
	fixture_set(dir, "summary.json", "points/4/flags", json_pack("[s]", "invalid-trials"));
	write_report();
	row = point_row(0);
	assert_non_null(strstr(row, "12.8" SPACE "Mpps</b><small>"));	/* MRR, at 99 % of the self-test */
	assert_non_null(strstr(strstr(row, "12.8" SPACE "Mpps</b>"), "#flag-source-bound"));
	assert_non_null(strstr(row, "#flag-quick-preset"));
	free(row);
	row = point_row(2);
	assert_non_null(strstr(strstr(row, "9.22" SPACE "Mpps</b>"), "#flag-load-bound"));
	assert_non_null(strstr(row, "no upper bound below the maximum load"));
	free(row);
	row = point_row(4);
	assert_non_null(strstr(row, "2 invalid</small> <a class=\"flag\" href=\"#flag-invalid-trials\""));
	free(row);
	has("id=\"flag-source-bound\"");
	has("the tester is the limit");
}

static void flag_of_every_point_is_said_in_full_on_top(void **state __unused)
{
	const char *box, *end, *sentence;

	write_report();
	box = strstr(page, "class=\"caveats\"");
	end = strstr(box, "</aside>");
	sentence = strstr(box, "the trials were short");
	assert_true(sentence && sentence < end);
}

static void verdict_of_a_bound_tester_says_at_least(void **state __unused)
{
	fixture_set(dir, "summary.json", "points/0/flags", json_pack("[s]", "source-bound"));
	write_report();
	has("full costs at least 59");
}

static void report_of_counted_instructions_calls_nothing_a_speed(void **state __unused)
{
	json_t *summary, *point;
	char path[sizeof(dir) + 16];
	size_t i;

	snprintf(path, sizeof(path), "%s/summary.json", dir);
	summary = json_load_file(path, 0, NULL);
	json_array_foreach(json_object_get(summary, "points"), i, point) {
		char key[64];

		snprintf(key, sizeof(key), "points/%zu/flags", i);
		fixture_set(dir, "summary.json", key, json_pack("[s]", "instructions"));
	}
	json_decref(summary);
	write_report();
	has("instr/packet");
	has("p/kinstr");
	has("Instructions per packet");
	assert_null(strstr(page, "Mpps"));
	assert_null(strstr(page, "ns/packet"));
}

/* A line that is missing in one panel must not shift the colours of the others. */
static void line_has_the_same_colour_in_every_panel(void **state __unused)
{
	char *text;

	fixture_set(dir, "summary.json", "points/0/samples", json_array());
	write_report();
	text = fixture_read(dir, "plots/loss-ipv4.gp");
	assert_null(strstr(text, "'forward'"));
	assert_non_null(strstr(text, "lc rgb '#c95a00' lw 2 dt 1 title 'conntrack'"));
	free(text);
	text = fixture_read(dir, "plots/loss-ipv6.gp");
	assert_non_null(strstr(text, "lc rgb '#c95a00' lw 2 dt 1 title 'conntrack'"));
	free(text);
}

static void pending_points_hide_no_common_caveat(void **state __unused)
{
	const struct fixture f = { .families = true, .done = 5 };
	const char *box, *sentence;

	fixture_remove(dir);
	fixture_make(&f, dir);
	write_report();
	box = strstr(page, "class=\"caveats\"");
	sentence = strstr(box, "the trials were short");
	assert_true(sentence && sentence < strstr(box, "</aside>"));
	has("5 of 12 points are done");
}

static void unfinished_run_says_so(void **state __unused)
{
	fixture_set(dir, "summary.json", "finished", json_null());
	fixture_set(dir, "summary.json", "complete", json_false());
	fixture_set(dir, "summary.json", "points/11/status", json_string("pending"));
	write_report();
	has("11 of 12 points are done");
}

static void nothing_measured_gives_a_page_with_the_reason(void **state __unused)
{
	static const char *const keys[] = { "mrr_pps", "ndr_pps", "pdr_pps" };
	char path[64];
	unsigned int i, k;

	for (i = 0; i < 12; i++) {
		for (k = 0; k < ARRAY_SIZE(keys); k++) {
			snprintf(path, sizeof(path), "points/%u/%s", i, keys[k]);
			fixture_set(dir, "summary.json", path, json_null());
		}
	}
	fixture_set(dir, "summary.json", "points/0/why", json_string("three invalid trials in a row"));
	write_report();
	assert_well_formed(page);
	has("nothing was measured: three invalid trials in a row");
}

static void invalid_trials_are_listed_with_their_reason(void **state __unused)
{
	char path[PATH_MAX + 128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/trials.jsonl", dir);
	f = fopen(path, "a");
	fixture_trial(f, "dut.ruleset=full", "search", 99, "the source stalled for 9000 us");
	fclose(f);
	write_report();
	has("37 trials were recorded, self-tests included; 1 invalid");
	has("the source stalled for 9000 us");
}

static void rounds_are_said_before_any_figure(void **state __unused)
{
	fixture_set(dir, "summary.json", "rounds", json_integer(5));
	write_report();
	has("<b>5 rounds</b> figures are medians");
}

/* Names and sentences come from files anyone may have written. */
static void foreign_text_is_no_markup(void **state __unused)
{
	static const char evil[] = "<script>alert('x')</script>\"&`date`'\x01";

	fixture_set(dir, "summary.json", "name", json_string(evil));
	fixture_set(dir, "summary.json", "question", json_string(evil));
	fixture_set(dir, "summary.json", "points/0/parameters/dut.ruleset", json_string(evil));
	fixture_set(dir, "summary.json", "points/0/name", json_string(evil));
	fixture_set(dir, "summary.json", "points/1/why", json_string(evil));
	fixture_set(dir, "summary.json", "points/1/status", json_string("failed"));
	fixture_set(dir, "summary.json", "points/0/flags", json_pack("[s]", evil));
	fixture_set(dir, "summary.json", "points/0/notes", json_pack("[s]", evil));
	fixture_set(dir, "summary.json", "points/0/goals/0/why", json_string(evil));
	fixture_set(dir, "environment.json", "stable/cpu_model", json_string(evil));
	fixture_write(dir, "scenario.yaml", evil);
	write_report();
	assert_well_formed(page);
	has_not("<script>alert");
	has("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
}

static void summary_is_embedded_for_machines(void **state __unused)
{
	const char *start, *end;
	json_t *json;

	fixture_set(dir, "summary.json", "question", json_string("</script><b>"));
	write_report();
	start = strstr(page, "id=\"summary\">");
	assert_non_null(start);
	start += strlen("id=\"summary\">");
	end = strstr(start, "</script>");
	json = json_loadb(start, (size_t)(end - start), 0, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "question")), "</script><b>");
	json_decref(json);
}

static void corrupted_directory_writes_no_page(void **state __unused)
{
	struct err err;

	fixture_set(dir, "summary.json", "points/0/mrr_pps", json_string("fast"));
	assert_int_equal(report_write(dir, &err), -EINVAL);
	assert_non_null(strstr(err.text, "points[0].mrr_pps"));
	assert_false(exists("report.html"));
}

static void page_goes_where_it_is_told(void **state __unused)
{
	char path[PATH_MAX + 128];
	struct err err;

	snprintf(path, sizeof(path), "%s/elsewhere.html", dir);
	assert_int_equal(report_write_to(dir, path, &err), 0);
	assert_true(exists("elsewhere.html"));
	assert_false(exists("report.html"));
	snprintf(path, sizeof(path), "%s/no/such/directory.html", dir);
	assert_int_equal(report_write_to(dir, path, &err), -ENOENT);
}

static void numbers_make_lines_and_words_a_ladder(void **state __unused)
{
	static const char *const flows[] = { "1", "64k", "1M", NULL };
	static const char *const rulesets[] = { "forward", "full", "rules-10", "rules-100", NULL };
	const struct fixture f = { .families = true, .flows = flows, .rulesets = rulesets };
	struct err err;
	struct axes axes;
	struct res_dir *r;

	fixture_remove(dir);
	fixture_make(&f, dir);
	assert_int_equal(res_load(dir, &r, &err), 0);
	assert_int_equal(axes_find(r, &axes, &err), 0);
	assert_int_equal(axes.n, 4);
	assert_int_equal(axes.axis[axes.ladder].n, 2);
	assert_int_equal(axes.axis[axes.family].n, 2);
	assert_string_equal(axes.axis[1].label, "rules");
	assert_true(axes.axis[1].v[1].number == 100);
	assert_string_equal(axes.axis[3].label, "flows");
	assert_true(axes.axis[3].v[1].number == 64000);
	axes_release(&axes);
	res_unload(r);
	write_report();
	assert_true(exists("plots/flows-ipv4.gp"));
	assert_true(exists("plots/rules.gp"));
	has("at 64k flows");
}

/* As quickstart has it: a ladder with all goals, and flows for each rung with the MRR only. */
static void two_lists(bool named)
{
	static const char *const flows[] = { "65536", "1", "1M", NULL };
	const struct fixture f = { .families = true, .flows = flows, .base = true, .named = named };
	char *text;

	fixture_remove(dir);
	fixture_make(&f, dir);
	/* one figure less at the reference changes nothing */
	fixture_set(dir, "summary.json", "points/3/pdr_pps", json_null());
	write_report();
	has("full costs 59" SPACE "% of plain forwarding: 12.1");
	has("These figures are the NDR.");
	has("at 65536 flows");
	has("MRR, from the least to the greatest trial.");
	text = fixture_read(dir, "plots/flows-ipv4.dat");
	assert_non_null(strstr(text, "# forward\n1\t"));
	assert_non_null(strstr(text, "\n65536\t12.8205\t"));
	assert_non_null(strstr(text, "\n1000000\t"));
	free(text);
	assert_true(exists("plots/latency-ipv6.gp"));
}

static void two_lists_of_a_sweep_make_ladder_and_lines(void **state __unused)
{
	two_lists(false);
}

static void ladder_is_where_most_was_measured(void **state __unused)
{
	two_lists(true);
}

static void single_point_needs_no_axis(void **state __unused)
{
	static const char *const one[] = { "full", NULL };
	const struct fixture f = { .rulesets = one, .latency_goal = true };

	fixture_remove(dir);
	fixture_make(&f, dir);
	write_report();
	assert_well_formed(page);
	has("4.97" SPACE "Mpps, 201" SPACE "ns a packet");
	has_not("The ladder");
	assert_true(exists("plots/latency.gp"));
}

static void search_latency_says_where_it_is_from(void **state __unused)
{
	write_report();
	has("No latency goal was asked for");
}

static char *print(int (*printer)(const struct res_dir *, FILE *))
{
	struct res_dir *r;
	char *text = NULL;
	size_t size = 0;
	struct err err;
	FILE *out;

	assert_int_equal(res_load(dir, &r, &err), 0);
	out = open_memstream(&text, &size);
	assert_int_equal(printer(r, out), 0);
	fclose(out);
	res_unload(r);
	return text;
}

static int markdown(const struct res_dir *r, FILE *out)
{
	struct err err;

	return report_markdown(r, out, &err);
}

static void csv_is_exact(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets, .done = 1, .mrr_trials = 1 };
	char *text;

	fixture_remove(dir);
	fixture_make(&f, dir);
	fixture_set(dir, "summary.json", "points/0/name", json_string("a,\"b\""));
	fixture_set(dir, "summary.json", "points/0/mrr_min_pps", json_real(12700000));
	fixture_set(dir, "summary.json", "points/0/mrr_max_pps", json_real(12900000));
	text = print(report_csv);
	assert_string_equal(text,
		"name,dut.ruleset,status,ndr_pps,ndr_lower_pps,ndr_upper_pps,pdr_pps,pdr_lower_pps,"
		"pdr_upper_pps,throughput_pps,throughput_lower_pps,throughput_upper_pps,mrr_pps,"
		"mrr_min_pps,mrr_max_pps,mrr_stdev_pps,pdr_loss_ratio,ns_per_packet,"
		"ns_per_packet_of,selftest_pps,trials,invalid_trials,flags\r\n"
		"\"a,\"\"b\"\"\",forward,done,12051282.05,12051282.05,12111538.46,12526410.26,"
		"12564102.56,12626923.08,,,,12820512.82,12700000,12900000,0,0.005,82.9787234,ndr,"
		"31200000,24,0,quick-preset;shared-cpu\r\n"
		"dut.ruleset=full,full,pending,,,,,,,,,,,,,,,,,,0,0,\r\n");
	free(text);
}

static void markdown_is_exact(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets };
	char *text;

	fixture_remove(dir);
	fixture_make(&f, dir);
	fixture_set(dir, "summary.json", "points/1/flags", json_array());
	fixture_set(dir, "summary.json", "points/0/flags", json_pack("[s]", "zero"));
	fixture_set(dir, "summary.json", "points/0/mrr_pps", json_null());
	fixture_set(dir, "summary.json", "points/1/mrr_pps", json_null());
	fixture_set(dir, "summary.json", "points/0/mrr_min_pps", json_null());
	fixture_set(dir, "summary.json", "points/1/mrr_min_pps", json_null());
	fixture_set(dir, "summary.json", "points/0/mrr_max_pps", json_null());
	fixture_set(dir, "summary.json", "points/1/mrr_max_pps", json_null());
	fixture_set(dir, "summary.json", "name", json_string("a|b"));
	text = print(markdown);
	assert_string_equal(text,
		"# a\\|b\n\nWhat does each firewall feature cost?\n\n"
		"**full costs 59\u00a0% of plain forwarding: 12.1\u00a0\u2192\u00a04.97\u00a0Mpps (IPv4)**\n\n"
		"- zero (1 of 2 points): the DUT forwarded nothing, or lost frames even at the lowest load\n\n"
		"| ruleset | IPv4 NDR | ns/packet | step |\n| --- | ---: | ---: | ---: |\n"
		"| forward | 12.1\u00a0Mpps | 83.0 |  |\n| full | 4.97\u00a0Mpps | 201 | +118 |\n\n"
		"| point | NDR | PDR | RFC 2544 throughput | MRR | ns/packet | trials (invalid) | caveats |\n"
		"| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n"
		"| dut.ruleset=forward | 12.1\u00a0Mpps (12.05\u00a0\u2026\u00a012.11\u00a0Mpps) | 12.5\u00a0Mpps (12.56\u00a0\u2026\u00a012.63\u00a0Mpps) | \u2013 | \u2013 | 83.0 | 24 (0) | zero |\n"
		"| dut.ruleset=full | 4.97\u00a0Mpps (4.974\u00a0\u2026\u00a04.998\u00a0Mpps) | 5.17\u00a0Mpps (5.185\u00a0\u2026\u00a05.211\u00a0Mpps) | \u2013 | \u2013 | 201 | 24 (0) |  |\n");
	free(text);
}

static int make_profiled(void **state __unused)
{
	const struct fixture f = { .rulesets = two_rulesets, .families = true, .profile = true };

	fixture_make(&f, dir);
	return 0;
}

/* The field @column of row @row in block @block of plots/profile.dat. */
static double profile_field(unsigned int block, unsigned int row, unsigned int column)
{
	char *text = fixture_read(dir, "plots/profile.dat"), *c = text;
	double v;
	unsigned int i;

	for (i = 0; i < block; i++) {
		c = strstr(c, "\n\n\n");
		assert_non_null(c);
		c += 3;
	}
	while (*c == '#')
		c = strchr(c, '\n') + 1;
	for (i = 0; i < row; i++)
		c = strchr(c, '\n') + 1;
	for (i = 0; i < column; i++)
		c = strchr(c, '\t') + 1;
	v = atof(c);
	free(text);
	return v;
}

static void profile_is_a_bar_a_point_that_adds_up(void **state __unused)
{
	json_t *summary, *groups;
	char path[PATH_MAX + 64];
	unsigned int block, row;

	write_report();
	assert_well_formed(page);
	has("id=\"plot-profile\"");
	has("Where the CPU time goes");
	has("sampled by cpu-clock in a trial of its own");
	snprintf(path, sizeof(path), "%s/summary.json", dir);
	summary = json_load_file(path, 0, NULL);
	groups = json_object_get(json_object_get(json_array_get(json_object_get(summary, "points"),
								2), "profile"), "groups");
	/* the first block is the first group, as wide as its share */
	assert_true(fabs(profile_field(0, 2, 2) - 100 *
			 json_number_value(json_object_get(json_array_get(groups, 0), "share"))) < 0.1);
	json_decref(summary);
	for (row = 0; row < 4; row++) {
		assert_true(profile_field(0, row, 1) == 0);
		for (block = 1; block <= 8; block++)
			assert_true(profile_field(block, row, 1) == profile_field(block - 1, row, 2));
		assert_true(fabs(profile_field(8, row, 2) - 100) < 0.1);
	}
	assert_true(exists("plots/profile.gp"));
}

static void profile_table_names_event_and_functions(void **state __unused)
{
	write_report();
	has("<td>cpu-clock</td>");
	has("<code>nf_conntrack_in</code>");
	has("no hardware counters here (No such file or directory)");
}

static void run_without_profiles_has_no_such_plot(void **state __unused)
{
	write_report();
	has_not("plot-profile");
	has_not("most frequent functions");
	assert_false(exists("plots/profile.dat"));
}

static void figures_have_three_significant_digits(void **state __unused)
{
	static const struct {
		double v;
		const char *text;
	} rows[] = {
		{ 12.345, "12.3" }, { 99.96, "100" }, { 9.996, "10.0" }, { 0.08123, "0.0812" },
		{ 1234.5, "1234" }, { 0, "0" }, { NAN, NO_FIGURE }, { INFINITY, NO_FIGURE },
	};
	char buf[FIGURE_TEXT];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(text_digits(rows[i].v, 3, buf, sizeof(buf)), rows[i].text);
	assert_string_equal(text_pps(999600, buf, sizeof(buf)), "1.00" SPACE "Mpps");
	assert_string_equal(text_pps(12, buf, sizeof(buf)), "12.0" SPACE "pps");
	assert_string_equal(text_step(-4.1, buf, sizeof(buf)), "\xe2\x88\x92" "4.10");
}

#define quickstart(f) cmocka_unit_test_setup_teardown(f, make_quickstart, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		quickstart(page_is_well_formed_and_loads_nothing),
		quickstart(verdict_is_made_from_the_data),
		quickstart(order_is_verdict_caveats_ladder_points_environment),
		quickstart(every_point_has_its_row),
		quickstart(plots_have_data_and_script_that_draws_them_again),
		quickstart(without_gnuplot_the_page_has_tables_and_names_the_package),
		quickstart(caveats_stand_beside_their_figures),
		quickstart(flag_of_every_point_is_said_in_full_on_top),
		quickstart(verdict_of_a_bound_tester_says_at_least),
		quickstart(report_of_counted_instructions_calls_nothing_a_speed),
		quickstart(line_has_the_same_colour_in_every_panel),
		quickstart(pending_points_hide_no_common_caveat),
		quickstart(unfinished_run_says_so),
		quickstart(nothing_measured_gives_a_page_with_the_reason),
		quickstart(invalid_trials_are_listed_with_their_reason),
		quickstart(rounds_are_said_before_any_figure),
		quickstart(foreign_text_is_no_markup),
		quickstart(summary_is_embedded_for_machines),
		quickstart(corrupted_directory_writes_no_page),
		quickstart(page_goes_where_it_is_told),
		quickstart(numbers_make_lines_and_words_a_ladder),
		quickstart(ladder_is_where_most_was_measured),
		quickstart(two_lists_of_a_sweep_make_ladder_and_lines),
		quickstart(single_point_needs_no_axis),
		quickstart(search_latency_says_where_it_is_from),
		quickstart(csv_is_exact),
		quickstart(markdown_is_exact),
		cmocka_unit_test_setup_teardown(profile_is_a_bar_a_point_that_adds_up, make_profiled,
						clean),
		cmocka_unit_test_setup_teardown(profile_table_names_event_and_functions,
						make_profiled, clean),
		quickstart(run_without_profiles_has_no_such_plot),
		cmocka_unit_test(figures_have_three_significant_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
