# SPDX-License-Identifier: GPL-2.0-or-later
# Targets for users (run, install, bench) and for developers (check, …).

SCENARIO ?= scenarios/quickstart.yaml

.PHONY: help
help:
	@echo 'make run        install what is missing, build, measure $(SCENARIO)'
	@echo 'make check      install what is missing, build, run every test'
	@echo 'make            build $(B)/kpps and the manual pages'
	@echo 'make install    install into $$(DESTDIR)$$(PREFIX), PREFIX=$(PREFIX)'
	@echo 'make bench      measure the parts of kpps itself, write $(B)/bench.json'
	@echo 'make bench-kernel  measure the kernel through kpps, write $(B)/bench-kernel.json'
	@echo 'make check-kernels  build a kernel from source, and measure in it'
	@echo 'make check-debug-kernel  the module under KASAN and lockdep; builds that kernel first'
	@echo 'make bench-kmod measure the module kpps_gen in instructions, write $(B)/bench-kmod.json'
	@echo 'make fuzz       fuzz every reader for FUZZ_SECONDS=$(FUZZ_SECONDS) each'
	@echo 'make deps       install the packages that building and testing need'
	@echo 'make guest      build $(B)/guest/kpps, what testbed vm runs in its guests'
	@echo 'make guest-i386 the same for 32 bits, of GUEST_ROOT=FOLDER (kpps calls it)'
	@echo 'make unit       unit tests only; C="lib gen" names components'
	@echo 'make lint       cppcheck and clang-tidy'
	@echo 'make kmod       build the module kpps_gen for KDIR=$(KDIR)'
	@echo 'make clean      remove $(B)'

# The packages of a first run, and those of the tests. The build itself runs in
# a second make, so that it sees what the first has installed.
.PHONY: deps run
deps:
	scripts/deps check

run:
	@scripts/deps build
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@$(B)/kpps run $(SCENARIO)

# kpps as the init of a guest of testbed vm: the same source for any x86-64, and no larger
# than need be. Its flags differ, so it has a build of its own.
.PHONY: guest
guest:
	@$(MAKE) --no-print-directory -s B=$(B)/guest MARCH=x86-64 CFLAGS='-O3' LDFLAGS='$(LDFLAGS) -s' $(B)/guest/kpps

# The same for 32 bits: GUEST_ROOT has that machine's headers and libraries, as
# fw-under-test/kernels/userland unpacks them. SSE2, as doubles must round as elsewhere.
GUEST_ROOT ?=
GUEST_PKG = PKG_CONFIG_SYSROOT_DIR=$(GUEST_ROOT) \
	PKG_CONFIG_LIBDIR=$(GUEST_ROOT)/usr/lib/i386-linux-gnu/pkgconfig:$(GUEST_ROOT)/usr/share/pkgconfig
GUEST_I386 = $(GUEST_PKG) $(MAKE) --no-print-directory -s B=$(B)/guest-i386 MARCH=pentium4 \
	CC='$(CC) '"$$(fw-under-test/kernels/userland flags $(GUEST_ROOT))" \
	CFLAGS='-O3 -mfpmath=sse -D_FILE_OFFSET_BITS=64' LDFLAGS='$(LDFLAGS) -s'
.PHONY: guest-i386 guest-i386-tests
guest-i386:
	+@$(GUEST_I386) $(B)/guest-i386/kpps
guest-i386-tests:
	+@$(GUEST_I386) $(patsubst $(B)/%,$(B)/guest-i386/%,$(GUESTS))

.PHONY: lib unit scripts clean
lib: $(B)/libkpps.a

UNIT := $(if $(C),$(foreach c,$(C),$(filter $(B)/tests/$(c)/%,$(TESTS))),$(TESTS))
unit: $(UNIT)
	CMOCKA_MESSAGE_OUTPUT=TAP KPPS=$(abspath $(B)/kpps) prove -j$$(nproc) --exec scripts/tap $(UNIT)

SCRIPTS := $(addprefix tests/,$(if $(C),$(foreach c,$(C),$(filter $(c)/%,$(test-scripts))),$(test-scripts)))
# Scripts one at a time: some of them measure, none of them may disturb another.
scripts: $(B)/kpps
	B=$(B) CC='$(CC)' CLANG='$(CLANG)' KPPS=$(abspath $(B)/kpps) prove --exec '' $(SCRIPTS)

# check - everything, in the order in which a failure is cheapest to find.
.PHONY: check check-all
check:
	@scripts/deps check
	@$(MAKE) --no-print-directory check-all

check-all:
	$(MAKE) -s -j$$(nproc) all $(TESTS)
	$(MAKE) -s unit
	$(MAKE) -s scripts
	$(MAKE) -s lint
	$(MAKE) -s asan
	$(MAKE) -s tsan
	$(MAKE) -s fuzz FUZZ_SECONDS=5

# The unit tests again under the sanitizers, each in a build of its own.
# -O1: AddressSanitizer at -O3 takes minutes to compile and finds the same.
SAN_CFLAGS := -O1 -g
.PHONY: asan tsan
asan:
	$(MAKE) -s -j$$(nproc) B=$(B)/asan SAN=address,undefined CFLAGS='$(SAN_CFLAGS)' unit
tsan:
	$(MAKE) -s -j$$(nproc) B=$(B)/tsan SAN=thread CFLAGS='$(SAN_CFLAGS)' unit

# libFuzzer needs clang; the library is built again with its coverage counters.
FUZZ_SECONDS ?= 300
.PHONY: fuzz
fuzz:
	$(MAKE) -s -j$$(nproc) B=$(B)/fuzz CC=$(CLANG) CFLAGS='-O1 -g' SAN=address,undefined,fuzzer-no-link fuzzers
	scripts/fuzz $(B)/fuzz $(FUZZ_SECONDS) $(fuzz-targets)

.PHONY: fuzzers
fuzzers: $(FUZZERS)
$(B)/fuzz/%: $(B)/tests/%.o $(B)/libkpps.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -fsanitize=address,undefined,fuzzer -o $@ $^ $(PKG_LIBS)

.PHONY: lint
lint: $(B)/gen-src/config.h $(SKELS) $(B)/gen-src/source_id.h
	B=$(B) scripts/lint '$(ALL_CFLAGS)' $(sort $(wildcard $(patsubst $(B)/%.o,%.c,$(LIB_OBJS) $(B)/run/main.o)))

# check-kernels - build a small kernel from source and measure in it: too long for check.
.PHONY: check-kernels
check-kernels: all guest
	B=$(B) KPPS=$(abspath $(B)/kpps) prove --exec '' tests/kernels/real

# bench - the speed of the parts. A benchmark is not a test: it fails only when
# it can't measure.
.PHONY: bench
bench: all $(BENCHES)
	scripts/bench $(B) $(BENCHES)

# bench-kernel - the kernel through kpps, and kpps in the kernel; needs root.
.PHONY: bench-kernel
bench-kernel: all $(B)/tests/gen/bench_xdp
	scripts/bench-kernel $(B)

.PHONY: check-debug-kernel
check-debug-kernel: all
	B=$(B) KPPS=$(B)/kpps prove --exec '' -v tests/kmod/debug_kernel

# bench-kmod - the module in a virtual machine, in instructions; FULL=1 builds a kernel, too.
.PHONY: bench-kmod
bench-kmod: all guest
	scripts/bench-kmod $(B)

RULESETS = $(wildcard fw-under-test/rulesets/*.v4 fw-under-test/rulesets/*.v6)
.PHONY: install
install: all guest install-module
	install -D -m 755 $(B)/kpps $(DESTDIR)$(PREFIX)/bin/kpps
	install -D -m 755 $(B)/guest/kpps $(DESTDIR)$(PREFIX)/lib/kpps/guest/kpps
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(B)/man/kpps.1
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 $(B)/man/kpps-scenario.5
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/kpps/rulesets $(RULESETS)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/kpps/scenarios $(wildcard scenarios/*.yaml) scenarios/pktgen-flows.sh
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/kpps/kernels $(wildcard fw-under-test/kernels/*.config)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/share/kpps/kernels $(addprefix fw-under-test/kernels/,packages compile module userland)

# kmod - the module, built from a tree as DKMS has it: kmod/ and what it shares
# with userspace. Each kernel has a tree of its own.
KDIR	?= /lib/modules/$(shell uname -r)/build
KMOD_TREE = $(B)/kmod/$(notdir $(patsubst %/build,%,$(KDIR)))
# kmod/shared lists what it shares; fw-under-test/kernels/module goes by it, too.
KMOD_SRC := $(wildcard $(addprefix kmod/,Kbuild Makefile shared dkms.conf kpps_gen.yaml *.c *.h uapi/*.h)) \
	$(shell cat kmod/shared)
.PHONY: kmod
kmod:
	@scripts/kmod-tree $(KMOD_TREE) $(KMOD_SRC)
	$(MAKE) -C $(KDIR) M=$(abspath $(KMOD_TREE)) $(KMOD_FLAGS) modules

# The source for DKMS: dkms add PREFIX/src/kpps-gen-VERSION
KMOD_SRC_DIR = $(DESTDIR)$(PREFIX)/src/kpps-gen-$(VERSION)
.PHONY: install-module
install-module:
	@scripts/kmod-tree $(KMOD_SRC_DIR) $(KMOD_SRC)
	sed -i 's/@VERSION@/$(VERSION)/' $(KMOD_SRC_DIR)/dkms.conf

# Programs that run in a guest: for any x86-64, as kpps there.
.PHONY: guest-tests
guest-tests:
	@$(MAKE) --no-print-directory -s B=$(B)/guest MARCH=x86-64 CFLAGS='-O3' LDFLAGS='$(LDFLAGS) -s' \
		$(patsubst $(B)/%,$(B)/guest/%,$(GUESTS))

clean:
	rm -rf $(B)
