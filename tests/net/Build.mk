# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= net/test_child net/test_rtnl
test-scripts	+=
bench-programs	+=
fuzz-targets	+=

$(patsubst %,$(B)/tests/net/%.t,test_rtnl): $(B)/tests/net/net_test.o
