// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - names for the numbers in events: sets, users, mounts
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>

#include "cleanup.h"
#include "clock.h"
#include "logger_names.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

static int read_boot_id(char boot_id[static BW_BOOT_ID_SIZE])
{
	_cleanup_(closep) int fd = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return -errno;

	len = read(fd, boot_id, BW_BOOT_ID_SIZE - 1);
	if (len != BW_BOOT_ID_SIZE - 1)
		return -EBADMSG;

	boot_id[len] = '\0';
	return 0;
}

int bw_names_init(struct bw_names *names, int set_names)
{
	*names = (struct bw_names){ .set_names = set_names, .mountinfo = -EBADF };

	if (gethostname(names->host, sizeof(names->host) - 1) < 0)
		return -errno;

	/* Without it records lack paths, not more: the logger goes on. */
	names->mountinfo = open(BW_MOUNTINFO_PATH, O_RDONLY | O_CLOEXEC);
	(void)bw_mounts_load(BW_MOUNTINFO_PATH, &names->mounts);
	return read_boot_id(names->boot_id);
}

void bw_names_done(struct bw_names *names)
{
	bw_mounts_done(&names->mounts);
	closep(&names->mountinfo);
}

void bw_names_refresh(struct bw_names *names)
{
	struct pollfd changed = { .fd = names->mountinfo, .events = POLLPRI };
	struct bw_mounts mounts;

	names->boot_offset_ns = realtime_ns() - (int64_t)boottime_ns();

	if (poll(&changed, 1, 0) <= 0)
		return;

	if (bw_mounts_load(BW_MOUNTINFO_PATH, &mounts))
		return;

	bw_mounts_done(&names->mounts);
	names->mounts = mounts;
}

void bw_names_host(const struct bw_names *names, struct bw_named *ret_named)
{
	*ret_named = (struct bw_named){
		.context = {
			.boot_id = names->boot_id,
			.host = names->host,
			.boot_offset_ns = names->boot_offset_ns,
		},
	};
}

static void name_set(const struct bw_names *names, uint32_t set, struct bw_named *named)
{
	if (set == 0 || set > BW_SETS_MAX)
		return;

	if (bpf_map_lookup_elem(names->set_names, &set, &named->set_name) < 0)
		return;

	named->set_name.name[BW_SET_NAME_SIZE - 1] = '\0';
	named->context.set_name = named->set_name.name;
	named->context.severity = names->severities[set];
}

/*
 * From /etc/passwd alone: what a directory service's library would do here, the
 * filter of system calls can't know, and the number is in the record anyhow.
 */
static void name_user(uint32_t uid, struct bw_named *named)
{
	_cleanup_(fclosep) FILE *file = fopen("/etc/passwd", "re");
	struct passwd entry;
	struct passwd *found;
	char text[1024];

	while (file && fgetpwent_r(file, &entry, text, sizeof(text), &found) == 0) {
		if (entry.pw_uid != uid || strlen(entry.pw_name) >= sizeof(named->user_name))
			continue;

		memcpy(named->user_name, entry.pw_name, strlen(entry.pw_name) + 1);
		named->context.user_name = named->user_name;
		return;
	}
}

/* Within its filesystem the event names the file; the mounts tell the rest. */
static char *host_path(const struct bw_names *names, uint32_t dev, char *inner)
{
	char *path = inner && *inner ? bw_mounts_path(&names->mounts, dev, inner) : NULL;

	free(inner);
	return path;
}

static void name_paths(const struct bw_names *names, const struct bw_event *event,
		       struct bw_named *named)
{
	named->file_path = host_path(names, event->file.dev, bw_event_path(event));
	named->exe_path = host_path(names, event->exe.dev, bw_event_exe_path(event));
	named->context.file_path = named->file_path;
	named->context.exe_path = named->exe_path;
}

void bw_names_event(const struct bw_names *names, const struct bw_event *event,
		    struct bw_named *ret_named)
{
	bw_names_host(names, ret_named);
	name_set(names, event->set, ret_named);
	name_user(event->uid, ret_named);
	name_paths(names, event, ret_named);
}

void bw_names_repeat(const struct bw_names *names, const struct bw_refusal_key *key,
		     const struct bw_event *first, struct bw_named *ret_named)
{
	bw_names_host(names, ret_named);
	name_set(names, key->set, ret_named);
	name_user(key->uid, ret_named);
	if (!first)
		return;

	name_paths(names, first, ret_named);
	ret_named->context.first = first;
}

void bw_named_done(struct bw_named *named)
{
	free(named->file_path);
	free(named->exe_path);
}
