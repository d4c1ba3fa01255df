// SPDX-License-Identifier: GPL-2.0-or-later
/* knob.c - see knob.h. */
#include "run/net/knob.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int knob_read(int fd, char *ret, size_t size)
{
	size_t len = 0;
	int rc = 0;

	while (len < size) {
		ssize_t n = read(fd, ret + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = -errno;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	if (rc)
		return rc;
	if (len && ret[len - 1] == '\n')
		len--;
	if (len >= size)
		return -ENOSPC;
	ret[len] = '\0';
	return 0;
}

int knob_write(int fd, const char *value)
{
	size_t len = strlen(value);
	ssize_t n;
	int rc = 0;

	/* "" would be a write of nothing, which the kernel takes as no write. */
	n = len ? write(fd, value, len) : write(fd, "\n", len = 1);
	if (n < 0)
		rc = -errno;
	else if ((size_t)n != len)
		rc = -EINVAL;
	close(fd);
	return rc;
}
