// SPDX-License-Identifier: GPL-2.0-or-later
/* console.c - see console.h. */
#include "run/vm/console.h"

#include <string.h>

#define EXCERPT_LINES 40

/* What a kernel says when something is wrong with it; the first that fits. */
static const struct {
	const char *words, *what;
	bool fatal;
} reports[] = {
	{ "Kernel panic - not syncing", "the guest's kernel panicked", true },
	{ "BUG: KASAN:", "KASAN found a bad memory access in the guest", false },
	{ "BUG: KMSAN:", "KMSAN found memory used uninitialised in the guest", false },
	{ "BUG: KCSAN:", "KCSAN found a data race in the guest", false },
	{ "BUG: KFENCE:", "KFENCE found a bad memory access in the guest", false },
	{ "UBSAN:", "UBSAN found undefined behaviour in the guest", false },
	{ "BUG: soft lockup", "a CPU of the guest is stuck", true },
	{ "hard LOCKUP", "a CPU of the guest is stuck", true },
	{ "detected stall", "RCU stalls in the guest", false },
	{ "self-detected stall", "RCU stalls in the guest", false },
	{ "blocked for more than", "a task of the guest hangs", false },
	{ "possible circular locking", "lockdep found a fault in the guest", false },
	{ "possible recursive locking", "lockdep found a fault in the guest", false },
	{ "possible irq lock inversion", "lockdep found a fault in the guest", false },
	{ "inconsistent lock state", "lockdep found a fault in the guest", false },
	{ "lock order detected", "lockdep found a fault in the guest", false },
	{ "bad unlock balance", "lockdep found a fault in the guest", false },
	{ "lock held when returning", "lockdep found a fault in the guest", false },
	{ "held lock freed", "lockdep found a fault in the guest", false },
	{ "Invalid wait context", "lockdep found a fault in the guest", false },
	{ "suspicious RCU usage", "lockdep found a fault in the guest", false },
	{ "new suspected memory leaks", "kmemleak found leaks in the guest", false },
	{ "scheduling while atomic", "the guest's kernel has a bug", false },
	{ "sleeping function called from invalid context", "the guest's kernel has a bug", false },
	{ "WARNING: CPU:", "the guest's kernel warned", false },
	{ "Out of memory:", "the guest is out of memory: raise vm.memory", true },
	{ "Oops:", "the guest's kernel had an oops", true },
	{ "general protection fault", "the guest's kernel had an oops", true },
	{ "kernel BUG at", "the guest's kernel had an oops", true },
	{ "BUG:", "the guest's kernel has a bug", false },
};

void console_open(struct console *c, const char *path)
{
	memset(c, 0, sizeof(*c));
	c->log = path ? fopen(path, "ae") : NULL;
}

void console_close(struct console *c)
{
	if (c->log)
		fclose(c->log);
	c->log = NULL;
}

static void note(struct console *c)
{
	size_t i;

	for (i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		if (!strstr(c->line, reports[i].words))
			continue;
		c->fatal |= reports[i].fatal;
		if (c->bad)
			return;
		c->bad = true;
		c->what = reports[i].what;
		memcpy(c->report, c->line, c->len + 1);
		return;
	}
}

static void end_line(struct console *c)
{
	size_t used = strlen(c->excerpt);

	c->line[c->len] = '\0';
	note(c);
	if (c->bad && c->excerpt_lines < EXCERPT_LINES) {
		snprintf(c->excerpt + used, sizeof(c->excerpt) - used, "%s\n", c->line);
		c->excerpt_lines++;
	}
	c->len = 0;
}

void console_add(struct console *c, const char *data, size_t n)
{
	size_t i;

	if (c->log) {
		fwrite(data, 1, n, c->log);
		fflush(c->log);
	}
	for (i = 0; i < n; i++) {
		char b = data[i];

		c->tail[c->total++ % CONSOLE_TAIL] = b;
		if (b == '\r')
			continue;
		if (b == '\n' || c->len == CONSOLE_LINE - 1)
			end_line(c);
		/* what goes into records and sentences is plain text */
		if (b != '\n')
			c->line[c->len++] = b >= 0x20 && b < 0x7f ? b : b == '\t' ? ' ' : '?';
	}
}

void console_last(const struct console *c, char *ret, size_t size)
{
	size_t held = min(c->total, (size_t)CONSOLE_TAIL), n = min(held, size - 1), i, out = 0;
	bool cut = n < c->total;	/* begins in the middle of a line */

	for (i = c->total - n; i < c->total; i++) {
		char b = c->tail[i % CONSOLE_TAIL];

		if (!cut && b != '\r')
			ret[out++] = (b >= 0x20 && b < 0x7f) || b == '\n' ? b : '?';
		if (b == '\n')
			cut = false;
	}
	ret[out] = '\0';
}
