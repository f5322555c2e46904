// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a process that shows another executable than it was started from
 *
 * The kernel lets a process name its executable anew once it maps nothing of the old
 * one any more: so it puts copies of its own pages in their place first.
 */
#include <errno.h>
#include <linux/prctl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "shown.h"

#define PARTS_MAX 16

/* A mapping of the executable. */
struct part {
	char *at;
	size_t size;
	int prot;
};

/* --- Becoming nobody's ------------------------------------------------------ */

static size_t parts_find(const char *exe, struct part parts[PARTS_MAX])
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], access[5], path[256];
	unsigned long begin, end;
	size_t len = 0;

	while (maps && len < PARTS_MAX && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %255s", &begin, &end, access, path) < 4 ||
		    strcmp(path, exe) != 0)
			continue;

		parts[len].at = (char *)(uintptr_t)begin;
		parts[len].size = end - begin;
		parts[len++].prot = PROT_READ | (access[1] == 'w' ? PROT_WRITE : 0) |
				    (access[2] == 'x' ? PROT_EXEC : 0);
	}
	if (maps)
		(void)fclose(maps);
	return len;
}

/* The call that puts the copy in place lies in libc, and comes back to the same bytes. */
static int part_replace(const struct part *part)
{
	void *copy =
		mmap(NULL, part->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		return -errno;

	memcpy(copy, part->at, part->size);
	if (mprotect(copy, part->size, part->prot) < 0 ||
	    mremap(copy, part->size, part->size, MREMAP_MAYMOVE | MREMAP_FIXED, part->at) ==
		    MAP_FAILED)
		return -errno;
	return 0;
}

int shown_leave(const char *exe)
{
	struct part parts[PARTS_MAX];
	size_t len = parts_find(exe, parts);
	int err = len ? 0 : -ENOENT;

	for (size_t i = 0; i < len && !err; i++)
		err = part_replace(&parts[i]);
	return err;
}

/* --- Showing another executable --------------------------------------------- */

int shown_by_file(int exe)
{
	return prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, exe, 0, 0) < 0 ? -errno : 0;
}

/* All that the kernel tells of a process, at once; addresses only have to be there. */
int shown_by_map(int exe)
{
	const __u64 here = (__u64)(uintptr_t)&shown_by_map, top = (__u64)(uintptr_t)sbrk(0);
	struct prctl_mm_map map = {
		.start_code = here,
		.end_code = here + 1,
		.start_data = here,
		.end_data = here + 1,
		.start_brk = top,
		.brk = top,
		.start_stack = (__u64)(uintptr_t)&exe,
		.arg_start = here,
		.arg_end = here,
		.env_start = here,
		.env_end = here,
		.exe_fd = (__u32)exe,
	};

	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) < 0 ? -errno : 0;
}
