/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys.h - the table of scenario keys. One row a key: its dotted path, what it
 * takes, its range, default and help, and where it goes. The reader, the
 * checks, `kpps help scenario` and kpps-scenario(5) all come from it. Constant
 * data; the functions keep no state.
 */
#ifndef KPPS_KEYS_H
#define KPPS_KEYS_H

#include <stdio.h>

#include "lib/units.h"
#include "run/point.h"
#include "run/tree.h"

enum key_type {
	KEY_SECTION,	/* a mapping of further keys */
	KEY_TEXT,	/* char [size] */
	KEY_NUMBER,	/* in unit, min … max; words too, where there are any */
	KEY_WORD,	/* one of words */
	KEY_BOOL,
	KEY_CUSTOM,	/* set() reads it, syntax says how it is written */
	KEY_GOALS,	/* the list of goals; read once the preset is known */
	KEY_SWEEP,	/* read before everything else */
};

enum key_target {
	TARGET_PLAN,	/* struct plan */
	TARGET_POINT,	/* struct point */
	TARGET_STREAM,	/* struct stream_draft */
	TARGET_GOAL,	/* struct goal_spec; without a value: the preset's */
};

enum key_store {
	STORE_NONE,
	STORE_U8, STORE_U16, STORE_U32, STORE_U64,
	STORE_DOUBLE,
	STORE_SECONDS,		/* double, from a time */
	STORE_U32_SECONDS,	/* from a time, whole seconds */
	STORE_WORD,		/* char [size]: the word itself */
};

struct key_word {
	const char *word;	/* NULL ends */
	u32 value;
	const char *help;	/* may be NULL */
};

struct key {
	const char *path;	/* "streams.*.size"; * is a name the user gives */
	enum key_type type;
	enum unit unit;
	enum key_store store;
	enum key_target target;
	size_t offset, size;
	double min, max;
	const char *fallback;	/* default as a user would write it; NULL: see default_help */
	const char *default_help;	/* what happens without a value, when fallback is NULL */
	const struct key_word *words;
	const char *syntax;	/* for help; NULL: made from type, unit and range */
	/* KEY_CUSTOM: *ret_at (preset to @value) is blamed for an error. */
	int (*set)(const struct node *value, void *target, const struct node **ret_at,
		   struct err *err);
	const char *help;	/* one sentence, no full stop */
};

/*
 * A stream while it is read: what depends on other keys (family, protocol)
 * waits until all of them are known.
 */
struct stream_draft {
	struct point_stream stream;
	const struct node *at;		/* for messages about the stream as a whole */
	struct addr_range source[2], destination[2];	/* [0] IPv4, [1] IPv6 */
	const struct node *source_at, *destination_at;	/* where given, else NULL */
	bool has_source[2], has_destination[2];
	const struct node *size_at, *imix_at;
	bool size_min;
};

/* What the words of dut.firewall have: the testbeds it can be in, and a ruleset. */
#define FIREWALL_MEMORY	0x01
#define FIREWALL_NETNS	0x02
#define FIREWALL_WIRE	0x04
#define FIREWALL_RULES	0x08
u32 firewall_traits(const char *firewall);

extern const struct key keys[];	/* path NULL ends */

const struct key *key_find(const char *path);	/* by its path in the table, or NULL */
/* key_pattern - the table's path of a user's ("streams.a.size" -> "streams.*.size"). */
const char *key_pattern(const char *path, char *buf, size_t size);
/* key_hint - ": did you mean …?" for an unknown @path, or "" */
const char *key_hint(const char *path, char *buf, size_t size);

/*
 * key_set - check @value and store it in @target. The sentence has no place in
 * front; *ret_at is the node to blame. Sections, goals and sweep are not set.
 */
int key_set(const struct key *key, const struct node *value, void *target,
	    const struct node **ret_at, struct err *err);
/* key_set_default - from the fallback, if there is one. */
int key_set_default(const struct key *key, void *target, struct err *err);

/* node_is_null - a key without a value, "~" or "null". */
bool node_is_null(const struct node *n);

/* What a key takes: "size", "1 to 64", "ipv4 | ipv6"; and its default, "" when there is none. */
const char *key_syntax(const struct key *key, char *buf, size_t size);
const char *key_default(const struct key *key, char *buf, size_t size);
void keys_help(FILE *out);	/* kpps help scenario */
void keys_manual(FILE *out);	/* kpps-scenario(5) */

/* setters of KEY_CUSTOM (key_values.c) */
int set_sizes(const struct node *value, void *draft, const struct node **ret_at, struct err *err);
int set_imix(const struct node *value, void *draft, const struct node **ret_at, struct err *err);
int set_source(const struct node *value, void *draft, const struct node **ret_at,
	       struct err *err);
int set_destination(const struct node *value, void *draft, const struct node **ret_at,
		    struct err *err);
int set_source_port(const struct node *value, void *draft, const struct node **ret_at,
		    struct err *err);
int set_destination_port(const struct node *value, void *draft, const struct node **ret_at,
			 struct err *err);
int set_source_mac(const struct node *value, void *draft, const struct node **ret_at,
		   struct err *err);
int set_destination_mac(const struct node *value, void *draft, const struct node **ret_at,
			struct err *err);
int set_vlan(const struct node *value, void *draft, const struct node **ret_at, struct err *err);
int set_tcp_flags(const struct node *value, void *draft, const struct node **ret_at,
		  struct err *err);
int set_extensions(const struct node *value, void *draft, const struct node **ret_at,
		   struct err *err);
int set_ring(const struct node *value, void *point, const struct node **ret_at, struct err *err);
int set_sysctls(const struct node *value, void *point, const struct node **ret_at,
		struct err *err);
int set_cpus(const struct node *value, void *point, const struct node **ret_at, struct err *err);
int set_rates(const struct node *value, void *goal, const struct node **ret_at, struct err *err);
int set_loads(const struct node *value, void *goal, const struct node **ret_at, struct err *err);

/* wire_keys.c */
int set_wire_ports(const struct node *value, void *point, const struct node **ret_at,
		   struct err *err);
int set_wire_macs(const struct node *value, void *point, const struct node **ret_at,
		  struct err *err);
int set_wire_irq_cpus(const struct node *value, void *point, const struct node **ret_at,
		      struct err *err);
int set_wire_i_know(const struct node *value, void *point, const struct node **ret_at,
		    struct err *err);

/* vm_keys.c */
int set_vm_kernel(const struct node *value, void *point, const struct node **ret_at,
		  struct err *err);
int set_vm_cmdline(const struct node *value, void *point, const struct node **ret_at,
		   struct err *err);

/* What setters share: one value; a MAC address; a whole number up to @limit. */
int want_scalar(const struct node *n, const char *what, struct err *err);
int set_mac(const struct node *value, u8 mac[6], struct err *err);
int whole_number(const struct node *n, const char *what, unsigned long limit,
		 unsigned long *ret_v, struct err *err);

#endif
