// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl doctor: is this host fit to be protected, and after the
 * next boot?
 */
#include <dirent.h>
#include <string.h>

#include "cleanup.h"
#include "doctor.h"
#include "print.h"

typedef void (*check_run)(struct bw_doctor *doctor);

/* In the order in which a host has to get them right. */
static const check_run checks_now[] = {
	bw_doctor_kernel,      bw_doctor_command_line, bw_doctor_lsm,	  bw_doctor_btf,
	bw_doctor_config,      bw_doctor_ftrace,       bw_doctor_headers, bw_doctor_dkms,
	bw_doctor_module,      bw_doctor_signature,    bw_doctor_keeper,  bw_doctor_seal,
	bw_doctor_lockdown,    bw_doctor_daemon,       bw_doctor_policy,  bw_doctor_log,
	bw_doctor_journal,     bw_doctor_audit,	       bw_doctor_core,	  bw_doctor_user,
	bw_doctor_next_kernel,
};

static const check_run checks_next_boot[] = {
	bw_doctor_kernel, bw_doctor_lsm_next,	 bw_doctor_config,    bw_doctor_headers,
	bw_doctor_dkms,	  bw_doctor_module_next, bw_doctor_signature, bw_doctor_policy,
};

static void running_find(struct bw_doctor *doctor)
{
	_cleanup_(freep) char *release = bw_doctor_read(doctor, "/proc/sys/kernel/osrelease");

	if (release)
		(void)snprintf(doctor->running, sizeof(doctor->running), "%.*s",
			       (int)strcspn(release, "\n"), release);
}

/* What a boot loader takes first: the highest version. */
static void newest_find(struct bw_doctor *doctor)
{
	static const char prefix[] = "vmlinuz-";
	_cleanup_(freep) char *path = bw_doctor_path(doctor, "/boot");
	DIR *boot = path ? opendir(path) : NULL;
	const struct dirent *entry;

	if (!boot)
		return;

	while ((entry = readdir(boot))) {
		const char *release = entry->d_name + sizeof(prefix) - 1;

		if (strncmp(entry->d_name, prefix, sizeof(prefix) - 1) != 0 ||
		    strlen(release) >= BW_RELEASE_SIZE)
			continue;

		if (strverscmp(release, doctor->newest) > 0)
			(void)snprintf(doctor->newest, sizeof(doctor->newest), "%s", release);
	}
	(void)closedir(boot);
}

/* Where distributions keep it. */
static void config_find(struct bw_doctor *doctor)
{
	static const char *const places[] = {
		"/boot/config-%s",
		"/lib/modules/%s/config",
		"/lib/modules/%s/build/.config",
	};

	if (!strcmp(doctor->release, doctor->running))
		doctor->config = bw_doctor_read(doctor, "/proc/config.gz");

	for (size_t i = 0; i < ARRAY_LEN(places) && !doctor->config; i++) {
		char place[sizeof("/lib/modules//build/.config") + BW_RELEASE_SIZE];

		(void)snprintf(place, sizeof(place), places[i], doctor->release);
		doctor->config = bw_doctor_read(doctor, "%s", place);
	}
}

static void doctor_begin(struct bw_doctor *doctor)
{
	doctor->checks = json_array();
	running_find(doctor);
	newest_find(doctor);
	doctor->release =
		doctor->ctl->next_boot && *doctor->newest ? doctor->newest : doctor->running;
	config_find(doctor);
}

static void checks_run(struct bw_doctor *doctor)
{
	const check_run *checks = checks_now;
	size_t len = ARRAY_LEN(checks_now);

	if (doctor->ctl->next_boot) {
		checks = checks_next_boot;
		len = ARRAY_LEN(checks_next_boot);
	}

	for (size_t i = 0; i < len; i++)
		checks[i](doctor);
}

static void summary_print(const struct bw_doctor *doctor)
{
	size_t warnings = doctor->counts[BW_FINDING_WARN];
	size_t failures = doctor->counts[BW_FINDING_FAIL];

	bw_print_line(stdout, "%zu check%s: %zu ok, %zu warning%s, %zu failure%s",
		      json_array_size(doctor->checks), bw_plural(json_array_size(doctor->checks)),
		      doctor->counts[BW_FINDING_OK], warnings, bw_plural(warnings), failures,
		      bw_plural(failures));
}

int bw_cmd_doctor(const struct bw_ctl *ctl)
{
	struct bw_doctor doctor = { .ctl = ctl };
	bool fit;

	doctor_begin(&doctor);
	checks_run(&doctor);
	fit = doctor.counts[BW_FINDING_FAIL] == 0;
	if (ctl->json) {
		bw_print_json(stdout, json_pack("{s:b,s:s,s:O}", "ok", fit, "kernel",
						doctor.release, "checks", doctor.checks));
	} else {
		summary_print(&doctor);
	}

	json_decref(doctor.checks);
	free(doctor.config);
	return fit ? BW_EXIT_OK : BW_EXIT_FAILED;
}
