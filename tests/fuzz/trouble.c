// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what nonsense needs, and what gets in its way: memory and descriptors
 * that come, go and change
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include <bulwark/control.h>

#include "cleanup.h"
#include "lsm.h"
#include "nonsense.h"
#include "trouble.h"

/* The arena's pages; each thread has two of its own, and a hole after them. */
enum page {
	PAGE_RACED,
	PAGE_HOLE,
	PAGE_READ_ONLY,
	PAGE_UNMAPPED,
	PAGE_BEYOND_END,
	PAGE_CHANGING,
	PAGE_OWN,
};

#define OWN_PAGES 3
#define ARENA_PAGES (PAGE_OWN + NONSENSE_THREADS * OWN_PAGES)

static char *map(char *at, int protection)
{
	return mmap(at, TROUBLE_PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

char *trouble_arena(void)
{
	char *arena = mmap(NULL, (size_t)ARENA_PAGES * TROUBLE_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	_cleanup_(closep) int empty = memfd_create("empty", MFD_CLOEXEC);

	if (arena == MAP_FAILED || empty < 0)
		_exit(EXIT_FAILURE);

	(void)map(arena + (size_t)PAGE_HOLE * TROUBLE_PAGE, PROT_NONE);
	(void)map(arena + (size_t)PAGE_READ_ONLY * TROUBLE_PAGE, PROT_READ);
	(void)munmap(arena + (size_t)PAGE_UNMAPPED * TROUBLE_PAGE, TROUBLE_PAGE);
	(void)mmap(arena + (size_t)PAGE_BEYOND_END * TROUBLE_PAGE, TROUBLE_PAGE,
		   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, empty, 0);
	for (size_t i = 0; i < NONSENSE_THREADS; i++)
		(void)map(arena + (PAGE_OWN + (i + 1) * OWN_PAGES - 1) * TROUBLE_PAGE, PROT_NONE);

	return arena;
}

char *trouble_page(struct nonsense *nonsense, unsigned int which)
{
	return nonsense->arena +
	       ((size_t)PAGE_OWN + nonsense->thread * OWN_PAGES + which) * TROUBLE_PAGE;
}

/* Anywhere: in the arena most of the time, near a page's end half of that. */
uint64_t trouble_anywhere(struct nonsense *nonsense)
{
	static const uint64_t nowhere[] = {
		0,
		1,
		TROUBLE_PAGE,
		UINT64_MAX,
		UINT64_MAX - sizeof(struct bw_kept) + 1,
		UINT32_MAX,
		0x7fffffffeff8,	    /* the last of a process's addresses */
		0x8000000000000000, /* no address at all */
		0xffff888000000000, /* the kernel's memory */
		0xffffffff81000000, /* its code */
		0xffffffffff600000, /* the page of the old fast calls */
	};
	uint64_t page =
		(uint64_t)nonsense->arena + nonsense_below(nonsense, PAGE_OWN) * TROUBLE_PAGE;

	if (nonsense_one_in(nonsense, 4))
		return nowhere[nonsense_below(nonsense, ARRAY_LEN(nowhere))];
	if (nonsense_one_in(nonsense, 2))
		return page + TROUBLE_PAGE - nonsense_below(nonsense, NONSENSE_SIZE_MAX);
	return page + nonsense_below(nonsense, TROUBLE_PAGE);
}

/* Other threads' arguments change while the kernel reads them. */
void trouble_memory(struct nonsense *nonsense)
{
	static const int protections[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };
	char *changing = nonsense->arena + (size_t)PAGE_CHANGING * TROUBLE_PAGE;
	uint32_t *words = (uint32_t *)nonsense->arena;
	size_t at = nonsense_below(nonsense, TROUBLE_PAGE / sizeof(*words));

	switch (nonsense_below(nonsense, 8)) {
	case 0:
		(void)mprotect(changing, TROUBLE_PAGE, protections[nonsense_below(nonsense, 3)]);
		break;
	case 1:
		(void)map(changing, PROT_READ | PROT_WRITE);
		break;
	case 2:
		(void)madvise(nonsense->arena, TROUBLE_PAGE, MADV_DONTNEED);
		break;
	default:
		/* A head that is right for some call, or anything. */
		words[at] = (uint32_t)(nonsense_one_in(nonsense, 2)
					       ? 8 * (1 + nonsense_below(nonsense, 8))
					       : nonsense_any(nonsense));
		words[(at + 1) % (TROUBLE_PAGE / sizeof(*words))] = BW_ABI_VERSION;
	}
}

/* --- Descriptors ------------------------------------------------------------- */

static unsigned int id_of(struct nonsense *nonsense, const struct nonsense_ids *ids)
{
	return ids->len ? ids->of[nonsense_below(nonsense, ids->len)] : 0;
}

/* A link that others have, or a new one: only that of a program without one succeeds. */
static int link_get(struct nonsense *nonsense)
{
	int program, link;

	if (!nonsense->tally->links.len)
		return -1;
	if (!nonsense_one_in(nonsense, 32))
		return bpf_link_get_fd_by_id(id_of(nonsense, &nonsense->tally->links));

	program = bpf_prog_get_fd_by_id(id_of(nonsense, &nonsense->tally->programs));
	if (program < 0)
		return program;

	link = lsm_attach(program);
	close(program);
	return link;
}

static int pipe_end(void)
{
	int ends[2];

	if (pipe(ends))
		return -1;
	close(ends[1]);
	return ends[0];
}

static int rest_get(unsigned int slot)
{
	switch (slot - TROUBLE_REST) {
	case 0:
		return open("/proc/self/status", O_RDONLY);
	case 1:
		return open(BW_DEVICE_PATH, O_PATH);
	case 2:
		return open("/tmp", O_RDONLY | O_DIRECTORY);
	case 3:
		return pipe_end();
	case 4:
		return socket(AF_UNIX, SOCK_STREAM, 0);
	case 5:
		return memfd_create("nonsense", 0);
	case 6:
		return epoll_create1(0);
	default:
		return -1;
	}
}

void trouble_slot_fill(struct nonsense *nonsense, unsigned int slot)
{
	const struct nonsense_tally *tally = nonsense->tally;
	int fd;

	if (slot < TROUBLE_LINKS)
		fd = open(BW_DEVICE_PATH, O_RDWR);
	else if (slot < TROUBLE_MAPS)
		fd = link_get(nonsense);
	else if (slot < TROUBLE_PROGRAMS)
		fd = bpf_map_get_fd_by_id(id_of(nonsense, &tally->maps));
	else if (slot < TROUBLE_REST)
		fd = bpf_prog_get_fd_by_id(id_of(nonsense, &tally->programs));
	else
		fd = rest_get(slot);

	if (fd < 0)
		return;
	(void)dup2(fd, TROUBLE_SLOT_FIRST + (int)slot);
	close(fd);
}

int trouble_slot(struct nonsense *nonsense)
{
	return TROUBLE_SLOT_FIRST + (int)nonsense_below(nonsense, TROUBLE_SLOTS);
}

int trouble_slot_of(struct nonsense *nonsense, unsigned int kind)
{
	return TROUBLE_SLOT_FIRST + (int)(kind + nonsense_below(nonsense, TROUBLE_PER_KIND));
}

int trouble_descriptor(struct nonsense *nonsense)
{
	static const int odd[] = { -1, 0, 3, 9999, INT_MAX, INT_MIN, AT_FDCWD };

	return nonsense_one_in(nonsense, 8) ? odd[nonsense_below(nonsense, ARRAY_LEN(odd))]
					    : trouble_slot(nonsense);
}

/* Refilled more often than emptied, or nothing would be left after a moment. */
void trouble_descriptors(struct nonsense *nonsense)
{
	switch (nonsense_below(nonsense, 8)) {
	case 0:
		(void)dup2(trouble_slot(nonsense), trouble_slot(nonsense));
		break;
	case 1:
		close(trouble_slot(nonsense));
		break;
	default:
		trouble_slot_fill(nonsense, (unsigned int)nonsense_below(nonsense, TROUBLE_SLOTS));
	}
}
