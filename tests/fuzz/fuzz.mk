# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - libFuzzer targets, one per parser of outside bytes
#
# `make fuzz FUZZ_SECONDS=3600` goes on from what earlier runs found
# (build/fuzz/NAME.corpus); what crashes stays as build/fuzz/NAME.crash-*.

FUZZ_SECONDS ?= 60
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O1 -g $(WARNINGS) -Werror \
	       -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
FUZZ_POLICY := $(wildcard userspace/lib/policy*.c) \
	       $(addprefix userspace/lib/,diagnostics.c pattern.c reporter.c text.c)

.PHONY: fuzz
fuzz: $(BUILD)/fuzz/fuzz_policy ## Fuzz the parsers for FUZZ_SECONDS each
	$(Q)mkdir -p $<.corpus
	$(Q)$< -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=1024 -max_len=8192 \
		-artifact_prefix=$<. -print_final_stats=1 -verbosity=0 \
		$<.corpus tests/policies/bad tests/policies/good

$(BUILD)/fuzz/fuzz_policy: tests/fuzz/fuzz_policy.c $(FUZZ_POLICY)
	$(call msg,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(INCLUDE_TEST) $^ -lyaml -o $@
