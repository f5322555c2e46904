// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the way back for a host that doesn't come up: bulwark=off
 *
 * The kernel exports its command line to no module, and a parameter of ours
 * would reach us only through modprobe(8) and only as "bulwark.off": so this
 * reads what every process can.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/setup.h>

#include "off.h"

#define WORD_OFF "bulwark=off"

static bool off __ro_after_init;

/* A file of another filesystem may be mounted over the one we want. */
static ssize_t command_line_read(char *line, size_t line_size)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t len;

	file = filp_open("/proc/cmdline", O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);

	len = -EINVAL;
	if (file_inode(file)->i_sb->s_magic == PROC_SUPER_MAGIC)
		len = kernel_read(file, line, line_size - 1, &pos);

	fput(file);
	return len;
}

static bool word_stands_in(char *line, const char *word)
{
	const char *found;

	while ((found = strsep(&line, " \n")))
		if (!strcmp(found, word))
			return true;
	return false;
}

void __init bw_off_init(void)
{
	char *line;
	ssize_t len = -ENOMEM;

	line = kzalloc(COMMAND_LINE_SIZE + 2, GFP_KERNEL);
	if (line)
		len = command_line_read(line, COMMAND_LINE_SIZE + 2);

	/* Fails closed: an order that can't be read isn't followed. */
	if (len < 0)
		pr_warn("cannot read the kernel's command line (%zd), taking '%s' for absent\n",
			len, WORD_OFF);
	else
		off = word_stands_in(line, WORD_OFF);

	if (off)
		pr_notice("'%s' on the kernel's command line: nothing will be protected\n",
			  WORD_OFF);
	kfree(line);
}

bool bw_off(void)
{
	return off;
}
