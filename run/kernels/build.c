// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * build.c - kernels built from the distribution's source with config fragments. An
 * entry's name is the hash of what was asked for: the options, the source's version
 * and the compiler's; so fragments that ask for the same share one. The source tree is
 * unpacked once a version and not written to; each build has a folder of its own, which
 * is the entry's while it is made.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/str.h"
#include "run/environment_parts.h"
#include "run/kernels/fragment.h"
#include "run/kernels/kernel_parts.h"
#include "run/stop.h"

#define BUILD_S		600	/* on two CPUs, when nothing is known */
#define SOURCE_S	30
#define SIZE_TEXT	"60 MB, of which the half are headers for modules"

struct request {
	struct fragment fragment;
	char source[64];		/* "linux-source-6.1" */
	char source_version[64];	/* of the package; "" when it is not known yet */
	char compiler[128];
	char id[17];
	char entry[64];
};

static void take_line(char *ret, size_t size, char *out)
{
	snprintf(ret, size, "%.*s", (int)strcspn(out, "\n"), out);
	free(out);
}

static int compiler_version(char *ret, size_t size, struct err *err)
{
	static char known[128];
	const char *const argv[] = { "gcc", "--version", NULL };
	const struct child child = { .argv = argv, .netns = -1 };
	char *out;
	int rc;

	if (!*known) {
		rc = child_ok(&child, &out, err);
		if (rc)
			return rc;
		take_line(known, sizeof(known), out);
	}
	snprintf(ret, size, "%s", known);
	return 0;
}

/* What is installed, else what was unpacked into the cache; asks no package lists. */
static void source_version(struct request *r)
{
	const char *const argv[] = { "dpkg-query", "-W", "-f", "${Version}\n", r->source, NULL };
	const struct child child = { .argv = argv, .netns = -1 };
	char archive[PATH_MAX], *out;

	snprintf(archive, sizeof(archive), "/usr/src/%s.tar.xz", r->source);
	if (!access(archive, R_OK) && !child_ok(&child, &out, NULL))
		take_line(r->source_version, sizeof(r->source_version), out);
	else if (cache_noted("names", r->source, r->source_version, sizeof(r->source_version)))
		r->source_version[0] = '\0';
}

static int identify(struct request *r, struct err *err)
{
	char *text = fragment_text(&r->fragment), targets[160] = "";

	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	for (unsigned int i = 0; i < r->fragment.nmake; i++)
		str_add(targets, sizeof(targets), "%s ", r->fragment.make[i]);
	kernel_id((const char *const[]){ text, targets, r->fragment.arch, r->source_version, r->compiler },
		  5, r->id);
	snprintf(r->entry, sizeof(r->entry), "build-%s-%s", r->fragment.version, r->id);
	free(text);
	return 0;
}

/* 0 also when the source's version is not known: then there is no entry either. */
static int request_read(const char *name, struct request *r, struct err *err)
{
	int rc;

	memset(r, 0, sizeof(*r));
	rc = fragment_load(name, &r->fragment, err);
	if (rc)
		return rc;
	snprintf(r->source, sizeof(r->source), "linux-source-%s", r->fragment.version);
	source_version(r);
	rc = compiler_version(r->compiler, sizeof(r->compiler), err);
	if (!rc && *r->source_version)
		rc = identify(r, err);
	return rc;
}

static double expected(const struct request *r)
{
	long cpus = max(sysconf(_SC_NPROCESSORS_ONLN), 1L);
	double s = r->fragment.seconds > 0 ? r->fragment.seconds : BUILD_S;

	return kernel_takes(*r->entry ? r->entry : "-", s * 2 / (double)cpus);
}

/* The package lists take seconds to be asked: once a version. */
static struct {
	char source[64], version[64];
} found;

static int find_source(struct request *r, const char *const *env, struct err *err)
{
	const char *const argv[] = { "packages", "find", r->source, NULL };
	char *out, *space;
	int rc;

	if (*r->source_version)
		return 0;
	if (strcmp(found.source, r->source) != 0) {
		rc = kernel_script(argv, env, NULL, NULL, &out, err);
		if (rc == -EPROTO)
			return err_set(err, -ENOENT, "the distribution has no package %s: versions are "
				       "those of its kernels, as 6.1", r->source);
		if (rc)
			return rc;
		space = strchr(out, ' ');
		out[strcspn(out, "\n")] = '\0';
		snprintf(found.version, sizeof(found.version), "%s", space ? space + 1 : "");
		snprintf(found.source, sizeof(found.source), "%s", r->source);
		free(out);
	}
	memcpy(r->source_version, found.version, sizeof(found.version));
	return identify(r, err);
}

static int known(const char *name, double *ret_s, struct err *err)
{
	struct request r;
	char path[PATH_MAX];
	int rc = request_read(name, &r, err);

	*ret_s = 0;
	if (!rc)
		rc = find_source(&r, NULL, err);
	if (!rc && cache_find("kernels", r.entry, path))
		*ret_s = expected(&r);
	fragment_free(&r.fragment);
	return rc;
}

static int unpack_source(struct request *r, FILE *say, char tree[PATH_MAX], struct err *err)
{
	char name[160], state[PATH_MAX];
	const char *const env[] = { state, NULL };
	u64 begin = clk_monotonic_ns();
	struct cache_entry e;
	int rc = kernel_apt_state(state, err);

	if (!rc)
		rc = find_source(r, env, err);
	if (rc)
		return rc;
	snprintf(name, sizeof(name), "%s_%s", r->source, r->source_version);
	rc = cache_begin("source", name, &e, err);
	if (!rc) {
		const char *const argv[] = { "packages", "source", r->source, e.making, NULL };

		if (say)
			fprintf(say, "%s %s is unpacked to %s (1.1 GB), in about %.0f s\n", r->source,
				r->source_version, e.path, kernel_takes("source", SOURCE_S));
		rc = kernel_script(argv, env, NULL, NULL, NULL, err);
		if (rc) {
			cache_abort(&e);
			return rc;
		}
		kernel_took("source", (double)(clk_monotonic_ns() - begin) / 1e9);
		rc = cache_commit(&e, err);
	}
	if (rc >= 0)
		rc = cache_note("names", r->source, r->source_version, err);
	return rc ? rc : kernel_path(tree, err, "%s/tree", e.path);
}

static int write_asked(const struct request *r, const char *dir, struct err *err)
{
	char path[PATH_MAX], *text = fragment_text(&r->fragment);
	int rc = kernel_path(path, err, "%s/asked.config", dir);
	FILE *f;

	if (!rc && !text)
		rc = err_set(err, -ENOMEM, "out of memory");
	if (!rc) {
		f = fopen(path, "we");
		if (!f || (fputs(text, f) < 0) | fclose(f))
			rc = err_set(err, -errno, "%s: can't be written: %s", path, strerror(errno));
	}
	free(text);
	return rc;
}

/* The option that is not as asked, and what it depends on. */
static int check_config(const struct request *r, const char *tree, const char *dir, struct err *err)
{
	struct kernel_config final = { 0 };
	const struct kernel_option *option = NULL;
	char path[PATH_MAX], *out = NULL;
	int rc = kernel_path(path, err, "%s/obj/.config", dir);

	if (!rc)
		rc = kernel_config_read(&final, path, err);
	if (!rc)
		rc = fragment_check(&r->fragment, &final, &option, err);
	if (rc && option) {
		const char *const argv[] = { "compile", "why", tree, option->name, NULL };

		if (!kernel_script(argv, NULL, NULL, NULL, &out, NULL) && strlen(out) > 1)
			str_add(err->text, sizeof(err->text), "; it depends on %.*s", (int)strcspn(out, "\n"), out);
		else
			str_add(err->text, sizeof(err->text), "; Linux %s has no such option, or it can't be chosen",
				r->fragment.version);
		free(out);
	}
	kernel_config_free(&final);
	return rc;
}

static int configure(const struct request *r, const char *tree, const char *dir, struct err *err)
{
	const char *argv[6 + ARRAY_SIZE(r->fragment.make)] = { "compile", "configure", tree, dir, r->fragment.arch };
	int rc = write_asked(r, dir, err);

	for (unsigned int i = 0; i < r->fragment.nmake; i++)
		argv[5 + i] = r->fragment.make[i];
	if (!rc)
		rc = kernel_script(argv, NULL, NULL, NULL, NULL, err);
	return rc ? rc : check_config(r, tree, dir, err);
}

struct progress {
	FILE *say;
	unsigned int objects, of;	/* @of: as many as the last time; 0: not known */
	u64 begin, said;
	bool terminal;
};

/* A line each second on a terminal, each minute elsewhere. */
static void count_line(void *arg, const char *text)
{
	struct progress *p = arg;
	u64 now = clk_monotonic_ns();
	unsigned int s = (unsigned int)((now - p->begin) / NSEC_PER_SEC);
	char of[32] = "";

	if (strncmp(text, "  CC ", 5) && strncmp(text, "  CC [", 6) && strncmp(text, "  AS ", 5))
		return;
	p->objects++;
	if (!p->say || now - p->said < (p->terminal ? 1 : 60) * NSEC_PER_SEC)
		return;
	p->said = now;
	if (p->of)
		snprintf(of, sizeof(of), " of %u", max(p->of, p->objects));
	fprintf(p->say, "%s%u%s files compiled, %u:%02u min%s", p->terminal ? "\r" : "", p->objects, of, s / 60,
		s % 60, p->terminal ? "  " : "\n");
	fflush(p->say);
}

static int compile(const struct request *r, const char *tree, const char *dir, FILE *say, struct err *err)
{
	struct progress p = {
		.say = say, .begin = clk_monotonic_ns(), .said = clk_monotonic_ns(),
		.terminal = say && isatty(fileno(say)),
	};
	char jobs[24], what[96];
	const char *const argv[] = { "compile", "make", tree, dir, r->fragment.arch, jobs, NULL };
	int rc;

	snprintf(what, sizeof(what), "files-%s", r->id);
	p.of = (unsigned int)kernel_takes(what, 0);
	snprintf(jobs, sizeof(jobs), "%ld", max(sysconf(_SC_NPROCESSORS_ONLN), 1L));
	rc = kernel_script(argv, NULL, count_line, &p, NULL, err);
	if (p.terminal)
		fprintf(say, "\r%60s\r", "");
	if (!rc)
		kernel_took(what, p.objects);
	return rc;
}

static int make_entry(struct request *r, FILE *say, struct err *err)
{
	u64 begin = clk_monotonic_ns();
	struct cache_entry e;
	char tree[PATH_MAX];
	int rc = unpack_source(r, say, tree, err);

	if (!rc)
		rc = cache_begin("kernels", r->entry, &e, err);
	if (rc)
		return rc < 0 ? rc : 0;
	if (say) {
		fprintf(say, "Linux %s (%s) is built in %s, about %s, in about %.0f min on %ld CPUs\n",
			r->fragment.version, r->source_version, e.path, SIZE_TEXT, expected(r) / 60 + 0.5,
			sysconf(_SC_NPROCESSORS_ONLN));
		fflush(say);
	}
	rc = configure(r, tree, e.making, err);
	if (!rc)
		rc = compile(r, tree, e.making, say, err);
	if (rc) {
		cache_abort(&e);
		return rc;
	}
	kernel_took(r->entry, (double)(clk_monotonic_ns() - begin) / 1e9);
	if (say)
		fprintf(say, "built in %.0f s\n", (double)(clk_monotonic_ns() - begin) / 1e9);
	return cache_commit(&e, err);
}

static int get(const char *name, FILE *say, struct kernel_image *ret, char kdir[PATH_MAX], struct err *err)
{
	struct request r;
	char path[PATH_MAX], *config;
	int rc = request_read(name, &r, err);

	if (!rc && (!*r.source_version || cache_find("kernels", r.entry, path)))
		rc = make_entry(&r, say, err);
	if (!rc && cache_find("kernels", r.entry, path))
		rc = err_set(err, -ENOENT, "%s: was removed while it was made", path);
	if (!rc)
		rc = kernel_entry(path, ret, err);
	if (!rc)
		rc = kernel_path(kdir, err, "%s/obj", path);
	if (!rc) {
		snprintf(ret->cmdline, sizeof(ret->cmdline), "%s", r.fragment.cmdline);
		config = env_slurp(ret->config);
		kernel_id((const char *const[]){ config ? config : "", r.source_version, r.compiler }, 3, ret->id);
		free(config);
	}
	fragment_free(&r.fragment);
	return rc;
}

const struct kernel_kind kernel_built = { .known = known, .get = get };
