# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - builds what runs in the fast guest; included by the Makefile
#
# tests/vm/cases/test_*.c are test programs, one file each; the other files
# beside them are linked into every one.

VM := $(BUILD)/vm
VM_GUESTS := debian12 debian13 sid
VM_CASES := $(patsubst tests/vm/cases/%.c,$(VM)/cases/%,$(wildcard tests/vm/cases/test_*.c))
VM_SHARED := $(patsubst tests/vm/cases/%.c,$(VM)/cases/%.o,\
	       $(filter-out tests/vm/cases/test_%,$(wildcard tests/vm/cases/*.c)))
VM_MODULES := $(VM_GUESTS:%=$(VM)/%/bulwark.ko)

.PHONY: vm-cases vm-tests
vm-cases: $(VM)/init $(VM_CASES) ## Build the fast guest's init and test programs

vm-tests: all vm-cases $(VM_MODULES) ## Build everything that the fast guests run

$(VM)/init: tests/vm/init.c tests/vm/modules.c tests/vm/modules.h
	$(call msg,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -O2 -D_GNU_SOURCE -static $(filter %.c,$^) -o $@

$(VM)/cases/%.o: tests/vm/cases/%.c
	$(call msg,CC,$@)
	$(call compile,$(INCLUDE_TEST) -Itests/vm/cases -I$(BUILD)/ebpf)

.SECONDARY: $(addsuffix .o,$(VM_CASES))
$(VM_CASES): %: %.o $(VM_SHARED) $(BUILD)/libbulwark.a
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(LDLIBS) -o $@

# Built in each guest's own tree, by its own compiler.
$(VM_MODULES): $(VM)/%/bulwark.ko: $(wildcard Kbuild kmod/* kmod/*/* include/bulwark/*)
	$(call msg,KO,$@)
	@mkdir -p $(@D)
	$(Q)tests/vm/build-module $* $@ >$(@D)/module.log 2>&1 || { cat $(@D)/module.log; exit 1; }
