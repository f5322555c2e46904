/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the parts of the resolver share; nobody else includes this
 */
#ifndef BULWARK_RESOLVER_H
#define BULWARK_RESOLVER_H

#include <sys/stat.h>

#include "mounts.h"
#include "resolve.h"

/**
 * struct place - What one entry of `protect:` or `except:` means on this host
 *
 * @policy: Whose entry it is.
 * @at: Where the entry stands.
 * @path: Canonical.
 * @key: Of the inode, if @exists.
 * @parent: Of the directory that holds the name.
 * @above: Of an exception: what it lies in, for struct bw_hole.
 * @dev, @ino: Of the inode, as stat(2) shows them: what a walk compares.
 * @bytes: Of a file, as coverage_bytes() has them.
 * @cut_from: Bit of each set whose `except:` names the same path.
 * @set: Number of the policy's set.
 * @anchor: enum bw_anchor; 0 when the entry turned out to say nothing.
 * @exists: False for a name that nothing bears yet.
 * @by_user: A link that isn't root's led here.
 */
struct place {
	const struct bw_policy *policy;
	struct bw_position at;
	char *path;
	struct bw_file_key key;
	struct bw_file_key parent;
	struct bw_rule_key *above;
	size_t above_len;
	uint64_t dev;
	uint64_t ino;
	uint64_t bytes;
	uint64_t cut_from;
	uint16_t set;
	uint16_t anchor;
	bool directory;
	bool exists;
	bool by_user;
};

/**
 * struct finding - One anchor or name, before doubles are merged
 *
 * @file: The inode, or the directory of @name.
 * @name: Hash of a name; 0 for an anchor.
 * @place: Index of the place that led here.
 * @set: Number of the set.
 * @anchor: enum bw_anchor.
 * @linked: Met below a directory: a hard link or a mount point.
 * @directory: Of @file, if this is an anchor.
 */
struct finding {
	struct bw_file_key file;
	uint64_t name;
	uint32_t place;
	uint16_t set;
	uint8_t anchor;
	bool linked;
	bool directory;
};

/* One grant for one executable.  @kind: BW_RULE_GRANT or BW_RULE_TRACER. */
struct granted {
	struct bw_file_key exe;
	const struct bw_policy *policy;
	const struct bw_policy_grant *source;
	struct bw_grant grant;
	uint16_t set;
	uint16_t kind;
};

struct places {
	struct place *items;
	size_t len;
};

struct findings {
	struct finding *items;
	size_t len;
};

struct granteds {
	struct granted *items;
	size_t len;
};

struct paths {
	char **items;
	size_t len;
};

/**
 * struct resolver - One run
 *
 * @verified, @unread, @grants: Of all policies, for struct bw_rules.
 * @watched: Which of the two lists is being added to.
 * @sysfs: Where the kernel shows its devices.
 * @by_inode: The existing places' indices, sorted by (dev, ino).
 * @set_bytes: As of struct bw_rules.
 */
struct resolver {
	const struct bw_policies *policies;
	const struct bw_identifier *identifier;
	struct bw_diagnostics *diagnostics;
	struct bw_mounts mounts;
	const char *sysfs;
	struct places places;
	uint32_t *by_inode;
	size_t by_inode_len;
	uint64_t set_bytes[BW_SETS_MAX + 1];
	struct findings findings;
	struct granteds granteds;
	struct bw_verified *verified;
	size_t verified_len;
	size_t unread;
	struct bw_set_grant *grants;
	size_t grants_len;
	struct paths watches;
	struct paths executable_watches;
	struct paths *watched;
};

/*
 * Makes room for one more element of @size bytes in an array that only ever grows
 * by this call: its capacity is the power of two that holds @len.
 *
 * Returns 0 or -ENOMEM.
 */
int array_reserve(void *items, size_t len, size_t size);

/*
 * Calls @each for what a path of a policy names, patterns globbed, in the order
 * of their names.  A path without glob characters that doesn't exist counts as
 * no match.
 *
 * Returns 0, what @each returned if not 0, or -errno.
 */
int pattern_each(const char *pattern, int (*each)(void *context, const char *path), void *context);

/* True if glob(7) characters are in it. */
bool pattern_is_magic(const char *pattern);

/*
 * realpath(3), malloc'ed.  Each link on the way must be root's, or what it leads
 * to must belong to whose it is.
 *
 * Returns 0, -EXDEV (*ret_blamed is the first that isn't so, malloc'ed), or
 * another -errno.
 */
int path_canonical(const char *path, char **ret_canonical, char **ret_blamed);

/* The same, but each link must be root's: others' are no reason to except anything. */
int path_canonical_by_root(const char *path, char **ret_canonical, char **ret_blamed);

/* True for what anybody's link can end in: no reason to give up. */
bool leads_nowhere(int err);

/* Opens a canonical path, in which a link may have been put by now: none is followed. */
int path_open(const char *canonical, int flags);

/* Splits off the last name.  Returns the directory, malloc'ed, or NULL. */
char *path_directory(const char *path);

/* Cuts a path to its parent's.  False at the root. */
bool path_ascend(char *path);

/* True for an ordinary user, who may not look everywhere: `bulwarkctl check`. */
bool is_unprivileged(int err);

/* Number of a set; 0 if it has none. */
uint16_t number_of_name(const struct bw_rules *rules, const char *name);

void resolver_done(struct resolver *resolver);

/* Fills @resolver->places from one policy. */
int places_collect(struct resolver *resolver, const struct bw_policy *policy, uint16_t set);

/* Sorts the places and judges how they lie to each other. */
int places_judge(struct resolver *resolver);

/* The innermost place that is @path or holds it; NULL for none. */
const struct place *places_nearest(const struct resolver *resolver, const char *path);

/* First of the places that are this inode, as an index into by_inode. */
size_t places_by_inode(const struct resolver *resolver, uint64_t dev, uint64_t ino);

void places_done(struct places *places);

/*
 * Fills @place->above: all that its canonical path lies in, by any mount; nothing if
 * that can't be told.
 *
 * Returns 0 or -ENOMEM.
 */
int above_collect(struct resolver *resolver, const char *path, struct place *place);

/* A directory that the host can't live without, in or equal to @path; or NULL. */
const char *path_host_needs(const char *path);

/* The same for what a link or a pattern led to: what the host runs from as well. */
const char *path_host_runs_from(const char *path);

/* Bytes that a file holds; of one with several names, each one's share. */
uint64_t coverage_bytes(uint64_t size, uint64_t blocks, uint64_t links);

/* Adds a file that was met below @top to the size of its set. */
void coverage_add(struct resolver *resolver, const struct place *top, const struct statx *status);

/* Among the places that protect the same inode. */
bool place_is_first(const struct resolver *resolver, const struct place *place);

/* Computes all coverages from the sizes of the sets. */
void coverages_fill(struct bw_rules *rules);

/* They stay shares of what was found: somebody may have added to a set to bring more about. */
void coverages_tighten(struct bw_rules *rules, const struct bw_rules *in_force);

/* Warns of those that are shares of nothing. */
int coverages_judge(struct resolver *resolver, const struct bw_rules *rules);

/* Looks below all protected directories for hard links and mount points. */
int trees_walk(struct resolver *resolver);

/* Looks below one directory.  Takes @fd over. */
int tree_walk(struct resolver *resolver, const struct place *top, const char *path, int fd);

/* Adds an anchor by descriptor, met below @top. */
int finding_add_linked(struct resolver *resolver, const struct place *top, int fd, bool directory);

/*
 * Judges a canonical path and all directories above it, which @path is cut to: the one that is
 * to blame is left there.  NULL if root alone can change what is there.
 */
const char *path_distrust(char *path);

/* The kernel sees a script's interpreter: a grant for a script lets nobody in. */
bool file_is_script(const char *path);

/* Returns 0, -EISDIR (no regular file), or another -errno. */
int file_identify(const struct resolver *resolver, const char *path, struct bw_file_key *ret_key);

/*
 * Looks at what is in an executable, if the grant asks for it.  *ret_version is 0 if it isn't
 * that: a warning says why.
 *
 * Returns 0 or -ENOMEM.
 */
int content_verify(struct resolver *resolver, const struct granted *granted, const char *path,
		   const struct bw_file_key *file, uint64_t *ret_version);

/* A grant with all that it asks for but the executable: by this host's users, files and clocks. */
int grant_conditions(struct resolver *resolver, const struct granted *granted, unsigned int number,
		     struct bw_grant *ret_grant);

/* Those of `tracers:` as well. */
int grants_collect(struct resolver *resolver, const struct bw_policy *policy, uint16_t set);

/* Adds directories in which a new name can change what @pattern means. */
int watches_add(struct resolver *resolver, const char *pattern);
int watches_add_directory(struct resolver *resolver, const char *path);
/* Sorts them, and hands them over. */
void watches_take(struct paths *watches, char ***ret_items, size_t *ret_len);

/* Merges what was found, and fills @rules. */
int findings_emit(struct resolver *resolver, struct bw_rules *rules);
int grants_emit(struct resolver *resolver, struct bw_rules *rules);

/* After the findings: tells the disks that are free of the filesystems with sets. */
int disks_emit(struct resolver *resolver, struct bw_rules *rules);

/* Why others than root could put something else in a file; NULL if they can't. */
const char *status_distrust(const struct stat *status);

/* Adds to the executables, which stay sorted.  Returns 0 or -ENOMEM. */
int executable_keep(struct bw_rules *rules, const struct bw_file_key *exe);
/* With its rule, unless it is among them. */
int executable_add(struct bw_rules *rules, const struct bw_file_key *exe);

int rules_add(struct bw_rules *rules, const struct bw_rule_key *key, const struct bw_rule *rule);

int file_key_compare(const struct bw_file_key *one, const struct bw_file_key *other);

#define resolver_say(resolver, policy, position, warning, ...) \
	bw_diagnostics_add((resolver)->diagnostics, (policy)->file, position, warning, __VA_ARGS__)

#endif
