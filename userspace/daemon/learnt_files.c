// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine's files of what sets have learnt
 *
 * The kernel adds up; what is on file of a subject since the same moment is replaced by it.  So
 * it doesn't matter how often it is written, or which daemon does.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "learnt_files.h"
#include "lesson_make.h"
#include "log.h"

#define DIRECTORY "learnt"
#define NAME_SIZE (BW_SET_NAME_SIZE + sizeof(BW_LEARNT_SUFFIX))

/**
 * struct collection - What the kernel has, by set
 */
struct collection {
	struct bw_lesson_names names;
	struct bw_lessons sets[BW_SETS_MAX + 1];
};

static void collection_done(struct collection *collection)
{
	for (size_t i = 0; i <= BW_SETS_MAX; i++)
		bw_lessons_done(&collection->sets[i]);
}

static int collect(void *context, const struct bw_learnt_key *key, const struct bw_learnt *learnt)
{
	struct collection *collection = context;
	struct bw_lesson lesson;
	int err;

	if (key->set > BW_SETS_MAX || !learnt->first)
		return 0;

	err = bw_lesson_make(&collection->names, key, learnt, &lesson);
	return err ? err : bw_lessons_add(&collection->sets[key->set], &lesson);
}

static uint64_t last_of(const struct bw_lessons *lessons)
{
	uint64_t last = 0;

	for (size_t i = 0; i < lessons->len; i++)
		last = lessons->items[i].last > last ? lessons->items[i].last : last;
	return last;
}

/* --- Files ----------------------------------------------------------------------- */

/* The directory above is the logger's: it may not make another one of this one. */
static int directory_open(const char *state_dir)
{
	_cleanup_(freep) char *path = NULL;
	_cleanup_(closep) int dir = -EBADF;
	struct stat status;

	if (asprintf(&path, "%s/" DIRECTORY, state_dir) < 0) {
		path = NULL;
		return -ENOMEM;
	}

	(void)mkdir(path, 0750);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dir < 0 || fstat(dir, &status) < 0)
		return -errno;

	if (status.st_uid != geteuid() || status.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;

	return take_fd(&dir);
}

/* -ENOENT: nothing yet. */
static int file_read(int dir, const char *name, struct bw_lessons *ret_lessons)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_(fclosep) FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	unsigned int line;

	if (fd < 0)
		return -errno;

	if (!file) {
		(void)close(fd);
		return -ENOMEM;
	}
	return bw_lessons_read(file, ret_lessons, &line);
}

static int file_fill(int dir, const char *name, const struct bw_lessons *lessons)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	_cleanup_(fclosep) FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	int err;

	if (fd < 0)
		return -errno;

	if (!file) {
		(void)close(fd);
		return -ENOMEM;
	}

	err = bw_lessons_write(file, lessons);
	if (err)
		return err;

	return fflush(file) == EOF || fsync(fd) < 0 ? -errno : 0;
}

/* At no moment is there half of it. */
static int file_replace(int dir, const char *name, const struct bw_lessons *lessons)
{
	char fresh[NAME_SIZE + sizeof(".new")];
	int err;

	(void)snprintf(fresh, sizeof(fresh), "%s.new", name);
	err = file_fill(dir, fresh, lessons);
	if (err)
		return err;

	return renameat(dir, fresh, dir, name) < 0 ? -errno : 0;
}

/* What can't be read is put aside: learning goes on. */
static int file_update(int dir, const char *set, struct bw_lessons *fresh)
{
	_cleanup_(bw_lessons_done) struct bw_lessons lessons = { 0 };
	char name[NAME_SIZE], aside[NAME_SIZE + sizeof(".bad")];
	int err;

	(void)snprintf(name, sizeof(name), "%s" BW_LEARNT_SUFFIX, set);
	err = file_read(dir, name, &lessons);
	if (err == -EBADMSG) {
		(void)snprintf(aside, sizeof(aside), "%s.bad", name);
		(void)renameat(dir, name, dir, aside);
		log_error(err,
			  "cannot read what the set '%s' has learnt; it begins anew, and what "
			  "was there is '%s' now",
			  set, aside);
		err = 0;
	}
	if (err && err != -ENOENT)
		return err;

	err = bw_lessons_update(&lessons, fresh);
	return err ? err : file_replace(dir, name, &lessons);
}

/* --- Sets ------------------------------------------------------------------------ */

static bool may_learn(const struct bw_policies *policies, const char *set)
{
	const struct bw_policy *policy = policies ? bw_policies_find(policies, set) : NULL;

	return !policies || (policy && policy->mode == BW_MODE_LEARN);
}

static int set_write(struct bw_learnt_files *files, int dir, const char *name, uint32_t set,
		     struct bw_lessons *fresh)
{
	uint64_t last = last_of(fresh);
	int err;

	if (last <= files->written[set])
		return 0;

	err = file_update(dir, name, fresh);
	if (!err)
		files->written[set] = last;
	return err;
}

static int sets_write(struct bw_learnt_files *files, struct bw_enforcer *enforcer,
		      const struct bw_policies *policies, struct collection *collection)
{
	const struct bw_set_name *names = bw_enforcer_set_names(enforcer);
	_cleanup_(closep) int dir = -EBADF;
	int first = 0;

	for (uint32_t set = 1; set <= BW_SETS_MAX; set++) {
		struct bw_lessons *fresh = &collection->sets[set];
		int err;

		if (!fresh->len || !names[set].name[0])
			continue;

		if (dir < 0)
			dir = directory_open(files->state_dir);
		err = dir < 0 ? dir : set_write(files, dir, names[set].name, set, fresh);
		first = first ? first : err;
		if (err || may_learn(policies, names[set].name))
			continue;

		bw_enforcer_learnt_forget(enforcer, set);
		files->written[set] = 0;
	}
	return first;
}

void bw_learnt_files_write(struct bw_learnt_files *files, struct bw_enforcer *enforcer,
			   const struct bw_policies *policies, const struct bw_rules *rules)
{
	_cleanup_(collection_done) struct collection collection = { .names.rules = rules };
	_cleanup_(bw_mounts_done) struct bw_mounts mounts = { 0 };
	int err = bw_mounts_load(BW_MOUNTINFO_PATH, &mounts);

	collection.names.mounts = &mounts;
	if (!err)
		err = bw_enforcer_learnt(enforcer, collect, &collection);
	if (!err)
		err = sets_write(files, enforcer, policies, &collection);

	if (err && !files->failed)
		log_error(err,
			  "cannot write what sets have learnt to '%s/" DIRECTORY "'; the kernel "
			  "goes on adding it up",
			  files->state_dir);
	files->failed = err != 0;
}
