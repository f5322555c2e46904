// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what the verifier makes of each program: instructions that it walks,
 * and how close that comes to the most it ever would
 *
 * A verifier gives up at a million; a program that is near loads today, and not
 * on the next kernel.  The ceilings are those of tests/bench/cost.ceilings.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define CEILINGS "/etc/cost.ceilings"
#define OURS "bw_"

/* The ceiling of a program on this kernel, 0 for none. */
static unsigned int ceiling_of(const char *release, const char *program)
{
	_cleanup_(fclosep) FILE *file = fopen(CEILINGS, "re");
	char line[128], series[16], name[32];
	unsigned int ceiling;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%15s %31s %u", series, name, &ceiling) == 3 &&
		    strcmp(name, program) == 0 && strncmp(release, series, strlen(series)) == 0 &&
		    release[strlen(series)] == '.')
			return ceiling;

	return 0;
}

static void program_judge(const char *release, const struct bpf_prog_info *info)
{
	unsigned int ceiling = ceiling_of(release, info->name);

	diag("verified %s %u", info->name, info->verified_insns);
	ok(info->verified_insns <= ceiling, "%s: %u instructions verified, at most %u", info->name,
	   info->verified_insns, ceiling);
}

static unsigned int programs_judge(const char *release)
{
	unsigned int judged = 0;
	__u32 id = 0;

	while (bpf_prog_get_next_id(id, &id) == 0) {
		_cleanup_(closep) int fd = bpf_prog_get_fd_by_id(id);
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ||
		    strncmp(info.name, OURS, strlen(OURS)) != 0)
			continue;

		program_judge(release, &info);
		judged++;
	}
	return judged;
}

int main(void)
{
	struct utsname name;
	struct rig rig;

	if (uname(&name) < 0 || !is(rig_arm(&rig), 0, "armed"))
		return done();

	ok(programs_judge(name.release) > 0, "there are programs to judge");
	rig_disarm(&rig);
	return done();
}
