// SPDX-License-Identifier: GPL-2.0-or-later
/* manual.c - see manual.h. */
#include "run/manual.h"

#include <string.h>

#include "run/command.h"
#include "run/pgset.h"
#include "run/roff.h"

static const char description[] =
"kpps measures how many packets per second a firewall forwards, and what each feature that is "
"switched on costs. A scenario file says which streams of packets are sent through which firewall "
"and what is searched for; one command measures every point of it and writes a directory with "
"every trial, a summary and a report.\n"
"\n"
"Numbers are given with their unit: rates in pps, kpps, Mpps or Gpps, times in ns, us, ms, s, min "
"or h, sizes in B, KiB, MiB or GiB and shares in percent or as a plain ratio. Frame sizes include "
"the 4 bytes of the FCS, as in RFC 2544.";

static const struct {
	const char *status, *text;
} statuses[] = {
	{ "0", "done" },
	{ "1", "a regression (compare)" },
	{ "2", "bad input: an option, a scenario, a ruleset or a file" },
	{ "3", "this can't run here; the reason is printed" },
	{ "4", "results are invalid or incomplete; what was measured is kept" },
};

static const struct {
	const char *name, *text;
} files[] = {
	{ "results/NAME-YYYYMMDDTHHMMSS/", "the results directory of one run" },
	{ "scenario.yaml", "the scenario as it was run, with --set applied" },
	{ "environment.json", "kernel, CPU, memory, placement, clock, ruleset text, versions" },
	{ "trials.jsonl", "one record for each trial, appended and synced as it ends; --resume goes on "
			  "from here" },
	{ "summary.json", "what the report shows" },
	{ "report.html", "the report: one file, plots inside, nothing is loaded from elsewhere" },
	{ "plots/", "each plot with its data and its gnuplot script" },
};

static void option_term(const struct option_def *o, char *buf, size_t size)
{
	char letter[8] = "";

	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(buf, size, "%s--%s%s%s", letter, o->name, o->metavar ? " " : "",
		 o->metavar ? o->metavar : "");
}

static void manual_option(const struct command *cmd, const struct option_def *o, FILE *out)
{
	char term[96], def[64], text[1024];

	option_term(o, term, sizeof(term));
	command_default_text(cmd, o, def, sizeof(def));
	snprintf(text, sizeof(text), "%s%s%s%s%s.", o->help,
		 o->type == OPTION_STRINGS ? " (may be repeated)" : "", def[0] ? " (default " : "",
		 def, def[0] ? ")" : "");
	roff_item(out, term, text);
}

static void manual_command(const struct command *cmd, FILE *out)
{
	char title[256];

	snprintf(title, sizeof(title), "kpps %s %s", cmd->name, cmd->args);
	roff_subsection(out, title);
	if (cmd->text) {
		roff_paragraphs(out, cmd->text);
	} else {
		roff_text(out, cmd->summary);
		fputs(".\n", out);
	}
	for (const struct option_def *o = cmd->options; o && o->name; o++)
		manual_option(cmd, o, out);
}

static void manual_examples(const struct command *cmd, FILE *out)
{
	for (const char *line = cmd->examples; line && *line;) {
		size_t len = strcspn(line, "\n"), cmd_len = strcspn(line, "\t\n");
		char text[512];

		snprintf(text, sizeof(text), "%.*s:",
			 len > cmd_len ? (int)(len - cmd_len - 1) : 0, line + cmd_len + 1);
		fputs(".PP\n", out);
		roff_text(out, text);
		fputc('\n', out);
		snprintf(text, sizeof(text), "%.*s", (int)cmd_len, line);
		roff_example(out, text);
		line += len + (line[len] == '\n');
	}
}

void manual_kpps(FILE *out)
{
	roff_title(out, "kpps", 1, "measure the packet rate of a firewall and the cost of its features");
	roff_section(out, "SYNOPSIS");
	fputs("\\fBkpps\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n"
	      ".PP\n\\fBkpps \\-\\-version\\fR\n", out);
	roff_section(out, "DESCRIPTION");
	roff_paragraphs(out, description);
	roff_section(out, "COMMANDS");
	for (const struct command *const *c = commands; *c; c++)
		manual_command(*c, out);
	roff_section(out, "PKTGEN SCRIPTS");
	pgset_manual(out);
	roff_section(out, "EXIT STATUS");
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		roff_item(out, statuses[i].status, statuses[i].text);
	roff_section(out, "FILES");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		roff_item(out, files[i].name, files[i].text);
	roff_section(out, "EXAMPLES");
	for (const struct command *const *c = commands; *c; c++)
		manual_examples(*c, out);
	roff_section(out, "SEE ALSO");
	fputs("\\fBkpps\\-scenario\\fR(5), \\fBiptables\\-save\\fR(8), RFC 2544, RFC 9971\n", out);
}

void manual_completion_bash(FILE *out)
{
	fputs("# bash completion for kpps, made by \"kpps help --completion bash\"\n"
	      "_kpps()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=\n"
	      "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\twords=\"", out);
	for (const struct command *const *c = commands; *c; c++)
		fprintf(out, "%s ", (*c)->name);
	fputs("--version\"\n\telse\n\t\tcase ${COMP_WORDS[1]} in\n", out);
	for (const struct command *const *c = commands; *c; c++) {
		fprintf(out, "\t\t%s) words=\"--help", (*c)->name);
		for (const struct option_def *o = (*c)->options; o && o->name; o++)
			fprintf(out, " --%s", o->name);
		fputs("\" ;;\n", out);
	}
	fputs("\t\tesac\n\tfi\n"
	      "\tcase $cur in\n"
	      "\t-*) mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\") ;;\n"
	      "\t*)\n"
	      "\t\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
	      "\t\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	      "\t\telse\n"
	      "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	      "\t\tfi ;;\n"
	      "\tesac\n"
	      "}\n"
	      "complete -o filenames -F _kpps kpps\n", out);
}
