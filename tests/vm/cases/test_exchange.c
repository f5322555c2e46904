// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - INV-1 where XFS gives one file the content of another one, and back
 *
 * By descriptors from before: the command is asked of one's own file and names the
 * protected one, or the other way round.
 *
 * Boots with others.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "rig.h"
#include "scratch.h"
#include "tap.h"

#define DISK "/srv/disk"
#define SECRET DISK "/set/secret"
#define OWN DISK "/own"

/* What each holds at first, a block of it. */
#define SECRET_BYTE 's'
#define OWN_BYTE 'o'
#define BLOCK 4096

/* As fs/xfs/libxfs/xfs_fs.h has them, which Debian 12's headers have not. */
struct exchange {
	__s32 file1_fd;
	__u32 pad;
	__u64 file1_offset;
	__u64 file2_offset;
	__u64 length;
	__u64 flags;
};

struct commit {
	struct exchange exchange;
	__u64 freshness[6];
};

#define XFS_EXCHANGE _IOW('X', 129, struct exchange)
#define XFS_START_COMMIT _IOR('X', 130, struct commit)
#define XFS_COMMIT _IOW('X', 131, struct commit)

/* --- A filesystem that can --------------------------------------------------- */

/* Of the superblock, as xfs_format.h has it: the sector's size, features, checksum. */
#define SB_SECTOR_SIZE 102
#define SB_FEATURES 216
#define SB_CHECKSUM 224
#define FEATURE_EXCHANGE (1U << 6)

static __u32 checksum_of(const unsigned char *bytes, size_t len)
{
	__u32 sum = ~0U;

	for (size_t i = 0; i < len; i++) {
		sum ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78 : 0);
	}
	return ~sum;
}

/* As mkfs.xfs of xfsprogs 6.10 makes it with -i exchange=1. */
static int exchange_enable(int image)
{
	unsigned char block[BLOCK];
	__be16 sector;
	__be32 features;
	__le32 sum;

	if (pread(image, block, sizeof(block), 0) != sizeof(block))
		return -EIO;

	memcpy(&sector, block + SB_SECTOR_SIZE, sizeof(sector));
	memcpy(&features, block + SB_FEATURES, sizeof(features));
	features |= htobe32(FEATURE_EXCHANGE);
	memcpy(block + SB_FEATURES, &features, sizeof(features));
	memset(block + SB_CHECKSUM, 0, sizeof(sum));
	sum = htole32(checksum_of(block, be16toh(sector)));
	memcpy(block + SB_CHECKSUM, &sum, sizeof(sum));
	return pwrite(image, block, sizeof(block), 0) == sizeof(block) ? 0 : -EIO;
}

/* --- Ways -------------------------------------------------------------------- */

static int exchange(int asked, int named)
{
	const struct exchange call = { .file1_fd = named, .length = BLOCK };

	return ioctl(asked, XFS_EXCHANGE, &call) < 0 ? -errno : 0;
}

static int commit(int asked, int named)
{
	struct commit call = { .exchange = { .pad = 0 } };

	if (ioctl(asked, XFS_START_COMMIT, &call) < 0)
		return -errno;

	call.exchange.file1_fd = named;
	call.exchange.length = BLOCK;
	return ioctl(asked, XFS_COMMIT, &call) < 0 ? -errno : 0;
}

/* "SECRET OWN": the inherited descriptors. */
static void descriptors_of(const char *text, int *ret_secret, int *ret_own)
{
	char *end;

	*ret_secret = (int)strtol(text, &end, 10);
	*ret_own = (int)strtol(end, NULL, 10);
}

static int probe_exchange_own(const char *text)
{
	int secret, own;

	descriptors_of(text, &secret, &own);
	return exchange(own, secret);
}

static int probe_exchange_secret(const char *text)
{
	int secret, own;

	descriptors_of(text, &secret, &own);
	return exchange(secret, own);
}

static int probe_commit_own(const char *text)
{
	int secret, own;

	descriptors_of(text, &secret, &own);
	return commit(own, secret);
}

static const struct rig_probe probes[] = {
	{ "exchange, asked of one's own", probe_exchange_own },
	{ "exchange, asked of the protected file", probe_exchange_secret },
	{ "commit, asked of one's own", probe_commit_own },
};

/* --- Tests ------------------------------------------------------------------- */

static int own_byte(int own)
{
	char byte;

	return pread(own, &byte, 1, 0) == 1 ? byte : -errno;
}

static void fill(const char *path, char byte)
{
	char text[BLOCK + 1];

	memset(text, byte, BLOCK);
	text[BLOCK] = '\0';
	rig_write(path, text);
}

static void test_way(struct rig *rig, const char *way, const char *numbers, int own)
{
	rig_clear(rig);
	is(rig_apply(rig), 0, "no policy");
	fill(SECRET, SECRET_BYTE);
	fill(OWN, OWN_BYTE);
	sync();
	is(rig_call(RIG_OTHER, way, numbers), 0, "control: %s: done without a policy", way);
	is(own_byte(own), SECRET_BYTE, "control: one's own file has the secret");
	is(rig_call(RIG_OTHER, way, numbers), 0, "and gives it back");

	rig_set(rig, 1, BW_MODE_ENFORCE, DISK "/set");
	(void)rig_grant(rig, 1, RIG_GRANTED, 0);
	is(rig_apply(rig), 0, "a policy");
	is(rig_call(RIG_OTHER, way, numbers), -EACCES, "%s: refused", way);
	is(own_byte(own), OWN_BYTE, "one's own file has what it had");
	is(rig_call(RIG_GRANTED, way, numbers), 0, "%s: granted", way);
	is(own_byte(own), SECRET_BYTE, "which was in the way of nothing else");
}

static void test_ways(struct rig *rig)
{
	/* Both go along with fork and exec. */
	int secret = open(SECRET, O_RDWR);
	int own = open(OWN, O_RDWR);
	char numbers[32];

	(void)snprintf(numbers, sizeof(numbers), "%d %d", secret, own);
	if (exchange(own, secret) == -ENOTTY)
		skip("this kernel has no XFS_IOC_EXCHANGE_RANGE", "exchange: refused");
	else
		for (size_t i = 0; i < ARRAY_LEN(probes); i++)
			test_way(rig, probes[i].name, numbers, own);
	(void)close(own);
	(void)close(secret);
}

/* A kernel that doesn't know the feature doesn't mount it. */
static int disk_make(void)
{
	int err;

	rig_mkdir(DISK);
	err = scratch_mount_changed("xfs", DISK, 512, exchange_enable);
	return err == -EINVAL ? scratch_mount("xfs", DISK, 512) : err;
}

int main(int argc, char **argv)
{
	struct rig rig;
	int err;

	rig_probe_main(argc, argv, probes, ARRAY_LEN(probes));
	if (!is(rig_arm(&rig), 0, "armed"))
		return done();

	err = disk_make();
	if (err == -ENOENT) {
		skip("no mkfs", "exchange: refused");
	} else if (is(err, 0, "a disk")) {
		fill(SECRET, SECRET_BYTE);
		fill(OWN, OWN_BYTE);
		test_ways(&rig);
		rig_clear(&rig);
		is(rig_apply(&rig), 0, "no policy any more");
		is(scratch_unmount(DISK), 0, "the disk is let go");
	}
	rig_end(&rig);
	return done();
}
