// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - ten thousand processes come and go, and nothing of them stays
 *
 * Boots with two processors.
 * Takes long.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define PROGRAM "/run/smallest"
#define STARTS 10000
#define READERS 2000
#define BASE 0x400000

/* An identity takes some 200 bytes: 10,000 that stayed would be twice this. */
#define GROWTH_MAX_KB 1024

static int probe_read(const char *path)
{
	return rig_read(path);
}

/* Each child is granted, and has caches of its own. */
static int probe_fork_many(const char *path)
{
	for (unsigned int i = 0; i < READERS; i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(-rig_read(path));
		if (waitpid(pid, &status, 0) < 0 || status)
			return -ECHILD;
	}
	return 0;
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
	{ "fork-many", probe_fork_many },
};

/* The smallest program: exit(0).  A libc would take its time. */
static void program_make(void)
{
	static const unsigned char code[] = { 0x31, 0xff, 0xb8, 0x3c, 0, 0, 0, 0x0f, 0x05 };
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
		unsigned char code[sizeof(code)];
	} image = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_entry = BASE + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1,
		},
		.segment = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_X,
			.p_vaddr = BASE,
			.p_filesz = sizeof(image),
			.p_memsz = sizeof(image),
			.p_align = 4096,
		},
	};
	_cleanup_(closep) int fd = open(PROGRAM, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	memcpy(image.code, code, sizeof(code));
	if (fd < 0 || write(fd, &image, sizeof(image)) != sizeof(image))
		diag("cannot write '%s': %s", PROGRAM, strerror(errno));
}

/* True if it ran to its end. */
static bool program_run(void)
{
	int status = -1;
	pid_t pid = vfork();

	if (pid == 0) {
		execl(PROGRAM, PROGRAM, NULL);
		_exit(EXIT_FAILURE);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static unsigned int programs_run(unsigned int count)
{
	unsigned int failed = 0;

	for (unsigned int i = 0; i < count; i++)
		failed += !program_run();
	return failed;
}

/* Kernel memory that nobody can reclaim, once what is being freed has been. */
static long slab_kb(void)
{
	_cleanup_(fclosep) FILE *file = NULL;
	char line[128];
	long kb = -1;

	(void)sleep(2);
	file = fopen("/proc/meminfo", "re");
	while (file && fgets(line, sizeof(line), file))
		(void)sscanf(line, "SUnreclaim: %ld kB", &kb);
	return kb;
}

static unsigned int entries_count(int map)
{
	struct bw_refusal_key key, *previous = NULL;
	unsigned int count = 0;

	while (bpf_map_get_next_key(map, previous, &key) == 0) {
		previous = &key;
		count++;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct bw_state state;
	unsigned int entries;
	struct rig rig;
	long before, after;
	int refusals;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	program_make();
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	rig_set(&rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(&rig, 1, RIG_GRANTED, 0);
	is(rig_apply(&rig), 0, "policy applied");
	refusals = bw_enforcer_fds(rig.enforcer).refusals;

	is(programs_run(STARTS / 10), 0, "warmed up");
	is(rig_call(RIG_OTHER, "read", SECRET), -EACCES, "one is refused");
	entries = entries_count(refusals);
	state = rig_state(&rig);
	before = slab_kb();

	is(programs_run(STARTS), 0, "%d programs were started", STARTS);
	is(rig_call(RIG_GRANTED, "fork-many", SECRET), 0, "%d granted processes have read",
	   READERS);
	after = slab_kb();

	diag("slab that can't be reclaimed: %ld kB before, %ld kB after", before, after);
	ok(after - before < GROWTH_MAX_KB, "the kernel's memory has not grown");
	is(entries_count(refusals), entries, "no entry of refusals came of it");
	is(rig_state(&rig).carried, state.carried, "nor one of carried inodes");
	is(rig_state(&rig).sequence - state.sequence, 0, "nor an event");

	rig_disarm(&rig);
	(void)unlink(PROGRAM);
	return done();
}
