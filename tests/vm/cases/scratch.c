// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - makes, mounts and unmounts the filesystems of a test
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scratch.h"

#define ARGS_MAX 16

static __attribute__((noreturn)) void exec_quietly(char **argv)
{
	int null = open("/dev/null", O_RDWR);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	execv(argv[0], argv);
	_exit(127);
}

int scratch_run(const char *path, ...)
{
	char *argv[ARGS_MAX + 1] = { (char *)path };
	size_t count = 1;
	va_list args;
	int status;
	pid_t pid;

	va_start(args, path);
	while (count < ARGS_MAX && (argv[count] = va_arg(args, char *)))
		count++;
	va_end(args);

	pid = fork();
	if (!pid)
		exec_quietly(argv);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static int make_image(const char *image, unsigned int size_mb)
{
	int fd;
	int err = 0;

	fd = open(image, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;

	if (ftruncate(fd, (off_t)size_mb << 20))
		err = -errno;
	close(fd);
	return err;
}

/* The kernel's ext4 knows its forerunner as well, which has no checksums. */
static const char *driver_of(const char *type)
{
	return strcmp(type, "ext3") ? type : "ext4";
}

static int make_filesystem(const char *type, const char *image)
{
	char mkfs[64];
	int status;

	snprintf(mkfs, sizeof(mkfs), "/sbin/mkfs.%s", driver_of(type));
	if (access(mkfs, X_OK))
		return -errno;

	status = strcmp(type, "ext3") ? scratch_run(mkfs, "-q", image, NULL)
				      : scratch_run(mkfs, "-q", "-t", type, image, NULL);
	if (status < 0)
		return status;
	return status ? -EIO : 0;
}

/* The device goes with its last mount. */
static int attach_loop(const char *image, char *device, size_t size)
{
	struct loop_config config = { .info.lo_flags = LO_FLAGS_AUTOCLEAR };
	int control, loop, number;
	int err = 0;

	scratch_run("/sbin/modprobe", "loop", NULL);
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -errno;

	number = ioctl(control, LOOP_CTL_GET_FREE);
	close(control);
	if (number < 0)
		return -errno;

	snprintf(device, size, "/dev/loop%d", number);
	loop = open(device, O_RDWR | O_CLOEXEC);
	if (loop < 0)
		return -errno;

	config.fd = (__u32)open(image, O_RDWR | O_CLOEXEC);
	if (ioctl(loop, LOOP_CONFIGURE, &config))
		err = -errno;
	close((int)config.fd);
	if (err) {
		close(loop);
		return err;
	}
	return loop;
}

static int change_image(const char *image, int (*change)(int image))
{
	int fd = open(image, O_RDWR | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;

	err = change(fd);
	close(fd);
	return err;
}

static int mount_image(const char *type, const char *image, const char *where)
{
	char device[64];
	int loop;
	int err = 0;

	loop = attach_loop(image, device, sizeof(device));
	if (loop < 0)
		return loop;

	if (mount(device, where, driver_of(type), 0, NULL))
		err = -errno;
	close(loop);
	return err;
}

int scratch_mount_changed(const char *type, const char *where, unsigned int size_mb,
			  int (*change)(int image))
{
	char image[256];
	int err;

	mkdir(where, 0755);
	snprintf(image, sizeof(image), "%s.image", where);
	err = make_image(image, size_mb);
	if (err)
		return err;

	err = make_filesystem(type, image);
	if (!err && change)
		err = change_image(image, change);
	return err ? err : mount_image(type, image, where);
}

int scratch_mount(const char *type, const char *where, unsigned int size_mb)
{
	return scratch_mount_changed(type, where, size_mb, NULL);
}

int scratch_unmount(const char *where)
{
	char image[256];

	if (umount(where))
		return -errno;

	snprintf(image, sizeof(image), "%s.image", where);
	unlink(image);
	rmdir(where);
	return 0;
}
