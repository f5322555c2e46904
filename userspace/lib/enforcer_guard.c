// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: tells the programs what is Bulwark's own (INV-8)
 *
 * It counts only while the host is sealed, and is complete before.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "enforcer_internal.h"
#include "resolve.h"

/* Nothing gets or loses these names: what systemd and the dynamic loader look for. */
static const char *const names[] = {
	"bulwarkd.service",
	"bulwarkd.service.d",
	"ld.so.preload",
	/* Additions to all services. */
	"service.d",
};

/* The way to the module: it may be opened, and the seal with it, but not taken away. */
static const char *const kept[] = { BW_DEVICE_PATH };

/*
 * Files of /proc that end processes, stop programs, or keep the next daemon's from
 * being attached.
 */
static const char *const switches[] = {
	"bpf_jit_enable", "bpf_jit_limit", "ftrace_enabled", "sysrq", "sysrq-trigger",
};

static int guarded_fd(const struct bw_enforcer *enforcer)
{
	return bpf_map__fd(enforcer->bpf->maps.guarded);
}

static int guard_add(const struct bw_enforcer *enforcer, const struct bw_guard_key *key)
{
	__u32 value = 1;

	return bpf_map_update_elem(guarded_fd(enforcer), key, &value, BPF_ANY);
}

/* --- BPF objects --------------------------------------------------------------- */

static int object_add(const struct bw_enforcer *enforcer, enum bw_guard_kind kind, __u32 id)
{
	const struct bw_guard_key key = { .kind = kind, .id = id };

	return guard_add(enforcer, &key);
}

static int map_add(const struct bw_enforcer *enforcer, int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &len);

	return err ? err : object_add(enforcer, BW_GUARD_MAP, info.id);
}

static int program_add(const struct bw_enforcer *enforcer, int fd)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &len);

	return err ? err : object_add(enforcer, BW_GUARD_PROGRAM, info.id);
}

static int link_add(const struct bw_enforcer *enforcer, int fd)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &len);

	return err ? err : object_add(enforcer, BW_GUARD_LINK, info.id);
}

static int maps_add(const struct bw_enforcer *enforcer)
{
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map (map, enforcer->bpf->obj) {
		err = err ? err : map_add(enforcer, bpf_map__fd(map));
	}
	return err;
}

static int programs_add(const struct bw_enforcer *enforcer)
{
	struct bpf_program *program;
	int err = 0;

	bpf_object__for_each_program (program, enforcer->bpf->obj) {
		if (!err && bpf_program__autoload(program))
			err = program_add(enforcer, bpf_program__fd(program));
	}
	return err;
}

int enforcer_guard_objects(struct bw_enforcer *enforcer)
{
	int err = maps_add(enforcer);

	if (!err)
		err = programs_add(enforcer);

	for (unsigned int i = 0; !err && i < enforcer->links_len; i++)
		err = link_add(enforcer, bpf_link__fd(enforcer->links[i]));

	return err;
}

int enforcer_guard_policy(const struct bw_enforcer *enforcer, int policy)
{
	return map_add(enforcer, policy);
}

void enforcer_guard_forget_policy(const struct bw_enforcer *enforcer, __u32 id)
{
	const struct bw_guard_key key = { .kind = BW_GUARD_MAP, .id = id };

	if (id)
		(void)bpf_map_delete_elem(guarded_fd(enforcer), &key);
}

/* --- Files and names ----------------------------------------------------------- */

/* A masked unit is a link to /dev/null, which is everybody's. */
static bool is_device(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
}

static int file_add(const struct bw_enforcer *enforcer, enum bw_guard_kind kind, const char *path)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct bw_guard_key key = { .kind = kind };
	int err;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (kind == BW_GUARD_FILE && is_device(fd))
		return 0;

	err = bw_keeper_identify(enforcer->keeper, fd, &key.file);
	return err ? err : guard_add(enforcer, &key);
}

/* The directories that lead to it, up to the root. */
static int above_add(const struct bw_enforcer *enforcer, const char *path)
{
	char above[PATH_MAX];
	char *slash;
	int err = 0;

	(void)snprintf(above, sizeof(above), "%s", path);
	while (!err && (slash = strrchr(above, '/')) && slash != above) {
		*slash = '\0';
		err = file_add(enforcer, BW_GUARD_ABOVE, above);
	}
	return err ? err : file_add(enforcer, BW_GUARD_ABOVE, "/");
}

static int place_add(const struct bw_enforcer *enforcer, const char *path)
{
	int err = file_add(enforcer, BW_GUARD_FILE, path);

	return err ? err : above_add(enforcer, path);
}

/*
 * What isn't there has a guarded name, or lies in a guarded directory.  Where links lead
 * to it, the last of them is kept as well: who looks for the one finds the other.
 */
static int path_add(const struct bw_enforcer *enforcer, const char *path)
{
	char real[PATH_MAX];
	int err;

	if (!realpath(path, real))
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;

	err = place_add(enforcer, real);
	if (!err && strcmp(path, real) != 0)
		err = place_add(enforcer, path);
	return err;
}

static int kept_add(const struct bw_enforcer *enforcer)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(kept) && !err; i++)
		err = file_add(enforcer, BW_GUARD_ABOVE, kept[i]);

	return err;
}

static int names_add(const struct bw_enforcer *enforcer, enum bw_guard_kind kind,
		     const char *const *list, size_t len)
{
	int err = 0;

	for (size_t i = 0; i < len && !err; i++) {
		const struct bw_guard_key key = { .kind = kind, .name = bw_name_hash(list[i]) };

		err = guard_add(enforcer, &key);
	}
	return err;
}

/* Inode numbers are used again: what was Bulwark's before an upgrade isn't any more. */
static void files_forget(const struct bw_enforcer *enforcer)
{
	int guarded = guarded_fd(enforcer);
	struct bw_guard_key key, next;
	int err = bpf_map_get_next_key(guarded, NULL, &key);

	while (!err) {
		err = bpf_map_get_next_key(guarded, &key, &next);
		if (key.kind >= BW_GUARD_FILE)
			(void)bpf_map_delete_elem(guarded, &key);
		key = next;
	}
}

static bool is_sealed(const struct bw_enforcer *enforcer)
{
	struct bw_control_info info;

	/* Fails closed: what can't be known stays as it is. */
	return bw_keeper_info(enforcer->keeper, &info) || info.flags & BW_INFO_SEALED;
}

int bw_enforcer_guard(struct bw_enforcer *enforcer, const char *const *paths, size_t len)
{
	int err = 0;

	if (is_sealed(enforcer))
		return 0;

	files_forget(enforcer);
	for (size_t i = 0; i < len && !err; i++)
		err = path_add(enforcer, paths[i]);

	if (!err)
		err = kept_add(enforcer);
	if (!err)
		err = names_add(enforcer, BW_GUARD_NAME, names, ARRAY_LEN(names));

	return err ? err : names_add(enforcer, BW_GUARD_SWITCH, switches, ARRAY_LEN(switches));
}
