# SPDX-License-Identifier: GPL-2.0-or-later
lib-objs := err.o bpf_load.o bpf_memory.o
lib-objs += clock.o cputime.o ethtool.o genl.o hist.o kmod.o kthread.o mem.o record.o topo.o topo_ports.o units.o
lib-objs += port.o port_impair.o port_memory.o port_null.o port_pcap.o
lib-objs += port_netif.o port_packet.o port_packet_v2.o port_packet_v3.o
lib-objs += port_xdp.o port_xdp_hook.o port_xdp_open.o
lib-objs += stream.o stream_burst.o stream_parse.o stream_template.o
lib-bpf := port_xdp
