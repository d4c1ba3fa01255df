# SPDX-License-Identifier: GPL-2.0-or-later
# Two parts, two lines: the packet path, and the rules.
engine-objs := fw.o path.o pkt.o route.o conn.o conn_table.o conn_tcp.o tcp_window.o \
	conn_icmp.o conn_proto.o wheel.o nat.o nat_icmp.o reject.o shard.o names.o
engine-objs += ir.o ir_check.o ir_bridge.o ir_print.o parse_save.o parse_rule.o parse_value.o \
	match.o match_port.o match_icmp.o match_conntrack.o match_mark.o match_addr.o \
	match_number.o match_limit.o match_physdev.o target.o target_mark.o target_reject.o target_log.o \
	target_ct.o target_nat.o classify_linear.o ruleset.o ruleset_gen.o
# The rules in nftables' words.
engine-objs += ir_nft.o nft_rule.o nft_words.o nft_set.o
