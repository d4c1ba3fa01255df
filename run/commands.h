/* SPDX-License-Identifier: GPL-2.0-or-later */
/* commands.h - the tables of the cmd_*.c files, for the list in commands.c. */
#ifndef KPPS_COMMANDS_H
#define KPPS_COMMANDS_H

#include "run/command.h"

extern const struct command cmd_run, cmd_check, cmd_report, cmd_compare, cmd_probe, cmd_topo,
	cmd_gen, cmd_sink, cmd_fw, cmd_kernel, cmd_clean, cmd_help;

#endif
