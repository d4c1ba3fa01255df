/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parse.h - iptables-save text to a struct ir.
 *
 *	file  = { "#" comment | "*" table { chain | rule } "COMMIT" }
 *	chain = ":" name ( "ACCEPT" | "DROP" | "-" ) [ "[" pkts ":" bytes "]" ]
 *	rule  = [ "[" pkts ":" bytes "]" ] ( "-A" name | "-I" name [ n ] ) word …
 *	      | "-N" name | "-P" name ( "ACCEPT" | "DROP" )
 *
 * Words are separated by blanks; "…" makes one word, in it \ takes the next
 * character as it is. Only loading is understood: a file describes the whole
 * ruleset, so there is nothing to delete, flush or rename.
 */
#ifndef KPPS_FW_PARSE_H
#define KPPS_FW_PARSE_H

#include "fw-under-test/engine/ir.h"

#define PARSE_LINE_MAX	10240	/* characters, as iptables-restore */
#define PARSE_WORDS_MAX	255

/* parse_save - the first error has name:line and the word. ir_check is inside. */
int parse_save(int family, const char *name, const char *text, size_t len, struct ir **ret_ir,
	       struct err *err);

#endif
