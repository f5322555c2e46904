// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - keeps the kernel's ftrace switch from silencing the programs
 *
 * kernel.ftrace_enabled=0 turns every BPF trampoline's call site into a nop while
 * the links still look attached.  The kernel refuses it with EBUSY as long as one
 * permanent ftrace_ops is registered: this is one.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ftrace.h>
#include <linux/mutex.h>

#include "permanence.h"

/* Protects @held, and keeps registering and unregistering apart. */
static DEFINE_MUTEX(lock);
static bool held;

static void notrace nothing(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			    struct ftrace_regs *regs)
{
}

static struct ftrace_ops permanent_ops = {
	.func = nothing,
	.flags = FTRACE_OPS_FL_PERMANENT | FTRACE_OPS_FL_RECURSION,
};

void bw_permanence_take(void)
{
	int err;

	mutex_lock(&lock);
	if (!held) {
		err = register_ftrace_function(&permanent_ops);
		held = !err;
		if (err)
			pr_warn("cannot hold the ftrace switch (%d): is kernel.ftrace_enabled 0? "
				"no program runs then\n",
				err);
	}
	mutex_unlock(&lock);
}

bool bw_permanence_held(void)
{
	return READ_ONCE(held);
}

/* The traced function is our own and hardly ever called: nobody else pays. */
int __init bw_permanence_init(void)
{
	int err;

	err = ftrace_set_filter_ip(&permanent_ops, (unsigned long)bw_permanence_held, 0, 0);
	if (err)
		return err;

	bw_permanence_take();
	return 0;
}

void bw_permanence_exit(void)
{
	if (held)
		unregister_ftrace_function(&permanent_ops);
	ftrace_free_filter(&permanent_ops);
}
