# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= analysis/test_jumpavg analysis/test_results analysis/test_compare analysis/test_report
test-scripts	+=
bench-programs	+=
fuzz-targets	+=
