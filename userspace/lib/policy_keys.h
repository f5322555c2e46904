/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - keys of a policy: walks a mapping by a table of what it may hold
 */
#ifndef BULWARK_POLICY_KEYS_H
#define BULWARK_POLICY_KEYS_H

#include "policy_value.h"

/**
 * struct bw_key - One key of a mapping
 *
 * @name: As it is written.
 * @missing: What to say when it isn't there; NULL: it may be left out.
 * @read: Takes the value in.
 */
struct bw_key {
	const char *name;
	const char *missing;
	void (*read)(void *context, const struct bw_value *value);
};

/**
 * struct bw_keys - All keys of a mapping
 *
 * @where: "in a grant": said of a key that belongs elsewhere.
 * @other: Keys of the policy's other mapping, and...
 * @other_where: ...how to say where they belong: "inside an entry of 'grants'".
 */
struct bw_keys {
	const struct bw_key *items;
	size_t len;
	const char *where;
	const struct bw_keys *other;
	const char *other_where;
};

/*
 * Reads each pair of @mapping by its key's @read.  Reports unknown, doubled and
 * missing keys.
 */
void bw_keys_read(struct bw_reporter *reporter, yaml_document_t *document,
		  const yaml_node_t *mapping, const struct bw_keys *keys, void *context);

#endif
