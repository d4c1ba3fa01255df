# SPDX-License-Identifier: GPL-2.0-or-later
sink-objs := inspect.o kernel_sink.o kmod_sink.o sink.o tuples.o responder.o xdp_sink.o
sink-bpf := xdp_sink
