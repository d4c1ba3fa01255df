// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_fw.c - `kpps fw`: the bundled firewall by hand. Captures through a
 * ruleset, with the verdict of each packet; rulesets checked and generated.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fw-under-test/engine/match.h"
#include "fw-under-test/engine/ruleset_gen.h"
#include "fw-under-test/engine/target.h"
#include "lib/port.h"
#include "lib/str.h"
#include "run/commands.h"
#include "run/replay.h"
#include "run/ruleset_file.h"
#include "run/world.h"

struct fw_options {
	const char *ruleset, *write, *in_if, *family;
	struct option_strings read;
	u64 generate;
	bool verbose, counters, list;
};

/* One run of the command. */
struct session {
	const struct fw_options *opt;
	bool want[2];			/* IPv4, IPv6 */
	struct fw *fw;
	struct fw_worker *worker;
	struct replay *replay;
	struct port *out;
	u64 packets, start_ns;
};

static const int families[2] = { AF_INET, AF_INET6 };

/* --family, or the ending of the ruleset's name, or both. */
static int choose_families(struct session *s, struct err *err)
{
	const char *f = s->opt->family, *ruleset = s->opt->ruleset ? s->opt->ruleset : "";

	if (f && strcmp(f, "ipv4") != 0 && strcmp(f, "ipv6") != 0)
		return err_set(err, -EINVAL, "unknown family \"%s\": known are ipv4, ipv6", f);
	s->want[0] = !(f && !strcmp(f, "ipv6")) && !str_ends(ruleset, ".v6");
	s->want[1] = !(f && !strcmp(f, "ipv4")) && !str_ends(ruleset, ".v4");
	if (!s->want[0] && !s->want[1])
		return err_set(err, -EINVAL, "ruleset \"%s\" is not for %s", ruleset, f);
	return 0;
}

static int load_family(struct session *s, int family, struct err *err)
{
	char path[PATH_MAX], *text;
	size_t len;
	int ret = ruleset_read(s->opt->ruleset, family, path, sizeof(path), &text, &len, err);

	if (ret)
		return ret;
	ret = fw_load(s->fw, family, path, text, len, err);
	free(text);
	return ret;
}

/* A ruleset of one family is whole too, unless the other was asked for. */
static int load_rulesets(struct session *s, struct err *err)
{
	int ret, missing = 0, loaded = 0;

	for (unsigned int i = 0; i < 2; i++) {
		if (!s->want[i])
			continue;
		/* The first sentence about a missing file is the one to show. */
		ret = load_family(s, families[i], missing ? NULL : err);
		if (ret && ret != -ENOENT)
			return missing ? load_family(s, families[i], err) : ret;
		s->want[i] = !ret;
		loaded += !ret;
		missing = ret ? ret : missing;
	}
	return loaded ? 0 : missing;
}

static void log_line(void *arg, const char *prefix, const u8 *frame __unused, u32 len __unused,
		     u16 in_if, u16 out_if)
{
	const struct session *s = arg;

	if (s->opt->verbose)
		printf("%llu log \"%s\" in %s out %s\n", (unsigned long long)s->packets, prefix,
		       world_if_name(in_if), world_if_name(out_if));
}

static int firewall_create(struct session *s, struct err *err)
{
	struct fw_config config;
	int ret;

	fw_config_default(&config);
	world_default(&config);
	config.workers = 1;
	config.log = log_line;
	config.log_arg = s;
	ret = fw_create(&config, &s->fw, err);
	if (!ret)
		ret = load_rulesets(s, err);
	if (!ret)
		ret = fw_worker_create(s->fw, 0, -1, &s->worker, err);
	return ret;
}

static const char *verdict_text(const struct fw_pkt *p, char *buf, size_t size)
{
	switch (p->verdict) {
	case FW_FORWARD:
		snprintf(buf, size, "forward %s", world_if_name(p->out_if));
		break;
	case FW_LOCAL:
		return "local";
	case FW_REPLY:
		snprintf(buf, size, "reply %s (%s)", world_if_name(p->out_if),
			 fw_reason_name(p->reason));
		break;
	default:
		snprintf(buf, size, "drop (%s)", fw_reason_name(p->reason));
	}
	return buf;
}

/* number time interface packet, state, verdict[, as packet] */
static void print_packet(const struct session *s, const struct replay_frame *f,
			 const struct fw_pkt *p, const char *before)
{
	u64 since = f->time_ns - s->start_ns;
	char verdict[64], after[256];

	printf("%llu %llu.%09llu %s %s, %s", (unsigned long long)s->packets,
	       (unsigned long long)(since / NSEC_PER_SEC),
	       (unsigned long long)(since % NSEC_PER_SEC), world_if_name(f->in_if), before,
	       fw_ctstate_name(p->ctinfo));
	if (p->ctinfo == FW_CT_INVALID && p->why_invalid)
		printf(" (%s)", fw_invalid_name(p->why_invalid));
	printf(", %s", verdict_text(p, verdict, sizeof(verdict)));
	replay_describe(p->data, p->len, after, sizeof(after));
	if (p->verdict != FW_DROP && strcmp(before, after) != 0)
		printf(", as %s", after);
	if (p->mark)
		printf(", mark 0x%x", p->mark);
	putchar('\n');
}

static int write_frame(struct session *s, const struct fw_pkt *p, u64 time_ns, struct err *err)
{
	struct frame f;
	int n = port_reserve(s->out, &f, 1);

	if (n == 1 && p->len <= f.room) {
		memcpy(f.data, p->data, p->len);
		f.len = p->len;
		f.time = time_ns;
		n = port_commit(s->out, &f, 1);
	} else if (n >= 0) {
		n = -EMSGSIZE;
	}
	return n ? err_set(err, n, "can't write to \"%s\": %s", s->opt->write, strerror(-n)) : 0;
}

static int treat(struct session *s, const struct replay_frame *f, struct err *err)
{
	struct fw_pkt p = {
		.data = f->data, .len = f->len, .room = REPLAY_ROOM, .in_if = f->in_if,
	};
	char before[256];

	if (!s->packets++)
		s->start_ns = f->time_ns;
	if (s->opt->verbose)
		replay_describe(f->data, f->len, before, sizeof(before));
	fw_process(s->worker, &p, 1, f->time_ns);
	if (s->opt->verbose)
		print_packet(s, f, &p, before);
	if (s->out && (p.verdict == FW_FORWARD || p.verdict == FW_REPLY))
		return write_frame(s, &p, f->time_ns, err);
	return 0;
}

static int replay_all(struct session *s, struct err *err)
{
	struct replay_frame f;
	int ret;

	fw_worker_online(s->worker);
	while ((ret = replay_next(s->replay, &f, err)) > 0) {
		ret = treat(s, &f, err);
		if (ret)
			break;
	}
	fw_worker_offline(s->worker);
	return ret;
}

static int open_captures(struct session *s, struct err *err)
{
	const struct fw_options *opt = s->opt;
	int in_if = world_if_find(opt->in_if), ret;

	if (in_if < 0)
		return err_set(err, -EINVAL, "unknown interface \"%s\": known are eth0, eth1",
			       opt->in_if);
	ret = replay_create(&s->replay, err);
	for (unsigned int i = 0; i < opt->read.n && !ret; i++)
		ret = replay_add(s->replay, opt->read.v[i], (unsigned int)in_if, err);
	if (!ret && opt->write)
		ret = port_pcap_open_write(opt->write, &s->out, err);
	return ret;
}

static void print_totals(const struct session *s)
{
	struct fw_stats st;

	fw_worker_stats(s->worker, &st);
	printf("%llu packets: %llu forwarded, %llu dropped, %llu local, %llu answered; "
	       "%llu connections\n", (unsigned long long)st.packets,
	       (unsigned long long)st.forwarded, (unsigned long long)st.dropped,
	       (unsigned long long)st.local, (unsigned long long)st.replies,
	       (unsigned long long)st.ct_created);
}

static int print_counters(const struct session *s, struct err *err)
{
	char *text;
	int ret = 0;

	for (unsigned int i = 0; i < 2 && !ret; i++) {
		if (!s->want[i])
			continue;
		ret = fw_save(s->fw, families[i], &text, err);
		if (ret)
			break;
		fputs(text, stdout);
		free(text);
	}
	return ret;
}

static int session_run(struct session *s, struct err *err)
{
	int ret = choose_families(s, err);

	if (!ret)
		ret = firewall_create(s, err);
	if (ret)
		return ret;
	if (s->opt->read.n) {
		ret = open_captures(s, err);
		if (!ret)
			ret = replay_all(s, err);
		if (!ret)
			print_totals(s);
	}
	if (!ret && s->opt->counters)
		ret = print_counters(s, err);
	else if (!ret && !s->opt->read.n)
		printf("%s: ok\n", s->opt->ruleset);
	return ret;
}

static int session_release(struct session *s, int ret, struct err *err)
{
	int closed = port_close(s->out);

	replay_destroy(s->replay);
	if (s->worker)
		fw_worker_destroy(s->worker);
	fw_destroy(s->fw);
	if (!ret && closed)
		ret = err_set(err, closed, "can't write to \"%s\": %s", s->opt->write,
			      strerror(-closed));
	return ret;
}

static int generate(const struct fw_options *opt)
{
	int family = opt->family && !strcmp(opt->family, "ipv6") ? AF_INET6 : AF_INET;
	char *text;

	if (opt->family && strcmp(opt->family, "ipv4") != 0 && strcmp(opt->family, "ipv6") != 0) {
		fprintf(stderr, "kpps fw: unknown family \"%s\": known are ipv4, ipv6\n",
			opt->family);
		return EXIT_BAD_INPUT;
	}
	if (ruleset_generate((unsigned int)opt->generate, family, &text)) {
		fprintf(stderr, "kpps fw: no memory for %llu rules\n",
			(unsigned long long)opt->generate);
		return EXIT_CANT_RUN;
	}
	fputs(text, stdout);
	free(text);
	return EXIT_DONE;
}

static void list_line(const char *kind, const struct ext_ops *e)
{
	static const char *const which[] = { "", " (IPv4 only)", " (IPv6 only)", "" };

	printf("  %s %-12s%s%s\n", kind, e->name, e->help, which[e->families]);
	for (const struct ext_option *o = e->options; o && o->name; o++)
		printf("       %s%s\n", o->invert ? "[!] " : "", o->name);
}

static int list(void)
{
	puts("Matches:");
	for (const struct match_ops *const *m = matches; *m; m++)
		list_line("-m", &(*m)->ext);
	puts("Targets, beside ACCEPT, DROP, RETURN and chains:");
	for (const struct target_ops *const *t = targets; *t; t++)
		list_line("-j", &(*t)->ext);
	return EXIT_DONE;
}

static int run(const void *options, int nargs __unused, char **args __unused)
{
	const struct fw_options *opt = options;
	struct session s = { .opt = opt };
	struct err err = { 0 };
	int ret;

	if (opt->list)
		return list();
	if (opt->generate)
		return generate(opt);
	if (!opt->ruleset) {
		fprintf(stderr, "kpps fw: --ruleset is missing (see \"kpps help fw\")\n");
		return EXIT_BAD_INPUT;
	}
	if (opt->write && !opt->read.n) {
		fprintf(stderr, "kpps fw: --write needs a capture to --read\n");
		return EXIT_BAD_INPUT;
	}
	ret = session_release(&s, session_run(&s, &err), &err);
	if (!ret)
		return EXIT_DONE;
	fprintf(stderr, "kpps fw: %s\n", err.text);
	return ret == -ENOMEM ? EXIT_CANT_RUN : EXIT_BAD_INPUT;
}

#define OPT(type_, name_, letter_, field_, unit_, metavar_, min_, max_, help_) \
	{ .name = name_, .letter = letter_, .type = type_, .unit = unit_, .metavar = metavar_, \
	  .min = min_, .max = max_, .offset = offsetof(struct fw_options, field_), .help = help_ }

static const struct option_def options[] = {
	OPT(OPTION_STRING, "ruleset", 'R', ruleset, UNIT_NONE, "RULESET", 0, 0,
	    "a ruleset that comes with kpps, rules-N, or a path; alone it is only checked"),
	OPT(OPTION_STRINGS, "read", 'r', read, UNIT_NONE, "[IF:]FILE", 0, 0,
	    "a capture to send through; several are merged by their time stamps"),
	OPT(OPTION_STRING, "write", 'w', write, UNIT_NONE, "FILE", 0, 0,
	    "write what leaves the firewall, answers included, as a capture"),
	OPT(OPTION_STRING, "in-if", 'i', in_if, UNIT_NONE, "IF", 0, 0,
	    "interface of captures that name none: eth0 (inside) or eth1 (outside)"),
	OPT(OPTION_STRING, "family", 'f', family, UNIT_NONE, "FAMILY", 0, 0,
	    "ipv4 or ipv6: load the rules of this family only"),
	OPT(OPTION_FLAG, "verbose", 'v', verbose, UNIT_NONE, NULL, 0, 0,
	    "print a line for each packet: state, verdict, reason, translation"),
	OPT(OPTION_FLAG, "counters", 'c', counters, UNIT_NONE, NULL, 0, 0,
	    "print the ruleset with its counters at the end, as iptables-save -c"),
	OPT(OPTION_U64, "generate", 'g', generate, UNIT_COUNT, "N", 0, RULESET_GENERATE_MAX,
	    "print a ruleset of N rules of which the last one matches"),
	OPT(OPTION_FLAG, "list", 'l', list, UNIT_NONE, NULL, 0, 0,
	    "print every match and target with its options"),
	{ 0 },
};

static const struct fw_options defaults = { .in_if = "eth0" };

const struct command cmd_fw = {
	.name = "fw",
	.args = "--ruleset RULESET [--read [IF:]FILE]... [--write FILE] [OPTION...]",
	.summary = "send captures through the bundled firewall",
	.text = "Send captures through the bundled firewall, in their own time, and tell what "
		"became of each packet. Without a capture: check the ruleset.\n\n"
		"The firewall stands between eth0, behind which 198.18.0.0/16 and 2001:2::/49 lie, "
		"and eth1, behind which everything else is. Its own addresses are 192.0.2.1 and "
		"2001:db8:1::1 inside, 203.0.113.1 and 2001:db8:2::1 outside.",
	.examples =
		"kpps fw --ruleset filter\tcheck a ruleset\n"
		"kpps fw --ruleset full --read in.pcap --write out.pcap --verbose"
		"\twhat becomes of each packet\n"
		"kpps fw --ruleset nat -r eth0:in.pcap -r eth1:back.pcap --counters"
		"\tboth directions, then the rules with their counters\n"
		"kpps fw --generate 1000 --family ipv6\ta thousand rules for ip6tables-restore\n",
	.options = options,
	.options_size = sizeof(struct fw_options),
	.defaults = &defaults,
	.run = run,
};
