/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - bulwarkctl selftest: memory in a file that the kernel writes as a core dump
 */
#ifndef BULWARK_ELFCORE_H
#define BULWARK_ELFCORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Where in the file this address is, the process's or (@physical) the host's; -1 for
 * nowhere.
 */
off_t elfcore_place(int fd, uint64_t address, bool physical);

#endif
