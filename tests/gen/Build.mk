# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= gen/test_schedule gen/test_source gen/test_xdp_source
test-scripts	+=
bench-programs	+= gen/bench_source gen/bench_xdp
fuzz-targets	+=
