# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= rules/test_match rules/test_errors rules/test_target rules/test_ruleset rules/test_kernel_oracle \
	rules/test_tcp_agree rules/test_nft rules/test_bridge rules/test_kernel_rules rules/test_rules_agree \
	rules/test_nft_random
test-scripts	+= rules/restore.t rules/fw.t
bench-programs	+=
fuzz-targets	+= rules/fuzz_ruleset

$(patsubst %,$(B)/tests/rules/%.t,test_rules_agree test_nft_random test_kernel_rules test_kernel_oracle test_tcp_agree): \
	$(B)/tests/rules/kernel_world.o $(B)/tests/engine/pkt_build.o
