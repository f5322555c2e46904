// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: a process that has read the file, and may
 *
 * It is ended with whoever started it.
 */
#include "holder.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>

#include "cleanup.h"

/* To whom the engine grants its decoy, in this program. */
#define READER "bulwark-log"

#define PAGE 4096

/* Of /proc/PID/pagemap. */
#define FRAME_PRESENT (1ULL << 63)
#define FRAME_MASK ((1ULL << 55) - 1)

__attribute__((noinline)) void holder_show(const struct wallet *wallet)
{
	__asm__ volatile("" : : "r"(wallet) : "memory");
}

static int wallet_fill(const char *path, struct holder *holder, struct wallet *wallet)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	volatile char *page;
	ssize_t len;

	if (fd < 0)
		return -errno;

	len = read(fd, wallet->bytes, sizeof(wallet->bytes));
	if (len <= 0)
		return len < 0 ? -errno : -ENODATA;

	holder->len = (uint32_t)len;
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (page != MAP_FAILED) {
		(void)page[0];
		holder->page = (uintptr_t)page;
	}
	holder->descriptor = take_fd(&fd);
	return 0;
}

/* The real user alone: it is he to whom something is granted. */
static int reader_become(void)
{
	const struct passwd *user = getpwnam(READER);

	if (!user)
		return -ESRCH;

	return setresuid(user->pw_uid, (uid_t)-1, (uid_t)-1) < 0 ? -errno : 0;
}

static int bytes_get(const struct target *target, struct holder *holder, struct wallet *wallet)
{
	int err = wallet_fill(target->path, holder, wallet);

	if (err != -EACCES)
		return err;

	err = reader_become();
	if (err)
		return err;

	err = wallet_fill(target->path, holder, wallet);
	return err == -EACCES ? wallet_fill(DECOY_PATH, holder, wallet) : err;
}

/* By a pointer that nobody can see through, or the call might be left out. */
__attribute__((noreturn)) static void deed_do(enum holder_deed deed, const struct wallet *wallet)
{
	void (*volatile show)(const struct wallet *) = holder_show;

	for (;;) {
		if (deed == HOLDER_WAITS)
			(void)pause();
		else if (deed == HOLDER_SHOWS)
			(void)usleep(10000);
		show(wallet);
	}
}

__attribute__((noreturn)) static void hold(const struct target *target, enum holder_deed deed,
					   struct holder *holder, int out)
{
	_Alignas(PAGE) struct wallet wallet = { 0 };

	memcpy(wallet.mark, holder->mark, sizeof(wallet.mark));
	holder->err = bytes_get(target, holder, &wallet);
	holder->wallet = (uintptr_t)&wallet;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(out, holder, sizeof(*holder)) != (ssize_t)sizeof(*holder) || holder->err)
		_exit(1);

	deed_do(deed, &wallet);
}

static int holder_failed(struct holder *holder, struct loot *loot, int err)
{
	holder_end(holder);
	(void)snprintf(loot->why, sizeof(loot->why),
		       "needs a process that may read it, or the decoy (%s)", strerror(-err));
	return -EOPNOTSUPP;
}

int holder_begin(const struct target *target, enum holder_deed deed, struct holder *holder,
		 struct loot *loot)
{
	struct holder told = { .err = -ECHILD };
	int ends[2];

	*holder = (struct holder){ .descriptor = -1 };
	if (getrandom(holder->mark, sizeof(holder->mark), 0) != sizeof(holder->mark) ||
	    pipe2(ends, O_CLOEXEC) < 0)
		return -errno;

	holder->pid = fork();
	if (holder->pid == 0)
		hold(target, deed, holder, ends[1]);

	closep(&ends[1]);
	if (read(ends[0], &told, sizeof(told)) != (ssize_t)sizeof(told))
		told.err = -ECHILD;
	closep(&ends[0]);
	told.pid = holder->pid;
	*holder = told;
	return told.err ? holder_failed(holder, loot, told.err) : 0;
}

void holder_end(struct holder *holder)
{
	if (holder->pid <= 0)
		return;

	(void)kill(holder->pid, SIGKILL);
	(void)waitpid(holder->pid, NULL, __WALL);
	holder->pid = 0;
}

uint64_t holder_bytes(const struct holder *holder)
{
	return holder->wallet + MARK_SIZE;
}

bool holder_find(const struct holder *holder, const void *memory, size_t len, struct loot *loot)
{
	const char *end = (const char *)memory + len;
	const char *at = memmem(memory, len, holder->mark, MARK_SIZE);

	if (!at || (size_t)(end - at) < MARK_SIZE + holder->len)
		return false;

	loot_keep(loot, at + MARK_SIZE, holder->len);
	return true;
}

int holder_frame(const struct holder *holder, uint64_t address, uint64_t *ret_physical)
{
	_cleanup_(closep) int fd = -EBADF;
	uint64_t entry = 0;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/pagemap", holder->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, &entry, sizeof(entry), (off_t)(address / PAGE * sizeof(entry))) < 0)
		return -errno;

	if (!(entry & FRAME_PRESENT) || !(entry & FRAME_MASK))
		return -EFAULT;

	*ret_physical = (entry & FRAME_MASK) * PAGE + address % PAGE;
	return 0;
}
