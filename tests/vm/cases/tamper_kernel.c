// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - tampering with the kernel under it, and starting it otherwise
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "keeper_client.h"
#include "rig.h"
#include "tamper.h"

/* It is there, on no other module's way, and nobody uses it. */
#define MODULE "loop"

#define SCRIPT "/srv/script"
#define IMAGE_MAX (4 * 1024 * 1024)

static int done_or(long result)
{
	return result < 0 ? -errno : 0;
}

static int module_open(void)
{
	_cleanup_(fclosep) FILE *order = fopen("/modules/" MODULE ".order", "re");
	char path[256] = "";

	if (!order || !fgets(path, sizeof(path), order))
		return -ENOENT;

	path[strcspn(path, "\n")] = '\0';
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int module_unload(int flags)
{
	return done_or(syscall(SYS_delete_module, MODULE, O_NONBLOCK | flags));
}

static int load_module(void)
{
	_cleanup_(closep) int fd = module_open();
	int err = done_or(syscall(SYS_finit_module, fd, "", 0));

	return err ? err : module_unload(0);
}

static int load_module_memory(void)
{
	static char image[IMAGE_MAX];
	_cleanup_(closep) int fd = module_open();
	ssize_t len = read(fd, image, sizeof(image));
	int err = done_or(syscall(SYS_init_module, image, len, ""));

	return err ? err : module_unload(0);
}

/* Of a module that isn't there; the capability is asked for first. */
static int unload(void)
{
	return module_unload(0);
}

static int unload_forced(void)
{
	return module_unload(O_TRUNC);
}

static int kexec_file(void)
{
	_cleanup_(closep) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return done_or(syscall(SYS_kexec_file_load, fd, -1, 1UL, "", KEXEC_FILE_NO_INITRAMFS));
}

/* No segments: what was loaded before is let go. */
static int kexec(void)
{
	return done_or(syscall(SYS_kexec_load, 0UL, 0UL, NULL, KEXEC_ARCH_DEFAULT));
}

static int sysrq_trigger(void)
{
	return rig_open("/proc/sysrq-trigger", O_WRONLY);
}

static int sysrq(void)
{
	return rig_open("/proc/sys/kernel/sysrq", O_WRONLY);
}

static int ftrace(void)
{
	return rig_open("/proc/sys/kernel/ftrace_enabled", O_RDWR);
}

static int jit(void)
{
	return rig_open("/proc/sys/net/core/bpf_jit_enable", O_WRONLY);
}

static int jit_limit(void)
{
	return rig_open("/proc/sys/net/core/bpf_jit_limit", O_WRONLY);
}

static int set_time(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return done_or(clock_settime(CLOCK_REALTIME, &now));
}

/* What exec comes back with; 0 when the program ran. */
static int start(const char *path, const char *option)
{
	char *arguments[] = { (char *)path, (char *)option, NULL };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		(void)dup2(null, STDOUT_FILENO);
		(void)execv(path, arguments);
		_exit(errno);
	}
	return waitpid(pid, &status, 0) == pid ? -WEXITSTATUS(status) : -ECHILD;
}

static int start_daemon(void)
{
	return start("/usr/sbin/bulwarkd", "--version");
}

static int start_by_script(void)
{
	if (access(SCRIPT, F_OK) < 0) {
		rig_write(SCRIPT, "#!/usr/sbin/bulwarkd --version\n");
		(void)chmod(SCRIPT, 0755);
	}
	return start(SCRIPT, NULL);
}

/* -ENOENT: no policy of IMA's asks for it, but the status has it. */
static int measure(void)
{
	_cleanup_(closep) int keeper = bw_keeper_open();
	const uint8_t digest[BW_DIGEST_SIZE] = { 1 };
	int err = bw_keeper_measure(keeper, 1, digest);

	return err == -ENOENT ? 0 : err;
}

const struct tamper_way tamper_kernel[] = {
	{ "finit_module", load_module, "tamper-load", 0, -EPERM },
	{ "init_module", load_module_memory, "tamper-load", 0, -EPERM },
	{ "delete_module", unload, "tamper-unload", -ENOENT, -EPERM },
	{ "delete_module by force", unload_forced, "tamper-unload", -ENOENT, -EPERM },
	{ "kexec_file_load", kexec_file, "tamper-load", -ENOEXEC, -EPERM },
	{ "kexec_load", kexec, "tamper-load", 0, -EPERM },
	{ "sysrq-trigger", sysrq_trigger, "tamper-switch", 0, -EPERM },
	{ "kernel.sysrq", sysrq, "tamper-switch", 0, -EPERM },
	{ "kernel.ftrace_enabled", ftrace, "tamper-switch", 0, -EPERM },
	{ "net.core.bpf_jit_enable", jit, "tamper-switch", 0, -EPERM },
	{ "net.core.bpf_jit_limit", jit_limit, "tamper-switch", 0, -EPERM },
	{ "the clock, which is let through", set_time, "tamper-time", 0, 0 },
	{ "another policy's digest for the module", measure, "tamper-write", 0, -EPERM },
	{ "the daemon with options", start_daemon, "tamper-start", 0, -EPERM },
	{ "the daemon by a script", start_by_script, "tamper-start", -EX_USAGE, -EPERM },
};
const size_t tamper_kernel_len = ARRAY_LEN(tamper_kernel);
