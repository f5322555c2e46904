// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a policy that is being read: what its keys' readers share
 */
#include <string.h>

#include "cleanup.h"
#include "policy_reading.h"

char *bw_text_copy(struct bw_reporter *reporter, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		bw_report_no_memory(reporter);
	return copy;
}

size_t bw_list_len(const yaml_node_t *node)
{
	return node->data.sequence.items.top - node->data.sequence.items.start;
}

struct bw_value bw_list_value(struct bw_reading *reading, const struct bw_value *list, size_t index)
{
	yaml_node_item_t item = list->node->data.sequence.items.start[index];

	return bw_value_entry_of(list->key, yaml_document_get_node(reading->document, item));
}

bool bw_list_check(struct bw_reporter *reporter, const struct bw_value *value, size_t max,
		   const char *entry)
{
	if (bw_value_missing(value->node)) {
		bw_report_error(reporter, value->at,
				"'%s' has no value; list its entries below, as '%s'", value->key,
				entry);
		return false;
	}

	if (value->node->type != YAML_SEQUENCE_NODE) {
		bw_report_error(reporter, value->at,
				"'%s' must be a list, not %s; write its entries below, as '%s'",
				value->key, bw_value_kind(value->node), entry);
		return false;
	}

	if (bw_list_len(value->node) <= max)
		return true;

	bw_report_error(reporter, value->at, "'%s' has %zu entries; %zu is the most", value->key,
			bw_list_len(value->node), max);
	return false;
}
