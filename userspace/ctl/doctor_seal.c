// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - bulwarkctl doctor: is the host sealed, and what is open all the same?
 */
#include "cleanup.h"
#include "doctor.h"

bool bw_doctor_is_sealed(const struct bw_doctor *doctor)
{
	struct bw_control_info info;

	return !bw_doctor_standing(doctor, &info) && info.flags & BW_INFO_SEALED;
}

/* A kernel that waits since before the seal. */
static bool kernel_waits(const struct bw_doctor *doctor, const char *which)
{
	_cleanup_(freep) char *loaded = bw_doctor_read(doctor, "/sys/kernel/%s", which);

	return loaded && *loaded == '1';
}

static void sealed_see(struct bw_doctor *doctor, const struct bw_control_info *info)
{
	if (kernel_waits(doctor, "kexec_loaded")) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "seal",
			      "sealed, but a kernel that was loaded before can be started "
			      "(kexec), and knows no seal");
		bw_doctor_advise(doctor, "reboot, and seal the host before 'kexec -l'");
		return;
	}

	if (kernel_waits(doctor, "kexec_crash_loaded")) {
		bw_doctor_see(doctor, BW_FINDING_WARN, "seal",
			      "sealed, but a crash hands the host's memory to the kernel that "
			      "kdump has loaded");
		bw_doctor_advise(doctor, "remove kdump-tools, reboot, and seal the host again");
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_OK, "seal", "sealed: %u of %u secrets shown",
		      info->seal_shown, info->seal_needed);
}

void bw_doctor_seal(struct bw_doctor *doctor)
{
	struct bw_control_info info;

	/* Without the keeper's word there is no more to say than what was said of it. */
	if (bw_doctor_standing(doctor, &info))
		return;

	if (info.flags & BW_INFO_SEALED) {
		sealed_see(doctor, &info);
		return;
	}

	bw_doctor_see(doctor, BW_FINDING_WARN, "seal",
		      "not sealed: root can let go what the module holds, or load another kernel");
	bw_doctor_advise(doctor, "run 'bulwarkctl seal' once policies and modules are as they "
				 "should be");
}
