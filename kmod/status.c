// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what can be read without the device, under securityfs
 */
#include <linux/module.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "audit.h"
#include "keeper.h"
#include "measure.h"
#include "off.h"
#include "permanence.h"
#include "seal.h"
#include "status.h"

static const char *yes_no(bool yes)
{
	return yes ? "yes" : "no";
}

static void show_policy(struct seq_file *seq)
{
	struct bw_measured measured;

	bw_measure_last(&measured);
	if (measured.generation)
		seq_printf(seq, "policy %u %*phN\n", measured.generation, BW_DIGEST_SIZE,
			   measured.digest);
	else
		seq_puts(seq, "policy none\n");
	seq_printf(seq, "measured %s\n", yes_no(measured.stored));
}

static void show_seal(struct seq_file *seq)
{
	struct bw_control_info info = { .flags = 0 };

	bw_seal_tell(&info);
	seq_printf(seq, "sealed %s\n", yes_no(info.flags & BW_INFO_SEALED));
	seq_printf(seq, "seal-needed %u\nseal-shown %u\n", info.seal_needed, info.seal_shown);
	seq_printf(seq, "seal-id %*phN\n", BW_SEAL_ID_SIZE, info.seal_id);
	seq_printf(seq, "wrong-secrets %llu\n", info.wrong_secrets);
}

static int state_show(struct seq_file *seq, void *unused)
{
	struct bw_control_info info;

	bw_keeper_count(&info);
	seq_printf(seq, "abi %u\n", BW_ABI_VERSION);
	seq_printf(seq, "links %u\nmaps %u\n", info.links, info.maps);
	seq_printf(seq, "adoptions %llu\n", info.adoptions);
	seq_printf(seq, "permanent %s\n", yes_no(bw_permanence_held()));
	seq_printf(seq, "off %s\n", yes_no(bw_off()));
	seq_printf(seq, "audit-left-out %llu\n", bw_audit_left_out());
	show_policy(seq);
	show_seal(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static void show_each(struct seq_file *seq, const struct bw_kept *kept, u32 kept_len)
{
	u32 i;

	for (i = 0; i < kept_len; i++)
		seq_printf(seq, "%u %s\n", kept[i].id, kept[i].name);
}

static int show_kept(struct seq_file *seq, bool of_links)
{
	struct bw_keep *keep;

	keep = kmalloc(sizeof(*keep), GFP_KERNEL);
	if (!keep)
		return -ENOMEM;

	bw_keeper_list(keep);
	if (of_links)
		show_each(seq, keep->links, keep->links_len);
	else
		show_each(seq, keep->maps, keep->maps_len);

	kfree(keep);
	return 0;
}

static int links_show(struct seq_file *seq, void *unused)
{
	return show_kept(seq, true);
}
DEFINE_SHOW_ATTRIBUTE(links);

static int maps_show(struct seq_file *seq, void *unused)
{
	return show_kept(seq, false);
}
DEFINE_SHOW_ATTRIBUTE(maps);

static const struct {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
} files[] = {
	{ "state", 0444, &state_fops },
	{ "links", 0400, &links_fops },
	{ "maps", 0400, &maps_fops },
};

static struct dentry *directory;
static struct dentry *entries[ARRAY_SIZE(files)];

/* securityfs_remove() takes NULL and errors, and only newer ones take a full directory. */
void bw_status_exit(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		securityfs_remove(entries[i]);
	securityfs_remove(directory);
}

int __init bw_status_init(void)
{
	size_t i;

	directory = securityfs_create_dir(KBUILD_MODNAME, NULL);
	if (IS_ERR(directory))
		return PTR_ERR(directory);

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		entries[i] = securityfs_create_file(files[i].name, S_IFREG | files[i].mode,
						    directory, NULL, files[i].fops);
		if (IS_ERR(entries[i])) {
			bw_status_exit();
			return PTR_ERR(entries[i]);
		}
	}
	return 0;
}
