// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the engine: which files on this host are its own (INV-8)
 */
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

static int options_add(struct own_paths *paths, const struct bw_engine *engine)
{
	const char *const items[] = { engine->dir, engine->options->policy_dir,
				      engine->options->log_dir, engine->options->state_dir };
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

	if (!err)
		err = module_add(paths);

	load_name_services();
	if (!err)
		err = code_add(paths, getpid());

	/* It may be about to start again: then this is asked for once more. */
	if (!err && engine->logger.pid > 0)
		(void)code_add(paths, engine->logger.pid);

	return err;
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
