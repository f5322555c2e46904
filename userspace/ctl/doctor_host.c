// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl doctor: daemon, files and logs
 */
#include <grp.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "cleanup.h"
#include "client.h"
#include "doctor.h"
#include "policy.h"
#include "signers.h"
#include "until.h"

/* A log that can't grow loses evidence: below this share of free space, warn. */
#define LOG_FREE_PERCENT 5

void bw_doctor_daemon(struct bw_doctor *doctor)
{
	struct bw_client_excuse excuse;
	const char *state;
	json_t *answer;
	int err;

	/* The files of another host have no running daemon. */
	if (*doctor->ctl->root)
		return;

	err = bw_client_ask(doctor->ctl, "status", BW_ASK_TIMEOUT_MS, &answer);
	if (err) {
		excuse = bw_client_excuse(err);
		bw_doctor_see(doctor, err == -EACCES ? BW_FINDING_WARN : BW_FINDING_FAIL, "daemon",
			      "%s", excuse.reason);
		bw_doctor_advise(doctor, "%s", excuse.hint);
		return;
	}

	state = bw_member_text(answer, "state");
	if (state && !strcmp(state, "protected")) {
		bw_doctor_see(doctor, BW_FINDING_OK, "daemon", "answers: protected");
	} else {
		bw_doctor_see(doctor, BW_FINDING_WARN, "daemon", "answers: %s",
			      state ? state : "no state");
		bw_doctor_advise(doctor, "run 'bulwarkctl status'");
	}
	json_decref(answer);
}

static size_t enforced_count(const struct bw_policies *policies)
{
	size_t count = 0;

	for (size_t i = 0; i < policies->len; i++)
		count += policies->items[i]->mode == BW_MODE_ENFORCE;
	return count;
}

/* An enforced set that root can read past its filesystem. */
static void disks_see(struct bw_doctor *doctor, const struct bw_policies *policies)
{
	const struct bw_policy *policy = bw_policies_devices(policies);

	if (!policy) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "disks",
			      "no set holds them: root can read the others past the filesystem");
		bw_doctor_advise(doctor, "take /usr/share/bulwark/policies/devices.yaml into use");
		return;
	}

	if (policy->mode != BW_MODE_ENFORCE) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "disks",
			      "the set '%s' only monitors who reads the disks under all sets",
			      policy->set);
		bw_doctor_advise(doctor, "write 'mode: enforce' when its records are right");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_OK, "disks", "are in the set '%s'", policy->set);
}

/* Nobody is refused there, and that is easily forgotten (INV-10). */
static void learning_see(struct bw_doctor *doctor, const struct bw_policies *policies)
{
	for (size_t i = 0; i < policies->len; i++) {
		const struct bw_policy *policy = policies->items[i];
		char until[BW_UNTIL_TEXT_SIZE];

		if (policy->mode != BW_MODE_LEARN)
			continue;

		bw_until_text(policy->learn_until, until);
		bw_doctor_see(doctor, BW_FINDING_WARN, "learning",
			      policy->learn_until > time(NULL)
				      ? "the set '%s' learns until %s: nobody is refused"
				      : "the set '%s' has learnt until %s, and only monitors",
			      policy->set, until);
		bw_doctor_advise(doctor,
				 "run 'bulwarkctl suggest --set %s', then write 'mode: enforce' or "
				 "a later day",
				 policy->set);
	}
}

static void policies_see(struct bw_doctor *doctor, const struct bw_policies *policies)
{
	size_t enforced = enforced_count(policies);

	learning_see(doctor, policies);
	if (policies->len == 0) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "policy",
			      "no set is defined: nothing to protect");
		bw_doctor_advise(doctor, "copy a file from /usr/share/bulwark/policies to %s",
				 doctor->ctl->policy);
		return;
	}

	if (enforced == 0) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "policy", "%zu set%s, none enforces",
			      policies->len, policies->len == 1 ? "" : "s");
		bw_doctor_advise(doctor, "when 'bulwarkctl events' shows no would-deny that is "
					 "wrong, write 'mode: enforce' and run 'bulwarkctl apply'");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_OK, "policy", "%zu set%s, %zu enforced", policies->len,
		      policies->len == 1 ? "" : "s", enforced);
	disks_see(doctor, policies);
}

static void mistakes_see(struct bw_doctor *doctor, const struct bw_diagnostics *diagnostics,
			 int err)
{
	_cleanup_(freep) char *first = bw_diagnostics_first_error(diagnostics);

	if (err == -ENOENT) {
		bw_doctor_see(doctor, BW_FINDING_FAIL, "policy", "there is no '%s'",
			      doctor->ctl->policy);
		bw_doctor_advise(doctor, "run 'apt install bulwark', which makes %s",
				 BW_POLICY_DIR);
		return;
	}

	/* Who may not read them can't judge them. */
	bw_doctor_see(doctor, err == -EACCES ? BW_FINDING_WARN : BW_FINDING_FAIL, "policy", "%s",
		      first ? first : strerror(-err));
	bw_doctor_advise(doctor, "%s 'bulwarkctl check' shows all mistakes; what is in force stays",
			 err == -EACCES ? "use sudo;" : "mend it;");
}

/*
 * As the daemon does: files that others than root can write don't count, and a signature
 * must fit.  Whether there must be one, the daemon's options tell.
 */
static int policies_load(const struct bw_doctor *doctor, struct bw_diagnostics *diagnostics,
			 struct bw_policies **ret_policies)
{
	_cleanup_(bw_signers_freep) struct bw_signers *signers = NULL;
	_cleanup_(freep) char *path = bw_doctor_path(doctor, "%s", doctor->ctl->policy);
	_cleanup_(freep) char *keys = bw_doctor_path(doctor, "%s", BW_SIGNERS_DIR);
	struct bw_policy_terms terms = bw_policy_trusted;
	int err;

	if (!path || !keys)
		return -ENOMEM;

	err = bw_signers_load(keys, true, diagnostics, &signers);
	if (err)
		return err;

	terms.signers = signers;
	return bw_policies_load(path, &terms, diagnostics, ret_policies);
}

void bw_doctor_policy(struct bw_doctor *doctor)
{
	_cleanup_(bw_diagnostics_done) struct bw_diagnostics diagnostics = { 0 };
	_cleanup_(bw_policies_freep) struct bw_policies *policies = NULL;
	int err = policies_load(doctor, &diagnostics, &policies);

	if (err)
		mistakes_see(doctor, &diagnostics, err);
	else
		policies_see(doctor, policies);
}

/* The directory of the log; malloc'ed. */
static char *log_directory(const struct bw_doctor *doctor)
{
	_cleanup_(freep) char *path = bw_doctor_path(doctor, "%s", doctor->ctl->log);

	return path ? strdup(dirname(path)) : NULL;
}

static void space_see(struct bw_doctor *doctor, const char *directory)
{
	unsigned long percent = 0;
	struct statvfs space;

	if (statvfs(directory, &space)) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "log", "'%s': %s", directory,
			      strerror(errno));
		bw_doctor_advise(doctor, "use sudo");
		return;
	}

	if (space.f_blocks > 0)
		percent = (unsigned long)(space.f_bavail * 100 / space.f_blocks);
	if (percent >= LOG_FREE_PERCENT) {
		bw_doctor_see(doctor, BW_FINDING_OK, "log", "'%s', %lu %% of its filesystem free",
			      directory, percent);
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "log", "only %lu %% free for '%s'", percent,
		      directory);
	bw_doctor_advise(doctor, "make room: a full filesystem loses details of refusals, though "
				 "never their count");
}

void bw_doctor_log(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *directory = log_directory(doctor);
	struct stat status;

	if (!directory || stat(directory, &status)) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "log", "'%s': %s",
			      directory ? directory : "?", strerror(errno));
		bw_doctor_advise(doctor, "run 'systemd-tmpfiles --create bulwark.conf'");
		return;
	}

	if (status.st_mode & (S_IWOTH | S_IROTH | S_IXOTH)) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "log", "everybody may look into '%s'",
			      directory);
		bw_doctor_advise(doctor, "run 'chmod 2750 %s'", directory);
		return;
	}

	space_see(doctor, directory);
}

void bw_doctor_journal(struct bw_doctor *doctor)
{
	if (bw_doctor_exists(doctor, "/run/systemd/journal/socket")) {
		bw_doctor_see(doctor, BW_FINDING_OK, "journal", "journald takes records");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "journal",
		      "journald doesn't run: records are in '%s' "
		      "alone",
		      doctor->ctl->log);
	bw_doctor_advise(doctor, "run 'systemctl start systemd-journald'");
}

/* auditd removes its file when it ends, but not when it is killed. */
static bool auditd_runs(const struct bw_doctor *doctor)
{
	_cleanup_(freep) char *pid = bw_doctor_read(doctor, "/run/auditd.pid");
	_cleanup_(freep) char *comm = NULL;

	if (!pid)
		return false;

	comm = bw_doctor_read(doctor, "/proc/%d/comm", atoi(pid));
	return comm && !strcmp(comm, "auditd\n");
}

void bw_doctor_audit(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *line = bw_doctor_read(doctor, "/proc/cmdline");

	if (line && bw_word_in(line, "audit=0", " \n")) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "audit",
			      "audit=0 stands on the kernel command line: no audit records");
		bw_doctor_advise(doctor,
				 "take it out of the boot loader's configuration and reboot");
		return;
	}

	if (auditd_runs(doctor)) {
		bw_doctor_see(doctor, BW_FINDING_OK, "audit", "auditd takes the kernel's records");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "audit",
		      "auditd doesn't run: the kernel's records go to its log only");
	bw_doctor_advise(doctor,
			 "run 'apt install auditd'; then 'ausearch -m KERNEL_OTHER' finds them");
}

/*
 * A program or a socket that takes dumps gets a server's memory whatever the limit
 * is, unless that is 1: fs/coredump.c, do_coredump().
 */
void bw_doctor_core(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *pattern = bw_doctor_read(doctor, "/proc/sys/kernel/core_pattern");

	if (!pattern)
		return;

	pattern[strcspn(pattern, " \n")] = '\0';
	if (*pattern != '|' && *pattern != '@') {
		bw_doctor_see(doctor, BW_FINDING_OK, "core", "dumps go to files, if anywhere");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "core",
		      "a crash hands the process's memory to '%s', unless it may read an "
		      "enforced set",
		      pattern);
	bw_doctor_advise(doctor, "put 'LimitCORE=1' into the units that grants name");
}

static bool in_group(gid_t gid)
{
	gid_t groups[256];
	int len = getgroups(256, groups);

	for (int i = 0; i < len; i++) {
		if (groups[i] == gid)
			return true;
	}
	return getegid() == gid;
}

void bw_doctor_user(struct bw_doctor *doctor)
{
	const struct group *group;

	if (*doctor->ctl->root)
		return;

	group = getgrnam("bulwark");
	if (!group) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "group", "there is no group 'bulwark'");
		bw_doctor_advise(doctor, "run 'systemd-sysusers bulwark.conf'");
		return;
	}

	if (geteuid() == 0 || in_group(group->gr_gid)) {
		bw_doctor_see(doctor, BW_FINDING_OK, "group", "this user may look at everything");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "group", "this user isn't in the group 'bulwark'");
	bw_doctor_advise(doctor, "use sudo, or 'adduser NAME bulwark' and log in again");
}
