# SPDX-License-Identifier: GPL-2.0-or-later
# The module is tried in virtual machines: programs that run there (make guest-tests),
# by scripts that boot them (in_vm).
test-scripts	+= kmod/spec.t kmod/module.t kmod/vm.t kmod/user_vm.t
guest-programs	+= kmod/test_frames kmod/test_attrs kmod/test_life kmod/test_pace kmod/test_sink kmod/test_sink_life kmod/test_slow kmod/bench_tx kmod/bench_sink

$(addprefix $(B)/tests/kmod/,test_sink test_sink_life): $(B)/tests/kmod/sink_fixture.o
