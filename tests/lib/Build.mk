# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= lib/test_port_memory lib/test_hist lib/test_clock lib/test_stream lib/test_stream_build lib/test_stream_frame
test-scripts	+= lib/frames_decode.t lib/three_worlds.t
bench-programs	+= lib/bench_frames
fuzz-targets	+=

test-units	+= lib/test_stream_check
test-units	+= lib/test_u128 lib/test_topo lib/test_units lib/test_record lib/test_port_pcap lib/test_port_impair
bench-programs	+= lib/bench_ring
fuzz-targets	+= lib/fuzz_pcap lib/fuzz_stream

# Ports on interfaces: veth pairs in namespaces of their own.
test-units	+= lib/test_port_net lib/test_port_packet lib/test_port_xdp
bench-programs	+= lib/bench_ports
$(addprefix $(B)/tests/lib/,test_port_net.t test_port_packet.t test_port_xdp.t bench_ports): \
	$(B)/tests/lib/veth_pair.o $(B)/tests/lib/port_ends.o
