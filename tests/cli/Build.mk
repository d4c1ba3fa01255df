# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+=
test-scripts	+= cli/help.t cli/man.t cli/examples.t
bench-programs	+=
fuzz-targets	+=
