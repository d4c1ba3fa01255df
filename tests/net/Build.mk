# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= net/test_child
test-scripts	+=
bench-programs	+=
fuzz-targets	+=
