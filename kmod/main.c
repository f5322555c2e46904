// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the module's beginning and end
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "device.h"
#include "keeper.h"
#include "kfuncs.h"
#include "off.h"
#include "permanence.h"
#include "seal.h"
#include "status.h"

/* The device comes last: whoever can open it finds everything else in place. */
static int __init bulwark_init(void)
{
	int err;

	bw_off_init();
	bw_seal_init();

	err = bw_permanence_init();
	if (err)
		return err;

	err = bw_kfuncs_init();
	if (err)
		goto err_exit_permanence;

	err = bw_status_init();
	if (err)
		goto err_exit_permanence;

	err = bw_device_init();
	if (err)
		goto err_exit_status;

	return 0;

err_exit_status:
	bw_status_exit();
err_exit_permanence:
	bw_permanence_exit();
	return err;
}

/* The kernel itself forgets the kfuncs of a module that goes. */
static void __exit bulwark_exit(void)
{
	bw_keeper_exit();
	bw_device_exit();
	bw_status_exit();
	bw_permanence_exit();
}

module_init(bulwark_init);
module_exit(bulwark_exit);

MODULE_AUTHOR("The Bulwark authors");
MODULE_DESCRIPTION("Keeps the programs that keep protected files from being read");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");

/* Since 6.12 the keeper's calls are in this namespace; before, nobody looks. */
MODULE_INFO(import_ns, "BPF_INTERNAL");
