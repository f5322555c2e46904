/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl selftest: ways to get at a file's bytes
 *
 * Each runs in a process of its own, which it may change at will, and must leave
 * nothing behind when that ends.  None writes to the file or moves it.
 */
#ifndef BULWARK_TECHNIQUE_H
#define BULWARK_TECHNIQUE_H

#include <stdbool.h>
#include <stddef.h>

#define LOOT_SIZE 4096
#define WHY_SIZE 96

/**
 * struct target - The file, and where a technique may work
 *
 * @path: Of the file: absolute, without links.
 * @directory: The part of @path before the last name.
 * @name: The last name.
 * @work: An empty directory on the same filesystem, which goes when the process has
 *	ended.
 * @descriptor: Of the file, from before it was protected; -1 for none.
 */
struct target {
	const char *path;
	const char *directory;
	const char *name;
	const char *work;
	int descriptor;
};

/**
 * struct loot - What a technique got out of the file
 *
 * @bytes: The first of them; whatever was here before is not the file's.
 * @len: How many.
 * @closed: The way itself was refused, before it was seen where it leads; so it is for
 *	the twin as well.
 * @why: It can't be tried here, for people; "" for what the error says.
 */
struct loot {
	size_t len;
	char bytes[LOOT_SIZE];
	bool closed;
	char why[WHY_SIZE];
};

/**
 * struct technique - One way
 *
 * @name: For --json.
 * @row: Of docs/channels.md.
 * @what: For people.
 * @take: Fills the loot.  Returns 0 or -errno; what was taken counts either way.
 * @is_oracle: Tells something of the bytes, and puts a word for it in the loot.
 */
struct technique {
	const char *name;
	const char *row;
	const char *what;
	int (*take)(const struct target *target, struct loot *loot);
	bool is_oracle;
};

/* Each list ends with one that has no name. */
extern const struct technique techniques_open[];
extern const struct technique techniques_view[];
extern const struct technique techniques_overlay[];
extern const struct technique techniques_descriptor[];
extern const struct technique techniques_read[];
extern const struct technique techniques_map[];
extern const struct technique techniques_copy[];
extern const struct technique techniques_ring[];
extern const struct technique techniques_program[];
extern const struct technique techniques_memory[];
extern const struct technique techniques_debug[];
extern const struct technique techniques_bpf[];

/* A descriptor of the file, the one that is there already or by its name; or -errno. */
int target_open(const struct target *target);

/* A path below @target->work; good until the next call. */
const char *work_path(const struct target *target, const char *name);

/* Keeps these bytes, as many as fit. */
void loot_keep(struct loot *loot, const void *bytes, size_t len);

/* Reads from where the descriptor stands, and closes it; hands on a negative one. */
int loot_read(struct loot *loot, int fd);

/* The same of a file below a directory. */
int read_below(const char *directory, const char *name, struct loot *loot);

/* Into a file that is there: 0 or -errno. */
int file_write(const char *path, const char *text);

/*
 * A mount namespace of the process's own, in which no mount gets out; with a user
 * namespace, in which it is root.  0 or -errno.
 */
int namespace_enter(int flags);
int user_namespace_enter(void);

#endif
