// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of bulwarkctl doctor, on made-up hosts
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "ctl.h"
#include "ctl_run.h"

#define CONFIG                                                             \
	"CONFIG_BPF_LSM=y\nCONFIG_BPF_JIT=y\nCONFIG_DEBUG_INFO_BTF=y\n"    \
	"CONFIG_DEBUG_INFO_BTF_MODULES=y\nCONFIG_MODULES=y\n"              \
	"CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y\nCONFIG_SECURITYFS=y\n" \
	"CONFIG_AUDITSYSCALL=y\nCONFIG_IMA=y\nCONFIG_LSM=\"yama,apparmor,bpf\"\n"

#define SEALED "sealed yes\nseal-needed 2\nseal-shown 1\n"

#define POLICY \
	"set: pension-db\nversion: 1\nmode: enforce\nprotect:\n  - /srv/pension\ngrants: []\n"

#define DISKS_POLICY "etc/bulwark/policy.d/disks.yaml"
#define DISKS(mode) \
	"set: disks\nversion: 1\nmode: " mode "\ndevices: under-sets\nprotect: []\ngrants: []\n"

/* A host that has everything; each file can be replaced or, by NULL, removed. */
static const struct {
	const char *name;
	const char *text;
} host[] = {
	{ "proc/sys/kernel/osrelease", "6.1.0-9-amd64\n" },
	{ "proc/cmdline", "root=/dev/vda1 ro quiet\n" },
	{ "proc/sys/kernel/ftrace_enabled", "1\n" },
	{ "proc/sys/kernel/core_pattern", "core\n" },
	{ "proc/77/comm", "auditd\n" },
	{ "sys/kernel/security/lsm", "lockdown,capability,bpf\n" },
	{ "sys/kernel/security/lockdown", "none [integrity] confidentiality\n" },
	{ "sys/kernel/security/bulwark/state", "links 23\nmaps 11\npermanent yes\n" SEALED },
	{ "sys/kernel/btf/vmlinux", "" },
	{ "sys/module/bulwark/version", BULWARK_VERSION "\n" },
	{ "boot/vmlinuz-6.1.0-9-amd64", "" },
	{ "boot/vmlinuz-6.1.0-10-amd64", "" },
	{ "boot/config-6.1.0-9-amd64", CONFIG },
	{ "boot/config-6.1.0-10-amd64", CONFIG },
	{ "lib/modules/6.1.0-9-amd64/build/Makefile", "" },
	{ "lib/modules/6.1.0-10-amd64/build/Makefile", "" },
	{ "lib/modules/6.1.0-9-amd64/modules.dep", "kernel/a.ko:\nupdates/dkms/bulwark.ko:\n" },
	{ "lib/modules/6.1.0-10-amd64/modules.dep", "updates/dkms/bulwark.ko.xz: kernel/a.ko\n" },
	{ "lib/modules/6.1.0-10-amd64/updates/dkms/bulwark.ko.xz", "" },
	{ "usr/sbin/dkms", "" },
	{ "var/lib/dkms/bulwark/version", "" },
	{ "etc/bulwark/policy.d/pension.yaml", POLICY },
	{ DISKS_POLICY, DISKS("enforce") },
	{ "var/log/bulwark/events.jsonl", "" },
	{ "run/systemd/journal/socket", "" },
	{ "run/auditd.pid", "77\n" },
};

static void host_make(void)
{
	for (size_t i = 0; i < ARRAY_LEN(host); i++)
		ctl_file(host[i].name, host[i].text);
	chmod(ctl_path("var/log/bulwark"), 02750);
}

static struct ctl_run doctor_run(const char *option)
{
	return ctl_run("doctor", "--root", ctl_path(""), option, NULL);
}

/* Files of an ordinary user are no policy: that check is for root's tests. */
static int healthy_code(void)
{
	return geteuid() == 0 ? BW_EXIT_OK : BW_EXIT_FAILED;
}

START_TEST(healthy_host_is_healthy)
{
	struct ctl_run run;

	host_make();
	run = doctor_run(NULL);
	ck_assert_msg(run.code == healthy_code(), "%s%s", run.out, run.err);
	ck_assert_msg(!strstr(run.out, "warn  "), "%s", run.out);
	ctl_contains("module", run.out, "ok    module: " BULWARK_VERSION " is loaded\n");
	ctl_contains("keeper", run.out, "ok    keeper: holds 23 programs and 11 maps for good\n");
	ctl_contains("seal", run.out, "ok    seal: sealed: 1 of 2 secrets shown\n");
	ctl_contains("next", run.out, "ok    next-boot: 6.1.0-10-amd64 has the module\n");

	/* The made-up module bears no signature that lockdown would want to see. */
	ctl_file("sys/kernel/security/lockdown", "[none] integrity\n");
	run = doctor_run("--next-boot");
	ck_assert_msg(run.code == healthy_code(), "%s%s", run.out, run.err);
	ctl_contains("kernel", run.out, "ok    kernel: 6.1.0-10-amd64, the newest in /boot\n");
	ctl_contains("lsm", run.out, "ok    lsm: bpf will be active (yama,apparmor,bpf)\n");
	ctl_contains("module", run.out, "ok    module: built: ");

	run = doctor_run("--json");
	ck_assert_int_eq(run.code, healthy_code());
	ctl_contains("JSON", run.out,
		     "\"kernel\":\"6.1.0-9-amd64\",\"checks\":[{\"check\":\"kernel\"");
}
END_TEST

static const struct {
	const char *name;
	const char *file;
	const char *text;
	const char *option;
	const char *says;
	bool fails;
} ills[] = {
	{ "off", "proc/cmdline", "ro bulwark=off\n", NULL, "fail  command-line: bulwark=off",
	  true },
	{ "no bpf", "sys/kernel/security/lsm", "yama,tomoyo\n", NULL,
	  "fail  lsm: bpf isn't active (yama,tomoyo)\n      -> put 'lsm=yama,tomoyo,bpf' into",
	  true },
	{ "no securityfs", "sys/kernel/security/lsm", NULL, NULL, "mount -t securityfs", true },
	{ "no BTF", "sys/kernel/btf/vmlinux", NULL, NULL, "fail  btf: ", true },
	{ "no JIT", "boot/config-6.1.0-9-amd64", "CONFIG_BPF_LSM=y\n", NULL,
	  "fail  config: CONFIG_BPF_JIT isn't set: programs can't be attached", true },
	{ "no config", "boot/config-6.1.0-9-amd64", NULL, NULL, "warn  config: the conf", false },
	{ "ftrace off", "proc/sys/kernel/ftrace_enabled", "0\n", NULL, "fail  ftrace: kernel.ft",
	  true },
	{ "no headers", "lib/modules/6.1.0-9-amd64/build/Makefile", NULL, NULL,
	  "warn  headers: of 6.1.0-9-amd64 aren't installed", false },
	{ "no dkms", "usr/sbin/dkms", NULL, NULL, "warn  dkms: not installed", false },
	{ "unknown to dkms", "var/lib/dkms/bulwark/version", NULL, NULL, "warn  dkms: doesn't know",
	  false },
	{ "not loaded", "sys/module/bulwark/version", NULL, NULL,
	  "fail  module: built, but not loaded", true },
	{ "older module", "sys/module/bulwark/version", "0.0.9\n", NULL,
	  "warn  module: 0.0.9 is loaded, bulwarkctl is ", false },
	{ "empty keeper", "sys/kernel/security/bulwark/state", "links 0\n", NULL,
	  "fail  keeper: holds nothing", true },
	{ "not permanent", "sys/kernel/security/bulwark/state", "links 5\npermanent no\n", NULL,
	  "fail  keeper: kernel.ftrace_enabled=0 would silence its 5 programs", true },
	{ "not sealed", "sys/kernel/security/bulwark/state", "links 5\npermanent yes\n", NULL,
	  "warn  seal: not sealed: root can let go", false },
	{ "another kernel waits", "sys/kernel/kexec_loaded", "1\n", NULL,
	  "warn  seal: sealed, but a kernel that was loaded before", false },
	{ "kdump", "sys/kernel/kexec_crash_loaded", "1\n", NULL,
	  "warn  seal: sealed, but a crash hands", false },
	{ "no lockdown, sealed", "sys/kernel/security/lockdown", "[none] integrity\n", NULL,
	  "warn  lockdown: none: root can change the kernel by processor registers", false },
	{ "too much lockdown", "sys/kernel/security/lockdown", "none [confidentiality]\n", NULL,
	  "fail  lockdown: confidentiality", true },
	{ "bad policy", "etc/bulwark/policy.d/pension.yaml", "set: X\n", NULL,
	  "fail  policy: ", true },
	{ "no journal", "run/systemd/journal/socket", NULL, NULL, "warn  journal: journald doesn't",
	  false },
	{ "killed auditd", "proc/77/comm", "bash\n", NULL, "warn  audit: auditd doesn't run",
	  false },
	{ "audit=0", "proc/cmdline", "audit=0\n", NULL, "warn  audit: audit=0 stands", false },
	{ "dumps to a program", "proc/sys/kernel/core_pattern", "|/usr/bin/dump %P %u\n", NULL,
	  "warn  core: a crash hands the process's memory to '|/usr/bin/dump', unless it may read "
	  "an enforced set\n      -> put 'Limit",
	  false },
	{ "dumps to a socket", "proc/sys/kernel/core_pattern", "@@/run/dump\n", NULL,
	  "warn  core: a crash hands", false },
	{ "next without module", "lib/modules/6.1.0-10-amd64/modules.dep", "a.ko:\n", NULL,
	  "fail  next-boot: 6.1.0-10-amd64 has no module", true },
	{ "next: no module", "lib/modules/6.1.0-10-amd64/modules.dep", NULL, "--next-boot",
	  "-> run 'dkms autoinstall -k 6.1.0-10-amd64'", true },
	{ "next: no headers, no module", "lib/modules/6.1.0-10-amd64/build/Makefile", NULL,
	  "--next-boot", "run 'apt install linux-headers-6.1.0-10-amd64'", false },
	{ "next: list is old", "lib/modules/6.1.0-10-amd64/updates/dkms/bulwark.ko.xz", NULL,
	  "--next-boot", "fail  module: not built for 6.1.0-10-amd64: the host would", true },
	{ "next: no headers", "lib/modules/6.1.0-10-amd64/build/Makefile", NULL, "--next-boot",
	  "warn  headers: of 6.1.0-10-amd64", false },
	{ "next: grub says lsm=", "boot/grub/grub.cfg",
	  "\tlinux /vmlinuz-6.1.0-10-amd64 root=x lsm=yama\n", "--next-boot",
	  "fail  lsm: bpf won't be active (yama)", true },
	{ "next: grub says off", "boot/grub/grub.cfg",
	  "\tlinux /boot/vmlinuz-6.1.0-10-amd64 bulwark=off\n", "--next-boot",
	  "fail  command-line: bulwark=off will", true },
	{ "next: unsigned", "sys/kernel/security/lockdown", "none [integrity]\n", "--next-boot",
	  "fail  signature: lockdown wants one, and the module has none", true },
};

START_TEST(illness_is_found)
{
	struct ctl_run run;

	host_make();
	if (ills[_i].text)
		ctl_file(ills[_i].file, ills[_i].text);
	else
		unlink(ctl_path(ills[_i].file));

	/* A module's directory goes with its file. */
	if (!strcmp(ills[_i].name, "not loaded"))
		rmdir(ctl_path("sys/module/bulwark"));
	if (!strcmp(ills[_i].name, "unknown to dkms"))
		rmdir(ctl_path("var/lib/dkms/bulwark"));

	run = doctor_run(ills[_i].option);
	ctl_contains(ills[_i].name, run.out, ills[_i].says);
	if (ills[_i].fails)
		ck_assert_msg(run.code == BW_EXIT_FAILED, "case '%s'", ills[_i].name);
}
END_TEST

START_TEST(open_lockdown_is_found)
{
	struct ctl_run run;

	host_make();
	ctl_file("sys/kernel/security/lockdown", "[none] integrity\n");
	ctl_file("sys/kernel/security/bulwark/state", "links 5\npermanent yes\nsealed no\n");
	run = doctor_run(NULL);
	ctl_contains("lockdown", run.out, "warn  lockdown: none: root can load");
}
END_TEST

/* Of an ordinary user's files the policy's check has said enough. */
START_TEST(open_disks_are_found)
{
	struct ctl_run run;

	if (geteuid() != 0)
		return;

	host_make();
	run = doctor_run(NULL);
	ctl_contains("in a set", run.out, "ok    disks: are in the set 'disks'\n");

	ctl_file(DISKS_POLICY, DISKS("monitor"));
	run = doctor_run(NULL);
	ctl_contains("watched", run.out, "warn  disks: the set 'disks' only monitors");

	unlink(ctl_path(DISKS_POLICY));
	run = doctor_run(NULL);
	ctl_contains("open", run.out, "warn  disks: no set holds them: root can read");
	ctl_contains("advice", run.out, "-> take /usr/share/bulwark/policies/devices.yaml");
	ck_assert_int_eq(run.code, BW_EXIT_OK);
}
END_TEST

START_TEST(log_for_everybody_is_found)
{
	struct ctl_run run;

	host_make();
	chmod(ctl_path("var/log/bulwark"), 0755);
	run = doctor_run(NULL);
	ctl_contains("log", run.out, "warn  log: everybody may look into '");
}
END_TEST

START_TEST(secure_boot_wants_a_signature)
{
	static const char on[] = { 6, 0, 0, 0, 1 };
	char name[] = "sys/firmware/efi/efivars/"
		      "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	struct ctl_run run;
	FILE *file;

	host_make();
	ctl_file(name, "");
	file = fopen(ctl_path(name), "w");
	ck_assert_uint_eq(fwrite(on, sizeof(on), 1, file), 1);
	fclose(file);

	run = doctor_run(NULL);
	ctl_contains("loaded", run.out, "ok    signature: Secure Boot has accepted the module");
	run = doctor_run("--next-boot");
	ctl_contains("next", run.out, "fail  signature: Secure Boot wants one, and the module has");
}
END_TEST

static Suite *doctor_suite(void)
{
	Suite *suite = suite_create("ctl_doctor");
	TCase *doctor = tcase_create("doctor");

	tcase_add_checked_fixture(doctor, ctl_setup, ctl_teardown);
	tcase_set_timeout(doctor, 60);
	tcase_add_test(doctor, healthy_host_is_healthy);
	tcase_add_loop_test(doctor, illness_is_found, 0, ARRAY_LEN(ills));
	tcase_add_test(doctor, open_lockdown_is_found);
	tcase_add_test(doctor, open_disks_are_found);
	tcase_add_test(doctor, log_for_everybody_is_found);
	tcase_add_test(doctor, secure_boot_wants_a_signature);
	suite_add_tcase(suite, doctor);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(doctor_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
