// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: what can be asked of programs that are armed
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "enforcer_internal.h"

#define HOLDERS_AT_ONCE 64

void bw_enforcer_free(struct bw_enforcer *enforcer)
{
	if (!enforcer)
		return;

	for (unsigned int i = 0; i < enforcer->links_len; i++)
		bpf_link__destroy(enforcer->links[i]);

	if (enforcer->state)
		(void)munmap(enforcer->state, sizeof(*enforcer->state));

	bulwark_bpf__destroy(enforcer->bpf);
	free(enforcer->canary);
	free(enforcer);
}

bool bw_enforcer_took_over(const struct bw_enforcer *enforcer)
{
	return enforcer->took_over;
}

bool bw_enforcer_programs_stayed(const struct bw_enforcer *enforcer)
{
	return enforcer->programs_stay;
}

__u32 bw_enforcer_generation(const struct bw_enforcer *enforcer)
{
	return enforcer->generation;
}

const struct bw_set_name *bw_enforcer_set_names(const struct bw_enforcer *enforcer)
{
	return enforcer->set_names;
}

struct bw_state bw_enforcer_state(const struct bw_enforcer *enforcer)
{
	return *enforcer_state(enforcer);
}

const char *enforcer_map_name(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);

	return strcmp(name, ".data.state") == 0 ? ENFORCER_STATE : name;
}

bool enforcer_map_is_kept(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);

	return strcmp(name, "favours") != 0 && strstr(name, ".rodata") == NULL;
}

struct bw_enforcer_fds bw_enforcer_fds(const struct bw_enforcer *enforcer)
{
	return (struct bw_enforcer_fds){
		.events = bpf_map__fd(enforcer->bpf->maps.events),
		.refusals = bpf_map__fd(enforcer->bpf->maps.refusals),
		.state = bpf_map__fd(enforcer->bpf->maps.data_state),
		.set_names = bpf_map__fd(enforcer->bpf->maps.set_names),
	};
}

/*
 * INV-10: the decoy's own counter tells a refusal of ours from one by a file
 * mode or by another LSM.
 */
int bw_enforcer_prove(const struct bw_enforcer *enforcer)
{
	const volatile struct bw_state *state = enforcer_state(enforcer);
	__u64 before = state->canaries;
	int fd;

	fd = open(enforcer->canary, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0) {
		(void)close(fd);
		return -EKEYREJECTED;
	}

	if (errno != EACCES)
		return -errno;

	return state->canaries != before ? 0 : -EACCES;
}

static int feed(int fd, size_t size, int (*each)(void *context, const void *record), void *context)
{
	char buffer[HOLDERS_AT_ONCE * sizeof(struct bw_holder)];
	size_t have = 0;
	ssize_t got;
	int err = 0;

	while (!err && (got = read(fd, buffer + have, sizeof(buffer) - have)) > 0) {
		size_t at = 0;

		have += got;
		for (; !err && size && have - at >= size; at += size)
			err = each(context, buffer + at);

		have = size ? have - at : 0;
		memmove(buffer, buffer + at, have);
	}

	if (err)
		return err;

	return got < 0 ? -errno : 0;
}

int enforcer_iterate(const struct bpf_program *program, size_t size,
		     int (*each)(void *context, const void *record), void *context)
{
	_cleanup_(closep) int fd = -EBADF;
	struct bpf_link *link;
	int err;

	link = bpf_program__attach_iter(program, NULL);
	if (!link)
		return -errno;

	fd = bpf_iter_create(bpf_link__fd(link));
	err = fd < 0 ? fd : feed(fd, size, each, context);
	bpf_link__destroy(link);
	return err;
}
