/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the kernel's modules and ours, as they lie in the fast guest
 */
#ifndef MODULES_H
#define MODULES_H

#define MODULES_DIR "/modules"

/* One file; it may be there already: 0 or -errno. */
int load_module(const char *path);

/* As /sbin/modprobe, with what its last argument names depends on: its exit status. */
int modprobe(int argc, char **argv);

#endif
