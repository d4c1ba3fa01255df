// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * profile_groups.c - see profile_groups.h. To teach it a function, add a line
 * under its group: of all prefixes that fit, the longest wins, so that order
 * within the table does not matter and exceptions are longer lines.
 */
#include "run/net/profile_groups.h"

#include <string.h>

static const char *const names[PROFILE_GROUPS] = {
	[PROFILE_DRIVER] = "driver and veth",
	[PROFILE_XDP] = "XDP and BPF",
	[PROFILE_CORE] = "network core",
	[PROFILE_QDISC] = "qdisc",
	[PROFILE_BRIDGE] = "bridge",
	[PROFILE_IP] = "IP",
	[PROFILE_XFRM] = "IPsec",
	[PROFILE_CONNTRACK] = "conntrack",
	[PROFILE_NAT] = "NAT",
	[PROFILE_HOOKS] = "netfilter hooks",
	[PROFILE_TABLES] = "iptables",
	[PROFILE_NFT] = "nftables",
	[PROFILE_ALLOC] = "allocation and free",
	[PROFILE_LOCKS] = "locks and RCU",
	[PROFILE_SOCKETS] = "sockets and system calls",
	[PROFILE_MITIGATIONS] = "mitigations",
	[PROFILE_SCHED] = "scheduler and timers",
	[PROFILE_OTHER] = "other kernel",
	[PROFILE_USER] = "user space",
	[PROFILE_IDLE] = "idle",
};

struct group_prefixes {
	enum profile_group group;
	const char *const *prefix;	/* NULL ends */
};

#define PREFIXES(...) (const char *const []){ __VA_ARGS__, NULL }

static const struct group_prefixes table[] = {
	{ PROFILE_DRIVER, PREFIXES(
		"veth_", "virtnet_", "virtqueue_", "vring_", "vp_", "virtio_", "ixgbe_", "i40e_",
		"ice_", "igb_", "igc_", "e1000", "mlx4_", "mlx5", "mlx5e_", "bnxt_", "ena_",
		"nfp_", "sfc_", "efx_", "tun_", "tap_", "vmxnet3_", "gve_", "swiotlb_", "dma_map",
		"dma_unmap", "dma_sync", "iommu_", "__iommu_", "intel_iommu", "amd_iommu",
		"loopback_xmit", "macvlan_", "ipvlan_", "vlan_", "bond_") },
	{ PROFILE_XDP, PREFIXES(
		"bpf_", "__bpf_", "___bpf_", "xdp_", "__xdp_", "dev_map_", "__dev_map_", "bq_",
		"cpu_map_", "htab_map_", "htab_", "__htab_", "array_map_", "percpu_array_",
		"htab_percpu", "trie_", "bpf_prog_", "bpf_dispatcher_", "do_xdp_", "generic_xdp_",
		"cls_bpf_", "tcx_", "sch_handle_", "percpu_array_map_", "lru_", "__htab_map_",
		"veth_xdp_", "veth_convert_", "netif_receive_generic_xdp", "___xdp") },
	{ PROFILE_CORE, PREFIXES(
		"netif_", "__netif_", "net_rx_", "net_tx_", "napi_", "__napi_", "process_backlog",
		"enqueue_to_backlog", "dev_", "__dev_", "gro_", "skb_gro_", "dev_gro_", "rps_",
		"get_rps_", "flow_", "__skb_flow_", "skb_flow_", "__skb_get_hash", "eth_",
		"validate_xmit_", "skb_", "__skb_", "passthru_features", "sch_direct_xmit",
		"net_", "do_softirq", "__do_softirq", "handle_softirqs", "backlog_",
		"deliver_skb", "inet_gro_", "ipv6_gro_", "udp4_gro_", "udp6_gro_", "tcp4_gro_",
		"tcp6_gro_", "udp_gro_", "tcp_gro_", "harmonize_features", "ktime_get_with",
		"pskb_", "__pskb_", "trigger_rx_softirq", "skb_defer", "bpf_skb_change",
		"__netdev_", "netdev_", "busy_poll", "run_backlog_napi",
		"irq_exit", "__irq_exit", "invoke_softirq") },
	{ PROFILE_QDISC, PREFIXES(
		"qdisc_", "__qdisc_", "pfifo_", "bfifo_", "fq_", "fq_codel_", "codel_", "noqueue_",
		"tc_", "tcf_", "sch_", "htb_", "ingress_", "mq_", "sfq_", "tbf_", "prio_",
		"cake_", "dequeue_skb", "dev_qdisc_") },
	{ PROFILE_BRIDGE, PREFIXES(
		"br_", "__br_", "ebt_", "ebtable_", "nf_bridge_", "brnf_", "fdb_", "deliver_clone",
		"maybe_deliver", "nf_br_") },
	{ PROFILE_IP, PREFIXES(
		"ip_", "__ip_", "ip6_", "__ip6_", "ipv4_", "ipv6_", "__ipv6_", "inet_",
		"__inet_", "inet6_", "__inet6_", "fib_", "__fib_", "fib4_", "fib6_", "rt6_",
		"rt_", "find_rr_leaf", "find_exception", "ipv6_rcv", "neigh_", "__neigh_", "arp_",
		"ndisc_", "icmp_", "icmp6_", "icmpv6_", "__icmp_", "csum_", "__csum_", "do_csum",
		"ip_fast_csum", "ip_compute_csum", "l3mdev_", "udp_", "__udp", "tcp_",
		"__tcp_", "tcp4_", "udp4_", "udp6_", "tcp6_", "trie_lookup", "leaf_walk_rcu",
		"nexthop_", "ip4_", "dst_", "lwtunnel_", "inet_csk", "ip_tunnel", "iptunnel_", "raw_",
		"skb_checksum", "__skb_checksum", "skb_csum", "skb_checksum_help") },
	{ PROFILE_XFRM, PREFIXES(
		"xfrm_", "__xfrm_", "xfrm4_", "xfrm6_", "esp_", "esp4_", "esp6_", "ah_", "crypto_",
		"aes_", "aesni_", "gcm_", "ghash_", "gf128", "sha1_", "sha256_", "sha512_",
		"hmac_", "cbc_", "ctr_", "chacha_", "poly1305_", "clmul_", "rfc4106_", "seqiv_",
		"echainiv_", "authenc_", "scatterwalk_", "skcipher_", "aead_", "padata_",
		"skb_to_sgvec", "__skb_to_sgvec") },
	{ PROFILE_CONNTRACK, PREFIXES(
		"nf_ct_", "__nf_ct_", "nf_conntrack_", "__nf_conntrack_", "nf_confirm",
		"ipv4_conntrack_", "ipv6_conntrack_", "hash_conntrack", "resolve_normal_ct",
		"tcp_in_window", "tcp_new", "tcp_packet", "get_l4proto", "tcp_options",
		"early_drop", "init_conntrack", "death_by_timeout", "gc_worker", "nf_defrag_",
		"ipv4_helper", "ipv6_helper", "generate_reply_tuple", "tcp_error",
		"nf_flow_", "flow_offload", "__flow_offload", "siphash_4u64", "nf_ct_expect_",
		"ip_ct_", "ctnetlink_", "ct_helper", "nf_tcp_", "nf_log_invalid", "nf_l4proto_") },
	{ PROFILE_NAT, PREFIXES(
		"nf_nat_", "__nf_nat_", "nf_xfrm_me", "nf_csum_", "get_unique_tuple",
		"find_appropriate_src", "in_range", "l4proto_manip_pkt", "nf_ipv4_", "iptable_nat_",
		"ip6table_nat_", "xt_nat_", "xt_snat_", "xt_dnat_", "masquerade_", "inet_cmp",
		"hash_by_src", "nf_nat_ipv4_", "nf_nat_inet_", "nft_nat_", "nft_masq_", "nft_redir_",
		"redirect_tg", "netmap_tg", "inet_proto_csum_", "ipt_do_nat") },
	{ PROFILE_HOOKS, PREFIXES(	/* what iptables and nftables have in common */
		"nf_hook", "nf_iterate", "nf_reject_", "nf_send_", "nf_log_", "nf_queue",
		"nf_reinject", "nf_ingress", "nf_egress", "nf_skb_", "__nf_queue") },
	{ PROFILE_TABLES, PREFIXES(
		"ipt_", "ip6t_", "xt_", "iptable_", "ip6table_", "__ipt_", "x_tables",
		"conntrack_mt", "state_mt", "udp_mt", "tcp_mt", "icmp_match", "icmp6_match",
		"multiport_mt", "limit_mt", "hashlimit_", "mark_mt", "mark_tg", "connmark_",
		"set_match", "set_target", "comment_mt", "addrtype_mt", "iprange_mt", "length_mt",
		"mac_mt", "owner_mt", "recent_mt", "string_mt", "statistic_mt", "reject_tg",
		"log_tg", "nflog_tg", "ct_target", "notrack_tg", "dscp_", "ecn_mt", "ttl_mt",
		"hl_mt", "tcpmss_", "rpfilter_", "cpu_mt", "ip_packet_match", "ip6_packet_match",
		"ip_set_", "hash_ip", "hash_net", "bitmap_ip", "bitmap_port", "list_set_",
		"ip_set_test", "masquerade_tg", "connlimit_", "policy_mt", "physdev_mt",
		"state_tg", "arpt_", "tcpudp_", "connbytes_mt", "helper_mt",
		"time_mt", "u32_mt", "quota_mt", "realm_mt", "devgroup_mt", "cluster_mt", "esp_mt",
		"dccp_mt", "sctp_mt", "socket_mt", "tproxy_", "trace_tg", "tee_tg", "rateest_") },
	{ PROFILE_NFT, PREFIXES(
		"nft_", "__nft_", "nf_tables_", "nf_table_", "expr_call_ops_eval", "pipapo_",
		"nft_do_chain", "nft_do_chain_", "nft_ct_", "nft_flow_offload", "nft_rhash_",
		"nft_rbtree_", "nft_meta_") },
	{ PROFILE_ALLOC, PREFIXES(
		"kmem_", "__kmem_", "kmalloc", "__kmalloc", "kfree", "__kfree", "kvfree", "kvmalloc",
		"slab_", "__slab_", "___slab_", "get_partial", "put_cpu_partial", "free_unref_",
		"__free_", "free_", "alloc_pages", "__alloc_pages", "__alloc_frozen", "page_pool_",
		"__page_pool_", "page_frag_", "__page_frag_", "alloc_skb", "__alloc_skb",
		"build_skb", "__build_skb", "napi_build_skb", "napi_alloc_skb", "__napi_alloc_skb",
		"netdev_alloc_", "__netdev_alloc_", "skb_release_", "skb_free_", "consume_skb",
		"kfree_skb", "__kfree_skb", "napi_consume_skb", "napi_skb_cache_", "skb_attempt_",
		"__consume_", "sk_skb_reason_drop", "skb_clone", "__skb_clone", "skb_copy_",
		"__copy_skb", "pskb_expand_head", "xdp_return_", "__xdp_return", "xdp_build_skb",
		"__xdp_build_skb", "__put_page", "put_page", "__folio_put", "get_page_from_",
		"__memcg_", "memcg_", "obj_cgroup_", "refill_", "skb_head_", "skb_ext_",
		"__skb_ext_", "skb_pp_", "skbuff_", "kmalloc_reserve", "rmqueue", "__rmqueue",
		"___free_", "__napi_kfree_skb", "defer_free", "__build_skb_around", "sock_wfree",
		"new_slab", "allocate_slab", "setup_object", "shuffle_", "deactivate_slab",
		"memset", "__memset", "clear_page", "nf_ct_alloc_hashtable") },
	{ PROFILE_LOCKS, PREFIXES(
		"_raw_spin_", "_raw_read_", "_raw_write_", "native_queued_", "queued_", "__pv_queued_",
		"pv_native_queued", "rcu_", "__rcu_", "call_rcu", "__call_rcu", "mutex_", "__mutex_",
		"down_", "up_", "rwsem_", "local_bh_", "__local_bh_", "osq_", "lock_", "preempt_",
		"refcount_", "rcuref_", "note_gp_", "force_qs_", "srcu_", "__srcu_", "invoke_rcu_",
		"seqcount_", "percpu_down", "percpu_up", "migrate_disable", "migrate_enable") },
	{ PROFILE_SOCKETS, PREFIXES(
		"packet_", "tpacket_", "__packet_", "prb_", "fanout_", "xsk_", "__xsk_", "xp_",
		"xskq_", "sock_", "__sock_", "sk_", "__sk_", "sys_", "__sys_", "___sys_", "__x64_sys_",
		"__se_sys_", "__do_sys_", "ksys_", "do_syscall_", "entry_SYSCALL", "x64_sys_call",
		"syscall_", "__fget", "fget", "fput", "vfs_", "do_sys_poll", "do_poll", "datagram_",
		"copy_from_user", "copy_to_user", "_copy_from_", "_copy_to_", "rep_movs_",
		"copy_user_", "simple_copy_", "netlink_", "__netlink_", "nfnetlink_", "unix_",
		"import_", "exit_to_user_", "irqentry_exit_to_user", "ep_", "tcp_sendmsg",
		"udp_sendmsg", "skb_copy_datagram") },
	{ PROFILE_MITIGATIONS, PREFIXES(
		"__x86_indirect_", "__x86_return_thunk", "srso_", "retbleed_", "__indirect_thunk",
		"entry_ibpb", "entry_untrain_ret", "write_ibpb", "its_", "clear_bhb_",
		"__fentry__", "zen_untrain", "call_depth_") },
	{ PROFILE_SCHED, PREFIXES(
		"schedule", "__schedule", "sched_", "pick_", "__pick_", "try_to_wake_", "wake_",
		"__wake_", "ttwu_", "enqueue_", "dequeue_", "update_", "__update_", "select_task_",
		"select_idle_", "finish_task_", "context_switch", "__switch_to", "switch_mm",
		"hrtimer_", "__hrtimer_", "tick_", "timer_", "__timer_", "run_timer_", "call_timer_",
		"expire_timers", "ktime_", "read_tsc", "native_sched_clock", "kvm_clock_",
		"pvclock_", "clockevents_", "lapic_", "sysvec_", "asm_sysvec_", "apic_",
		"native_apic_", "x2apic_", "native_write_msr", "native_read_msr", "asm_common_",
		"common_interrupt", "irq_", "__irq_", "handle_irq", "handle_edge_", "irqentry_",
		"reweight_", "place_entity", "set_next_", "put_prev_", "__calc_", "cpuacct_",
		"psi_", "account_", "__cgroup_", "cgroup_", "mod_timer", "__mod_timer", "perf_",
		"__perf_", "smp_", "generic_smp_", "llist_", "flush_smp_", "__flush_smp_",
		"kthread_", "smpboot_", "run_ksoftirqd", "task_tick_", "prepare_task_",
		"native_smp_", "yield_", "cond_resched", "__cond_resched", "resched_", "rt_mutex",
		"check_preempt", "wakeup_", "avg_", "native_irq_", "rseq_", "__rseq_",
		"process_one_work", "worker_", "queue_work", "__queue_work", "dl_", "raw_spin_rq_") },
	{ PROFILE_IDLE, PREFIXES(
		"default_idle", "cpuidle_", "cpu_idle", "do_idle", "intel_idle", "acpi_idle_",
		"acpi_processor_ffh", "acpi_safe_halt", "mwait_idle", "poll_idle", "native_safe_halt",
		"pv_native_safe_halt", "arch_cpu_idle", "haltpoll_", "default_enter_idle",
		"amd_e400_idle", "tdx_safe_halt", "cpu_startup_entry", "menu_", "teo_",
		"tick_nohz_", "sched_idle_", "cpuidle_enter", "arch_safe_halt", "psci_",
		"wfi", "cpu_do_idle", "rcu_idle_", "ct_idle_", "ct_kernel_", "ct_cpuidle",
		"hrtimer_get_next_event", "hrtimer_next_event", "get_next_timer_interrupt",
		"quiet_vmstat", "nohz_") },
};

const char *profile_group_name(enum profile_group g)
{
	return names[g];
}

enum profile_group profile_group_of(const char *symbol)
{
	enum profile_group best = PROFILE_OTHER;
	size_t longest = 0, len;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		for (j = 0; table[i].prefix[j]; j++) {
			len = strlen(table[i].prefix[j]);
			if (len > longest && !strncmp(symbol, table[i].prefix[j], len)) {
				longest = len;
				best = table[i].group;
			}
		}
	}
	return best;
}
