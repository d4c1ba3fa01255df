# SPDX-License-Identifier: GPL-2.0-or-later
engine-tests	:= test_forward test_tcp test_tcp_window test_conntrack test_nat \
		   test_path test_reject
test-units	+= $(addprefix engine/,$(engine-tests))
test-scripts	+=
bench-programs	+= engine/bench_engine
fuzz-targets	+= engine/fuzz_packets

$(patsubst %,$(B)/tests/engine/%.t,$(engine-tests)): \
	$(B)/tests/engine/world.o $(B)/tests/engine/pkt_build.o

$(B)/fuzz/engine/fuzz_packets: $(B)/tests/engine/pkt_build.o
