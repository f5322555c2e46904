// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tampering with its files
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "cleanup.h"
#include "compat.h"
#include "live.h"
#include "rig.h"
#include "tamper.h"

#define POLICY LIVE_POLICY_DIR "/pensions.yaml"
#define NEW LIVE_POLICY_DIR "/new.yaml"
#define AWAY "/etc/bulwark.away"
#define OUTSIDE "/srv/outside"
#define STATE "/var/lib/bulwark/logger.json"
#define DAEMON "/usr/sbin/bulwarkd"
#define COMMAND "/usr/bin/bulwarkctl"

static int done_or(long result)
{
	return result < 0 ? -errno : 0;
}

static int write_policy(void)
{
	return rig_open(POLICY, O_WRONLY);
}

static int truncate_open(void)
{
	return rig_open(TAMPER_SPARE, O_RDONLY | O_TRUNC);
}

static int forge_log(void)
{
	return rig_open(LIVE_EVENTS, O_WRONLY | O_APPEND);
}

static int truncate_log(void)
{
	return done_or(truncate(TAMPER_SPARE_LOG, 0));
}

static int write_state(void)
{
	return rig_open(STATE, O_RDWR);
}

static int write_command(void)
{
	return rig_open(COMMAND, O_WRONLY);
}

static int create_policy(void)
{
	int err = rig_open(NEW, O_WRONLY | O_CREAT | O_EXCL);

	(void)unlink(NEW);
	return err;
}

static int remove_spare(const char *path)
{
	int err = done_or(unlink(path));

	if (!err)
		rig_write(path, "spare\n");
	return err;
}

static int remove_policy(void)
{
	return remove_spare(TAMPER_SPARE);
}

static int remove_log(void)
{
	return remove_spare(TAMPER_SPARE_LOG);
}

static int remove_directory(void)
{
	int err = done_or(rmdir(TAMPER_SPARE_DIR));

	if (!err)
		rig_mkdir(TAMPER_SPARE_DIR);
	return err;
}

/* Moves it away and, if that went well, back. */
static int move_away(const char *path, const char *away)
{
	int err = done_or(rename(path, away));

	return err ? err : done_or(rename(away, path));
}

static int move_policy(void)
{
	return move_away(POLICY, AWAY);
}

static int move_directory(void)
{
	return move_away("/etc/bulwark", AWAY);
}

static int move_above(void)
{
	return move_away("/etc", "/etc.away");
}

static int move_log(void)
{
	return move_away(LIVE_EVENTS, LIVE_EVENTS ".1");
}

static int move_daemon(void)
{
	return move_away(DAEMON, "/usr/sbin/bulwarkd.away");
}

static int move_device(void)
{
	return move_away("/dev/bulwark", "/dev/bulwark.away");
}

static int move_library(void)
{
	return move_away(tamper_aim.library, "/srv/library");
}

static int move_library_link(void)
{
	return move_away(tamper_aim.library_link, "/srv/link");
}

/*
 * As an upgrade does it whose library has a new name: only the link is changed.  Put
 * back afterwards, since it is this inode that is kept.
 */
static int exchange_library_link(void)
{
	int err;

	(void)unlink("/srv/link");
	if (symlink(strrchr(tamper_aim.library, '/') + 1, "/srv/link") < 0)
		return -ENOTRECOVERABLE;

	err = done_or(renameat2(AT_FDCWD, "/srv/link", AT_FDCWD, tamper_aim.library_link,
				RENAME_EXCHANGE));
	return err ? err : done_or(rename("/srv/link", tamper_aim.library_link));
}

static int move_over(void)
{
	rig_write(OUTSIDE, "outside\n");
	return done_or(rename(OUTSIDE, TAMPER_SPARE));
}

static int exchange(void)
{
	int err;

	rig_write(OUTSIDE, "outside\n");
	err = done_or(renameat2(AT_FDCWD, OUTSIDE, AT_FDCWD, TAMPER_SPARE, RENAME_EXCHANGE));
	return err;
}

static int link_into(void)
{
	int err;

	rig_write(OUTSIDE, "outside\n");
	err = done_or(link(OUTSIDE, NEW));
	(void)unlink(NEW);
	return err;
}

/* Where it could be written to. */
static int link_out(void)
{
	int err = done_or(link(TAMPER_SPARE, "/etc/other-name"));

	(void)unlink("/etc/other-name");
	return err;
}

static int symlink_into(void)
{
	int err = done_or(symlink(OUTSIDE, NEW));

	(void)unlink(NEW);
	return err;
}

static int make_directory(void)
{
	int err = done_or(mkdir(NEW, 0755));

	(void)rmdir(NEW);
	return err;
}

static int make_node(void)
{
	int err = done_or(mkfifo(NEW, 0644));

	(void)unlink(NEW);
	return err;
}

static int change_mode(void)
{
	return done_or(chmod(LIVE_POLICY_DIR, 0755));
}

static int change_owner(void)
{
	return done_or(chown(TAMPER_SPARE, 0, 0));
}

static int change_times(void)
{
	return done_or(utimensat(AT_FDCWD, TAMPER_SPARE, NULL, 0));
}

static int set_attribute(void)
{
	return done_or(setxattr(TAMPER_SPARE, "trusted.tamper", "1", 1, 0));
}

static int set_flags(void)
{
	_cleanup_(closep) int fd = open(TAMPER_SPARE, O_RDONLY | O_CLOEXEC);
	int flags = 0;

	return done_or(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

static int set_flags_compat(void)
{
	_cleanup_(closep) int fd = open(TAMPER_SPARE, O_RDONLY | O_CLOEXEC);
	int *flags = mmap(NULL, sizeof(*flags), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int err;

	if (flags == MAP_FAILED)
		return -errno;

	err = ioctl_compat(fd, FS_IOC32_SETFLAGS, flags);
	(void)munmap(flags, sizeof(*flags));
	return err;
}

/* --- Names that others look for --------------------------------------------------- */

static int unit_drop_in(void)
{
	int err = done_or(mkdir("/srv/bulwarkd.service.d", 0755));

	(void)rmdir("/srv/bulwarkd.service.d");
	return err;
}

static int unit_mask(void)
{
	int err = done_or(symlink("/dev/null", "/srv/bulwarkd.service"));

	(void)unlink("/srv/bulwarkd.service");
	return err;
}

static int preload(void)
{
	int err = rig_open("/etc/ld.so.preload", O_WRONLY | O_CREAT);

	(void)unlink("/etc/ld.so.preload");
	return err;
}

/* --- Mounts ----------------------------------------------------------------------- */

static int mount_over(const char *where)
{
	int err = done_or(mount("tmpfs", where, "tmpfs", 0, NULL));

	return err ? err : done_or(umount2(where, MNT_DETACH));
}

static int mount_over_policy(void)
{
	return mount_over("/etc/bulwark");
}

static int mount_over_above(void)
{
	return mount_over("/var/log");
}

static int bind_over_log(void)
{
	int err = done_or(mount("/srv", "/var/log/bulwark", NULL, MS_BIND, NULL));

	return err ? err : done_or(umount2("/var/log/bulwark", MNT_DETACH));
}

static int move_mount_over(void)
{
	_cleanup_(closep) int context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	_cleanup_(closep) int mounted = -EBADF;

	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -ENOTRECOVERABLE;

	mounted = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	if (syscall(SYS_move_mount, mounted, "", AT_FDCWD, "/etc/bulwark",
		    MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;

	return done_or(umount2("/etc/bulwark", MNT_DETACH));
}

/* What is mounted on it in another namespace is handed on to the host's. */
static int mount_from_namespace(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWNS) < 0 ? ENOTRECOVERABLE : -mount_over("/etc/bulwark"));

	return waitpid(pid, &status, 0) == pid ? -WEXITSTATUS(status) : -ECHILD;
}

static int unmount_own(void)
{
	int err = done_or(umount2(TAMPER_MOUNT, MNT_DETACH));

	return err ? err : done_or(mount(TAMPER_MOUNT, TAMPER_MOUNT, NULL, MS_BIND, NULL));
}

static int remount_log(void)
{
	int flags = MS_REMOUNT | MS_BIND | MS_NOATIME;

	return done_or(mount(NULL, "/run", NULL, (unsigned long)flags, NULL));
}

const struct tamper_way tamper_files[] = {
	{ "a policy for writing", write_policy, "tamper-write", 0, -EPERM },
	{ "O_TRUNC", truncate_open, "tamper-write", 0, -EPERM },
	{ "the log for writing", forge_log, "tamper-write", 0, -EPERM },
	{ "the logger's state for writing", write_state, "tamper-write", 0, -EPERM },
	{ "bulwarkctl for writing", write_command, "tamper-write", 0, -EPERM },
	{ "another name for a policy", link_out, "tamper-rename", 0, -EPERM },
	{ "truncate", truncate_log, "tamper-attributes", 0, -EPERM },
	{ "a new policy", create_policy, "tamper-create", 0, -EPERM },
	{ "a link among policies", link_into, "tamper-create", 0, -EPERM },
	{ "a symbolic link among policies", symlink_into, "tamper-create", 0, -EPERM },
	{ "a directory among policies", make_directory, "tamper-create", 0, -EPERM },
	{ "a node among policies", make_node, "tamper-create", 0, -EPERM },
	{ "unlink of a policy", remove_policy, "tamper-remove", 0, -EPERM },
	{ "unlink of a log", remove_log, "tamper-remove", 0, -EPERM },
	{ "rmdir among policies", remove_directory, "tamper-remove", 0, -EPERM },
	{ "rename of a policy", move_policy, "tamper-rename", 0, -EPERM },
	{ "rename of the directory", move_directory, "tamper-rename", 0, -EPERM },
	{ "rename of one above", move_above, "tamper-rename", 0, -EPERM },
	{ "rename of the log", move_log, "tamper-rename", 0, -EPERM },
	{ "rename of the daemon", move_daemon, "tamper-rename", 0, -EPERM },
	{ "rename of the module's device", move_device, "tamper-rename", 0, -EPERM },
	{ "rename of a library", move_library, "tamper-rename", 0, -EPERM },
	{ "rename of a library's link", move_library_link, "tamper-rename", 0, -EPERM },
	{ "exchange with a library's link", exchange_library_link, "tamper-rename", 0, -EPERM },
	{ "rename over a policy", move_over, "tamper-rename", 0, -EPERM },
	{ "exchange with a policy", exchange, "tamper-rename", 0, -EPERM },
	{ "chmod", change_mode, "tamper-attributes", 0, -EPERM },
	{ "chown", change_owner, "tamper-attributes", 0, -EPERM },
	{ "utimensat", change_times, "tamper-attributes", 0, -EPERM },
	{ "setxattr", set_attribute, "tamper-attributes", 0, -EPERM },
	{ "chattr", set_flags, "tamper-attributes", 0, -EPERM },
	{ "chattr from 32 bits", set_flags_compat, "tamper-attributes", 0, -EPERM },
	{ "an addition to the unit", unit_drop_in, "tamper-create", 0, -EPERM },
	{ "a masked unit", unit_mask, "tamper-create", 0, -EPERM },
	{ "ld.so.preload", preload, "tamper-create", 0, -EPERM },
	{ "a mount over the policies", mount_over_policy, "tamper-mount", 0, -EPERM },
	{ "a mount over one above", mount_over_above, "tamper-mount", 0, -EPERM },
	{ "a bind mount over the log", bind_over_log, "tamper-mount", 0, -EPERM },
	{ "move_mount over the policies", move_mount_over, "tamper-mount", 0, -EPERM },
	{ "a mount handed on to the host", mount_from_namespace, "tamper-mount", 0, -EPERM },
	{ "umount of a directory of its own", unmount_own, "tamper-mount", 0, -EPERM },
	{ "a mount of /run anew", remount_log, "tamper-mount", 0, -EPERM },
};
const size_t tamper_files_len = ARRAY_LEN(tamper_files);
