# SPDX-License-Identifier: GPL-2.0-or-later
test-units	+= run/test_pgset run/test_command run/test_keys run/test_scenario run/test_scenario_errors
test-units	+= run/test_mlr_classify run/test_goals run/test_results run/test_judge run/test_trial run/test_rounds run/test_table_loads run/test_memory run/test_wire run/test_probe_ends
test-units	+= run/test_vm_message run/test_vm_machine run/test_vm_image
test-scripts	+= run/vm.t run/pgset.t run/resume.t run/netns.t run/wire.t run/byhand.t run/quickstart.t
bench-programs	+=
fuzz-targets	+= run/fuzz_scenario run/fuzz_pgset run/fuzz_vm_line
