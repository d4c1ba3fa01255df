# SPDX-License-Identifier: GPL-2.0-or-later
gen-objs := schedule.o source.o
gen-bpf	:=
