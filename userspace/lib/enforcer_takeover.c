// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: going on with the maps of an earlier daemon
 *
 * INV-5: identities, counters and the policy in force are in the maps, and the
 * keeper has them.  Programs that can't go on with them must not take the place of
 * those that can: until they had a policy of their own nothing would be protected.
 */
#include <errno.h>
#include <string.h>

#include "enforcer_internal.h"

static const struct bw_kept *kept_find(const struct bw_kept_list *list, const char *name)
{
	for (unsigned int i = 0; i < list->maps_len; i++)
		if (strncmp(list->maps[i].name, name, BW_KEEP_NAME_SIZE) == 0)
			return &list->maps[i];

	return NULL;
}

/* Would this object's programs read and write the old map right? */
static bool map_fits(const struct bpf_map *map, int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;

	return info.type == bpf_map__type(map) && info.key_size == bpf_map__key_size(map) &&
	       info.value_size == bpf_map__value_size(map) &&
	       info.max_entries == bpf_map__max_entries(map);
}

int enforcer_kept_state(const struct bw_kept_list *list, struct bw_state *ret_state)
{
	const struct bw_kept *kept = kept_find(list, ENFORCER_STATE);
	_cleanup_(closep) int fd = kept ? bpf_map_get_fd_by_id(kept->id) : -EPROTO;
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info), zero = 0;
	int err;

	if (fd < 0)
		return fd;

	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	if (err)
		return err;

	/* The kernel writes as much as the map holds. */
	if (info.value_size != sizeof(*ret_state))
		return -EPROTO;

	return bpf_map_lookup_elem(fd, &zero, ret_state);
}

static int abi_check(const struct bw_kept_list *list)
{
	struct bw_state state = { 0 };
	int err = enforcer_kept_state(list, &state);

	return !err && state.abi != BW_ABI_VERSION ? -EPROTO : err;
}

/* 0, -EPROTO (another release's), or another -errno. */
static int kept_check(const struct bw_kept_list *list, const struct bpf_map *map)
{
	const char *name = enforcer_map_name(map);
	const struct bw_kept *kept = kept_find(list, name);
	_cleanup_(closep) int fd = -EBADF;

	if (!kept)
		return -EPROTO;

	fd = bpf_map_get_fd_by_id(kept->id);
	if (fd < 0)
		return fd;

	return map_fits(map, fd) ? 0 : -EPROTO;
}

static int all_check(const struct bw_enforcer *enforcer, const struct bw_kept_list *list)
{
	struct bpf_map *map;

	bpf_object__for_each_map (map, enforcer->bpf->obj) {
		int err = enforcer_map_is_kept(map) ? kept_check(list, map) : 0;

		if (err)
			return err;
	}
	return abi_check(list);
}

static int map_reuse(const struct bw_kept_list *list, struct bpf_map *map)
{
	const struct bw_kept *kept = kept_find(list, enforcer_map_name(map));
	_cleanup_(closep) int fd = bpf_map_get_fd_by_id(kept->id);

	if (fd < 0)
		return fd;

	return bpf_map__reuse_fd(map, fd);
}

int enforcer_take_over(struct bw_enforcer *enforcer)
{
	struct bw_kept_list list;
	struct bpf_map *map;
	int err;

	err = bw_keeper_list(enforcer->keeper, &list);
	if (err)
		return err;

	/* The first daemon since the boot, or since all was let go. */
	if (!list.links_len && !list.maps_len)
		return 0;

	err = all_check(enforcer, &list);
	if (err)
		return err;

	bpf_object__for_each_map (map, enforcer->bpf->obj) {
		err = enforcer_map_is_kept(map) ? map_reuse(&list, map) : 0;
		if (err)
			return err;
	}

	enforcer->took_over = true;
	return 0;
}
