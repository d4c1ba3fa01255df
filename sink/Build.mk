# SPDX-License-Identifier: GPL-2.0-or-later
sink-objs := inspect.o sink.o tuples.o responder.o
sink-bpf :=
