# SPDX-License-Identifier: GPL-2.0-or-later
# kpps: build, test, measure, install. `make help` lists the targets.
#
# Each folder names its own files in a Build.mk; nothing is found by wildcard.
# Variables a user may set: CC, CLANG, MARCH, CFLAGS, LDFLAGS, PREFIX, DESTDIR, B.

# A rule in a folder must not become what plain `make` builds.
.DEFAULT_GOAL := all

B	?= build
CC	?= gcc
CLANG	?= clang
BPFTOOL	?= $(firstword $(shell command -v bpftool) /usr/sbin/bpftool)
MARCH	?= native
PREFIX	?= /usr/local
DESTDIR	?=
VERSION	:= 0.1

CFLAGS	?= -O3 -g
SAN	?=
WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	   -Wformat=2 -Wundef -Werror
PKGS	:= yaml-0.1 jansson hwloc libpcap liburcu-qsbr libmnl libxdp libbpf

PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS))
PKG_LIBS   = $(shell pkg-config --libs $(PKGS)) -lnuma -lm -lpthread
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. -I$(B)/gen-src $(WARN) $(CFLAGS) -march=$(MARCH) \
	     $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all) \
	     -fvisibility=hidden $(PKG_CFLAGS)
ALL_LDFLAGS = $(LDFLAGS) $(if $(SAN),-fsanitize=$(SAN))

include lib/Build.mk gen/Build.mk sink/Build.mk fw-under-test/engine/Build.mk \
	run/Build.mk analysis/Build.mk tests/Build.mk

LIB_OBJS := $(addprefix $(B)/,$(addprefix lib/,$(lib-objs)) $(addprefix gen/,$(gen-objs)) \
	$(addprefix sink/,$(sink-objs)) $(addprefix fw-under-test/engine/,$(engine-objs)) \
	$(addprefix run/,$(run-objs)) $(addprefix analysis/,$(analysis-objs)))
TESTS	:= $(patsubst %,$(B)/tests/%.t,$(test-units))
SKELS	:= $(addprefix $(B)/gen-src/,$(addsuffix .skel.h,$(addprefix gen/,$(gen-bpf)) \
	$(addprefix sink/,$(sink-bpf)) $(addprefix lib/,$(lib-bpf))))
GUESTS	:= $(patsubst %,$(B)/tests/%,$(guest-programs))
BENCHES	:= $(patsubst %,$(B)/tests/%,$(bench-programs))
FUZZERS	:= $(patsubst %,$(B)/fuzz/%,$(fuzz-targets))

.PHONY: all
all: $(B)/kpps $(B)/man/kpps.1 $(B)/man/kpps-scenario.5

$(B)/kpps: $(B)/run/main.o $(B)/libkpps.a
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/libkpps.a: $(LIB_OBJS)
	@rm -f $@
	ar rcs $@ $^

$(B)/%.o: %.c $(B)/flags | $(B)/gen-src/config.h $(SKELS)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Rebuild everything when the compiler or a flag changes.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS)' >$@

# What the sources must know of the build: a header, because strings in options
# do not survive the shells between make and the tools. It must be there before
# the first object; after that the dependencies say who includes it.
define CONFIG_H
#define KPPS_VERSION "$(VERSION)"
#define KPPS_DATADIR "$(PREFIX)/share/kpps"
#define KPPS_BUILD_FLAGS "$(CC) $(CFLAGS) -march=$(MARCH)"
endef
export CONFIG_H
$(B)/gen-src/config.h: FORCE
	@mkdir -p $(@D)
	@echo "$$CONFIG_H" | cmp -s - $@ || echo "$$CONFIG_H" >$@

# X.bpf.c is a BPF program; gen-src/X.skel.h holds it and what libbpf loads it by.
BPF_CFLAGS = -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wshadow -Wundef -Wno-unused-parameter -Werror \
	-I. -I/usr/include/$(shell $(CC) -print-multiarch)
$(B)/%.bpf.o: %.bpf.c $(B)/flags
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/gen-src/%.skel.h: $(B)/%.bpf.o
	@mkdir -p $(@D)
	@echo '// NOLINTBEGIN: made by bpftool' >$@.new
	$(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf >>$@.new
	@echo '// NOLINTEND' >>$@.new
	@mv $@.new $@

$(B)/tests/%.t: $(B)/tests/%.o $(B)/libkpps.a
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(PKG_LIBS)

$(BENCHES): $(B)/tests/%: $(B)/tests/%.o $(B)/libkpps.a
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS)

$(GUESTS): $(B)/tests/%: $(B)/tests/%.o $(B)/tests/kmod/client.o $(B)/tests/kmod/capture.o $(B)/libkpps.a
	$(CC) $(ALL_LDFLAGS) -Wl,--as-needed -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS)

$(B)/man/kpps.1: $(B)/kpps
	@mkdir -p $(@D)
	$(B)/kpps help --man >$@
$(B)/man/kpps-scenario.5: $(B)/kpps
	@mkdir -p $(@D)
	$(B)/kpps help --man scenario >$@

-include $(LIB_OBJS:.o=.d) $(SKELS:$(B)/gen-src/%.skel.h=$(B)/%.bpf.d) $(B)/run/main.d $(TESTS:.t=.d) $(BENCHES:=.d) $(GUESTS:=.d) \
	$(wildcard $(B)/tests/*/*.d)

.PHONY: FORCE
FORCE:

include scripts/targets.mk
