# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= sink/test_inspect sink/test_sink sink/test_fill sink/test_impaired sink/test_kernel_sink
test-scripts	+= sink/gen_sink.t
bench-programs	+= sink/bench_sink sink/bench_pipe sink/bench_fill
fuzz-targets	+= sink/fuzz_inspect

$(B)/tests/sink/test_kernel_sink.t: $(B)/tests/lib/veth_pair.o
