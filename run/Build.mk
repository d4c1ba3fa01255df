# SPDX-License-Identifier: GPL-2.0-or-later
# Of this folder, main.o alone is not in the library.
run-objs := cmd_help.o command.o commands.o manual.o nearest.o roff.o wrap.o
run-objs += goals.o goal_mrr.o goal_mlr.o goal_rfc2544.o goal_fixed.o goal_latency.o mlr_classify.o
run-objs += environment.o environment_cpu.o environment_irq.o environment_net.o \
	environment_read.o environment_tools.o
run-objs += results.o progress.o flags.o ruleset_file.o trial.o summary.o rounds.o measure.o table.o table_loads.o \
	poller.o judge.o dut_routes.o bundled.o ends.o ends_fill.o
run-objs += testbed.o testbed_memory.o cmd_run.o
run-objs += testbed_wire.o bed_wire.o bed_dut_external.o wire_keys.o
run-objs += testbed_netns.o bed.o bed_trial.o bed_ends.o bed_place.o bed_dut_kernel.o bed_dut_bundled.o \
	bed_dut_xfrm.o bed_dut_dummy.o
run-objs += testbed_vm.o vm_keys.o vm/machine.o vm/qemu.o vm/console.o vm/line.o vm/message.o \
	vm/image.o vm/elf.o vm/modules.o vm/initramfs.o
run-objs += vm/guest.o vm/guest_init.o vm/guest_modprobe.o vm/guest_port.o
run-objs += cmd_report.o cmd_compare.o
run-objs += tree.o tree_text.o scenario.o sets.o sweep.o mapping.o goals_read.o
run-objs += keys.o key_values.o keys_help.o presets.o cmd_check.o cmd_topo.o cmd_probe.o probe_ends.o
run-objs += cmd_fw.o replay.o world.o
run-objs += net/hops.o net/hops_read.o net/visit.o
run-objs += net/kallsyms.o net/profile.o net/profile_groups.o net/profile_sum.o
run-objs += pgset.o pgset_order.o pgset_commands.o pgset_shell.o pgset_stream.o gen_script.o
run-objs += cmd_gen.o gen_interface.o gen_record.o gen_replay.o stream_options.o impair_option.o
run-objs += cmd_sink.o sink_interface.o sink_record.o interface.o stop.o watch.o
run-objs += net/sysfs.o net/conntrack.o net/ct_events.o net/guard.o net/xdp_pass.o net/knob.o
run-objs += cmd_clean.o net/child.o net/child_find.o net/netns.o net/sysctl.o
run-objs += net/rtnl.o net/rtnl_link.o net/rtnl_addr.o net/xfrm.o
run-objs += net/claim.o net/claim_journal.o net/claim_netns.o net/claim_undo.o net/path.o net/path_routes.o
run-objs += net/kernel_rules.o net/kernel_rules_compare.o net/kernel_rules_xt.o \
	net/kernel_rules_legacy.o net/kernel_rules_nft.o net/kernel_rules_native.o
run-objs += cmd_kernel.o kernels/kernel.o kernels/cache.o kernels/package.o kernels/image_file.o kernels/kmod.o \
	kernels/build.o kernels/fragment.o kernels/clean.o kernels/userland.o

# The commit a build was made from, for environment.json; empty outside git.
$(B)/run/environment_tools.o: $(B)/gen-src/source_id.h
$(B)/gen-src/source_id.h: FORCE
	@mkdir -p $(@D)
	@printf '/* made by run/Build.mk */\n#define KPPS_SOURCE "%s"\n' \
		"$$(git describe --always --dirty --tags 2>/dev/null)" >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
