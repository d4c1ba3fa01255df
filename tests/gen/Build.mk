# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= gen/test_kmod_plan gen/test_pktgen_setup gen/test_schedule gen/test_source gen/test_kernel_source gen/test_worlds
test-scripts	+= gen/pktgen_vm.t
bench-programs	+= gen/bench_source gen/bench_xdp
fuzz-targets	+=

$(addprefix $(B)/tests/gen/,test_kernel_source.t test_worlds.t bench_xdp): $(B)/tests/lib/veth_pair.o
