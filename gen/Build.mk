# SPDX-License-Identifier: GPL-2.0-or-later
gen-objs := schedule.o source.o pktgen_setup.o pktgen_source.o xdp_device.o xdp_plan.o xdp_report.o xdp_source.o
gen-bpf	:= xdp_source
