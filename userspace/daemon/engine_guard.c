// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: which files on this host are its own (INV-8)
 */
#include <dirent.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "cleanup.h"
#include "engine.h"
#include "log.h"

#define PATHS_MAX 256

/* Nobody's: to be found nowhere, it is looked for everywhere. */
#define NO_ID 4294967294U

/* Beside the daemon's own options; what isn't there is left out. */
static const char *const fixed[] = {
	"/etc/bulwark",
	"/usr/bin/bulwarkctl",
	"/usr/lib/systemd/system/bulwarkd.service",
	"/usr/lib/systemd/system/bulwarkd.service.d",
	"/etc/systemd/system/bulwarkd.service",
	"/etc/systemd/system/bulwarkd.service.d",
	"/run/systemd/system/bulwarkd.service.d",
	"/usr/lib/sysusers.d/bulwark.conf",
	"/usr/lib/tmpfiles.d/bulwark.conf",
};

/* Where DKMS puts the module, compressed as the distribution does it. */
static const char *const module_suffixes[] = { "", ".xz", ".zst", ".gz" };

/**
 * struct own_paths - Paths on their way to the kernel
 *
 * @items: Owned.
 * @len: Entries of @items.
 */
struct own_paths {
	char *items[PATHS_MAX];
	size_t len;
};

static void own_paths_done(struct own_paths *paths)
{
	while (paths->len > 0)
		free(paths->items[--paths->len]);
}

static bool has_path(const struct own_paths *paths, const char *path)
{
	for (size_t i = 0; i < paths->len; i++)
		if (strcmp(paths->items[i], path) == 0)
			return true;

	return false;
}

static int path_add(struct own_paths *paths, const char *path)
{
	if (has_path(paths, path))
		return 0;

	if (paths->len == PATHS_MAX)
		return -ENOSPC;

	paths->items[paths->len] = strdup(path);
	if (!paths->items[paths->len])
		return -ENOMEM;

	paths->len++;
	return 0;
}

static int module_add(struct own_paths *paths)
{
	struct utsname kernel;
	char path[PATH_MAX];
	int err = 0;

	if (uname(&kernel) < 0)
		return -errno;

	for (size_t i = 0; i < ARRAY_LEN(module_suffixes) && !err; i++) {
		(void)snprintf(path, sizeof(path), "/lib/modules/%s/updates/dkms/bulwark.ko%s",
			       kernel.release, module_suffixes[i]);
		err = path_add(paths, path);
	}
	return err;
}

/* Name services load what they need when they need it: from then on it is known. */
static void load_name_services(void)
{
	(void)getpwuid(NO_ID);
	(void)getgrgid(NO_ID);
}

/* Executable, dynamic loader and libraries: what a process maps to run it. */
static int code_add(struct own_paths *paths, pid_t pid)
{
	_cleanup_(fclosep) FILE *maps = NULL;
	_cleanup_(freep) char *line = NULL;
	char name[32], path[PATH_MAX];
	size_t size = 0;
	int err = 0;

	(void)snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	maps = fopen(name, "re");
	if (!maps)
		return -errno;

	while (!err && getline(&line, &size, maps) > 0)
		if (sscanf(line, "%*s r-x%*s %*s %*s %*s %4095[^\n]", path) == 1 && *path == '/')
			err = path_add(paths, path);

	return err;
}

/* A symbolic link that leads to one of them; what leads nowhere is none. */
static int link_add(struct own_paths *paths, const char *link)
{
	char real[PATH_MAX];

	return realpath(link, real) && has_path(paths, real) ? path_add(paths, link) : 0;
}

/*
 * What the dynamic loader looks for, like libx.so.1, leads to libx.so.1.2 beside it.
 * @dir ends with a slash.
 */
static int directory_links_add(struct own_paths *paths, const char *dir)
{
	_cleanup_(closedirp) DIR *stream = opendir(dir);
	const struct dirent *entry;
	char path[PATH_MAX];
	int err = 0;

	/* What is mapped from a directory that is gone is found nowhere. */
	if (!stream)
		return errno == ENOENT ? 0 : -errno;

	while (!err && (entry = readdir(stream))) {
		if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
			continue;
		if (snprintf(path, sizeof(path), "%s%s", dir, entry->d_name) >= (int)sizeof(path))
			return -ENAMETOOLONG;
		err = link_add(paths, path);
	}
	return err;
}

/* Is there a path in the same directory before it?  @dir_len: with the slash. */
static bool has_neighbour(const struct own_paths *paths, size_t first, size_t i, size_t dir_len)
{
	for (size_t other = first; other < i; other++)
		if (strncmp(paths->items[other], paths->items[i], dir_len) == 0 &&
		    !strchr(paths->items[other] + dir_len, '/'))
			return true;

	return false;
}

/* Each directory once: all of the code's own stand in the list by now, from @first on. */
static int links_add(struct own_paths *paths, size_t first)
{
	size_t len = paths->len;
	int err = 0;

	for (size_t i = first; i < len && !err; i++) {
		const char *path = paths->items[i];
		size_t dir_len = (size_t)(strrchr(path, '/') + 1 - path);
		char dir[PATH_MAX];

		if (has_neighbour(paths, first, i, dir_len))
			continue;
		(void)snprintf(dir, sizeof(dir), "%.*s", (int)dir_len, path);
		err = directory_links_add(paths, dir);
	}
	return err;
}

static int options_add(struct own_paths *paths, const struct bw_engine *engine)
{
	const char *const items[] = { engine->dir, engine->options->policy.dir,
				      engine->options->policy.signers, engine->options->log_dir,
				      engine->options->state_dir };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(items) && !err; i++)
		err = path_add(paths, items[i]);
	for (size_t i = 0; i < ARRAY_LEN(fixed) && !err; i++)
		err = path_add(paths, fixed[i]);

	return err;
}

static int paths_find(struct own_paths *paths, const struct bw_engine *engine)
{
	int err = options_add(paths, engine);
	size_t first;

	if (!err)
		err = module_add(paths);

	first = paths->len;
	load_name_services();
	if (!err)
		err = code_add(paths, getpid());

	/* It may be about to start again: then this is asked for once more. */
	if (!err && engine->logger.pid > 0)
		(void)code_add(paths, engine->logger.pid);

	return err ? err : links_add(paths, first);
}

int bw_engine_guard(struct bw_engine *engine)
{
	_cleanup_(own_paths_done) struct own_paths paths = { .len = 0 };
	int err;

	if (!engine->enforcer)
		return 0;

	err = paths_find(&paths, engine);
	if (!err)
		err = bw_enforcer_guard(engine->enforcer, (const char *const *)paths.items,
					paths.len);
	if (err)
		return log_error(err, "cannot tell which files are Bulwark's own; sealed, the host "
				      "would keep its files less well");
	return 0;
}
