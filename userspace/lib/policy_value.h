/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - values of policy keys: from YAML nodes to checked text and numbers
 *
 * Each reports what is wrong with a value and then returns NULL or false.
 */
#ifndef BULWARK_POLICY_VALUE_H
#define BULWARK_POLICY_VALUE_H

#include "policy_yaml.h"

/**
 * struct bw_value - One value, and how people call it
 *
 * @key: "version".
 * @what: "'version'", or "an entry of 'protect'".
 * @node: What stands there.
 * @at: Where.
 */
struct bw_value {
	const char *key;
	char what[40];
	const yaml_node_t *node;
	struct bw_position at;
};

struct bw_value bw_value_of(const char *key, const yaml_node_t *node);
struct bw_value bw_value_entry_of(const char *key, const yaml_node_t *node);

/* Nothing, `~` or `null`: what YAML reads as no value at all. */
bool bw_value_missing(const yaml_node_t *node);

/* "a list", "a mapping of keys", "a single value". */
const char *bw_value_kind(const yaml_node_t *node);

/* Text of at most @max bytes without invisible characters; belongs to the node. */
const char *bw_value_text(struct bw_reporter *reporter, const struct bw_value *value, size_t max);

/* The same for what people read: it may go over several lines. */
const char *bw_value_prose(struct bw_reporter *reporter, const struct bw_value *value, size_t max);

/* [a-z0-9][a-z0-9-]*, shorter than a set's name may be. */
const char *bw_value_name(struct bw_reporter *reporter, const struct bw_value *value);

/* A path or pattern as bw_path_fault() wants it. */
const char *bw_value_path(struct bw_reporter *reporter, const struct bw_value *value);

/* A user's name or number, or "any". */
const char *bw_value_user(struct bw_reporter *reporter, const struct bw_value *value);

/* The same of a group. */
const char *bw_value_group(struct bw_reporter *reporter, const struct bw_value *value);

/* A systemd unit's full name with at most one `*`, or "any". */
const char *bw_value_unit(struct bw_reporter *reporter, const struct bw_value *value);

bool bw_value_number(struct bw_reporter *reporter, const struct bw_value *value, unsigned int min,
		     unsigned int max, unsigned int *ret_number);

/* One of @words; its index in @ret_index. */
bool bw_value_word(struct bw_reporter *reporter, const struct bw_value *value,
		   const char *const *words, size_t words_len, size_t *ret_index);

#endif
