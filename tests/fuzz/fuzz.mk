# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - fuzzers: libFuzzer on the parsers of outside bytes, and a program of the
# fast guest for the device; included by the Makefile after vm.mk
#
# `make fuzz-policy FUZZ_SECONDS=3600` goes on from what earlier runs found
# (build/fuzz/NAME.corpus); what crashes stays as build/fuzz/NAME.crash-*.

FUZZ_SECONDS ?= 60
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARNINGS) -Werror \
	       -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
# What is to be looked into; all else comes from the library.
FUZZ_POLICY := $(wildcard userspace/lib/policy*.c) \
	       $(addprefix userspace/lib/,diagnostics.c hours.c pattern.c quantity.c reporter.c text.c)

FUZZ_CASE := $(VM)/cases/test_fuzz_device
FUZZ_CASE_OBJECTS := $(patsubst %,$(BUILD)/tests/fuzz/%.o,test_fuzz_device nonsense storm trouble)

.PHONY: fuzz fuzz-policy fuzz-cases
fuzz: ## Fuzz the parsers and, on three kernels, the device
	@tests/run.sh fuzz

fuzz-policy: $(BUILD)/fuzz/fuzz_policy
	$(Q)mkdir -p $<.corpus
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=30 -rss_limit_mb=1024 -max_len=8192 \
		-artifact_prefix=$<. -print_final_stats=1 -verbosity=0 \
		$<.corpus tests/policies/bad tests/policies/good

fuzz-cases: vm-tests $(FUZZ_CASE)

$(BUILD)/fuzz/fuzz_policy: tests/fuzz/fuzz_policy.c $(FUZZ_POLICY) $(BUILD)/libbulwark.a
	$(call msg,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(INCLUDE_TEST) $^ $(LDLIBS) -o $@

$(BUILD)/tests/fuzz/%.o: tests/fuzz/%.c
	$(call msg,CC,$@)
	$(call compile,$(INCLUDE_TEST) -Itests/vm/cases -Itests/fuzz)

$(FUZZ_CASE): $(FUZZ_CASE_OBJECTS) $(VM_SHARED) $(BUILD)/libbulwark.a
	$(call msg,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $^ $(LDLIBS) -o $@
