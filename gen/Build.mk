# SPDX-License-Identifier: GPL-2.0-or-later
gen-objs := kernel_check.o kernel_source.o kmod_plan.o kmod_source.o schedule.o source.o pktgen_setup.o pktgen_source.o
gen-objs += xdp_device.o xdp_plan.o xdp_report.o xdp_source.o
gen-bpf	:= xdp_source
