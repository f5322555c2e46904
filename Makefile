# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - one entry point; `make help` lists the targets
#
# kbuild reads Kbuild beside this file; everything else starts here.

VERSION := 0.1.0
BUILD ?= build
PREFIX ?= /usr
KDIR ?= /lib/modules/$(shell uname -r)/build
OS ?= debian12

CC ?= gcc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PKG_CONFIG ?= pkg-config

# V=1 shows the commands, WERROR=1 stops at warnings, SANITIZE=address,undefined instruments.
Q := $(if $(V),,@)
msg = @printf '  %-8s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$(2))'

.DELETE_ON_ERROR:
.PHONY: all help bpf module unit-tests channels install clean deps-build deps check demo deb
all: $(BUILD)/bulwarkd $(BUILD)/bulwarkctl ## Build the daemon and the command (default)

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

# --- Flags -------------------------------------------------------------------

LIBS := libbpf zlib yaml-0.1 jansson libmd libsodium libseccomp libcap-ng libsystemd
LIBS_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
LDLIBS := $(shell $(PKG_CONFIG) --libs $(LIBS) 2>/dev/null)

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter
WARNINGS += $(if $(WERROR),-Werror)
# _FORTIFY_SOURCE and sanitizers get in each other's way.
HARDENING := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2)
HARDENING += -fstack-protector-strong -fPIE

CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(HARDENING) $(CFLAGS) $(CPPFLAGS) $(LIBS_CFLAGS) \
	     -D_GNU_SOURCE -DBULWARK_VERSION='"$(VERSION)"' -MMD -MP
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)

# Who may include what: the compiler keeps the borders.
INCLUDE_LIB := -Iinclude -Iebpf
INCLUDE_PART := -Iinclude -Iuserspace/lib
INCLUDE_TEST := -Iinclude -Iebpf -Iuserspace/lib -Iuserspace/daemon -Iuserspace/ctl

# --- BPF programs ------------------------------------------------------------

# First the maps: bpftool 7.1 loses track of one that is defined after its first use.  Then the
# object that says where the kfuncs are: the linker takes no later word for it.
BPF_FIRST := ebpf/maps.bpf.c ebpf/read.bpf.c
BPF_SOURCES := $(BPF_FIRST) $(filter-out $(BPF_FIRST),$(wildcard ebpf/*.bpf.c))
BPF_OBJECTS := $(patsubst %.bpf.c,$(BUILD)/%.bpf.o,$(BPF_SOURCES))
# v3: atomic fetch-and-add, 32-bit arithmetic; each supported kernel has both.
BPF_CFLAGS := -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -O2 -g -Wall -Werror -MMD -MP \
	      -Iinclude -I/usr/include/$(shell uname -m)-linux-gnu
SKELETON := $(BUILD)/ebpf/bulwark.skel.h

bpf: $(SKELETON) ## Build the BPF object and its skeleton

$(BUILD)/ebpf/%.bpf.o: ebpf/%.bpf.c
	$(call msg,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -c $< -o $@

$(BUILD)/bulwark.bpf.o: $(BPF_OBJECTS)
	$(call msg,BPFLINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $^

$(SKELETON): $(BUILD)/bulwark.bpf.o
	$(call msg,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name bulwark_bpf > $@

# --- Userspace ---------------------------------------------------------------

part_objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard userspace/$(1)/*.c))
LIB_OBJECTS := $(call part_objects,lib)
DAEMON_OBJECTS := $(call part_objects,daemon)
CTL_OBJECTS := $(call part_objects,ctl)

compile = $(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(1) -c $< -o $@

# enforcer*.c alone know the skeleton.
ENFORCER_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard userspace/lib/enforcer*.c))
$(ENFORCER_OBJECTS): $(SKELETON)
$(ENFORCER_OBJECTS): INCLUDE_LIB += -I$(BUILD)/ebpf

$(BUILD)/userspace/lib/%.o: userspace/lib/%.c
	$(call msg,CC,$@)
	$(call compile,$(INCLUDE_LIB))

$(BUILD)/userspace/%.o: userspace/%.c
	$(call msg,CC,$@)
	$(call compile,$(INCLUDE_PART))

$(BUILD)/libbulwark.a: $(LIB_OBJECTS)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/bulwarkd: $(DAEMON_OBJECTS) $(BUILD)/libbulwark.a
$(BUILD)/bulwarkctl: $(CTL_OBJECTS) $(BUILD)/libbulwark.a
$(BUILD)/bulwarkd $(BUILD)/bulwarkctl:
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(LDLIBS) -o $@

# --- Module ------------------------------------------------------------------

module: ## Build the module for the kernel at KDIR
	$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR) modules

# --- Tests -------------------------------------------------------------------

UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
# What the daemon and the command are made of, without their main().
PART_OBJECTS := $(filter-out %/main.o,$(DAEMON_OBJECTS) $(CTL_OBJECTS))

unit-tests: $(UNIT_TESTS) ## Build the unit tests

$(BUILD)/tests/unit/%.o: tests/unit/%.c
	$(call msg,CC,$@)
	$(call compile,$(INCLUDE_TEST) -Itests/unit)

UNIT_SHARED := $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))

.SECONDARY: $(addsuffix .o,$(UNIT_TESTS))
$(UNIT_TESTS): %: %.o $(UNIT_SHARED) $(PART_OBJECTS) $(BUILD)/libbulwark.a
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $(filter-out %/libbulwark.a,$^) $(BUILD)/libbulwark.a \
		$$($(PKG_CONFIG) --libs check) $(LDLIBS) -o $@

include tests/channels/channels.mk
include tests/vm/vm.mk
include tests/bench/bench.mk
include tests/fuzz/fuzz.mk

check: deps ## Run all tests
	@tests/run.sh all

demo: deps ## Show the main job in a guest; OS=debian13 for another
	@tests/system/demo $(OS)

# --- Packages and installation -----------------------------------------------

# What builds the packages, and what tests them: names in Debian 12.
BUILD_PACKAGES := bpftool build-essential clang debhelper dh-dkms fakeroot libbpf-dev libcap-ng-dev \
		  libelf-dev libjansson-dev libmd-dev libseccomp-dev libsodium-dev libsystemd-dev libyaml-dev \
		  llvm pkg-config zlib1g-dev
TEST_PACKAGES := btrfs-progs check clang-format clang-tidy codespell cpio dwarves e2fsprogs git jq kmod \
		 libclang-rt-14-dev linux-headers-amd64 lintian mandoc minisign mmdebstrap nilfs-tools \
		 python3-jsonschema python3-yaml qemu-system-x86 qemu-utils rsync shellcheck sparse tzdata valgrind xfsprogs xz-utils zstd

deps: ## Install what building and testing needs, as root, from Debian's packages
	@tests/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)

install: all ## Install into DESTDIR
	$(Q)install -D -m 755 $(BUILD)/bulwarkd $(DESTDIR)$(PREFIX)/sbin/bulwarkd
	$(Q)install -D -m 755 $(BUILD)/bulwarkctl $(DESTDIR)$(PREFIX)/bin/bulwarkctl
	$(Q)install -D -m 644 userspace/ctl/completion/bulwarkctl \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/bulwarkctl
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 man/*.5
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man8 man/*.8
	$(Q)install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/bulwark/policies policies/README.md policies/*.yaml policies/*.expect policies/*.json
	$(Q)install -D -m 644 userspace/daemon/systemd/bulwarkd.service \
		$(DESTDIR)$(PREFIX)/lib/systemd/system/bulwarkd.service
	$(Q)install -D -m 644 userspace/daemon/systemd/bulwark.sysusers \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/bulwark.conf
	$(Q)install -D -m 644 userspace/daemon/systemd/bulwark.tmpfiles \
		$(DESTDIR)$(PREFIX)/lib/tmpfiles.d/bulwark.conf
	$(Q)install -d -m 755 $(DESTDIR)/etc/bulwark/policy.d

include debian/deb.mk

clean: ## Remove what was built
	$(Q)rm -rf $(BUILD)
	$(Q)find kmod -name '*.o' -o -name '*.ko' -o -name '*.mod*' -o -name '.*.cmd' | xargs -r rm -f

# Not those of other trees that gates build below it.
-include $(shell find $(BUILD) \( -name '*.source' -o -name mutate \) -prune -o -name '*.d' -type f -print 2>/dev/null)
