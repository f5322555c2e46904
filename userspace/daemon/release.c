// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - ends enforcement, for the removal of the package
 */
#include <errno.h>

#include "cleanup.h"
#include "keeper_client.h"
#include "log.h"
#include "release.h"

int bw_release(void)
{
	_cleanup_(closep) int keeper = bw_keeper_open();
	int err;

	/* Without a module nobody holds anything. */
	if (keeper == -ENOENT)
		return 0;
	if (keeper < 0)
		return log_error(keeper, "cannot open '%s'", BW_DEVICE_PATH);

	err = bw_keeper_release(keeper);
	if (err == -ENOENT)
		return 0;
	/* Who may not call it could not open it. */
	if (err == -EPERM)
		return log_error(err, "the host is sealed, enforcement goes on; unseal it first");
	if (err)
		return log_error(err, "cannot release, enforcement goes on");

	log_notice("nothing is enforced any more");
	return 0;
}
