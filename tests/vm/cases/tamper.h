/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - ways to switch it off, weaken it or blind it, for root
 */
#ifndef TAMPER_H
#define TAMPER_H

#include <stddef.h>
#include <sys/types.h>

/* Bulwark's own cgroup while it is tried, and somebody else's. */
#define TAMPER_SLICE "/sys/fs/cgroup/test.slice"
#define TAMPER_CGROUP TAMPER_SLICE "/bulwarkd.service"
#define TAMPER_OTHER_CGROUP "/sys/fs/cgroup/other"

/* A pin of one of Bulwark's maps, from before it was sealed. */
#define TAMPER_PIN "/sys/fs/bpf/tamper"

/* Files among Bulwark's that nobody misses. */
#define TAMPER_SPARE "/etc/bulwark/spare"
#define TAMPER_SPARE_LOG "/var/log/bulwark/spare"
#define TAMPER_SPARE_DIR "/etc/bulwark/spare.d"

/* One that is mounted on itself. */
#define TAMPER_MOUNT "/etc/bulwark/mounted"

#define TAMPER_LIBRARY_SIZE 256

/**
 * struct tamper_aim - Whom and what the ways are tried on
 *
 * @engine: Or a process that stands in for it.
 * @logger: Likewise.
 * @map: Id of one of Bulwark's maps.
 * @policy: Id of the map that is the policy in force.
 * @program: Id of one of its programs.
 * @link: Id of one of its links.
 * @library: Path of what it runs with.
 * @library_link: Symbolic link beside it that leads to it: what the loader looks for.
 * @cgroup: Its cgroup, or that of what stands in for it.
 * @slice: The one above.
 */
struct tamper_aim {
	pid_t engine;
	pid_t logger;
	unsigned int map;
	unsigned int policy;
	unsigned int program;
	unsigned int link;
	char library[TAMPER_LIBRARY_SIZE];
	char library_link[TAMPER_LIBRARY_SIZE];
	const char *cgroup;
	const char *slice;
};

extern struct tamper_aim tamper_aim;

/**
 * struct tamper_way - One way
 *
 * @name: For people.
 * @run: Tries it, and undoes it where it worked: 0 or -errno.
 * @record: What the record calls it; NULL for none.
 * @open: What @run comes back with when nobody is in its way.
 * @refused: The same when Bulwark is.
 */
struct tamper_way {
	const char *name;
	int (*run)(void);
	const char *record;
	int open;
	int refused;
};

extern const struct tamper_way tamper_objects[];
extern const size_t tamper_objects_len;
extern const struct tamper_way tamper_processes[];
extern const size_t tamper_processes_len;
extern const struct tamper_way tamper_files[];
extern const size_t tamper_files_len;
extern const struct tamper_way tamper_kernel[];
extern const size_t tamper_kernel_len;

/*
 * Gives a library that the daemon runs with a longer name, to which the one that the
 * loader looks for leads, as packages have it.
 */
int tamper_library_prepare(void);

/* Finds all of @tamper_aim but the processes, of the enforcement that stands. */
int tamper_aim_find(void);

#endif
