// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - a host that is armed and has no policy: where other cases go on from
 *
 * Most of what a case takes by itself is the boot, and the programs' verification.
 */
#include "rig.h"
#include "tap.h"

int main(void)
{
	struct rig rig;

	is(rig_arm(&rig), 0, "armed");
	rig_end(&rig);
	return done();
}
