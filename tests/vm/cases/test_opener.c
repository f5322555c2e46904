// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 where the kernel itself opens or reads a file for somebody
 *
 * Each way is tried three times: without a grant, with one, and on a file outside.
 * What the kernel makes of a file that it could read differs, and is the control.
 *
 * Boots with two processors.
 * Boots with others.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define PLAIN "/srv/plain/file"
#define TEXT "pension\n"

#define FIRMWARE "/sys/devices/virtual/misc/test_firmware"
#define FIRMWARE_PATH "/sys/module/firmware_class/parameters/path"
#define BINFMT "/proc/sys/fs/binfmt_misc"
#define CONFIG "/sys/kernel/config"
#define LIO CONFIG "/target/core/fileio_0"
#define NVME CONFIG "/nvmet/subsystems/bulwark"

/* Since 6.14; an older kernel says EINVAL. */
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

/* --- Running it ------------------------------------------------------------ */

/* The exit status of a child that only comes here if it can't be run. */
static int child_errno(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

static int run(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		execl(path, path, NULL);
		_exit(errno);
	}
	return child_errno(pid);
}

/* execveat(2) of a descriptor that was opened for nothing. */
static int run_descriptor(const char *path, int flags)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_CLOEXEC);
	char *const arguments[] = { (char *)path, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		syscall(SYS_execveat, fd, "", arguments, NULL, AT_EMPTY_PATH | flags);
		_exit(errno);
	}
	return child_errno(pid);
}

static int probe_fexecve(const char *path)
{
	return run_descriptor(path, 0);
}

static int probe_exec_check(const char *path)
{
	return run_descriptor(path, AT_EXECVE_CHECK);
}

/* A file that anybody may run, made in memory: its first bytes name @path. */
static int run_made(const void *content, size_t size)
{
	char name[] = "/run/madeXXXXXX";
	int fd = mkostemp(name, O_CLOEXEC);
	int err;

	if (fd < 0 || write(fd, content, size) != (ssize_t)size || fchmod(fd, 0755) < 0)
		return -ENODATA;
	(void)close(fd);

	err = run(name);
	(void)unlink(name);
	return err;
}

static int probe_hash_bang(const char *path)
{
	char script[128];

	return run_made(script, (size_t)snprintf(script, sizeof(script), "#!%s\n", path));
}

static int probe_elf_interpreter(const char *path)
{
	struct {
		Elf64_Ehdr header;
		Elf64_Phdr segments[2];
		char interpreter[64];
	} image = {
		.header = {
			.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT },
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_version = EV_CURRENT,
			.e_phoff = sizeof(Elf64_Ehdr),
			.e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 2,
		},
		.segments = {
			{
				.p_type = PT_INTERP,
				.p_offset = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr),
				.p_filesz = strlen(path) + 1,
			},
			{
				.p_type = PT_LOAD,
				.p_flags = PF_R,
				.p_vaddr = 0x400000,
				.p_filesz = sizeof(image),
				.p_memsz = sizeof(image),
				.p_align = 4096,
			},
		},
	};

	(void)snprintf(image.interpreter, sizeof(image.interpreter), "%s", path);
	return run_made(&image, sizeof(image));
}

static int probe_binfmt(const char *path)
{
	char line[128];
	int err;

	(void)snprintf(line, sizeof(line), ":bulwark:M::BULWARK::%s:", path);
	err = file_write(BINFMT "/register", line);
	if (err)
		return err == -EACCES ? -ENODATA : err;

	err = run_made("BULWARK\n", 8);
	(void)file_write(BINFMT "/bulwark", "-1");
	return err;
}

/* --- Handing it to the kernel ---------------------------------------------- */

static int probe_swap(const char *path)
{
	if (swapon(path, 0) < 0)
		return -errno;
	return swapoff(path) < 0 ? -errno : 0;
}

/* Accounting would write to it, at the end. */
static int probe_acct(const char *path)
{
	if (acct(path) < 0)
		return -errno;
	return acct(NULL) < 0 ? -errno : 0;
}

/* What a device's driver would be given; the test's own shows it to all. */
static int firmware_load(const char *path, const char *trigger)
{
	char directory[64], text[16], *name;

	(void)snprintf(directory, sizeof(directory), "%s", path);
	name = strrchr(directory, '/');
	*name++ = '\0';
	if (file_write(FIRMWARE_PATH, directory))
		return -ENODATA;

	(void)file_write(trigger, name);
	file_text("/dev/test_firmware", text, sizeof(text));
	return strncmp(text, TEXT, strlen(TEXT)) == 0 ? 0 : -EACCES;
}

static int probe_firmware(const char *path)
{
	return firmware_load(path, FIRMWARE "/trigger_request");
}

/* By a worker of the kernel, which nobody's grant is for. */
static int probe_firmware_later(const char *path)
{
	return firmware_load(path, FIRMWARE "/trigger_async_request");
}

static int probe_lio(const char *path)
{
	char line[128];
	int err;

	rig_mkdir(LIO "/bulwark");
	(void)snprintf(line, sizeof(line), "fd_dev_name=%s,fd_dev_size=4096", path);
	err = file_write(LIO "/bulwark/control", line);
	if (!err)
		err = file_write(LIO "/bulwark/enable", "1");
	(void)rmdir(LIO "/bulwark");
	return err;
}

static int probe_nvmet(const char *path)
{
	int err;

	rig_mkdir(NVME "/namespaces/1");
	err = file_write(NVME "/namespaces/1/device_path", path);
	/* What lies in memory can't be read past the page cache. */
	if (!err)
		err = file_write(NVME "/namespaces/1/buffered_io", "1");
	if (!err)
		err = file_write(NVME "/namespaces/1/enable", "1");
	(void)rmdir(NVME "/namespaces/1");
	(void)rmdir(NVME);
	return err;
}

static const struct rig_probe probes[] = {
	{ "fexecve", probe_fexecve },
	{ "exec-check", probe_exec_check },
	{ "hash-bang", probe_hash_bang },
	{ "elf-interpreter", probe_elf_interpreter },
	{ "binfmt", probe_binfmt },
	{ "swap", probe_swap },
	{ "acct", probe_acct },
	{ "firmware", probe_firmware },
	{ "firmware-later", probe_firmware_later },
	{ "lio", probe_lio },
	{ "nvmet", probe_nvmet },
};

/**
 * struct way - What comes of a probe where nothing of ours is in the way
 *
 * @probe: Its name.
 * @control: What the kernel says of a file that it can read.
 * @nobody: 1 if no grant helps, because it isn't the process that reads.
 */
static const struct way {
	const char *probe;
	int control;
	int nobody;
} ways[] = {
	{ "fexecve", -ENOEXEC, 0 }, { "hash-bang", -ENOEXEC, 0 }, { "elf-interpreter", -EIO, 0 },
	{ "binfmt", -ENOEXEC, 0 },  { "swap", -EINVAL, 0 },	  { "acct", 0, 0 },
	{ "firmware", 0, 0 },	    { "firmware-later", 0, 1 },	  { "lio", 0, 0 },
	{ "nvmet", 0, 0 },
};

static void test_way(const struct way *way)
{
	is(rig_call(RIG_OTHER, way->probe, PLAIN), way->control, "%s: free outside", way->probe);
	is(rig_call(RIG_OTHER, way->probe, SECRET), -EACCES, "%s: refused", way->probe);
	is(rig_call(RIG_GRANTED, way->probe, SECRET), way->nobody ? -EACCES : way->control,
	   "%s: %s", way->probe, way->nobody ? "refused with a grant as well" : "granted");
}

/* Only asks whether the file could be run. */
static void test_exec_check(void)
{
	if (rig_call(RIG_OTHER, "exec-check", PLAIN) == -EINVAL) {
		skip("this kernel has no AT_EXECVE_CHECK", "exec-check: refused");
		return;
	}
	is(rig_call(RIG_OTHER, "exec-check", PLAIN), 0, "exec-check: free outside");
	is(rig_call(RIG_OTHER, "exec-check", SECRET), -EACCES, "exec-check: refused");
}

/* --- Descriptors from before ----------------------------------------------- */

static int module_from(int fd)
{
	return syscall(SYS_finit_module, fd, "", 0) < 0 ? -errno : 0;
}

/* KEXEC_FILE_NO_INITRAMFS */
static int kexec_from(int fd)
{
	return syscall(SYS_kexec_file_load, fd, -1, 1UL, "", 4UL) < 0 ? -errno : 0;
}

static void test_descriptors(int secret, int plain)
{
	is(module_from(plain), -ENOEXEC, "finit_module: free outside");
	is(module_from(secret), -EACCES, "finit_module of an old descriptor: refused");
	is(kexec_from(plain), -ENOEXEC, "kexec_file_load: free outside");
	is(kexec_from(secret), -EACCES, "kexec_file_load of an old descriptor: refused");
}

static void kernel_prepare(void)
{
	static const char *const modules[] = { "binfmt_misc", "test_firmware", "target_core_file",
					       "nvmet" };

	for (size_t i = 0; i < ARRAY_LEN(modules); i++)
		is(scratch_run("/sbin/modprobe", modules[i], NULL), 0, "%s", modules[i]);
	ok(mount("binfmt_misc", BINFMT, "binfmt_misc", 0, NULL) == 0, "binfmt_misc is mounted");
	ok(mount("config", CONFIG, "configfs", 0, NULL) == 0, "configfs is mounted");
	rig_mkdir(LIO);
	rig_mkdir(NVME);
}

int main(int argc, char **argv)
{
	_cleanup_(closep) int secret = -EBADF;
	_cleanup_(closep) int plain = -EBADF;
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, TEXT);
	rig_write(PLAIN, TEXT);
	(void)chmod(SECRET, 0755);
	(void)chmod(PLAIN, 0755);
	secret = open(SECRET, O_RDONLY | O_CLOEXEC);
	plain = open(PLAIN, O_RDONLY | O_CLOEXEC);
	kernel_prepare();
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	rig_set(&rig, 1, BW_MODE_ENFORCE, "/srv/set");
	(void)rig_grant(&rig, 1, RIG_GRANTED, 0);
	is(rig_apply(&rig), 0, "policy applied");

	test_descriptors(secret, plain);
	test_exec_check();
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		test_way(&ways[i]);

	rig_end(&rig);
	return done();
}
