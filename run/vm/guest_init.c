// SPDX-License-Identifier: GPL-2.0-or-later
/* guest_init.c - what the guest's init does before it listens to the host. */
#include "run/vm/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/vm/initramfs.h"

void guest_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("kpps: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputs("\n", stderr);
	va_end(ap);
}

static void mount_one(const char *type, const char *at)
{
	mkdir(at, 0755);
	/* a small kernel may lack it; what needs it says so */
	mount(type, at, type, 0, NULL);
}

static void loopback_up(void)
{
	struct ifreq req = { .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "lo");
	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &req);
	close(fd);
}

void guest_init(void)
{
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("devtmpfs", "/dev");
	mount_one("tmpfs", "/run");
	mount_one("tmpfs", "/tmp");
	mount_one("bpf", "/sys/fs/bpf");
	mount_one("debugfs", "/sys/kernel/debug");
	umask(022);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", true);
	setenv("HOME", "/root", true);
	setenv("KPPS_RULESETS", GUEST_RULESETS, true);
	loopback_up();
}

int guest_file(const char *path, const char *text, size_t len, struct err *err)
{
	char folder[4096];
	const char *slash;
	size_t done;
	FILE *f;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		mkdir(folder, 0755);
	}
	f = fopen(path, "we");
	if (!f)
		return err_set(err, -errno, "the guest can't write %s: %s", path, strerror(errno));
	done = fwrite(text, 1, len, f);
	if (fclose(f) || done != len)
		return err_set(err, -EIO, "the guest can't write %s: raise vm.memory", path);
	return 0;
}

const char *guest_word(const char *name)
{
	static char line[4096];
	size_t n = 0, len = strlen(name);
	FILE *f = fopen("/proc/cmdline", "re");
	char *at, *save = NULL;

	if (f) {
		n = fread(line, 1, sizeof(line) - 1, f);
		fclose(f);
	}
	line[n] = '\0';
	for (at = strtok_r(line, " \n", &save); at; at = strtok_r(NULL, " \n", &save))
		if (!strncmp(at, name, len) && at[len] == '=')
			return at + len + 1;
	return NULL;
}
