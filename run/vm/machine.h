/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.h - a guest from the host's side: QEMU, its console, and the conversation
 * with the kpps in it. Life: machine_boot -> machine_ask … -> machine_free. One
 * thread. Every wait ends: by the answer, by the guest's end, by a report on its
 * console after which nothing comes, by *@stop, or when its time is up.
 */
#ifndef KPPS_VM_MACHINE_H
#define KPPS_VM_MACHINE_H

#include <limits.h>

#include "run/vm/console.h"
#include "run/vm/line.h"
#include "run/vm/message.h"
#include "run/vm/qemu.h"

struct machine {
	struct qemu qemu;
	struct console console;
	char log[PATH_MAX];		/* of the console; "" none */
	struct line_reader lines;
	struct vm_hello hello;
	bool ended;			/* QEMU has */
	struct err broken;		/* why nothing more can be asked; code 0: it can */
};

/* machine_boot - started, and its hello read. @log: a file for the console's text; NULL. */
int machine_boot(const struct qemu_config *config, const char *log, u64 patience_ns,
		 volatile bool *stop, struct machine **ret, struct err *err);
/*
 * machine_ask - send, and wait for the answer; takes over @body. *@ret is the body
 * of an answer of @kind, a new reference. An error that the guest answers with is
 * @err, and the machine goes on; after -EINTR (stop) and after all other errors it is
 * broken, which every later call says again.
 */
int machine_ask(struct machine *m, enum vm_kind kind, json_t *body, u64 patience_ns,
		volatile bool *stop, json_t **ret, struct err *err);
/* machine_report - has the console reported something since it was asked last? Then the
 * machine is broken, and @err says why. */
bool machine_report(struct machine *m, struct err *err);
void machine_free(struct machine *m);

#endif
