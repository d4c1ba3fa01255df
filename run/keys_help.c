// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keys_help.c - the table of scenario keys for readers: `kpps help scenario`
 * on a terminal and kpps-scenario(5).
 */
#include <stdio.h>
#include <string.h>

#include "lib/str.h"
#include "run/keys.h"
#include "run/presets.h"
#include "run/roff.h"
#include "run/wrap.h"

static const char intro[] =
"A scenario is a YAML file: which streams of packets go through which firewall, and what is "
"measured. Every key but streams has a default. Unknown keys, wrong words and values out of range "
"are errors; all of them are reported at once, with line and column. Anchors, aliases and tags "
"are not used.\n"
"\n"
"Numbers have their unit: rates pps, kpps, Mpps, Gpps; times ns, us, ms, s, min, h; sizes B, KiB, "
"MiB, GiB; shares 0.5% or 0.005; counts 65536, 64k, 64Ki, 1M. Frame sizes include the FCS.";

static const char sweeping[] =
"sweep makes many points of one scenario. Its keys are dotted paths of the keys above, its values "
"are lists, and every combination is a point; the first key changes slowest. A value that is not "
"a list stands for a list of that one value. So a value that is itself a list, as goals is, needs "
"one more pair of brackets: goals: [[mrr], [mrr, ndr]] are two values.\n"
"\n"
"	sweep:\n"
"	  dut.ruleset: [forward, full]\n"
"	  streams.users.family: [ipv4, ipv6]\n"
"\n"
"A list of mappings makes the combinations of each mapping, one after the other. A key that one "
"mapping sweeps and another doesn't has the scenario's own value there.\n"
"\n"
"	sweep:\n"
"	- {dut.ruleset: [forward, full]}\n"
"	- {streams.users.flows: [1, 1k, 1M], goals: [[mrr]]}\n"
"\n"
"A point is named by what was swept: \"ruleset=full flows=1M\". goals is in the name only where "
"points differ in nothing else.\n"
"\n"
"The option --set KEY=VALUE of kpps run and kpps check changes the scenario before it is read. KEY "
"is a dotted path, VALUE is YAML. A key that is swept is taken out of the sweep by it; "
"--set sweep.KEY=[VALUE, ...] changes what is swept.";

static const char example[] =
"	name: mine\n"
"	question: What does NAT cost?\n"
"	streams:\n"
"	  users: {protocol: udp, size: 64B, flows: 64k}\n"
"	dut: {ruleset: nat}\n"
"	connections: established\n"
"	goals: [mrr, ndr, {pdr: 0.5%}]\n"
"	sweep:\n"
"	  dut.ruleset: [forward, nat]\n"
"	  streams.users.family: [ipv4, ipv6]";

/* The path as readers see it: NAME where the user chooses one. */
static const char *shown_path(const struct key *k, char *buf, size_t size)
{
	const char *star = strchr(k->path, '*');

	if (star)
		snprintf(buf, size, "%.*sNAME%s", (int)(star - k->path), k->path, star + 1);
	else
		snprintf(buf, size, "%s", k->path);
	return buf;
}

const char *key_syntax(const struct key *key, char *buf, size_t size)
{
	char lo[32], hi[32];

	buf[0] = '\0';
	if (key->syntax) {
		snprintf(buf, size, "%s", key->syntax);
	} else if (key->type == KEY_NUMBER) {
		snprintf(buf, size, "%s to %s",
			 units_print(key->unit, key->min, lo, sizeof(lo)),
			 units_print(key->unit, key->max, hi, sizeof(hi)));
		for (const struct key_word *w = key->words; w && w->word; w++)
			str_add(buf, size, ", or %s", w->word);
	} else if (key->type == KEY_WORD) {
		for (const struct key_word *w = key->words; w && w->word; w++)
			str_add(buf, size, "%s%s",
				w == key->words ? "" : w[1].word ? ", " : " or ", w->word);
	} else if (key->type == KEY_BOOL) {
		snprintf(buf, size, "yes or no");
	} else if (key->type == KEY_TEXT) {
		snprintf(buf, size, "text");
	}
	return buf;
}

/* The engine knows the timeouts; they are not written down a second time. */
static const char *timeout_default(const struct key *key, char *buf, size_t size)
{
	struct fw_config config;
	size_t offset = key->offset - offsetof(struct point, dut.timeouts);
	u32 seconds;

	fw_config_default(&config);
	memcpy(&seconds, (const char *)&config.timeouts + offset, sizeof(seconds));
	snprintf(buf, size, "%us", seconds);
	return buf;
}

const char *key_default(const struct key *key, char *buf, size_t size)
{
	buf[0] = '\0';
	if (key->fallback)
		snprintf(buf, size, "%s", key->fallback);
	else if (key->default_help)
		snprintf(buf, size, "%s", key->default_help);
	else if (key->store == STORE_U32_SECONDS)
		timeout_default(key, buf, size);
	else if (key->target == TARGET_GOAL)
		snprintf(buf, size, "the preset's");
	return buf;
}

/* "size, [size, …], min or imix; default min. Frame size …: words" */
static void describe(const struct key *key, char *buf, size_t size)
{
	char syntax[256], def[128];

	if (key->type == KEY_SECTION) {
		snprintf(buf, size, "%s", key->help);
		return;
	}
	key_default(key, def, sizeof(def));
	snprintf(buf, size, "%s.", key->help);
	for (const struct key_word *w = key->words; w && w->word; w++)
		if (w->help)
			str_add(buf, size, " %s: %s.", w->word, w->help);
	str_add(buf, size, " Takes %s%s%s.", key_syntax(key, syntax, sizeof(syntax)),
		def[0] ? "; default: " : "", def);
}

void keys_help(FILE *out)
{
	char path[96], text[4096];

	wrap_paragraphs(out, intro, 0, 80);
	fputs("\nAn example:\n\n", out);
	wrap_paragraphs(out, example, 0, 80);
	fputs("\nKeys:\n", out);
	for (const struct key *k = keys; k->path; k++) {
		describe(k, text, sizeof(text));
		fprintf(out, "\n%s%s\n        ", shown_path(k, path, sizeof(path)),
			k->type == KEY_SECTION ? ":" : "");
		wrap_text(out, text, 8, 8, 80);
	}
	fputs("\nPresets:\n\n", out);
	for (const struct preset *p = presets; p->name; p++) {
		fprintf(out, "%-8s", p->name);
		if (strlen(p->name) > 7)
			fputc(' ', out);
		wrap_text(out, p->help, 9, 8, 80);
	}
	fputs("\nSweeps and --set:\n\n", out);
	wrap_paragraphs(out, sweeping, 0, 80);
}

void keys_manual(FILE *out)
{
	char path[96], text[4096];

	roff_title(out, "kpps-scenario", 5, "what kpps measures: the scenario file");
	roff_section(out, "DESCRIPTION");
	roff_paragraphs(out, intro);
	roff_section(out, "KEYS");
	for (const struct key *k = keys; k->path; k++) {
		shown_path(k, path, sizeof(path));
		describe(k, text, sizeof(text));
		roff_item(out, path, text);
	}
	roff_section(out, "PRESETS");
	for (const struct preset *p = presets; p->name; p++)
		roff_item(out, p->name, p->help);
	roff_section(out, "SWEEPS");
	roff_paragraphs(out, sweeping);
	roff_section(out, "EXAMPLES");
	roff_paragraphs(out, example);
	roff_section(out, "SEE ALSO");
	fputs("\\fBkpps\\fR(1), RFC 2544, RFC 4814, RFC 6985, RFC 9971\n", out);
}
