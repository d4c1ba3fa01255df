// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * port.c - what all ports share; see port.h. A port is created by the open
 * function of its kind and lives until port_close; whoever opened it closes
 * it, after both sides have stopped.
 */
#include "lib/port.h"

int port_close(struct port *p)
{
	return p ? p->ops->close(p) : 0;
}
