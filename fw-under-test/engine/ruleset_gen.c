// SPDX-License-Identifier: GPL-2.0-or-later
/* ruleset_gen.c - see ruleset_gen.h; no state. */
#include "fw-under-test/engine/ruleset_gen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* 10.0.0.1 and 2001:db8:ffff::1 on: no stream of ours comes from there. */
static void print_rule(FILE *out, unsigned int i, bool v6)
{
	unsigned int port = 1 + i % 65535;

	if (v6)
		fprintf(out, "-A FORWARD -s 2001:db8:ffff::%x:%x/128 -p udp -m udp --dport %u "
			"-j ACCEPT\n", i >> 16, i & 0xffff, port);
	else
		fprintf(out, "-A FORWARD -s 10.%u.%u.%u/32 -p udp -m udp --dport %u -j ACCEPT\n",
			i >> 16 & 0xff, i >> 8 & 0xff, i & 0xff, port);
}

int ruleset_generate(unsigned int n, int family, char **ret_text)
{
	bool v6 = family == AF_INET6, failed;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (n > RULESET_GENERATE_MAX)
		return -EINVAL;
	out = open_memstream(&text, &len);
	if (!out)
		return -ENOMEM;
	fprintf(out, "# rules-%u: %u rules%s\n*filter\n:INPUT ACCEPT [0:0]\n"
		":FORWARD %s [0:0]\n:OUTPUT ACCEPT [0:0]\n", n, n,
		n ? ", the last one matches" : "", n ? "DROP" : "ACCEPT");
	for (unsigned int i = 1; i < n; i++)
		print_rule(out, i, v6);
	fputs(n ? "-A FORWARD -j ACCEPT\nCOMMIT\n" : "COMMIT\n", out);
	failed = ferror(out);
	if (fclose(out) || failed) {
		free(text);
		return -ENOMEM;
	}
	*ret_text = text;
	return 0;
}
