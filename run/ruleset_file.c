// SPDX-License-Identifier: GPL-2.0-or-later
/* ruleset_file.c - finds and reads ruleset files; no state. */
#include "run/ruleset_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fw-under-test/engine/ruleset_gen.h"
#include "lib/str.h"
#include "lib/units.h"
#include "config.h"

#define RULESETS "fw-under-test/rulesets"
#define GENERATED "rules-"
#define RULESET_MAX (256u << 20)	/* bytes; a file above is no ruleset */

/* build/kpps lies one folder below the source tree. */
static const char *tree_of_program(char buf[RULESET_DIR])
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n <= 0)
		return "";
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	snprintf(buf, RULESET_DIR, "%s/../" RULESETS, exe);
	return buf;
}

const char *ruleset_dir(unsigned int i, char buf[RULESET_DIR])
{
	const char *own;

	switch (i) {
	case 0:
		own = getenv("KPPS_RULESETS");
		return own ? own : "";
	case 1:
		return RULESETS;
	case 2:
		return tree_of_program(buf);
	default:
		return KPPS_DATADIR "/rulesets";
	}
}

int ruleset_file(const char *ruleset, int family, char *buf, size_t size, struct err *err)
{
	const char *end = family == AF_INET6 ? ".v6" : ".v4";
	unsigned int i;

	if (strchr(ruleset, '/')) {
		snprintf(buf, size, "%s%s", ruleset, str_ends(ruleset, end) ? "" : end);
		if (!access(buf, R_OK))
			return 0;
		return err_set(err, -errno, "cannot read the ruleset \"%s\": %s", buf,
			       strerror(errno));
	}
	for (i = 0; i < RULESET_DIRS; i++) {
		char room[RULESET_DIR];
		const char *dir = ruleset_dir(i, room);

		snprintf(buf, size, "%s/%s%s", dir, ruleset, end);
		if (dir[0] && !access(buf, R_OK))
			return 0;
	}
	return err_set(err, -ENOENT,
		       "no ruleset \"%s\": neither " RULESETS "/%s%s nor " KPPS_DATADIR
		       "/rulesets/%s%s is there; write ./%s for a file in this folder",
		       ruleset, ruleset, end, ruleset, end, ruleset);
}

/* "rules-1000", "rules-10k": made, not read. */
static bool is_generated(const char *ruleset)
{
	return !strncmp(ruleset, GENERATED, strlen(GENERATED));
}

static int count_rules(const char *ruleset, u64 *ret_n, struct err *err)
{
	int rc = units_parse_u64(UNIT_COUNT, ruleset + strlen(GENERATED), ret_n, err);

	if (rc)
		return rc;
	if (*ret_n > RULESET_GENERATE_MAX)
		return err_set(err, -EINVAL, "ruleset \"%s\": 0 to %d rules can be generated",
			       ruleset, RULESET_GENERATE_MAX);
	return 0;
}

int ruleset_check(const char *ruleset, int family, struct err *err)
{
	char file[PATH_MAX + 256];
	u64 n;

	if (is_generated(ruleset))
		return count_rules(ruleset, &n, err);
	return ruleset_file(ruleset, family, file, sizeof(file), err);
}

static int generate(const char *ruleset, int family, char *buf, size_t size, char **ret_text,
		    size_t *ret_len, struct err *err)
{
	u64 n;
	int rc = count_rules(ruleset, &n, err);

	if (rc)
		return rc;
	rc = ruleset_generate((unsigned int)n, family, ret_text);
	if (rc)
		return err_set(err, rc, "no memory for the ruleset \"%s\"", ruleset);
	*ret_len = strlen(*ret_text);
	snprintf(buf, size, "%s", ruleset);
	return 0;
}

int ruleset_read(const char *ruleset, int family, char *buf, size_t size, char **ret_text,
		 size_t *ret_len, struct err *err)
{
	size_t n, len = 0, room = 1 << 16;
	char *text, *more;
	FILE *f;
	int rc;

	if (is_generated(ruleset))
		return generate(ruleset, family, buf, size, ret_text, ret_len, err);
	rc = ruleset_file(ruleset, family, buf, size, err);
	if (rc)
		return rc;
	f = fopen(buf, "re");
	if (!f)
		return err_set(err, -errno, "cannot read the ruleset \"%s\": %s", buf,
			       strerror(errno));
	text = malloc(room);
	while (text && len < RULESET_MAX && (n = fread(text + len, 1, room - len, f)) > 0) {
		len += n;
		if (len < room)
			continue;
		more = realloc(text, room *= 2);
		if (!more)
			free(text);
		text = more;
	}
	rc = ferror(f) ? -EIO : 0;
	fclose(f);
	if (!text)
		return err_set(err, -ENOMEM, "out of memory");
	if (rc || len >= RULESET_MAX) {
		free(text);
		return err_set(err, rc ? rc : -EFBIG, "cannot read the ruleset \"%s\": %s", buf,
			       rc ? "input error" : "too large");
	}
	*ret_text = text;
	*ret_len = len;
	return 0;
}
