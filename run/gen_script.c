// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gen_script.c - `kpps gen --pktgen-script`: what a script for pktgen says (run/pgset.h)
 * takes the place of the options that describe a stream, and of those that it has a
 * word for: interface, CPUs, way, rate, count. What the command line says comes first.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"
#include "run/gen_parts.h"

#define SCRIPT_MAX	(1 << 20)
#define FOREVER		1000000000000000ULL	/* frames: until it is stopped */

struct script {
	struct pgset_plan plan;		/* large */
	struct pgset_stream stream;
	char cpus[PGSET_DEVICES_MAX * 5];
	char *text;
	size_t len;
};

static void print_note(void *arg __unused, const char *sentence)
{
	fprintf(stderr, "kpps gen: %s\n", sentence);
}

static int read_file(const char *path, struct script *s, struct err *err)
{
	FILE *f = fopen(path, "re");
	int rc = 0;

	if (!f)
		return err_set(err, -errno, "cannot open \"%s\": %s", path, strerror(errno));
	s->text = malloc(SCRIPT_MAX + 1);
	if (!s->text) {
		rc = err_set(err, -ENOMEM, "out of memory");
	} else {
		s->len = fread(s->text, 1, SCRIPT_MAX + 1, f);
		if (ferror(f))
			rc = err_set(err, -EIO, "cannot read \"%s\": %s", path, strerror(errno));
		else if (s->len > SCRIPT_MAX)
			rc = err_set(err, -EFBIG, "\"%s\" is larger than 1 MiB: this is no script for pktgen",
				     path);
	}
	fclose(f);
	return rc;
}

/* Unset, options point to the very words of the defaults. */
static bool same_stream(const struct stream_options *a, const struct stream_options *b)
{
	return a->family == b->family && a->protocol == b->protocol && a->size == b->size &&
	       a->order == b->order && a->source == b->source && a->destination == b->destination &&
	       a->source_port == b->source_port && a->destination_port == b->destination_port &&
	       a->source_mac == b->source_mac && a->destination_mac == b->destination_mac &&
	       a->vlan == b->vlan && a->tcp_flags == b->tcp_flags && a->flows == b->flows &&
	       a->burst == b->burst && a->dscp == b->dscp && a->ttl == b->ttl && a->seed == b->seed &&
	       a->run == b->run && a->id == b->id && !(a->zipf < b->zipf) && !(a->zipf > b->zipf);
}

/* The script says what is sent; an option beside it would be ignored. */
static int check_options(const struct gen_options *opt, const struct gen_options *usual,
			 struct err *err)
{
	if (!same_stream(&opt->stream, &usual->stream))
		return err_set(err, -EINVAL, "--pktgen-script: the script describes the stream: options as --size or --source don't go with it");
	if (opt->rate < usual->rate || opt->rate > usual->rate)
		return err_set(err, -EINVAL, "--rate: the script's delay, rate or ratep says it");
	if (opt->read)
		return err_set(err, -EINVAL, "--read and --pktgen-script: the one or the other");
	return 0;
}

static int take_count(struct gen_options *opt, const struct script *s, struct err *err)
{
	if (opt->count || opt->duration)
		return 0;
	opt->count = s->stream.count;
	if (opt->count)
		return 0;
	if (!opt->interface)
		return err_set(err, -EINVAL, "%s: count 0 is without end: give --count or --duration",
			       opt->pktgen_script);
	opt->count = FOREVER;
	return 0;
}

static bool is_own(const struct ifaddrs *a, const char *interface, u8 family)
{
	const struct sockaddr_in6 *v6 = (const void *)a->ifa_addr;

	return a->ifa_addr && !strcmp(a->ifa_name, interface) && a->ifa_addr->sa_family == family &&
	       (family == AF_INET || IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr));
}

/* pktgen's source, where the script gives none: the interface's first address, or link-local one. */
static void take_source(const char *interface, struct stream_spec *spec)
{
	struct ifaddrs *all = NULL, *a = NULL;
	char text[INET6_ADDRSTRLEN];

	if (interface && !getifaddrs(&all))
		for (a = all; a && !is_own(a, interface, spec->family);)
			a = a->ifa_next;
	if (a && spec->family == AF_INET)
		memcpy(spec->source.base, &((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr, 4);
	else if (a)
		memcpy(spec->source.base, &((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr,
		       16);
	if (all)
		freeifaddrs(all);
	inet_ntop(spec->family, spec->source.base, text, sizeof(text));
	fprintf(stderr, "kpps gen: the script gives no source address: it is %s\n", text);
}

/* The script's as if they were on the command line. */
static int take(struct gen_options *opt, struct script *s, struct err *err)
{
	int rc;

	if (!opt->interface && !opt->write && s->stream.interface[0])
		opt->interface = s->stream.interface;
	if (!opt->cpus && opt->interface && s->stream.ncpus) {
		for (unsigned int i = 0; i < s->stream.ncpus; i++)
			str_add(s->cpus, sizeof(s->cpus), "%s%d", i ? "," : "", s->stream.cpu[i]);
		opt->cpus = s->cpus;
	}
	if (!s->stream.has_source)
		take_source(opt->interface, &s->stream.spec);
	rc = take_count(opt, s, err);
	if (s->stream.up_stack || s->stream.qdisc)
		opt->into = s->stream.up_stack ? "stack" : "qdisc";
	opt->rate = s->stream.rate_pps;
	if (!rc && opt->write && !(opt->rate > 0)) {
		/* a capture's stamps need some */
		opt->rate = 1e6;
		print_note(NULL, "delay 0: stamps in the capture are 1 us apart");
	}
	/* whether they are given is all that is asked of these two */
	opt->stream.source_mac = s->stream.has_source_mac ? "script" : NULL;
	opt->stream.destination_mac = s->stream.has_destination_mac ? "script" : NULL;
	opt->script = &s->stream;
	return rc;
}

int gen_script(const struct gen_options *opt, const struct gen_options *usual,
	       int (*run)(const struct gen_options *opt))
{
	struct script *s = calloc(1, sizeof(*s));
	struct gen_options own = *opt;
	struct err err = { 0 };
	int rc, status;

	if (!s)
		return gen_fail(&(struct err){ .code = -ENOMEM, .text = "out of memory" });
	rc = check_options(opt, usual, &err);
	if (!rc)
		rc = read_file(opt->pktgen_script, s, &err);
	if (!rc)
		rc = pgset_read(opt->pktgen_script, s->text, s->len, print_note, NULL, &s->plan, &err);
	if (!rc)
		rc = pgset_to_stream(opt->pktgen_script, &s->plan, print_note, NULL, &s->stream, &err);
	if (!rc)
		rc = take(&own, s, &err);
	status = rc ? gen_fail(&err) : run(&own);
	free(s->text);
	free(s);
	return status;
}

int gen_spec(const struct gen_options *opt, struct stream_spec *ret, struct err *err)
{
	if (!opt->script)
		return stream_options_spec(&opt->stream, ret, err);
	*ret = opt->script->spec;
	return 0;
}
