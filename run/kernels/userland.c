// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * userland.c - what guests of testbed vm run: kpps built for any CPU of their
 * architecture (make guest, make guest-i386), and where its libraries and tools are
 * taken from: the host's own, or for i386 the distribution's packages, unpacked into
 * the cache as userland/ARCH-ID. In a source tree kpps is built when it is missing or
 * older than the kpps that asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "run/environment_parts.h"
#include "run/kernels/kernel_parts.h"
#include "run/stop.h"

#define BUILD_NS	(1200 * NSEC_PER_SEC)
#define UNPACK_S	30

/* Split the path of this program into its folder's folder, and that folder's name. */
static int own_folder(char tree[PATH_MAX], char build[PATH_MAX], struct err *err)
{
	ssize_t n = readlink("/proc/self/exe", tree, PATH_MAX - 1);
	char *slash;

	if (n <= 0)
		return err_set(err, -errno, "/proc/self/exe: %s", strerror(errno));
	tree[n] = '\0';
	*strrchr(tree, '/') = '\0';
	slash = strrchr(tree, '/');
	if (!slash)
		return err_set(err, -ENOENT, "kpps in / has no guest");
	snprintf(build, PATH_MAX, "%s", slash + 1);
	*slash = '\0';
	return 0;
}

static bool current(const char *guest)
{
	struct stat mine, its;

	return !stat("/proc/self/exe", &mine) && !stat(guest, &its) &&
	       its.st_mtim.tv_sec >= mine.st_mtim.tv_sec;
}

/* i386: as gcc of this machine makes it of what userland unpacked to @root. */
static int build_guest(const char *tree, const char *build, const char *guest, const char *root,
		       FILE *say, struct err *err)
{
	const char *target = *root ? "guest-i386" : "guest";
	char b[PATH_MAX + 2], from[PATH_MAX + 16];
	const char *const argv[] = { "make", "-s", "-j2", "-C", tree, b, from, target, NULL };
	const struct child child = {
		.argv = argv, .netns = -1, .timeout_ns = BUILD_NS, .stop = &stop_wanted,
	};
	struct err why = { 0 };
	int rc;

	snprintf(b, sizeof(b), "B=%s", build);
	snprintf(from, sizeof(from), "GUEST_ROOT=%s", root);
	if (say && access(guest, R_OK))
		fprintf(say, "building kpps for the guest (make %s): about a minute\n", target);
	rc = child_ok(&child, NULL, &why);
	if (rc == -EINTR)
		return err_set(err, rc, "stopped by the user");
	if (rc)
		return err_set(err, rc, "kpps for the guest can't be built by make %s: %.350s", target, why.text);
	/* make has seen to it, also when there was nothing to do */
	utimensat(AT_FDCWD, guest, NULL, 0);
	return 0;
}

static int unpack(const char *arch, FILE *say, struct cache_entry *e, struct err *err)
{
	const char *const argv[] = { "userland", "unpack", arch, e->making, NULL };
	char state[PATH_MAX];
	const char *const env[] = { state, NULL };
	u64 begin = clk_monotonic_ns();
	int rc = kernel_apt_state(state, err);

	if (rc)
		return rc;
	if (say) {
		fprintf(say, "the distribution's packages of %s are downloaded and unpacked to %s (120 MB), in about %.0f s\n",
			arch, e->path, kernel_takes("userland", UNPACK_S));
		fflush(say);
	}
	rc = kernel_script(argv, env, NULL, NULL, NULL, err);
	if (!rc)
		kernel_took("userland", (double)(clk_monotonic_ns() - begin) / 1e9);
	return rc;
}

/* What another version of the script would unpack is another entry. */
static int userland_root(const char *arch, FILE *say, char ret[PATH_MAX], struct err *err)
{
	char script[PATH_MAX], id[17], name[32], *text;
	struct cache_entry e;
	int rc = kernel_data("userland", script, err);

	if (rc)
		return rc;
	text = env_slurp(script);
	if (!text)
		return err_set(err, -ENOENT, "%s can't be read", script);
	kernel_id((const char *const[]){ text }, 1, id);
	free(text);
	snprintf(name, sizeof(name), "%.8s-%s", arch, id);
	rc = cache_begin("userland", name, &e, err);
	if (!rc) {
		rc = unpack(arch, say, &e, err);
		if (rc) {
			cache_abort(&e);
			return rc;
		}
		rc = cache_commit(&e, err);
	}
	return rc < 0 ? rc : kernel_path(ret, err, "%s", e.path);
}

int kernel_userland(const char *arch, FILE *say, char ret_root[PATH_MAX],
		    char ret_kpps[PATH_MAX], struct err *err)
{
	bool narrow = !strcmp(arch, "i386");
	char tree[PATH_MAX], build[PATH_MAX], makefile[PATH_MAX];
	int rc;

	if (!narrow && strcmp(arch, "amd64") != 0)
		return err_set(err, -ENOTSUP, "no guest of architecture %s can be made: only amd64 and i386",
			       arch);
	ret_root[0] = '\0';
	rc = own_folder(tree, build, err);
	if (!rc)
		rc = kernel_path(ret_kpps, err, "%s/%s/guest%s/kpps", tree, build, narrow ? "-i386" : "");
	if (!rc)
		rc = kernel_path(makefile, err, "%s/run/vm/guest.c", tree);
	if (!rc && narrow)
		rc = userland_root(arch, say, ret_root, err);
	if (rc)
		return rc;
	if (!access(makefile, R_OK))
		return current(ret_kpps) ? 0 : build_guest(tree, build, ret_kpps, ret_root, say, err);
	rc = kernel_path(ret_kpps, err, "%s/lib/kpps/guest%s/kpps", tree, narrow ? "-i386" : "");
	if (!rc && access(ret_kpps, R_OK))
		return err_set(err, -ENOENT, "%s is not there: %s", ret_kpps, narrow ?
			       "guests of i386 can be had in kpps' source tree only" :
			       "install kpps with its guest (make install)");
	return rc;
}
