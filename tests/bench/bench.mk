# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - builds the measuring programs of the fast guest; included by the
# Makefile after vm.mk

BENCH_CASES := $(patsubst tests/bench/%.c,$(VM)/cases/%,$(wildcard tests/bench/test_*.c))

.PHONY: bench bench-cases cost
bench-cases: vm-tests $(BENCH_CASES)

bench: ## Count what the hooks cost, in instructions
	@tests/run.sh bench

cost: ## Count what the verifiers make of the programs
	@tests/run.sh cost

$(BUILD)/tests/bench/%.o: tests/bench/%.c
	$(call msg,CC,$@)
	$(call compile,$(INCLUDE_TEST) -Itests/vm/cases -I$(BUILD)/ebpf)

.SECONDARY: $(BENCH_CASES:$(VM)/cases/%=$(BUILD)/tests/bench/%.o)
$(BENCH_CASES): $(VM)/cases/%: $(BUILD)/tests/bench/%.o $(VM_SHARED) $(BUILD)/libbulwark.a
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(LDLIBS) -o $@
