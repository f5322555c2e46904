// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - resolver: which disks are free of all sets, and of the memory of who read
 * them (`devices: under-sets`)
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cleanup.h"
#include "disks.h"
#include "resolver.h"
#include "swaps.h"

/*
 * Where nodes of new disks come, and where udev writes what it saw of a disk that changed:
 * a volume group that was extended makes no node.
 */
static const char *const watched[] = { "/dev", "/run/udev/data" };

/* "" for a filesystem that no mount shows any more. */
static const char *type_of(const struct bw_mounts *mounts, uint32_t dev)
{
	for (size_t i = 0; i < mounts->len; i++)
		if (mounts->items[i].dev == dev)
			return mounts->items[i].type;
	return "";
}

static int filesystems_hold(struct resolver *resolver, const struct bw_rules *rules,
			    struct bw_disks *disks)
{
	int err = 0;

	for (size_t i = 0; i < rules->len && !err; i++) {
		const struct bw_rule_key *key = &rules->items[i].key;

		if (key->kind == BW_RULE_FILESYSTEM)
			err = bw_disks_hold(disks, resolver->sysfs, key->file.dev,
					    type_of(&resolver->mounts, key->file.dev));
	}
	return err;
}

struct swapping {
	struct resolver *resolver;
	struct bw_disks *disks;
};

/* Fails closed: if it can't be told which disk it is, none is free. */
static int swap_hold(void *context, const char *device)
{
	struct swapping *swapping = context;
	struct stat status = { 0 };

	if (stat(device, &status) < 0 || !S_ISBLK(status.st_mode))
		status.st_rdev = 0;

	return bw_disks_hold(swapping->disks, swapping->resolver->sysfs,
			     major(status.st_rdev) << 20 | minor(status.st_rdev), "swap");
}

/* The memory of who read a set comes there. */
static int swaps_hold(struct resolver *resolver, struct bw_disks *disks)
{
	struct swapping swapping = { resolver, disks };

	return bw_swaps_each(BW_SWAPS_PATH, swap_hold, &swapping);
}

/* What a set lies on is told as well: bw_rules_tighten() remembers it. */
static int disk_emit(const struct bw_disk *disk, struct bw_rules *rules)
{
	const struct bw_rule_key key = { .kind = BW_RULE_DISK, .file.dev = disk->dev };
	const struct bw_rule rule = { .anchor =
					      disk->under ? BW_ANCHOR_PROTECT : BW_ANCHOR_EXCEPT };

	return disk->under || bw_disk_is_free(disk) ? rules_add(rules, &key, &rule) : 0;
}

static int all_emit(const struct bw_disks *disks, struct bw_rules *rules)
{
	int err = 0;

	for (size_t i = 0; i < disks->len && !err; i++)
		err = disk_emit(&disks->items[i], rules);
	return err;
}

static int raw_emit(void *context, uint32_t major)
{
	const struct bw_rule_key key = { .kind = BW_RULE_RAW, .file.dev = major << 20 };
	const struct bw_rule rule = { 0 };

	return rules_add(context, &key, &rule);
}

static int devices_emit(struct bw_rules *rules, uint16_t set)
{
	const struct bw_rule_key key = { .kind = BW_RULE_DEVICES };
	const struct bw_rule rule = { .set = set };

	return rules_add(rules, &key, &rule);
}

static int disks_find(struct resolver *resolver, const struct bw_rules *rules,
		      struct bw_disks *ret_disks)
{
	int err = bw_disks_load(resolver->sysfs, ret_disks);

	if (!err)
		err = filesystems_hold(resolver, rules, ret_disks);
	if (!err)
		err = swaps_hold(resolver, ret_disks);
	return err ? err : bw_disks_spread(ret_disks, resolver->sysfs);
}

/* Fails closed: of what can't be looked at, no disk is free. */
static int looks_failed(struct resolver *resolver, const struct bw_policy *policy, int err)
{
	if (err == -ENOMEM)
		return err;

	return resolver_say(resolver, policy, policy->devices_at, true,
			    "can't tell which disks are free of all sets, so reading any of them "
			    "needs a grant: %s",
			    strerror(-err));
}

int disks_emit(struct resolver *resolver, struct bw_rules *rules)
{
	const struct bw_policy *policy = bw_policies_devices(resolver->policies);
	_cleanup_(bw_disks_done) struct bw_disks disks = { 0 };
	int err;

	if (!policy)
		return 0;

	err = devices_emit(rules, number_of_name(rules, policy->set));
	if (err)
		return err;

	err = disks_find(resolver, rules, &disks);
	err = err ? looks_failed(resolver, policy, err) : all_emit(&disks, rules);
	if (err)
		return err;

	err = bw_raw_majors(BW_PROC_DEVICES_PATH, raw_emit, rules);
	for (size_t i = 0; i < ARRAY_LEN(watched) && !err; i++)
		err = watches_add_directory(resolver, watched[i]);
	return err;
}
