// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * userland.c - what guests of testbed vm run: kpps built for any CPU of their
 * architecture (make guest), and where its libraries and tools are taken from. In a
 * source tree it is built when it is missing or older than the kpps that asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/kernels/kernel_parts.h"
#include "run/stop.h"

#define BUILD_NS (1200 * NSEC_PER_SEC)

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

static int build_guest(const char *tree, const char *build, const char *guest, FILE *say,
		       struct err *err)
{
	char b[PATH_MAX + 2];
	const char *const argv[] = { "make", "-s", "-j2", "-C", tree, b, "guest", NULL };
	const struct child child = {
		.argv = argv, .netns = -1, .timeout_ns = BUILD_NS, .stop = &stop_wanted,
	};
	struct err why = { 0 };
	int rc;

	snprintf(b, sizeof(b), "B=%s", build);
	if (say && access(guest, R_OK))
		fprintf(say, "building kpps for the guest (make guest): about a minute\n");
	rc = child_ok(&child, NULL, &why);
	if (rc == -EINTR)
		return err_set(err, rc, "stopped by the user");
	if (rc)
		return err_set(err, rc, "kpps for the guest can't be built by make guest: %.350s", why.text);
	/* make has seen to it, also when there was nothing to do */
	utimensat(AT_FDCWD, guest, NULL, 0);
	return 0;
}

int kernel_userland(const char *arch, FILE *say, char ret_root[PATH_MAX],
		    char ret_kpps[PATH_MAX], struct err *err)
{
	char tree[PATH_MAX], build[PATH_MAX], makefile[PATH_MAX];
	int rc;

	if (strcmp(arch, "amd64") != 0)
		return err_set(err, -ENOTSUP, "no guest of architecture %s can be made yet: only amd64",
			       arch);
	ret_root[0] = '\0';
	rc = own_folder(tree, build, err);
	if (!rc)
		rc = kernel_path(ret_kpps, err, "%s/%s/guest/kpps", tree, build);
	if (!rc)
		rc = kernel_path(makefile, err, "%s/run/vm/guest.c", tree);
	if (rc)
		return rc;
	if (!access(makefile, R_OK))
		return current(ret_kpps) ? 0 : build_guest(tree, build, ret_kpps, say, err);
	rc = kernel_path(ret_kpps, err, "%s/lib/kpps/guest/kpps", tree);
	if (!rc && access(ret_kpps, R_OK))
		return err_set(err, -ENOENT, "%s is not there: install kpps with its guest (make install)",
			       ret_kpps);
	return rc;
}
