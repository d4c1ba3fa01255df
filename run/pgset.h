/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgset.h - scripts for the kernel's pktgen, read as text and never executed.
 *
 * Understood, in a subset of sh:
 *	# comments, \ at the end of a line, ; between commands, quotes '…' "…"
 *	NAME=VALUE, export NAME=VALUE		then $NAME and ${NAME}
 *	pgset "COMMAND VALUE"			to the file that PGDEV names
 *	pg_ctrl COMMAND; pg_thread N COMMAND; pg_set DEVICE COMMAND; proc_cmd FILE COMMAND
 *	echo "COMMAND VALUE" > /proc/net/pktgen/FILE	(>> too)
 *	COMMAND VALUE				a bare line, to PGDEV, or the last device, or
 *						to a device without a name
 * FILE is pgctrl, kpktgend_N or a device; a DEVICE is IF or IF@anything.
 * Skipped, and listed, as it does not change what is sent: modprobe and the like, echo
 * and cat to the terminal, trap, set, sleep, the kernel's functions.sh and parameters.sh,
 * definitions of functions, `if` around nothing but these, and what comes after exit. All else, as loops, conditions
 * and $(…), is an error with its place: write out the lines that shall apply.
 *
 * pgset_commands is the one table of pktgen's commands and flags: reader, help, manual
 * and tests go by it. What becomes of them: run/pgset_stream.c.
 *
 * Life: a struct pgset_plan is plain data of the caller's, filled by pgset_read, and keeps
 * nothing of the text. Nothing is allocated. Any thread.
 */
#ifndef KPPS_PGSET_H
#define KPPS_PGSET_H

#include <stdio.h>

#include "lib/stream_build.h"

#define PGSET_DEVICES_MAX	64
#define PGSET_NAME_MAX		64
#define PGSET_IMIX_MAX		20

enum pgset_target { PGSET_CONTROL, PGSET_THREAD, PGSET_DEVICE, PGSET_FLAG };

enum pgset_type {
	PGSET_NONE,	/* no value */
	PGSET_NUMBER,
	PGSET_HEX,	/* two digits */
	PGSET_IPV4,
	PGSET_IPV6,
	PGSET_MAC,
	PGSET_WORD,
	PGSET_IMIX,	/* SIZE,WEIGHT … */
};

/* What becomes of a command, when its value is not what pktgen has anyway. */
enum pgset_fate {
	PGSET_MAPPED,	/* onto the stream, as @help says */
	PGSET_NOTED,	/* not; a warning says so */
	PGSET_REFUSED,	/* not, and that would change what is measured: an error */
};

/* The device's settings; flags after PGSET_FIRST_FLAG. */
enum pgset_id {
	PGSET_PKT_SIZE, PGSET_MIN_PKT_SIZE, PGSET_MAX_PKT_SIZE, PGSET_IMIX_WEIGHTS,
	PGSET_COUNT, PGSET_DELAY, PGSET_RATE, PGSET_RATEP,
	PGSET_DST, PGSET_DST_MIN, PGSET_DST_MAX, PGSET_SRC_MIN, PGSET_SRC_MAX,
	PGSET_DST6, PGSET_DST6_MIN, PGSET_DST6_MAX, PGSET_SRC6,
	PGSET_DST_MAC, PGSET_SRC_MAC, PGSET_DST_MAC_COUNT, PGSET_SRC_MAC_COUNT,
	PGSET_UDP_SRC_MIN, PGSET_UDP_SRC_MAX, PGSET_UDP_DST_MIN, PGSET_UDP_DST_MAX,
	PGSET_FLOWS, PGSET_FLOWLEN,
	PGSET_VLAN_ID, PGSET_VLAN_P, PGSET_VLAN_CFI, PGSET_SVLAN_ID, PGSET_SVLAN_P, PGSET_SVLAN_CFI,
	PGSET_TOS, PGSET_TRAFFIC_CLASS, PGSET_MPLS, PGSET_XMIT_MODE,
	PGSET_BURST, PGSET_CLONE_SKB, PGSET_FRAGS, PGSET_QUEUE_MAP_MIN, PGSET_QUEUE_MAP_MAX,
	PGSET_NODE, PGSET_SKB_PRIORITY, PGSET_SPI, PGSET_DEBUG, PGSET_CLEAR_COUNTERS,
	PGSET_FIRST_FLAG,
	PGSET_IPSRC_RND = PGSET_FIRST_FLAG, PGSET_IPDST_RND, PGSET_UDPSRC_RND, PGSET_UDPDST_RND,
	PGSET_TXSIZE_RND, PGSET_MACSRC_RND, PGSET_MACDST_RND, PGSET_VID_RND, PGSET_SVID_RND,
	PGSET_MPLS_RND, PGSET_FLOW_SEQ, PGSET_FLOW_RND, PGSET_UDPCSUM, PGSET_IPV6_FLAG, PGSET_IPSEC,
	PGSET_QUEUE_MAP_RND, PGSET_QUEUE_MAP_CPU, PGSET_NODE_ALLOC, PGSET_NO_TIMESTAMP, PGSET_SHARED,
	PGSET_SETTINGS,
	/* of threads and of pgctrl: orders, not settings */
	PGSET_ADD_DEVICE = PGSET_SETTINGS, PGSET_REM_DEVICE_ALL, PGSET_MAX_BEFORE_SOFTIRQ,
	PGSET_START, PGSET_STOP, PGSET_RESET,
	PGSET_IDS,
};

struct pgset_command {
	const char *name;
	enum pgset_target target;
	enum pgset_type type;
	enum pgset_fate fate;
	u64 min, max;		/* of numbers */
	u64 usual;		/* the value that pktgen has without: no word about it */
	const char *help;	/* what becomes of it */
};

extern const struct pgset_command pgset_commands[PGSET_IDS];	/* by enum pgset_id */

struct pgset_place {
	unsigned int line, column;	/* line 0: not given */
};

struct pgset_value {
	struct pgset_place place;
	u64 number;		/* flags: 1 set, 0 unset */
	u8 bytes[16];		/* an address */
	char word[16];
};

struct pgset_device {
	char name[PGSET_NAME_MAX];	/* "eth1@0"; "": of bare lines */
	int thread;		/* kpktgend_N; -1: the script adds it to none */
	struct pgset_place place;
	unsigned int order;	/* of the settings, to tell which of delay, rate, ratep is the last */
	unsigned int when[PGSET_FIRST_FLAG];
	struct pgset_value value[PGSET_SETTINGS];
	unsigned int nimix;
	struct { u32 size, weight; } imix[PGSET_IMIX_MAX];
};

struct pgset_plan {
	unsigned int ndevices;
	struct pgset_device device[PGSET_DEVICES_MAX];	/* those that run */
	bool started;		/* else: no start in it */
};

/* What is not an error but should be known; a sentence with its place. */
typedef void (*pgset_note)(void *arg, const char *sentence);

/*
 * pgset_read - @text of @len bytes; errors begin with @name, as "file:12:3: …".
 * -EINVAL: not understood; -E2BIG: more devices or variables than there is room for.
 */
int pgset_read(const char *name, const char *text, size_t len, pgset_note note, void *arg,
	       struct pgset_plan *ret, struct err *err);

/* How the devices of a plan are to be sent. */
struct pgset_stream {
	struct stream_spec spec;
	char interface[PGSET_NAME_MAX];	/* "": the script names none */
	unsigned int ncpus;
	int cpu[PGSET_DEVICES_MAX];	/* of the threads; none: wherever */
	bool has_source;	/* otherwise, in pktgen, the interface's own address */
	bool has_source_mac, has_destination_mac;	/* otherwise the interface's, the usual */
	bool up_stack, qdisc;	/* xmit_mode netif_receive, queue_xmit */
	u64 count;		/* of all devices; 0: until it is stopped */
	double rate_pps;	/* of all devices; 0: as fast as possible */
};

/*
 * pgset_to_stream - one stream of all devices, which must be of one interface and
 * have equal settings. Errors and notes begin with @name as above. -EOPNOTSUPP: what
 * kpps can't do and may not ignore.
 */
int pgset_to_stream(const char *name, const struct pgset_plan *plan, pgset_note note, void *arg,
		    struct pgset_stream *ret, struct err *err);

/* `kpps help pktgen`, and its section of the manual page. */
void pgset_help(FILE *out);
void pgset_manual(FILE *out);

#endif
