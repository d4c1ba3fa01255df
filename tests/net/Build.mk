# SPDX-License-Identifier: GPL-2.0-or-later
netns-tests	:= test_rtnl test_claim test_path test_guard test_ct_events test_xfrm
test-units	+= net/test_child $(addprefix net/,$(netns-tests))
test-scripts	+= net/kill.t
bench-programs	+=
fuzz-targets	+=

$(patsubst %,$(B)/tests/net/%.t,$(netns-tests)): $(B)/tests/net/net_test.o
