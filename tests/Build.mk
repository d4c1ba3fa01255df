# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests (cmocka, TAP): tests/<component>/<name>.c -> build/tests/<component>/<name>.t
# Each component has a Build.mk of its own that adds to the lists.
test-units	:=
test-scripts	:=
bench-programs	:=
guest-programs	:=
fuzz-targets	:=

include $(wildcard tests/*/Build.mk)
