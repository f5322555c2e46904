/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the engine's files of what sets have learnt
 */
#ifndef BULWARK_LEARNT_FILES_H
#define BULWARK_LEARNT_FILES_H

#include "enforcer.h"
#include "policy.h"

/**
 * struct bw_learnt_files - What is written so far
 *
 * @state_dir: They lie in a directory there; borrowed.
 * @written: By set, when the last access was that is on file.
 * @failed: The last time; told once.
 */
struct bw_learnt_files {
	const char *state_dir;
	uint64_t written[BW_SETS_MAX + 1];
	bool failed;
};

/*
 * Writes what is new.  What a set has learnt that learns no more is forgotten then, so that
 * others have room.  Logs.
 *
 * @policies: In force; NULL if they aren't known.
 */
void bw_learnt_files_write(struct bw_learnt_files *files, struct bw_enforcer *enforcer,
			   const struct bw_policies *policies, const struct bw_rules *rules);

#endif
