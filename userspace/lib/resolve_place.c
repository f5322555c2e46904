// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: what `protect:` and `except:` name on this host
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolve_texts.h"
#include "resolver.h"

/**
 * struct entry - One path of a policy, while it is being resolved
 *
 * @matches: Number of existing names that it stands for.
 * @names: Number of names that it stands for and that nothing bears yet.
 */
struct entry {
	struct resolver *resolver;
	const struct bw_policy *policy;
	const struct bw_policy_path *source;
	uint16_t set;
	uint16_t anchor;
	unsigned int matches;
	unsigned int names;
};

#define entry_say(entry, warning, ...) \
	resolver_say((entry)->resolver, (entry)->policy, (entry)->source->at, warning, __VA_ARGS__)

void places_done(struct places *places)
{
	for (size_t i = 0; i < places->len; i++) {
		free(places->items[i].path);
		free(places->items[i].above);
	}
	free(places->items);
}

static char *path_append(const char *directory, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", strcmp(directory, "/") ? directory : "", name) < 0)
		return NULL;
	return path;
}

/* Takes @path over on success. */
static int place_add(struct entry *entry, struct place *place, char **path)
{
	struct places *places = &entry->resolver->places;
	int err;

	err = array_reserve(&places->items, places->len, sizeof(*places->items));
	if (!err && entry->anchor == BW_ANCHOR_EXCEPT)
		err = above_collect(entry->resolver, *path, place);
	if (err)
		return err;

	place->policy = entry->policy;
	place->at = entry->source->at;
	place->set = entry->set;
	place->anchor = entry->anchor;
	place->path = take_ptr(*path);
	places->items[places->len++] = *place;
	return 0;
}

static int directory_identify(struct resolver *resolver, const char *path,
			      struct bw_file_key *ret_key)
{
	_cleanup_(closep) int fd = path_open(path, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;

	return resolver->identifier->identify(resolver->identifier->context, fd, ret_key);
}

static int parent_identify(struct resolver *resolver, const char *path, struct bw_file_key *ret_key)
{
	_cleanup_(freep) char *directory = path_directory(path);

	return directory ? directory_identify(resolver, directory, ret_key) : -ENOMEM;
}

/* Reads from a canonical path what a place must know of its inode. */
static int place_fill(struct resolver *resolver, const char *path, struct place *place,
		      mode_t *ret_mode)
{
	const struct bw_identifier *identifier = resolver->identifier;
	_cleanup_(closep) int fd = path_open(path, O_PATH);
	struct stat status;
	int err;

	if (fd < 0)
		return fd;

	if (fstat(fd, &status) < 0)
		return -errno;

	err = identifier->identify(identifier->context, fd, &place->key);
	if (err)
		return err;

	place->dev = status.st_dev;
	place->ino = status.st_ino;
	place->bytes = coverage_bytes((uint64_t)status.st_size, (uint64_t)status.st_blocks,
				      status.st_nlink);
	place->directory = S_ISDIR(status.st_mode);
	place->exists = true;
	*ret_mode = status.st_mode;
	return parent_identify(resolver, path, &place->parent);
}

/*
 * Who writes "/usr/local/pgsql/data" means it.  A link or a pattern that leads there
 * may have been laid for it.
 */
static const char *entry_host_needs(const struct entry *entry, const char *path)
{
	const char *needed = path_host_needs(path);
	const char *runs_from = path_host_runs_from(path);

	if (needed || !runs_from || bw_path_below(entry->source->path, runs_from))
		return needed;

	return runs_from;
}

static int place_add_canonical(struct entry *entry, struct place *place, char **path)
{
	const char *needed;
	mode_t mode = 0;
	int err;

	err = place_fill(entry->resolver, *path, place, &mode);
	if (err)
		return err;

	if (!S_ISDIR(mode) && !S_ISREG(mode))
		return entry_say(entry, true, TEXT_NO_PLACE, *path);

	needed = entry->anchor == BW_ANCHOR_PROTECT ? entry_host_needs(entry, *path) : NULL;
	if (needed)
		return entry_say(entry, strcmp(entry->source->path, *path) != 0,
				 "'%s' can't be protected: the host needs '%s' to run; name the "
				 "directory with the data",
				 *path, needed);

	return place_add(entry, place, path);
}

static int link_say(struct entry *entry, const char *link, const char *target)
{
	if (!target)
		return entry_say(entry, true, TEXT_LINK_TO_NOTHING, link);

	return entry_say(entry, true, "'%s' is a symbolic link: %s what it points to, '%s'", link,
			 entry->anchor == BW_ANCHOR_PROTECT ? "protecting" : "excepting", target);
}

/*
 * INV-1: who owns a database's directory may say what else is protected with it, by
 * a link to what is their own, but not what isn't.
 */
static int entry_canonical(const struct entry *entry, const char *path, struct place *place,
			   char **ret_canonical, char **ret_blamed)
{
	_cleanup_(freep) char *blamed = NULL;
	int err;

	if (entry->anchor == BW_ANCHOR_EXCEPT)
		return path_canonical_by_root(path, ret_canonical, ret_blamed);

	err = path_canonical_by_root(path, ret_canonical, &blamed);
	if (err != -EXDEV)
		return err;

	place->by_user = true;
	return path_canonical(path, ret_canonical, ret_blamed);
}

static int blamed_say(struct entry *entry, const char *path, const char *blamed)
{
	if (entry->anchor == BW_ANCHOR_EXCEPT)
		return entry_say(entry, true,
				 "'%s' is left out: the symbolic link '%s' isn't root's, and "
				 "can't say what is excepted",
				 path, blamed);

	return entry_say(entry, true, TEXT_LINK_PROTECTS, path, blamed);
}

static int entry_match(void *context, const char *path)
{
	_cleanup_(freep) char *canonical = NULL;
	_cleanup_(freep) char *blamed = NULL;
	struct entry *entry = context;
	struct place place = { 0 };
	struct stat status;
	int err;

	entry->matches++;
	err = entry_canonical(entry, path, &place, &canonical, &blamed);
	if (err == -EXDEV)
		return blamed_say(entry, path, blamed);

	if (err && !leads_nowhere(err))
		return err;

	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode)) {
		int said = link_say(entry, path, canonical);

		if (said)
			return said;
	}

	/* Gone between the look and the grasp: the engine's watch tells it again. */
	if (!canonical)
		return 0;

	err = place_add_canonical(entry, &place, &canonical);
	return leads_nowhere(err) ? 0 : err;
}

/* A name that nothing bears yet, in a directory that exists. */
static int name_add(struct entry *entry, const char *directory, const char *name)
{
	_cleanup_(freep) char *canonical = NULL;
	_cleanup_(freep) char *blamed = NULL;
	_cleanup_(freep) char *path = NULL;
	struct place place = { 0 };
	int err;

	err = entry_canonical(entry, directory, &place, &canonical, &blamed);
	if (err == -EXDEV)
		return blamed_say(entry, directory, blamed);

	if (err)
		return err;

	err = directory_identify(entry->resolver, canonical, &place.parent);
	if (err)
		return err;

	path = path_append(canonical, name);
	if (!path)
		return -ENOMEM;

	entry->names++;
	return place_add(entry, &place, &path);
}

/*
 * A directory in which the entry's last name is meant, there or not: a server
 * that is down has no pid file, and makes a new one when it starts.
 */
static int entry_directory(void *context, const char *directory)
{
	struct entry *entry = context;
	const char *name = strrchr(entry->source->path, '/') + 1;
	_cleanup_(freep) char *path = path_append(directory, name);
	struct stat status;
	int err;

	if (!path)
		return -ENOMEM;

	if (*name == '\0' || lstat(path, &status) == 0)
		return entry_match(entry, path);

	err = errno == ENOENT ? name_add(entry, directory, name) : -errno;
	return leads_nowhere(err) ? 0 : err;
}

static int entry_matches(struct entry *entry)
{
	const char *path = entry->source->path;
	_cleanup_(freep) char *directory = path_directory(path);

	if (!directory)
		return -ENOMEM;

	if (pattern_is_magic(strrchr(path, '/')))
		return pattern_each(path, entry_match, entry);

	return pattern_each(directory, entry_directory, entry);
}

static int entry_missing(struct entry *entry)
{
	const char *path = entry->source->path;

	/* A log that isn't there yet is nothing to wonder about. */
	if (entry->anchor == BW_ANCHOR_EXCEPT && entry->names)
		return 0;

	return entry_say(entry, true,
			 pattern_is_magic(path) ? TEXT_MATCHES_NOTHING : TEXT_DOESNT_EXIST, path);
}

static int entry_failed(struct entry *entry, int err)
{
	if (err == -ENOMEM)
		return err;

	return entry_say(entry, is_unprivileged(err), TEXT_CANT_LOOK, entry->source->path,
			 strerror(-err), is_unprivileged(err) ? "; run as root to check it" : "");
}

static int entry_collect(struct entry *entry)
{
	int err;

	err = entry_matches(entry);
	if (!err && !entry->matches)
		err = entry_missing(entry);
	if (err)
		err = entry_failed(entry, err);
	if (err)
		return err;

	return watches_add(entry->resolver, entry->source->path);
}

static int entries_collect(struct resolver *resolver, const struct bw_policy *policy, uint16_t set,
			   enum bw_anchor anchor, const struct bw_policy_path *paths, size_t len)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++) {
		struct entry entry = {
			.resolver = resolver,
			.policy = policy,
			.source = &paths[i],
			.set = set,
			.anchor = anchor,
		};

		err = entry_collect(&entry);
	}
	return err;
}

int places_collect(struct resolver *resolver, const struct bw_policy *policy, uint16_t set)
{
	int err;

	err = entries_collect(resolver, policy, set, BW_ANCHOR_PROTECT, policy->protect,
			      policy->protect_len);
	if (err)
		return err;

	return entries_collect(resolver, policy, set, BW_ANCHOR_EXCEPT, policy->except,
			       policy->except_len);
}
