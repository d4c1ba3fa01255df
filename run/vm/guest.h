/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest.h - kpps inside testbed vm: the guest's init, which never returns, and its
 * modprobe. Files:
 *
 *	guest.c			the requests of the host, one after the other
 *	guest_init.c		what an init does first
 *	guest_modprobe.c	modules by name or alias
 *	guest_port.c		the serial port to the host
 */
#ifndef KPPS_VM_GUEST_H
#define KPPS_VM_GUEST_H

#include "run/vm/line.h"

/* guest_is - was this program started as a guest's init or modprobe? */
bool guest_is(int argc, char **argv);
int guest_main(int argc, char **argv);

/* guest_init - mounts, loopback, environment. What a small kernel lacks is left out. */
void guest_init(void);
/* guest_say - a line on the console. */
void guest_say(const char *fmt, ...) __printf(1, 2);
/* guest_file - write a file, with the folders above it. */
int guest_file(const char *path, const char *text, size_t len, struct err *err);
/* guest_word - the value of NAME=value on the kernel's command line, or NULL; static. */
const char *guest_word(const char *name);

/* guest_load - a module by name or alias, with what it needs; -ENOENT: there is none,
 * which is no error where it is built in. */
int guest_load(const char *name);
int guest_modprobe(int argc, char **argv);

/*
 * The port is driven from here, without the kernel's driver: no interrupt comes of a
 * byte, so none can fall into a trial, and a kernel needs no driver. Waiting is busy,
 * for a clock that counts instructions runs far ahead while a CPU sleeps.
 */
struct guest_port {
	struct line_reader lines;
};

int guest_port_open(struct guest_port *p, struct err *err);
void guest_port_send(struct guest_port *p, const char *line);
/* guest_port_line - wait for one; malloc'ed. NULL: too long, or no memory. */
char *guest_port_line(struct guest_port *p, size_t *ret_len, struct err *err);

#endif
