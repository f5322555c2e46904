// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl doctor: our module, and who builds it
 */
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#include "cleanup.h"
#include "doctor.h"
#include "standing.h"

static bool headers_present(const struct bw_doctor *doctor, const char *release)
{
	return bw_doctor_exists(doctor, "/lib/modules/%s/build/Makefile", release);
}

void bw_doctor_headers(struct bw_doctor *doctor)
{
	if (headers_present(doctor, doctor->release)) {
		bw_doctor_see(doctor, BW_FINDING_OK, "headers", "of %s are installed",
			      doctor->release);
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "headers",
		      "of %s aren't installed: its module can't be built", doctor->release);
	bw_doctor_advise(doctor,
			 "run 'apt install linux-headers-%s'; linux-headers-amd64 brings those of "
			 "later kernels",
			 doctor->release);
}

void bw_doctor_dkms(struct bw_doctor *doctor)
{
	if (!bw_doctor_exists(doctor, "/usr/sbin/dkms")) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "dkms",
			      "not installed: nobody builds the module for new kernels");
		bw_doctor_advise(doctor, "run 'apt install bulwark-dkms'");
		return;
	}

	if (!bw_doctor_exists(doctor, "/var/lib/dkms/bulwark")) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "dkms",
			      "doesn't know the module: new kernels come without it");
		bw_doctor_advise(doctor, "run 'apt install --reinstall bulwark-dkms'");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_OK, "dkms", "builds the module for each new kernel");
}

/*
 * The module's file for a kernel, as modprobe(8) finds it: by depmod's list of
 * "updates/dkms/bulwark.ko: ...".  Malloc'ed, NULL for none.
 */
static char *module_find(const struct bw_doctor *doctor, const char *release)
{
	_cleanup_(freep) char *list =
		bw_doctor_read(doctor, "/lib/modules/%s/modules.dep", release);
	char *line = list;
	char *next;

	for (; line; line = next) {
		char *colon = strchr(line, ':');
		char *name;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';

		if (!colon || (next && colon >= next))
			continue;

		*colon = '\0';
		name = strrchr(line, '/');
		if (!strncmp(name ? name + 1 : line, "bulwark.ko", strlen("bulwark.ko")))
			return bw_doctor_path(doctor, "/lib/modules/%s/%s", release, line);
	}
	return NULL;
}

static void advise_build(struct bw_doctor *doctor)
{
	if (!bw_doctor_exists(doctor, "/var/lib/dkms/bulwark"))
		bw_doctor_advise(doctor, "run 'apt install bulwark-dkms', which builds it");
	else if (!headers_present(doctor, doctor->release))
		bw_doctor_advise(doctor,
				 "run 'apt install linux-headers-%s' and then 'dkms autoinstall -k "
				 "%s'",
				 doctor->release, doctor->release);
	else
		bw_doctor_advise(doctor,
				 "run 'dkms autoinstall -k %s'; what fails is in "
				 "/var/lib/dkms/bulwark/*/build/make.log",
				 doctor->release);
}

static void version_see(struct bw_doctor *doctor, const char *version)
{
	if (!strcmp(version, BULWARK_VERSION)) {
		bw_doctor_see(doctor, BW_FINDING_OK, "module", "%s is loaded", version);
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "module", "%s is loaded, bulwarkctl is %s", version,
		      BULWARK_VERSION);
	bw_doctor_advise(doctor, "the new one is loaded at the next boot; 'bulwarkctl doctor "
				 "--next-boot' looks at it");
}

void bw_doctor_module(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *version = bw_doctor_read(doctor, "/sys/module/bulwark/version");
	_cleanup_(freep) char *path = NULL;

	if (version) {
		version[strcspn(version, "\n")] = '\0';
		version_see(doctor, version);
		return;
	}

	path = module_find(doctor, doctor->release);
	if (path) {
		bw_doctor_see(doctor, BW_FINDING_FAIL, "module", "built, but not loaded");
		bw_doctor_advise(doctor, "run 'modprobe bulwark'; 'journalctl -k -g bulwark' tells "
					 "why it fails");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_FAIL, "module", "not built for %s", doctor->release);
	advise_build(doctor);
}

void bw_doctor_module_next(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *path = module_find(doctor, doctor->release);

	if (path && !access(path, F_OK)) {
		bw_doctor_see(doctor, BW_FINDING_OK, "module", "built: %s", path);
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_FAIL, "module",
		      "not built for %s: the host would come up unprotected", doctor->release);
	advise_build(doctor);
}

/* Asks modinfo(8), which also reads compressed modules.  Malloc'ed, NULL on error. */
static char *module_signer(const char *path)
{
	char *argv[] = { "/sbin/modinfo", "-F", "signer", (char *)path, NULL };
	_cleanup_(closep) int from = -EBADF;
	posix_spawn_file_actions_t actions;
	char signer[256];
	int pipe_fds[2];
	ssize_t len;
	pid_t pid;
	int err;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return NULL;

	from = pipe_fds[0];
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(pipe_fds[1]);
	if (err)
		return NULL;

	len = read(from, signer, sizeof(signer) - 1);
	(void)waitpid(pid, NULL, 0);
	if (len < 0)
		return NULL;

	signer[len] = '\0';
	signer[strcspn(signer, "\n")] = '\0';
	return strdup(signer);
}

/* EFI variables begin with four bytes of attributes. */
static bool secure_boot(const struct bw_doctor *doctor)
{
	_cleanup_(freep) char *path =
		bw_doctor_path(doctor, "/sys/firmware/efi/efivars/SecureBoot-"
				       "8be4df61-93ca-11d2-aa0d-00e098032b8c");
	_cleanup_(closep) int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -EBADF;
	char value[5];

	return fd >= 0 && read(fd, value, sizeof(value)) == sizeof(value) && value[4] == 1;
}

/* Who wants signed modules; NULL for nobody. */
static const char *signature_wanted_by(const struct bw_doctor *doctor)
{
	_cleanup_(freep) char *enforce = NULL;
	_cleanup_(freep) char *lockdown = NULL;

	if (secure_boot(doctor))
		return "Secure Boot";

	lockdown = bw_doctor_read(doctor, "/sys/kernel/security/lockdown");
	if (lockdown && strchr(lockdown, '[') && !strstr(lockdown, "[none]"))
		return "lockdown";

	enforce = bw_doctor_read(doctor, "/sys/module/module/parameters/sig_enforce");
	return enforce && *enforce == 'Y' ? "module.sig_enforce" : NULL;
}

void bw_doctor_signature(struct bw_doctor *doctor)
{
	const char *by = signature_wanted_by(doctor);
	_cleanup_(freep) char *path = NULL;
	_cleanup_(freep) char *signer = NULL;

	if (!by) {
		bw_doctor_see(doctor, BW_FINDING_OK, "signature", "this host asks for none");
		return;
	}

	if (!doctor->ctl->next_boot && bw_doctor_exists(doctor, "/sys/module/bulwark")) {
		bw_doctor_see(doctor, BW_FINDING_OK, "signature", "%s has accepted the module", by);
		return;
	}

	path = module_find(doctor, doctor->release);
	signer = path ? module_signer(path) : NULL;
	if (signer && *signer) {
		bw_doctor_see(doctor, BW_FINDING_OK, "signature",
			      "%s wants one; the module is signed by '%s'", by, signer);
		bw_doctor_advise(doctor, "'mokutil --test-key /var/lib/dkms/mok.pub' tells whether "
					 "that key is enrolled");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_FAIL, "signature",
		      "%s wants one, and the module has none: it won't be loaded", by);
	bw_doctor_advise(doctor,
			 "run 'mokutil --import /var/lib/dkms/mok.pub', reboot to enrol the "
			 "key, then 'dkms autoinstall'");
}

static void keeper_see(struct bw_doctor *doctor, const struct bw_control_info *info)
{
	if (info->links == 0) {
		bw_doctor_see(doctor, BW_FINDING_FAIL, "keeper",
			      "holds nothing: nothing is enforced");
		bw_doctor_advise(doctor, "run 'systemctl start bulwarkd'");
		return;
	}

	if (!(info->flags & BW_INFO_PERMANENT)) {
		bw_doctor_see(doctor, BW_FINDING_FAIL, "keeper",
			      "kernel.ftrace_enabled=0 would silence its %u programs", info->links);
		bw_doctor_advise(doctor, "run 'sysctl kernel.ftrace_enabled=1', then 'systemctl "
					 "restart bulwarkd'");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_OK, "keeper", "holds %u programs and %u maps for good",
		      info->links, info->maps);
}

int bw_doctor_standing(const struct bw_doctor *doctor, struct bw_control_info *ret_info)
{
	_cleanup_(freep) char *dir = bw_doctor_path(doctor, "%s", BW_STATUS_DIR);

	if (!dir)
		return -ENOMEM;

	if (!bw_doctor_exists(doctor, "/sys/module/bulwark"))
		return -ENODEV;

	return bw_standing_read(dir, ret_info);
}

void bw_doctor_keeper(struct bw_doctor *doctor)
{
	struct bw_control_info info;
	int err = bw_doctor_standing(doctor, &info);

	/* Without the module there is no keeper, and that has been said. */
	if (err == -ENODEV)
		return;

	if (err) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "keeper", "doesn't say what it holds: %s",
			      strerror(-err));
		bw_doctor_advise(doctor, "run 'sudo bulwarkctl doctor'");
		return;
	}

	keeper_see(doctor, &info);
}

void bw_doctor_next_kernel(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *path = NULL;

	if (!*doctor->newest || !strcmp(doctor->newest, doctor->running)) {
		bw_doctor_see(doctor, BW_FINDING_OK, "next-boot", "no other kernel waits in /boot");
		return;
	}

	path = module_find(doctor, doctor->newest);
	if (path)
		bw_doctor_see(doctor, BW_FINDING_OK, "next-boot", "%s has the module",
			      doctor->newest);
	else
		bw_doctor_see(doctor, BW_FINDING_FAIL, "next-boot",
			      "%s has no module: the host would come up unprotected",
			      doctor->newest);
	if (!path)
		bw_doctor_advise(doctor, "run 'bulwarkctl doctor --next-boot' before the reboot");
}
