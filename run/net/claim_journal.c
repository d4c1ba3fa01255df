// SPDX-License-Identifier: GPL-2.0-or-later
/* claim_journal.c - see claim_journal.h. */
#include "run/net/claim_journal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_MAX	(4u << 20)	/* of a sane one; more is refused */
#define BOOT_ID		"/proc/sys/kernel/random/boot_id"

static int format_id(pid_t pid, unsigned long long start, char ret[CLAIM_ID_MAX])
{
	return snprintf(ret, CLAIM_ID_MAX, "%d-%llu", (int)pid, start);
}

int claim_id(pid_t pid, char ret_id[CLAIM_ID_MAX])
{
	char path[32], text[1024], *end, state;
	unsigned long long start;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -ESRCH;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -ESRCH;
	text[n] = '\0';
	/* The name of the program, in brackets, may hold spaces and brackets itself. */
	end = strrchr(text, ')');
	if (!end || sscanf(end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d "
			   "%*d %*d %*d %*d %llu", &state, &start) != 2)
		return -ESRCH;
	/* Dead, though its parent has not asked yet. */
	if (state == 'Z' || state == 'X')
		return -ESRCH;
	format_id(pid, start, ret_id);
	return 0;
}

bool claim_id_read(const char *text, pid_t *ret_pid)
{
	char again[CLAIM_ID_MAX], *end;
	unsigned long long start;
	long pid;

	errno = 0;
	pid = strtol(text, &end, 10);
	if (errno || *end != '-' || pid < 1 || pid > INT_MAX)
		return false;
	start = strtoull(end + 1, &end, 10);
	format_id((pid_t)pid, start, again);
	*ret_pid = (pid_t)pid;
	return !strcmp(again, text);	/* no sign, space or zero too many */
}

bool claim_lives(const char *id)
{
	char now[CLAIM_ID_MAX];
	pid_t pid;

	return claim_id_read(id, &pid) && !claim_id(pid, now) && !strcmp(now, id);
}

static void journal_free(struct journal *j)
{
	for (unsigned int i = 0; i < j->n; i++) {
		free(j->change[i].name);
		free(j->change[i].value);
	}
	free(j->change);
	if (j->fd >= 0)
		close(j->fd);
	free(j);
}

static struct journal *journal_new(const char *id)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (j) {
		snprintf(j->id, sizeof(j->id), "%s", id);
		j->fd = -1;
	}
	return j;
}

static void dir_path(const char *id, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, CLAIMS_DIR "/%s", id);
}

static void journal_path(const char *id, char ret[PATH_MAX])
{
	snprintf(ret, PATH_MAX, CLAIMS_DIR "/%s/journal", id);
}

static void boot_id(char *ret, size_t size)
{
	FILE *f = fopen(BOOT_ID, "re");

	if (!f || !fgets(ret, (int)size, f))
		snprintf(ret, size, "unknown");
	ret[strcspn(ret, "\n")] = '\0';
	if (f)
		fclose(f);
}

/* append - @line whole and on the disk, before anything is done. */
static int append(const struct journal *j, const char *line, struct err *err)
{
	size_t len = strlen(line);
	ssize_t n = write(j->fd, line, len);
	int ret;

	if (n == (ssize_t)len && !fdatasync(j->fd))
		return 0;
	ret = n >= 0 && n != (ssize_t)len ? -ENOSPC : -errno;
	/* Half a line must not become the beginning of the next one. */
	if (n > 0 && ftruncate(j->fd, lseek(j->fd, 0, SEEK_END) - n))
		ret = -EIO;
	return err_set(err, ret, CLAIMS_DIR "/%s/journal: %s", j->id, strerror(-ret));
}

/* open_locked - the journal of @id, held; -EBUSY when another holds it, -EAGAIN when it was
 * removed before it could be held. */
static int open_locked(const char *id, int flags)
{
	char path[PATH_MAX];
	struct stat st;
	int fd, ret = 0;

	journal_path(id, path);
	fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC | flags, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		ret = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else if (fstat(fd, &st) || !st.st_nlink)
		ret = -EAGAIN;
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* The folder above may be removed by the last other run at any moment. */
static int make_folder(const char *id)
{
	char path[PATH_MAX];

	dir_path(id, path);
	for (int tries = 0; tries < 100; tries++) {
		if (mkdir(CLAIMS_DIR, 0755) && errno != EEXIST)
			return -errno;
		if (!mkdir(path, 0700))
			return 0;
		if (errno != ENOENT)
			return -errno;
	}
	return -EAGAIN;
}

int journal_create(const char *id, struct journal **ret_journal, struct err *err)
{
	struct journal *j = journal_new(id);
	char boot[64], line[128];
	int ret;

	if (!j)
		return err_set(err, -ENOMEM, "out of memory");
	ret = make_folder(id);
	if (ret == -EEXIST) {
		journal_free(j);
		return ret;
	}
	if (!ret) {
		j->fd = open_locked(id, O_CREAT | O_EXCL);
		ret = min(j->fd, 0);
	}
	if (ret) {
		err_set(err, ret, "can't make " CLAIMS_DIR "/%s: %s", id, strerror(-ret));
	} else {
		boot_id(boot, sizeof(boot));
		snprintf(line, sizeof(line), "kpps-claim 1\nboot %s\n", boot);
		ret = append(j, line, err);
	}
	if (ret) {
		journal_close(j, true);
		return ret;
	}
	*ret_journal = j;
	return 0;
}

static int change_append(struct journal *j, enum change_kind kind, char *name, char *value)
{
	struct change *more = realloc(j->change, (j->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	j->change = more;
	more[j->n++] = (struct change){ .kind = kind, .name = name, .value = value };
	return 0;
}

static int escape(const char *text, char *ret, size_t size)
{
	size_t len = 0;

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (len + 5 > size)
			return -E2BIG;
		if (c <= ' ' || c == '\\' || c == 0x7f)
			len += (size_t)snprintf(ret + len, size - len, "\\x%02x", c);
		else
			ret[len++] = *text;
	}
	ret[len] = '\0';
	return 0;
}

static char *unescape(const char *text)
{
	char *ret = strdup(text), *to = ret;

	if (!ret)
		return NULL;
	while (*text) {
		if (text[0] == '\\' && text[1] == 'x' && isxdigit((u8)text[2]) &&
		    isxdigit((u8)text[3])) {
			char hex[3] = { text[2], text[3] };

			*to++ = (char)strtoul(hex, NULL, 16);
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
	return ret;
}

int journal_add(struct journal *j, enum change_kind kind, const char *name, const char *value,
		struct err *err)
{
	char *line = NULL, *kept_name = strdup(name), *kept_value = strdup(value ? value : "");
	char word[PATH_MAX], quoted[4 * CLAIM_VALUE_MAX + 8];
	int ret = -ENOMEM;

	if (!kept_name || !kept_value)
		goto err_free;
	ret = escape(name, word, sizeof(word));
	if (!ret)
		ret = escape(kept_value, quoted, sizeof(quoted));
	if (ret)
		goto err_free;
	ret = asprintf(&line, kind == CHANGE_NETNS ? "netns %s\n" : "write %s %s\n", word, quoted);
	if (ret < 0) {
		line = NULL;
		ret = -ENOMEM;
		goto err_free;
	}
	ret = append(j, line, err);
	free(line);
	if (ret)
		goto err_said;
	ret = change_append(j, kind, kept_name, kept_value);
	if (ret)
		goto err_free;
	return (int)j->n - 1;

err_free:
	err_set(err, ret, CLAIMS_DIR "/%s/journal: %s", j->id, strerror(-ret));
err_said:
	free(kept_name);
	free(kept_value);
	return ret;
}

int journal_undone(struct journal *j, unsigned int number, struct err *err)
{
	char line[32];

	j->change[number].undone = true;
	snprintf(line, sizeof(line), "undone %u\n", number);
	return append(j, line, err);
}

static int read_change(struct journal *j, enum change_kind kind, const char *name,
		       const char *value)
{
	char *kept_name = unescape(name), *kept_value = unescape(value);
	int ret = -ENOMEM;

	if (kept_name && kept_value)
		ret = change_append(j, kind, kept_name, kept_value);
	if (ret) {
		free(kept_name);
		free(kept_value);
	}
	return ret;
}

static int read_line(struct journal *j, unsigned int number, char *line)
{
	char *name = strchr(line, ' '), *value = NULL, boot[64];
	unsigned long which;

	if (name)
		*name++ = '\0';
	if (name && (value = strchr(name, ' ')))
		*value++ = '\0';
	if (number == 1)
		return !strcmp(line, "kpps-claim") && name && !strcmp(name, "1") ? 0 : -EINVAL;
	if (!name || !*name)
		return -EINVAL;
	if (!strcmp(line, "boot")) {
		boot_id(boot, sizeof(boot));
		j->other_boot = strcmp(boot, name);
		return 0;
	}
	if (!strcmp(line, "netns") && !value)
		return read_change(j, CHANGE_NETNS, name, "");
	if (!strcmp(line, "write") && value)
		return read_change(j, CHANGE_WRITE, name, value);
	if (strcmp(line, "undone"))
		return -EINVAL;
	which = strtoul(name, NULL, 10);
	if (which >= j->n)
		return -EINVAL;
	j->change[which].undone = true;
	return 0;
}

/* Returns how many bytes are whole lines. */
static ssize_t read_text(struct journal *j, char *text, struct err *err)
{
	const char *begin = text;
	unsigned int number = 0;

	for (char *end; (end = strchr(text, '\n')); text = end + 1) {
		int ret;

		*end = '\0';
		ret = read_line(j, ++number, text);
		if (ret == -EINVAL)
			return err_set(err, ret, CLAIMS_DIR "/%s/journal:%u: \"%s\" is not "
				       "understood: another version of kpps wrote it, and can "
				       "undo it", j->id, number, text);
		if (ret)
			return err_set(err, ret, "%s", strerror(-ret));
	}
	return text - begin;
}

static int journal_read(struct journal *j, bool lock, struct err *err)
{
	struct stat st;
	char *text;
	ssize_t n;

	if (fstat(j->fd, &st))
		return err_set(err, -errno, CLAIMS_DIR "/%s/journal: %s", j->id, strerror(errno));
	if (st.st_size > JOURNAL_MAX)
		return err_set(err, -EFBIG, CLAIMS_DIR "/%s/journal is too long to be one", j->id);
	text = calloc(1, (size_t)st.st_size + 1);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	n = pread(j->fd, text, (size_t)st.st_size, 0);
	if (n < 0)
		n = err_set(err, -errno, CLAIMS_DIR "/%s/journal: %s", j->id, strerror(errno));
	else
		n = read_text(j, text, err);
	free(text);
	/* What comes next must begin a line. */
	if (n >= 0 && lock && ftruncate(j->fd, n))
		n = err_set(err, -errno, CLAIMS_DIR "/%s/journal: %s", j->id, strerror(errno));
	return (int)min(n, (ssize_t)0);
}

static int open_and_read(const char *id, bool lock, struct journal **ret_journal, struct err *err)
{
	struct journal *j = journal_new(id);
	char path[PATH_MAX];
	int ret = 0;

	if (!j)
		return err_set(err, -ENOMEM, "out of memory");
	if (lock) {
		j->fd = open_locked(id, 0);
		/* The run was killed before it wrote anything. */
		dir_path(id, path);
		if (j->fd == -ENOENT && !access(path, F_OK))
			goto out;
		ret = j->fd == -EAGAIN ? -ENOENT : min(j->fd, 0);
	} else {
		journal_path(id, path);
		j->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (j->fd < 0)
			ret = -errno;
	}
	if (ret)
		err_set(err, ret, CLAIMS_DIR "/%s/journal: %s%s", id, strerror(-ret),
			ret == -EACCES ? ": run as root" : "");
	else
		ret = journal_read(j, lock, err);
	if (ret) {
		journal_free(j);
		return ret;
	}
out:
	*ret_journal = j;
	return 0;
}

int journal_open(const char *id, struct journal **ret_journal, struct err *err)
{
	return open_and_read(id, true, ret_journal, err);
}

int journal_peek(const char *id, struct journal **ret_journal, struct err *err)
{
	return open_and_read(id, false, ret_journal, err);
}

void journal_close(struct journal *j, bool forget)
{
	char path[PATH_MAX];

	if (!j)
		return;
	if (forget) {
		/* Still held: nobody can begin to clean what is about to go. */
		journal_path(j->id, path);
		unlink(path);
		dir_path(j->id, path);
		rmdir(path);
		rmdir(CLAIMS_DIR);	/* fails while there are others */
	}
	journal_free(j);
}
