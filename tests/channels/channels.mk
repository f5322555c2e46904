# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - one static program per way of reading, for any guest

CHANNELS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/channels/*.c))

channels: $(CHANNELS) ## Build the programs that each read a file in one way

$(CHANNELS): $(BUILD)/%: %.c tests/channels/channel.h
	$(call msg,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 -static $< -o $@
