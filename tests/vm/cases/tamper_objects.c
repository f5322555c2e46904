// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tampering with its maps, programs and links
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "keeper_client.h"
#include "tamper.h"

/* What a library's real name has more than the one that the loader looks for. */
#define LONGER ".1.0"

struct tamper_aim tamper_aim;

static int taken(int fd)
{
	if (fd < 0)
		return fd;

	(void)close(fd);
	return 0;
}

static int take_map(void)
{
	return taken(bpf_map_get_fd_by_id(tamper_aim.map));
}

static int take_policy(void)
{
	return taken(bpf_map_get_fd_by_id(tamper_aim.policy));
}

static int take_pin(void)
{
	return taken(bpf_obj_get(TAMPER_PIN));
}

static int take_program(void)
{
	return taken(bpf_prog_get_fd_by_id(tamper_aim.program));
}

static int take_link(void)
{
	return taken(bpf_link_get_fd_by_id(tamper_aim.link));
}

const struct tamper_way tamper_objects[] = {
	{ "a map by its id", take_map, "tamper-map", 0, -EPERM },
	{ "the policy by its id", take_policy, "tamper-map", 0, -EPERM },
	{ "a map by a pin from before", take_pin, "tamper-map", 0, -EPERM },
	{ "a program by its id", take_program, "tamper-program", 0, -EPERM },
	{ "a link by its id", take_link, "tamper-link", 0, -EPERM },
};
const size_t tamper_objects_len = ARRAY_LEN(tamper_objects);

/* --- What there is -------------------------------------------------------------- */

static unsigned int map_named(const struct bw_kept_list *list, const char *name)
{
	for (unsigned int i = 0; i < list->maps_len; i++)
		if (strcmp(list->maps[i].name, name) == 0)
			return list->maps[i].id;

	return 0;
}

/* The id of the one policy in the map of policies. */
static unsigned int policy_id(unsigned int policies)
{
	_cleanup_(closep) int fd = bpf_map_get_fd_by_id(policies);
	unsigned int zero = 0;
	unsigned int id = 0;

	return bpf_map_lookup_elem(fd, &zero, &id) ? 0 : id;
}

static unsigned int program_of(unsigned int link)
{
	_cleanup_(closep) int fd = bpf_link_get_fd_by_id(link);
	struct bpf_link_info info = { 0 };
	unsigned int len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.prog_id;
}

static int pin_map(unsigned int id)
{
	_cleanup_(closep) int fd = bpf_map_get_fd_by_id(id);

	(void)unlink(TAMPER_PIN);
	return bpf_obj_pin(fd, TAMPER_PIN);
}

/* Any that this program runs with as well. */
static int find_library(void)
{
	_cleanup_(fclosep) FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "r-x") && strstr(line, "/libbpf") &&
		    sscanf(line, "%*s %*s %*s %*s %*s %255s", tamper_aim.library) == 1)
			return 0;

	return -ENOENT;
}

int tamper_library_prepare(void)
{
	char longer[TAMPER_LIBRARY_SIZE + sizeof(LONGER)];
	int err = find_library();

	if (err)
		return err;

	(void)snprintf(longer, sizeof(longer), "%s" LONGER, tamper_aim.library);
	if (rename(tamper_aim.library, longer) < 0 ||
	    symlink(strrchr(longer, '/') + 1, tamper_aim.library) < 0)
		return -errno;

	return 0;
}

static int find_link(void)
{
	size_t len = strlen(tamper_aim.library) - strlen(LONGER);

	if (strcmp(tamper_aim.library + len, LONGER) != 0)
		return -ENOENT;

	(void)snprintf(tamper_aim.library_link, sizeof(tamper_aim.library_link), "%.*s", (int)len,
		       tamper_aim.library);
	return 0;
}

int tamper_aim_find(void)
{
	_cleanup_(closep) int keeper = bw_keeper_open();
	struct bw_kept_list list;
	int err = bw_keeper_list(keeper, &list);

	if (err)
		return err;

	tamper_aim.map = map_named(&list, "subjects");
	tamper_aim.policy = policy_id(map_named(&list, "policies"));
	tamper_aim.link = list.links[0].id;
	tamper_aim.program = program_of(tamper_aim.link);
	err = pin_map(map_named(&list, "state"));
	if (!err)
		err = find_library();
	return err ? err : find_link();
}
