/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - a policy that is being read: what its keys' readers share
 */
#ifndef BULWARK_POLICY_READING_H
#define BULWARK_POLICY_READING_H

#include "policy_keys.h"

/**
 * struct bw_reading - A policy that is being read
 *
 * @grant: The entry of `grants:` or `tracers:` at hand.
 * @paths_incomplete: A path was wrong and left out.
 * @mode_at: Where `mode:` stands; line 0: nowhere.
 * @mode_wrong: It says something unknown.
 * @nothing_at: Where an empty `protect:` stands.
 */
struct bw_reading {
	struct bw_reporter *reporter;
	yaml_document_t *document;
	struct bw_policy *policy;
	struct bw_policy_grant *grant;
	bool paths_incomplete;
	bool mode_wrong;
	struct bw_position mode_at;
	struct bw_position nothing_at;
};

/* Keys of a policy, of a grant in it, of a budget, and of `others:`. */
extern const struct bw_keys bw_policy_keys;
extern const struct bw_keys bw_grant_keys;
extern const struct bw_keys bw_budget_keys;
extern const struct bw_keys bw_others_keys;

/* The readers of `grants:` and of `tracers:`. */
void bw_grants_read(void *context, const struct bw_value *value);
void bw_tracers_read(void *context, const struct bw_value *value);

/* The readers of a grant's `sha256:` and `package:`. */
void bw_sha256_read(void *context, const struct bw_value *value);
void bw_package_read(void *context, const struct bw_value *value);

/* The readers of a grant's `budget:`, and of `others:`. */
void bw_budget_read(void *context, const struct bw_value *value);
void bw_others_read(void *context, const struct bw_value *value);

/* A copy that the policy keeps; NULL for NULL. */
char *bw_text_copy(struct bw_reporter *reporter, const char *text);

/* Is it a list of at most @max?  @entry: what an entry looks like. */
bool bw_list_check(struct bw_reporter *reporter, const struct bw_value *value, size_t max,
		   const char *entry);
size_t bw_list_len(const yaml_node_t *node);
struct bw_value bw_list_value(struct bw_reading *reading, const struct bw_value *list,
			      size_t index);

#endif
