// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel_rules.c - the list of backends, and what they share; see the headers. */
#include "run/net/kernel_rules.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fw-under-test/engine/ir_bridge.h"
#include "fw-under-test/engine/parse.h"
#include "run/net/kernel_rules_parts.h"
#include "run/net/netns.h"

#define TIMEOUT_NS	(600 * NSEC_PER_SEC)	/* a million rules take minutes */
#define OUTPUT_MAX	((size_t)1 << 30)
#define LINE_SHOWN	120			/* characters of a line in an error */

const struct kernel_rules_backend *const kernel_rules_backends[] = {
	&kernel_rules_legacy, &kernel_rules_nft, &kernel_rules_native,
	NULL,
};

const struct kernel_rules_backend *kernel_rules_backend(const char *name)
{
	for (const struct kernel_rules_backend *const *b = kernel_rules_backends; *b; b++)
		if (!strcmp((*b)->name, name))
			return *b;
	return NULL;
}

int rules_parse(const struct kernel_rules *rules, struct ir *ir[RULES_FAMILIES], struct err *err)
{
	int ret = 0;

	for (int f = 0; f < RULES_FAMILIES; f++)
		ir[f] = NULL;
	for (int f = 0; f < RULES_FAMILIES && !ret; f++)
		if (rules->name[f])
			ret = parse_save(rules_family(f), rules->name[f], rules->text[f],
					 rules->len[f], &ir[f], err);
	for (int f = 0; f < RULES_FAMILIES && !ret; f++)
		if (ir[f] && rules->bridge)
			ret = ir_bridge_check(ir[f], err);
	if (ret)
		rules_free(ir);
	return ret;
}

void rules_free(struct ir *ir[RULES_FAMILIES])
{
	for (int f = 0; f < RULES_FAMILIES; f++) {
		ir_destroy(ir[f]);
		ir[f] = NULL;
	}
}

int tool_run(int netns, const char *const *argv, const char *input, size_t len, char **ret_out,
	      int *ret_status, char **ret_err, struct err *err)
{
	const struct child child = {
		.argv = argv, .input = input, .input_len = len, .netns = netns,
		.timeout_ns = TIMEOUT_NS, .output_max = OUTPUT_MAX,
	};
	struct child_result result;
	int ret = child_run(&child, &result, err);

	if (ret)
		return ret;
	if (result.cut) {
		child_result_free(&result);
		return err_set(err, -E2BIG, "%s: more than %zu bytes of rules", argv[0],
			       OUTPUT_MAX);
	}
	*ret_status = result.status;
	*ret_err = result.err;
	result.err = NULL;
	if (ret_out) {
		*ret_out = result.out;
		result.out = NULL;
	}
	child_result_free(&result);
	return 0;
}

/* "iptables-restore v1.8.9 (legacy): …": who speaks is said already. */
static const char *skip_speaker(const char *line)
{
	const char *paren = strstr(line, "): "), *colon = strstr(line, ": ");

	if (strncmp(line, "iptables", 8) != 0 && strncmp(line, "ip6tables", 9) != 0)
		return line;
	if (paren && paren < line + strcspn(line, "\n"))
		return paren + 3;
	return colon ? colon + 2 : line;
}

/* The first line that says something. */
static const char *first_words(const char *text, int *ret_len)
{
	for (;;) {
		const char *words = skip_speaker(text);
		size_t n = strcspn(words, "\n");

		if (n || !words[n]) {
			*ret_len = (int)min(n, (size_t)300);
			return words;
		}
		text = words + n + 1;
	}
}

/* The number in "at line: 5", "line 3 failed", "/dev/stdin:12:3-9"; 0: none. */
static unsigned long line_number(const char *text)
{
	const char *at = strstr(text, "line");

	if (!strncmp(text, "/dev/stdin:", 11))
		return strtoul(text + 11, NULL, 10);
	for (; at; at = strstr(at + 1, "line")) {
		const char *digits = at + 4 + strspn(at + 4, ": ");

		if (isdigit((unsigned char)*digits))
			return strtoul(digits, NULL, 10);
	}
	return 0;
}

int tool_refused(const char *program, const char *words, const char *name, const char *text,
		  struct err *err)
{
	unsigned long line = line_number(words);
	const char *at = text;
	int words_len;

	for (unsigned long i = 1; i < line && at; i++) {
		at = strchr(at, '\n');
		at += !!at;
	}
	words = first_words(words, &words_len);
	if (!line || !at)
		return err_set(err, -EPROTO, "%s: %s refuses it: %.*s", name, program, words_len,
			       words);
	at += strspn(at, "\t ");
	return err_set(err, -EPROTO, "%s:%lu: %s refuses \"%.*s\": %.*s", name, line, program,
		       (int)min(strcspn(at, "\n"), (size_t)LINE_SHOWN), at, words_len, words);
}

int tool_ok(int netns, const char *const *argv, const char *input, char **ret_out,
		 struct err *err)
{
	size_t len = input ? strlen(input) : 0;
	char *words = NULL, *out = NULL;
	int status = 0, n, ret = tool_run(netns, argv, input, len, &out, &status, &words, err);

	if (ret)
		return ret;
	if (status) {
		const char *first = first_words(words, &n);

		ret = err_set(err, -EPROTO, "%s failed: %.*s", argv[0], n, first);
	}
	free(words);
	if (ret || !ret_out)
		free(out);
	else
		*ret_out = out;
	return ret;
}

int rules_clear(int netns, struct err *err)
{
	int ret = xt_flush(XT_LEGACY, netns, err);

	return ret ? ret : nft_flush(netns, err);
}

int kernel_rules_probe_bridge(const struct kernel_rules_backend *b, struct err *err)
{
	static const char text[] =
		"*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -i eth0 -o eth1 -j ACCEPT\nCOMMIT\n";
	const struct kernel_rules rules = {
		.name = { "probe", "probe" }, .text = { text, text },
		.len = { sizeof(text) - 1, sizeof(text) - 1 }, .bridge = true,
	};
	int netns = -1, ret = netns_scratch(&netns, err);

	if (ret)
		return ret;
	ret = b->load(netns, &rules, NULL, err);
	close(netns);
	return ret;
}

int kernel_conntrack_on(int netns, struct err *err)
{
	static const char *const argv[] = { "nft", "-f", "-", NULL };
	static const char text[] =
		"add table inet kpps_conntrack\ndelete table inet kpps_conntrack\n"
		"table inet kpps_conntrack {\n\tchain unused {\n\t\tct state new\n\t}\n}\n";

	if (child_find("nft", NULL, 0))
		return err_set(err, -ENOENT,
			       "tracking without rules needs the program nft: install nftables");
	return tool_ok(netns, argv, text, NULL, err);
}
