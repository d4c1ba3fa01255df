# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= rules/test_match rules/test_errors rules/test_target rules/test_ruleset rules/test_kernel_oracle \
	rules/test_nft rules/test_kernel_rules rules/test_rules_agree
test-scripts	+= rules/restore.t rules/fw.t
bench-programs	+=
fuzz-targets	+= rules/fuzz_ruleset

$(B)/tests/rules/test_rules_agree.t: $(B)/tests/rules/kernel_world.o $(B)/tests/engine/pkt_build.o
