// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl doctor: the kernel, and what was said to it at boot
 */
#include <string.h>

#include "cleanup.h"
#include "doctor.h"

#define BOOT_ADVICE "in /etc/default/grub, then run 'update-grub' and reboot"

void bw_doctor_kernel(struct bw_doctor *doctor)
{
	if (doctor->ctl->next_boot && !*doctor->newest) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "kernel",
			      "no kernel in /boot; looking at the running one, %s",
			      doctor->running);
		bw_doctor_advise(doctor, "run this on the host itself, not in a container");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_OK, "kernel", "%s, %s%s", doctor->release,
		      doctor->ctl->next_boot ? "the newest in /boot" : "running",
		      doctor->ctl->next_boot && !strcmp(doctor->release, doctor->running)
			      ? ", and running now"
			      : "");
}

void bw_doctor_command_line(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *line = bw_doctor_read(doctor, "/proc/cmdline");

	if (line && bw_word_in(line, "bulwark=off", " \n")) {
		bw_doctor_see(doctor, BW_FINDING_FAIL, "command-line",
			      "bulwark=off stands on the kernel command line: nothing is enforced");
		bw_doctor_advise(doctor, "take it out " BOOT_ADVICE);
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_OK, "command-line", "nothing turns Bulwark off");
}

static void advise_lsm(struct bw_doctor *doctor, const char *list)
{
	bw_doctor_advise(doctor, "put 'lsm=%s%sbpf' into GRUB_CMDLINE_LINUX " BOOT_ADVICE, list,
			 *list ? "," : "");
}

void bw_doctor_lsm(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *list = bw_doctor_read(doctor, "/sys/kernel/security/lsm");

	if (!list) {
		bw_doctor_see(doctor, BW_FINDING_FAIL, "lsm", "/sys/kernel/security/lsm: %s",
			      strerror(errno));
		bw_doctor_advise(doctor, "run 'mount -t securityfs none /sys/kernel/security'");
		return;
	}

	list[strcspn(list, "\n")] = '\0';
	if (bw_word_in(list, "bpf", ",")) {
		bw_doctor_see(doctor, BW_FINDING_OK, "lsm", "bpf is active (%s)", list);
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_FAIL, "lsm", "bpf isn't active (%s)", list);
	advise_lsm(doctor, list);
}

/* Value of "NAME=value" in a text of such words; malloc'ed, NULL for none. */
static char *value_of(const char *text, const char *name, const char *separators)
{
	size_t len = strlen(name);

	for (; *text; text += strcspn(text, separators)) {
		text += strspn(text, separators);
		if (!strncmp(text, name, len) && text[len] == '=')
			return strndup(text + len + 1, strcspn(text + len + 1, separators));
	}
	return NULL;
}

/* The boot loader's first line for this kernel; malloc'ed, NULL for none. */
static char *boot_entry(const struct bw_doctor *doctor)
{
	_cleanup_(freep) char *grub = bw_doctor_read(doctor, "/boot/grub/grub.cfg");
	char kernel[BW_RELEASE_SIZE + sizeof("/vmlinuz- ")];
	const char *found;
	char *entry;

	(void)snprintf(kernel, sizeof(kernel), "/vmlinuz-%s ", doctor->release);
	found = grub ? strstr(grub, kernel) : NULL;
	if (!found || asprintf(&entry, "%.*s", (int)strcspn(found, "\n"), found) < 0)
		return NULL;

	return entry;
}

/* What will be said to the kernel; this boot's words where that can't be read. */
static char *next_command_line(const struct bw_doctor *doctor)
{
	char *entry = boot_entry(doctor);

	return entry ? entry : bw_doctor_read(doctor, "/proc/cmdline");
}

/* The security modules in their order, without quotes; malloc'ed, NULL if unknown. */
static char *next_lsm_list(const struct bw_doctor *doctor, const char *line)
{
	_cleanup_(freep) char *built = NULL;
	char *said = value_of(line, "lsm", " \n");

	if (said || !doctor->config)
		return said;

	built = value_of(doctor->config, "CONFIG_LSM", "\n");
	if (!built || *built != '"')
		return NULL;

	return strndup(built + 1, strcspn(built + 1, "\""));
}

void bw_doctor_lsm_next(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *line = next_command_line(doctor);
	_cleanup_(freep) char *list = NULL;

	if (line && bw_word_in(line, "bulwark=off", " \n")) {
		bw_doctor_see(doctor, BW_FINDING_FAIL, "command-line",
			      "bulwark=off will stand on the kernel command line");
		bw_doctor_advise(doctor, "take it out " BOOT_ADVICE);
	}

	list = next_lsm_list(doctor, line ? line : "");
	if (!list) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "lsm", "can't tell which will be active");
		bw_doctor_advise(doctor, "read CONFIG_LSM in /boot/config-%s: it must name bpf",
				 doctor->release);
		return;
	}

	if (bw_word_in(list, "bpf", ",")) {
		bw_doctor_see(doctor, BW_FINDING_OK, "lsm", "bpf will be active (%s)", list);
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_FAIL, "lsm", "bpf won't be active (%s)", list);
	advise_lsm(doctor, list);
}

void bw_doctor_btf(struct bw_doctor *doctor)
{
	if (bw_doctor_exists(doctor, "/sys/kernel/btf/vmlinux")) {
		bw_doctor_see(doctor, BW_FINDING_OK, "btf", "the kernel describes its types");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_FAIL, "btf", "/sys/kernel/btf/vmlinux isn't there");
	bw_doctor_advise(doctor,
			 "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y, as Debian's are");
}

/* What the programs and the module stand on, and what goes without. */
static const struct {
	const char *option;
	enum bw_finding finding;
	const char *without;
} needs[] = {
	{ "CONFIG_BPF_LSM", BW_FINDING_FAIL, "no program can refuse anything" },
	{ "CONFIG_BPF_JIT", BW_FINDING_FAIL, "programs can't be attached" },
	{ "CONFIG_DEBUG_INFO_BTF", BW_FINDING_FAIL, "programs can't be loaded" },
	{ "CONFIG_DEBUG_INFO_BTF_MODULES", BW_FINDING_FAIL, "programs can't call the module" },
	{ "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS", BW_FINDING_FAIL,
	  "programs can't be attached" },
	{ "CONFIG_MODULES", BW_FINDING_FAIL, "the keeper can't be loaded" },
	{ "CONFIG_SECURITYFS", BW_FINDING_FAIL, "the module has no place for its state" },
	{ "CONFIG_AUDITSYSCALL", BW_FINDING_WARN, "refusals aren't in the kernel's audit trail" },
	{ "CONFIG_IMA", BW_FINDING_WARN, "policies can't be attested" },
};

void bw_doctor_config(struct bw_doctor *doctor)
{
	bool complete = true;

	if (!doctor->config) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "config",
			      "the configuration of %s can't be read", doctor->release);
		bw_doctor_advise(doctor, "look for /boot/config-%s", doctor->release);
		return;
	}

	for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
		_cleanup_(freep) char *value = value_of(doctor->config, needs[i].option, "\n");

		if (value && *value == 'y')
			continue;

		complete = false;
		bw_doctor_see(doctor, needs[i].finding, "config", "%s isn't set: %s",
			      needs[i].option, needs[i].without);
		bw_doctor_advise(doctor, "boot a kernel that has it, as Debian's do");
	}

	if (complete)
		bw_doctor_see(doctor, BW_FINDING_OK, "config", "all %zu options that count are set",
			      ARRAY_LEN(needs));
}

void bw_doctor_ftrace(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *enabled = bw_doctor_read(doctor, "/proc/sys/kernel/ftrace_enabled");

	if (!enabled) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "ftrace", "ftrace_enabled: %s",
			      strerror(errno));
		bw_doctor_advise(doctor, "boot a kernel built with CONFIG_FUNCTION_TRACER=y");
		return;
	}

	if (*enabled == '1') {
		bw_doctor_see(doctor, BW_FINDING_OK, "ftrace", "enabled");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_FAIL, "ftrace",
		      "kernel.ftrace_enabled=0: attached programs are never called");
	bw_doctor_advise(doctor,
			 "run 'sysctl kernel.ftrace_enabled=1' and search /etc/sysctl.d for "
			 "what turned it off");
}

void bw_doctor_lockdown(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *state = bw_doctor_read(doctor, "/sys/kernel/security/lockdown");

	if (state && strstr(state, "[confidentiality]")) {
		bw_doctor_see(doctor, BW_FINDING_FAIL, "lockdown",
			      "confidentiality: programs may not read kernel memory");
		bw_doctor_advise(doctor, "boot with lockdown=integrity instead");
		return;
	}

	if (state && strstr(state, "[integrity]")) {
		bw_doctor_see(doctor, BW_FINDING_OK, "lockdown", "integrity");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "lockdown", "%s: root can %s",
		      state ? "none" : "not available",
		      bw_doctor_is_sealed(doctor)
			      ? "change the kernel by processor registers (msr), ports or PCI "
				"devices, which the seal doesn't watch"
			      : "load a kernel module that undoes everything");
	bw_doctor_advise(doctor,
			 "turn Secure Boot on, or boot with lockdown=integrity; modules must "
			 "then be signed");
}
