// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 for open, read and mmap: who may not read gets no byte
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "tap.h"

#define SECRET "/srv/set/secret"
#define PLAIN "/srv/plain/file"

static int probe_read(const char *path)
{
	return rig_read(path);
}

static const struct rig_probe probes[] = {
	{ "read", probe_read },
};

int main(int argc, char **argv)
{
	struct rig rig;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	rig_write(SECRET, "pension\n");
	rig_write(PLAIN, "nothing\n");

	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	rig_set(&rig, 1, BW_MODE_ENFORCE, "/srv/set");
	rig_grant(&rig, 1, RIG_GRANTED, 0);
	is(rig_apply(&rig), 0, "policy applied");

	is(rig_read(SECRET), -EACCES, "the test itself is refused");
	is(rig_call(RIG_OTHER, "read", SECRET), -EACCES, "a copy without a grant is refused");
	is(rig_call(RIG_GRANTED, "read", SECRET), 0, "the granted copy reads");
	is(rig_call(RIG_OTHER, "read", PLAIN), 0, "an unprotected file is read by anybody");
	is(bw_enforcer_prove(rig.enforcer), 0, "the canary is refused");

	rig_disarm(&rig);
	return done();
}
