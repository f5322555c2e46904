// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl selftest: what the ways through the kernel's debuggers share
 */
#include "debugger.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int debugger_begin(const struct target *target, enum holder_deed deed, struct holder *holder,
		   struct loot *loot)
{
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN)) {
		(void)snprintf(loot->why, sizeof(loot->why), "root's alone");
		return -EOPNOTSUPP;
	}
	return holder_begin(target, deed, holder, loot);
}

int debugger_refused(struct loot *loot, int err)
{
	loot->closed = err == -EACCES;
	return err;
}

int perf_event_open(const struct perf_event_attr *attr, pid_t pid)
{
	long fd = syscall(SYS_perf_event_open, attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}
