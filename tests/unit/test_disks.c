// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - unit tests of the block devices: which carry a set, by a sysfs of our own
 */
#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "disks.h"
#include "scratch_dir.h"
#include "swaps.h"

#define DEV(major, minor) ((major) << 20 | (minor))
#define SDA DEV(8, 0)
#define SDA1 DEV(8, 1)
#define SDA2 DEV(8, 2)
#define SDB DEV(8, 16)
#define SDB1 DEV(8, 17)
#define SDC DEV(8, 32)
#define DM0 DEV(253, 0)
#define DM1 DEV(253, 1)
#define LOOP0 DEV(7, 0)
#define ANONYMOUS DEV(0, 42)

static struct bw_disks disks;

/* "a/b/c" and all directories above it. */
static void directory(const char *name)
{
	_cleanup_(freep) char *path = strdup(name);

	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(scratch_path(path), 0755);
		*slash = '/';
	}
	(void)mkdir(scratch_path(name), 0755);
}

/* A device at @path below devices/. */
static void device(uint32_t dev, const char *path, bool partition)
{
	char name[128], link[64];

	snprintf(name, sizeof(name), "devices/%s", path);
	directory(name);
	snprintf(name, sizeof(name), "devices/%s/partition", path);
	if (partition)
		scratch_write(name, "1\n");
	snprintf(link, sizeof(link), "dev/block/%u:%u", dev >> 20, dev & 0xfffff);
	snprintf(name, sizeof(name), "../../devices/%s", path);
	ck_assert_int_eq(symlink(name, scratch_path(link)), 0);
}

static void link_to(const char *from, const char *to)
{
	char target[256];

	snprintf(target, sizeof(target), "%s", scratch_path(to));
	ck_assert_int_eq(symlink(target, scratch_path(from)), 0);
}

/* @upper is made of @lower, as dm and md show it. */
static void made_of(const char *upper, const char *lower)
{
	char from[128], to[128];

	snprintf(from, sizeof(from), "devices/%s/slaves", upper);
	directory(from);
	snprintf(from, sizeof(from), "devices/%s/slaves/%s", upper, strrchr(lower, '/') + 1);
	snprintf(to, sizeof(to), "devices/%s", lower);
	link_to(from, to);

	snprintf(from, sizeof(from), "devices/%s/holders", lower);
	directory(from);
	snprintf(from, sizeof(from), "devices/%s/holders/%s", lower, strrchr(upper, '/') + 1);
	snprintf(to, sizeof(to), "devices/%s", upper);
	link_to(from, to);
}

static void host_setup(void)
{
	scratch_setup();
	directory("dev/block");
	directory("fs");
	device(SDA, "pci/sda", false);
	device(SDA1, "pci/sda/sda1", true);
	device(SDA2, "pci/sda/sda2", true);
	device(SDB, "pci/sdb", false);
	device(SDB1, "pci/sdb/sdb1", true);
	device(SDC, "pci/sdc", false);
	device(DM0, "virtual/block/dm-0", false);
	device(DM1, "virtual/block/dm-1", false);
	device(LOOP0, "virtual/block/loop0", false);
}

static void host_teardown(void)
{
	bw_disks_done(&disks);
	scratch_teardown();
}

static void look(uint32_t dev, const char *type)
{
	const char *sysfs = scratch_path("");

	ck_assert_int_eq(bw_disks_load(sysfs, &disks), 0);
	ck_assert_int_eq(bw_disks_hold(&disks, sysfs, dev, type), 0);
	ck_assert_int_eq(bw_disks_spread(&disks, sysfs), 0);
}

static bool is_free(uint32_t dev)
{
	for (size_t i = 0; i < disks.len; i++)
		if (disks.items[i].dev == dev)
			return bw_disk_is_free(&disks.items[i]);

	ck_abort_msg("no device %u:%u", dev >> 20, dev & 0xfffff);
	return false;
}

START_TEST(all_are_found)
{
	look(SDA1, "ext4");
	ck_assert_uint_eq(disks.len, 9);
}
END_TEST

START_TEST(partition_leaves_its_neighbours_free)
{
	look(SDA1, "ext4");
	ck_assert(!is_free(SDA1));
	ck_assert(!is_free(SDA));
	ck_assert(is_free(SDA2));
	ck_assert(is_free(SDB));
	ck_assert(is_free(SDB1));
	ck_assert(is_free(SDC));
}
END_TEST

START_TEST(whole_disk_holds_its_partitions)
{
	look(SDB, "xfs");
	ck_assert(!is_free(SDB));
	ck_assert(!is_free(SDB1));
	ck_assert(is_free(SDA));
}
END_TEST

START_TEST(volume_lies_on_its_disks)
{
	made_of("virtual/block/dm-0", "pci/sda/sda2");
	made_of("virtual/block/dm-0", "pci/sdc");
	made_of("virtual/block/dm-1", "pci/sda/sda2");
	look(DM0, "ext4");
	ck_assert(!is_free(DM0));
	ck_assert(!is_free(SDA2));
	ck_assert(!is_free(SDA));
	ck_assert(!is_free(SDC));
	ck_assert(is_free(SDA1));
	ck_assert(is_free(SDB));
}
END_TEST

/* What is made of the same disk, by somebody's own table as well. */
START_TEST(volume_over_a_set_is_not_free)
{
	made_of("virtual/block/dm-1", "pci/sda");
	look(SDA1, "ext4");
	for (size_t i = 0; i < disks.len; i++)
		if (disks.items[i].dev == DM1)
			ck_assert(disks.items[i].under);
	ck_assert(is_free(SDA2));
}
END_TEST

START_TEST(stack_is_followed_to_the_ground)
{
	made_of("virtual/block/dm-0", "virtual/block/dm-1");
	made_of("virtual/block/dm-1", "pci/sdb/sdb1");
	look(DM0, "ext4");
	ck_assert(!is_free(SDB1));
	ck_assert(!is_free(SDB));
	ck_assert(is_free(SDA));
}
END_TEST

START_TEST(disk_by_another_path_is_the_same)
{
	scratch_write("devices/pci/sda/wwid", "naa.5000\n");
	scratch_write("devices/pci/sdc/wwid", "naa.5000\n");
	scratch_write("devices/pci/sdb/wwid", "naa.5001\n");
	look(SDA1, "ext4");
	ck_assert(!is_free(SDC));
	ck_assert(is_free(SDB));
}
END_TEST

START_TEST(btrfs_names_its_disks)
{
	directory("fs/btrfs/6d1f/devices");
	directory("fs/btrfs/features");
	link_to("fs/btrfs/6d1f/devices/sdb1", "devices/pci/sdb/sdb1");
	look(ANONYMOUS, "btrfs");
	ck_assert(!is_free(SDB1));
	ck_assert(!is_free(SDB));
	ck_assert(is_free(SDA));
}
END_TEST

START_TEST(memory_lies_on_no_disk)
{
	look(ANONYMOUS, "tmpfs");
	ck_assert(is_free(SDA));
	ck_assert(is_free(SDA1));
	ck_assert(is_free(SDC));
}
END_TEST

/* Their tables can change while their nodes stay what they are. */
START_TEST(made_by_software_is_never_free)
{
	look(ANONYMOUS, "tmpfs");
	ck_assert(!is_free(LOOP0));
	ck_assert(!is_free(DM0));
	ck_assert(!is_free(DM1));
}
END_TEST

static const char *const unknown[] = { "zfs", "overlay", "fuse.sshfs", "" };

START_TEST(unknown_may_lie_anywhere)
{
	look(ANONYMOUS, unknown[_i]);
	for (size_t i = 0; i < disks.len; i++)
		ck_assert(!bw_disk_is_free(&disks.items[i]));
}
END_TEST

START_TEST(loop_lies_where_its_file_lies)
{
	struct stat status;
	char file[256];
	uint32_t dev;

	snprintf(file, sizeof(file), "%s\n", scratch_path("image"));
	scratch_write("image", "");
	ck_assert_int_eq(stat(scratch_path("image"), &status), 0);
	dev = DEV(major(status.st_dev), minor(status.st_dev));
	device(dev, "pci/sdz", false);
	directory("devices/virtual/block/loop0/loop");
	scratch_write("devices/virtual/block/loop0/loop/backing_file", file);
	look(LOOP0, "ext4");
	ck_assert(!is_free(dev));
	ck_assert(is_free(SDA));
}
END_TEST

/* A file that is gone or lies in memory says nothing of where its bytes are. */
START_TEST(loop_over_nothing_may_lie_anywhere)
{
	directory("devices/virtual/block/loop0/loop");
	scratch_write("devices/virtual/block/loop0/loop/backing_file", "/srv/image (deleted)\n");
	look(LOOP0, "ext4");
	ck_assert(!is_free(SDA));
	ck_assert(!is_free(SDC));
}
END_TEST

START_TEST(without_sysfs_nothing_is_known)
{
	ck_assert_int_eq(bw_disks_load(scratch_path("nowhere"), &disks), -ENOENT);
}
END_TEST

static uint32_t majors[4];
static size_t majors_len;

static int major_take(void *context, uint32_t major)
{
	majors[majors_len++] = major;
	return 0;
}

START_TEST(raw_majors_are_character_devices)
{
	majors_len = 0;
	scratch_write("devices.txt", "Character devices:\n  1 mem\n 21 sg\n240 nvme\n\n"
				     "Block devices:\n259 nvme\n  8 sd\n");
	ck_assert_int_eq(bw_raw_majors(scratch_path("devices.txt"), major_take, NULL), 0);
	ck_assert_uint_eq(majors_len, 3);
	ck_assert_uint_eq(majors[0], 21);
	ck_assert_uint_eq(majors[1], 90);
	ck_assert_uint_eq(majors[2], 240);
	ck_assert_int_eq(bw_raw_majors(scratch_path("nowhere"), major_take, NULL), -ENOENT);
}
END_TEST

static char swapped[128];

static int swap_note(void *context, const char *device)
{
	snprintf(swapped + strlen(swapped), sizeof(swapped) - strlen(swapped), "[%s]", device);
	return context ? *(int *)context : 0;
}

static int swaps_of(const char *text, void *context)
{
	swapped[0] = '\0';
	scratch_write("swaps", text);
	return bw_swaps_each(scratch_path("swaps"), swap_note, context);
}

#define SWAPS_HEAD "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static const struct {
	const char *text;
	const char *devices;
	int err;
} swap_cases[] = {
	{ "", "", 0 },
	{ SWAPS_HEAD, "", 0 },
	{ SWAPS_HEAD "/dev/sda2  partition\t976892\t\t0\t\t-2\n", "[/dev/sda2]", 0 },
	{ SWAPS_HEAD "/swapfile  file\t976892\t\t0\t\t-2\n", "", 0 },
	{ SWAPS_HEAD "/dev/a\\040b partition\t1\t0\t-2\n/dev/zram0 partition\t1\t0\t100\n",
	  "[/dev/a b][/dev/zram0]", 0 },
	{ SWAPS_HEAD "/dev/sda2\n", "", -EBADMSG },
};

START_TEST(swap_devices_are_listed)
{
	ck_assert_int_eq(swaps_of(swap_cases[_i].text, NULL), swap_cases[_i].err);
	ck_assert_str_eq(swapped, swap_cases[_i].devices);
}
END_TEST

START_TEST(swap_is_given_up_when_told)
{
	int stop = -ENOMEM;

	ck_assert_int_eq(swaps_of(swap_cases[4].text, &stop), -ENOMEM);
	ck_assert_str_eq(swapped, "[/dev/a b]");
	ck_assert_int_eq(bw_swaps_each(scratch_path("none"), swap_note, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("disks");
	TCase *tcase = tcase_create("disks");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, host_setup, host_teardown);
	tcase_add_test(tcase, all_are_found);
	tcase_add_test(tcase, partition_leaves_its_neighbours_free);
	tcase_add_test(tcase, whole_disk_holds_its_partitions);
	tcase_add_test(tcase, volume_lies_on_its_disks);
	tcase_add_test(tcase, volume_over_a_set_is_not_free);
	tcase_add_test(tcase, stack_is_followed_to_the_ground);
	tcase_add_test(tcase, disk_by_another_path_is_the_same);
	tcase_add_test(tcase, btrfs_names_its_disks);
	tcase_add_test(tcase, memory_lies_on_no_disk);
	tcase_add_test(tcase, made_by_software_is_never_free);
	tcase_add_loop_test(tcase, unknown_may_lie_anywhere, 0, ARRAY_LEN(unknown));
	tcase_add_test(tcase, loop_lies_where_its_file_lies);
	tcase_add_test(tcase, loop_over_nothing_may_lie_anywhere);
	tcase_add_test(tcase, without_sysfs_nothing_is_known);
	tcase_add_test(tcase, raw_majors_are_character_devices);
	tcase_add_loop_test(tcase, swap_devices_are_listed, 0, ARRAY_LEN(swap_cases));
	tcase_add_test(tcase, swap_is_given_up_when_told);
	suite_add_tcase(suite, tcase);

	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
