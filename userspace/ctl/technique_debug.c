// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: the kernel's debuggers, on a process of our own that
 * has read
 *
 * What they are asked for is only seen there: no switch of the host is turned, and
 * nobody else is sampled or probed.
 */
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "cleanup.h"
#include "debugger.h"
#include "elfcore.h"

#define PAGE 4096

/* --- perf ------------------------------------------------------------------------ */

#define STACK_SIZE 16384
#define RING_SIZE ((size_t)64 * PAGE)

static int take_stack(const struct target *target, struct loot *loot)
{
	const struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = SAMPLE_NS,
		.sample_type = PERF_SAMPLE_STACK_USER,
		.sample_stack_user = STACK_SIZE,
		.exclude_kernel = 1,
	};
	_cleanup_(holder_end) struct holder holder = { 0 };
	_cleanup_(closep) int event = -EBADF;
	bool found = false;
	char *ring;
	int err = debugger_begin(target, HOLDER_SPINS, &holder, loot);

	if (err)
		return err;

	event = perf_event_open(&attr, holder.pid);
	if (event < 0)
		return debugger_refused(loot, event);

	ring = mmap(NULL, RING_SIZE + PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
	if (ring == MAP_FAILED)
		return -errno;

	/* It ends when it is full: nothing is overwritten. */
	for (int ms = 0; ms < HOLDER_WAIT_MS && !found; ms += 20) {
		(void)usleep(20000);
		found = holder_find(&holder, ring + PAGE, RING_SIZE, loot);
	}
	return found ? 0 : -ENODATA;
}

/* --- A probe in the holder's code, by tracefs ------------------------------------ */

#define TRACEFS "/sys/kernel/tracing"
#define GROUP "bulwark_selftest"
#define SHOWN_WORDS 8

/**
 * struct probe - One that sits in holder_show()
 *
 * @offset: Of the function in the executable.
 * @exe: The executable.
 * @events: Descriptor of the list of such probes.
 * @instance: Where its hits are written: apart from whatever the host traces.
 */
struct probe {
	unsigned long offset;
	char exe[PATH_MAX];
	int events;
	char instance[64];
};

/* Into the first object, which is the program. */
static int offset_find(struct dl_phdr_info *info, size_t size, void *data)
{
	struct probe *probe = data;
	unsigned long address = (uintptr_t)holder_show - info->dlpi_addr;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_LOAD && address >= part->p_vaddr &&
		    address - part->p_vaddr < part->p_filesz)
			probe->offset = address - part->p_vaddr + part->p_offset;
	}
	return 1;
}

static int probe_say(const struct probe *probe, const char *text)
{
	return write(probe->events, text, strlen(text)) < 0 ? -errno : 0;
}

static int probe_switch(const struct probe *probe, const char *value)
{
	char path[160];

	(void)snprintf(path, sizeof(path), "%s/events/" GROUP "/p%d/enable", probe->instance,
		       getpid());
	return file_write(path, value);
}

static int probe_make(struct probe *probe)
{
	ssize_t len = readlink("/proc/self/exe", probe->exe, sizeof(probe->exe) - 1);
	char text[PATH_MAX + 128];
	int err;

	if (len < 0)
		return -errno;

	(void)dl_iterate_phdr(offset_find, probe);
	(void)snprintf(text, sizeof(text), "p:" GROUP "/p%d %s:0x%lx shown=+%d(%%di):x64[%d]\n",
		       getpid(), probe->exe, probe->offset, MARK_SIZE, SHOWN_WORDS);
	err = probe_say(probe, text);
	if (err)
		return err;

	(void)snprintf(probe->instance, sizeof(probe->instance), TRACEFS "/instances/" GROUP "-%d",
		       getpid());
	return mkdir(probe->instance, 0700) < 0 ? -errno : probe_switch(probe, "1");
}

static void probe_remove(const struct probe *probe)
{
	char text[64];

	(void)probe_switch(probe, "0");
	(void)rmdir(probe->instance);
	(void)snprintf(text, sizeof(text), "-:" GROUP "/p%d\n", getpid());
	(void)probe_say(probe, text);
}

/* "... shown={0x...,0x...}": true if a hit was told. */
static bool hit_parse(const char *text, struct loot *loot)
{
	unsigned long words[SHOWN_WORDS];
	const char *at = strstr(text, "shown={");
	char *end;

	if (!at)
		return false;

	at += strlen("shown={");
	for (size_t i = 0; i < SHOWN_WORDS; i++) {
		words[i] = strtoul(at, &end, 16);
		if (*end != ',' && *end != '}')
			return false;

		at = end + 1;
	}
	loot_keep(loot, words, sizeof(words));
	return true;
}

static bool hit_read(const struct probe *probe, struct loot *loot)
{
	_cleanup_(closep) int fd = -EBADF;
	static char text[65536];
	char path[80];
	size_t len = 0;
	ssize_t got;

	(void)snprintf(path, sizeof(path), "%s/trace", probe->instance);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (got = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = '\0';
	return hit_parse(text, loot);
}

static int take_probed(const struct target *target, struct loot *loot)
{
	_cleanup_(holder_end) struct holder holder = { 0 };
	_cleanup_(closep) int events = -EBADF;
	struct probe probe = { .offset = 0 };
	bool found = false;
	int err = debugger_begin(target, HOLDER_SHOWS, &holder, loot);

	if (err)
		return err;

	events = open(TRACEFS "/uprobe_events", O_WRONLY | O_APPEND | O_CLOEXEC);
	if (events < 0)
		return debugger_refused(loot, -errno);

	probe.events = events;
	err = probe_make(&probe);
	for (int ms = 0; !err && ms < HOLDER_WAIT_MS && !found; ms += 50) {
		(void)usleep(50000);
		found = hit_read(&probe, loot);
	}
	probe_remove(&probe);
	if (err)
		return err;

	return found ? 0 : -ENODATA;
}

/* --- The host's memory ------------------------------------------------------------ */

static int place_read(int fd, off_t place, size_t len, struct loot *loot)
{
	ssize_t got = pread(fd, loot->bytes, len, place);

	if (got < 0)
		return -errno;

	loot->len = (size_t)got;
	return 0;
}

static int take_kcore(const struct target *target, struct loot *loot)
{
	_cleanup_(holder_end) struct holder holder = { 0 };
	_cleanup_(closep) int fd = -EBADF;
	uint64_t physical;
	off_t place;
	int err = debugger_begin(target, HOLDER_WAITS, &holder, loot);

	if (err)
		return err;

	fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return debugger_refused(loot, -errno);

	err = holder_frame(&holder, holder_bytes(&holder), &physical);
	if (err)
		return err;

	place = elfcore_place(fd, physical, true);
	return place < 0 ? -EFAULT : place_read(fd, place, holder.len, loot);
}

/* As the distribution says; a kernel that doesn't tell may show memory there. */
static bool device_is_strict(void)
{
	_cleanup_(fclosep) FILE *config = NULL;
	struct utsname host;
	char path[128], line[256];

	if (uname(&host) < 0)
		return false;

	(void)snprintf(path, sizeof(path), "/boot/config-%s", host.release);
	config = fopen(path, "re");
	while (config && fgets(line, sizeof(line), config))
		if (!strcmp(line, "CONFIG_STRICT_DEVMEM=y\n"))
			return true;
	return false;
}

/* That it can't be opened shows nothing: most kernels have no memory for who can. */
static int device_read(const struct holder *holder, struct loot *loot)
{
	_cleanup_(closep) int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC);
	uint64_t physical = 0;
	int err = fd < 0 ? -errno : holder_frame(holder, holder_bytes(holder), &physical);

	return err ? err : place_read(fd, (off_t)physical, holder->len, loot);
}

static int take_device_memory(const struct target *target, struct loot *loot)
{
	_cleanup_(holder_end) struct holder holder = { 0 };
	int err = debugger_begin(target, HOLDER_WAITS, &holder, loot);

	if (err)
		return err;

	err = device_is_strict() ? -EPERM : device_read(&holder, loot);
	if (err != -EPERM)
		return err;

	(void)snprintf(loot->why, sizeof(loot->why),
		       "the kernel has STRICT_DEVMEM: it shows no memory there");
	return -EOPNOTSUPP;
}

const struct technique techniques_debug[] = {
	{ "sampled-stack", "I13", "perf's samples of who has read it", take_stack, false },
	{ "probed", "I13", "a probe by tracefs in who has read it", take_probed, false },
	{ "kcore", "I14", "/proc/kcore: memory of who has read it", take_kcore, false },
	{ "device-memory", "I14", "/dev/mem: memory of who has read it", take_device_memory,
	  false },
	{ NULL, NULL, NULL, NULL, false },
};
