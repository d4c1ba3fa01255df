// SPDX-License-Identifier: GPL-2.0-or-later
/* guest_port.c - the PC's second serial port (a 16550), polled; see guest.h. */
#include "run/vm/guest.h"

#include <errno.h>
#include <string.h>

#include "run/vm/message.h"

#if defined(__x86_64__) || defined(__i386__)

#include <sys/io.h>

#define BASE	0x2f8
#define DATA	(BASE + 0)
#define IER	(BASE + 1)
#define FCR	(BASE + 2)
#define LCR	(BASE + 3)
#define MCR	(BASE + 4)
#define LSR	(BASE + 5)

#define LCR_8N1		0x03
#define LCR_DIVISOR	0x80
#define FCR_ON_CLEAR	0xc7
#define MCR_DTR_RTS	0x03
#define LSR_HAS		0x01	/* a byte to read */
#define LSR_ROOM	0x20	/* for a byte to send */

int guest_port_open(struct guest_port *p, struct err *err)
{
	if (ioperm(BASE, 8, 1))
		return err_set(err, -errno, "the second serial port can't be driven: %s: this kernel needs CONFIG_X86_IOPL_IOPERM",
			       strerror(errno));
	outb(0, IER);
	outb(LCR_DIVISOR | LCR_8N1, LCR);
	outb(1, DATA);
	outb(0, IER);
	outb(LCR_8N1, LCR);
	outb(FCR_ON_CLEAR, FCR);
	outb(MCR_DTR_RTS, MCR);
	line_reader_init(&p->lines, VM_LINE_MAX);
	return 0;
}

void guest_port_send(struct guest_port *p __unused, const char *line)
{
	for (; *line; line++) {
		while (!(inb(LSR) & LSR_ROOM))
			;
		outb((unsigned char)*line, DATA);
	}
}

char *guest_port_line(struct guest_port *p, size_t *ret_len, struct err *err)
{
	char bytes[256], *line;

	for (;;) {
		size_t n = 0;

		line = line_reader_take(&p->lines, ret_len);
		if (line)
			return line;
		while (n < sizeof(bytes) && inb(LSR) & LSR_HAS)
			bytes[n++] = (char)inb(DATA);
		if (line_reader_add(&p->lines, bytes, n, err))
			return NULL;
	}
}

#else

int guest_port_open(struct guest_port *p __unused, struct err *err)
{
	return err_set(err, -ENOTSUP, "testbed vm has guests of x86 only");
}

void guest_port_send(struct guest_port *p __unused, const char *line __unused)
{
}

char *guest_port_line(struct guest_port *p __unused, size_t *ret_len __unused, struct err *err)
{
	err_set(err, -ENOTSUP, "testbed vm has guests of x86 only");
	return NULL;
}

#endif
