// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: memory in a file that the kernel writes as a core dump
 */
#include "elfcore.h"

#include <elf.h>
#include <unistd.h>

/* Parts that have no place in the host's memory say so by this. */
#define PLACE_NONE (~0ULL)

off_t elfcore_place(int fd, uint64_t address, bool physical)
{
	Elf64_Ehdr header;
	Elf64_Phdr part;

	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return -1;

	for (unsigned int i = 0; i < header.e_phnum; i++) {
		const off_t at = (off_t)(header.e_phoff + i * sizeof(part));
		uint64_t begin;

		if (pread(fd, &part, sizeof(part), at) != (ssize_t)sizeof(part))
			return -1;

		begin = physical ? part.p_paddr : part.p_vaddr;
		if (part.p_type == PT_LOAD && begin != PLACE_NONE && address >= begin &&
		    address - begin < part.p_filesz)
			return (off_t)(part.p_offset + address - begin);
	}
	return -1;
}
