# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= observe/test_hops observe/test_hops_netns observe/test_profile observe/test_environment
test-scripts	+=
bench-programs	+=
fuzz-targets	+=

$(B)/tests/observe/test_hops_netns.t $(B)/tests/observe/test_environment.t: $(B)/tests/observe/netns.o
