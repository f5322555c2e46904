// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: patterns, paths, and what to watch
 */
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "resolver.h"

bool is_unprivileged(int err)
{
	return (err == -EACCES || err == -EPERM) && geteuid() != 0;
}

bool pattern_is_magic(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") != NULL;
}

const char *path_host_needs(const char *path)
{
	static const char *const needed[] = {
		"/usr",	 "/etc", "/proc",  "/sys",   "/dev",	"/run", "/boot",    "/bin",
		"/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/var", "/var/lib", "/var/log",
	};

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (bw_path_below(needed[i], path))
			return needed[i];
	return NULL;
}

const char *path_host_runs_from(const char *path)
{
	static const char *const whole[] = { "/usr", "/etc", "/run/bulwark", "/var/lib/bulwark",
					     "/var/log/bulwark" };

	static const char *const homes[] = { "/root", "/home" };

	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (bw_path_below(path, whole[i]))
			return whole[i];
	for (size_t i = 0; i < ARRAY_LEN(homes); i++)
		if (bw_path_below(homes[i], path))
			return homes[i];
	return path_host_needs(path);
}

char *path_directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* What vanishes meanwhile is no match; what can't be read must not pass for none. */
static int glob_stops_at(const char *path, int error)
{
	return !leads_nowhere(-error) && !is_unprivileged(-error);
}

static int glob_run(const char *pattern, glob_t *ret_matches)
{
	switch (glob(pattern, 0, glob_stops_at, ret_matches)) {
	case 0:
	case GLOB_NOMATCH:
		return 0;
	case GLOB_NOSPACE:
		return -ENOMEM;
	default:
		return errno ? -errno : -EIO;
	}
}

static int glob_each(const char *pattern, int (*each)(void *context, const char *path),
		     void *context)
{
	glob_t matches = { 0 };
	int err = glob_run(pattern, &matches);

	for (size_t i = 0; i < matches.gl_pathc && !err; i++)
		err = each(context, matches.gl_pathv[i]);
	globfree(&matches);
	return err;
}

int pattern_each(const char *pattern, int (*each)(void *context, const char *path), void *context)
{
	struct stat status;

	if (pattern_is_magic(pattern))
		return glob_each(pattern, each, context);

	if (lstat(pattern, &status) == 0)
		return each(context, pattern);

	return leads_nowhere(-errno) ? 0 : -errno;
}

int watches_add_directory(struct resolver *resolver, const char *path)
{
	struct paths *watches = resolver->watched;
	int err;

	/* 100,000 files of one directory come one after the other. */
	if (watches->len && strcmp(watches->items[watches->len - 1], path) == 0)
		return 0;

	err = array_reserve(&watches->items, watches->len, sizeof(*watches->items));
	if (err)
		return err;

	watches->items[watches->len] = strdup(path);
	if (!watches->items[watches->len])
		return -ENOMEM;

	watches->len++;
	return 0;
}

/* Where another link may take its place. */
static int watch_blamed(struct resolver *resolver, const char *link)
{
	_cleanup_(freep) char *directory = path_directory(link);

	return directory ? watches_add_directory(resolver, directory) : -ENOMEM;
}

static int watch_match(void *context, const char *path)
{
	_cleanup_(freep) char *canonical = NULL;
	_cleanup_(freep) char *blamed = NULL;
	struct stat status;
	int err;

	err = path_canonical(path, &canonical, &blamed);
	if (err == -EXDEV)
		return watch_blamed(context, blamed);

	if (err)
		return err == -ENOMEM ? err : 0;

	if (stat(canonical, &status) < 0 || !S_ISDIR(status.st_mode))
		return 0;

	return watches_add_directory(context, canonical);
}

/* Where the first name that may be missing can appear. */
static int watch_nearest(struct resolver *resolver, char *directory)
{
	struct stat status;
	char *slash;

	while (*directory && stat(directory, &status) < 0) {
		slash = strrchr(directory, '/');
		*slash = '\0';
	}
	return watch_match(resolver, *directory ? directory : "/");
}

/*
 * "/srv/x?/data/y*": whatever /srv and each /srv/x?/data holds counts, and so
 * does each /srv/x?, in which data may appear.
 */
int watches_add(struct resolver *resolver, const char *pattern)
{
	_cleanup_(freep) char *directory = path_directory(pattern);
	int err;

	if (!directory)
		return -ENOMEM;

	if (!pattern_is_magic(directory))
		return watch_nearest(resolver, directory);

	err = pattern_each(directory, watch_match, resolver);
	if (err && !is_unprivileged(err))
		return err;

	return watches_add(resolver, directory);
}

static int path_compare(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

static void watches_sort(struct paths *watches)
{
	size_t kept = 0;

	if (!watches->len)
		return;

	qsort(watches->items, watches->len, sizeof(*watches->items), path_compare);
	for (size_t i = 1; i < watches->len; i++) {
		if (strcmp(watches->items[kept], watches->items[i]) == 0)
			free(watches->items[i]);
		else
			watches->items[++kept] = watches->items[i];
	}
	watches->len = kept + 1;
}

void watches_take(struct paths *watches, char ***ret_items, size_t *ret_len)
{
	watches_sort(watches);
	*ret_items = take_ptr(watches->items);
	*ret_len = watches->len;
	watches->len = 0;
}
