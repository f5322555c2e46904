// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: ways to read through a mapping
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "cleanup.h"
#include "technique.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

#define PAGE 4096

/* The bytes that are in the file: the rest of the page is nobody's. */
static size_t file_size(int fd)
{
	struct stat status;

	return fstat(fd, &status) < 0 ? 0 : (size_t)status.st_size;
}

static int map_file(const struct target *target, int prot, int flags, void **ret_map,
		    size_t *ret_size)
{
	_cleanup_(closep) int fd = target_open(target);

	if (fd < 0)
		return fd;

	*ret_size = file_size(fd);
	*ret_map = mmap(NULL, PAGE, prot, flags, fd, 0);
	return *ret_map == MAP_FAILED ? -errno : 0;
}

static void mapping_keep(struct loot *loot, const void *map, size_t size)
{
	loot_keep(loot, map, size < PAGE ? size : PAGE);
}

static int take_mapping(const struct target *target, int flags, struct loot *loot)
{
	void *map;
	size_t size;
	int err = map_file(target, PROT_READ, flags, &map, &size);

	if (!err)
		mapping_keep(loot, map, size);
	return err;
}

static int take_shared(const struct target *target, struct loot *loot)
{
	return take_mapping(target, MAP_SHARED, loot);
}

static int take_private(const struct target *target, struct loot *loot)
{
	return take_mapping(target, MAP_PRIVATE, loot);
}

static int take_populated(const struct target *target, struct loot *loot)
{
	return take_mapping(target, MAP_PRIVATE | MAP_POPULATE, loot);
}

static int take_validated(const struct target *target, struct loot *loot)
{
	return take_mapping(target, MAP_SHARED_VALIDATE, loot);
}

static int take_locked(const struct target *target, struct loot *loot)
{
	return take_mapping(target, MAP_SHARED | MAP_LOCKED, loot);
}

/* As code. */
static int take_executable(const struct target *target, struct loot *loot)
{
	void *map;
	size_t size;
	int err = map_file(target, PROT_READ | PROT_EXEC, MAP_PRIVATE, &map, &size);

	if (!err)
		mapping_keep(loot, map, size);
	return err;
}

/* By the kernel, from the process's own memory. */
static int take_own_memory(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	void *map;
	size_t size;
	int err = map_file(target, PROT_NONE, MAP_PRIVATE, &map, &size);
	ssize_t len;

	if (err)
		return err;

	len = pread(memory, loot->bytes, size < PAGE ? size : PAGE, (off_t)(uintptr_t)map);
	if (len < 0)
		return -errno;

	loot->len = (size_t)len;
	return 0;
}

static int take_by_vm_read(const struct target *target, struct loot *loot)
{
	struct iovec here = { .iov_base = loot->bytes };
	struct iovec there;
	int err = map_file(target, PROT_READ, MAP_SHARED, &there.iov_base, &there.iov_len);
	ssize_t len;

	if (err)
		return err;

	if (there.iov_len > PAGE)
		there.iov_len = PAGE;
	here.iov_len = there.iov_len;
	len = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
	if (len < 0)
		return -errno;

	loot->len = (size_t)len;
	return 0;
}

/* The pages of a mapping, in another order. */
static int take_rearranged(const struct target *target, struct loot *loot)
{
	_cleanup_(closep) int fd = open(target->path, O_RDWR | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return -errno;

	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED || syscall(SYS_remap_file_pages, map, PAGE, 0, 0, 0) < 0)
		return -errno;

	mapping_keep(loot, map, file_size(fd));
	return 0;
}

/* Asks for no access at first. */
static int take_protected_later(const struct target *target, struct loot *loot)
{
	void *map;
	size_t size;
	int err = map_file(target, PROT_NONE, MAP_PRIVATE, &map, &size);

	if (err)
		return err;

	if (mprotect(map, PAGE, PROT_READ) < 0)
		return -errno;

	mapping_keep(loot, map, size);
	return 0;
}

static int take_moved(const struct target *target, struct loot *loot)
{
	void *map;
	size_t size;
	int err = map_file(target, PROT_READ, MAP_SHARED, &map, &size);

	if (err)
		return err;

	/* Size 0 makes a second mapping of the same. */
	map = mremap(map, 0, PAGE, MREMAP_MAYMOVE);
	if (map == MAP_FAILED)
		return -errno;

	mapping_keep(loot, map, size);
	return 0;
}

static int take_advised(const struct target *target, struct loot *loot)
{
	void *map;
	size_t size;
	int err = map_file(target, PROT_READ, MAP_SHARED, &map, &size);

	if (err)
		return err;

	if (madvise(map, PAGE, MADV_POPULATE_READ) < 0)
		return -errno;

	mapping_keep(loot, map, size);
	return 0;
}

/* The pages of a mapping go into a pipe. */
static int take_vmsplice(const struct target *target, struct loot *loot)
{
	struct iovec part;
	int ends[2];
	int err = map_file(target, PROT_READ, MAP_SHARED, &part.iov_base, &part.iov_len);

	if (err)
		return err;

	if (part.iov_len > PAGE)
		part.iov_len = PAGE;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 || vmsplice(ends[1], &part, 1, 0) < 0)
		return -errno;

	return loot_read(loot, ends[0]);
}

/* Nothing touches the mapping but the kernel, on behalf of write(2). */
static int take_written(const struct target *target, struct loot *loot)
{
	void *map;
	size_t size;
	int err = map_file(target, PROT_READ, MAP_PRIVATE, &map, &size);
	int ends[2];

	if (err)
		return err;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ||
	    write(ends[1], map, size < PAGE ? size : PAGE) < 0)
		return -errno;

	return loot_read(loot, ends[0]);
}

const struct technique techniques_map[] = {
	{ "mmap-shared", "B1", "mmap, shared", take_shared, false },
	{ "mmap-private", "B1", "mmap, private", take_private, false },
	{ "mmap-populated", "B1", "mmap, populated", take_populated, false },
	{ "mmap-validated", "B1", "mmap, shared and validated", take_validated, false },
	{ "mmap-locked", "B1", "mmap, locked", take_locked, false },
	{ "mmap-code", "B1", "mmap, as code", take_executable, false },
	{ "own-memory", "B2", "mmap, read by /proc/self/mem", take_own_memory, false },
	{ "vm-read", "B3", "mmap, read by process_vm_readv", take_by_vm_read, false },
	{ "remap", "B5", "remap_file_pages", take_rearranged, false },
	{ "mmap-later", "B2", "mmap without access, then mprotect", take_protected_later, false },
	{ "mremap", "B4", "mremap to a second mapping", take_moved, false },
	{ "madvise", "B3", "madvise that reads pages in", take_advised, false },
	{ "vmsplice", "E4", "vmsplice of a mapping", take_vmsplice, false },
	{ "write-mapping", "B3", "write of a mapping to a pipe", take_written, false },
	{ NULL, NULL, NULL, NULL, false },
};
