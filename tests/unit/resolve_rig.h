/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - a tree of files and policies about it, for the resolver's tests
 */
#ifndef BULWARK_RESOLVE_RIG_H
#define BULWARK_RESOLVE_RIG_H

#include <stdbool.h>

#include "resolve.h"

#define RIG_POLICIES_MAX 64

/**
 * struct rig - One test's tree and policies
 *
 * @root: Of the tree.
 * @policies, @pointers, @all: What rig_policy() made.
 * @set_names: What the resolver is given.
 * @diagnostics, @rules: What it gave.
 */
struct rig {
	char root[64];
	struct bw_policy policies[RIG_POLICIES_MAX];
	struct bw_policy *pointers[RIG_POLICIES_MAX];
	struct bw_policies all;
	struct bw_set_name set_names[BW_SETS_MAX + 1];
	struct bw_diagnostics diagnostics;
	struct bw_rules *rules;
};

extern struct rig rig;

void rig_setup(void);
void rig_teardown(void);

/* A path in the tree: for as long as eight others aren't asked for. */
const char *rig_path(const char *name);
void rig_directory(const char *name);
void rig_file(const char *name);
/* Makes a file of so many bytes. */
void rig_fill(const char *name, size_t size);
void rig_hard_link(const char *old, const char *new);
void rig_symlink(const char *target, const char *new);

struct bw_policy *rig_policy(const char *set);
void rig_protect(struct bw_policy *policy, const char *path);
void rig_except(struct bw_policy *policy, const char *path);
/* The strings must outlive the policy. */
void rig_grant(struct bw_policy *policy, char *exe, char *user, char *unit);
void rig_tracer(struct bw_policy *policy, char *exe, char *user, char *unit);

int rig_resolve_with(const struct bw_identifier *identifier);
/* Must succeed. */
void rig_resolve(void);
/* Must fail with an error that holds @text. */
void assert_refused(const char *text);

bool rig_told(bool warning, const char *text);
#define assert_warned(text) ck_assert_msg(rig_told(true, text), "no warning '%s'", text)
#define assert_error(text) ck_assert_msg(rig_told(false, text), "no error '%s'", text)

struct bw_file_key rig_key(const char *path);
const struct bw_rule *rig_rule(const struct bw_rule_key *key);
size_t rig_count(enum bw_rule_kind kind);

/* What stands for an inode, or for a name in a directory; 0 when nothing does. */
unsigned int rig_anchor(const char *path);
unsigned int rig_name(const char *directory, const char *name);
#define PROTECTED(set) ((set) << 8 | BW_ANCHOR_PROTECT)
#define EXCEPTED(set) ((set) << 8 | BW_ANCHOR_EXCEPT)

#endif
