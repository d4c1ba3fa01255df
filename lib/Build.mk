# SPDX-License-Identifier: GPL-2.0-or-later
lib-objs := err.o bpf_memory.o
lib-objs += clock.o hist.o mem.o port.o port_impair.o port_memory.o port_null.o port_pcap.o record.o topo.o units.o
lib-objs += stream.o stream_burst.o stream_parse.o stream_template.o
lib-bpf := port_xdp
