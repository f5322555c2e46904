// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - every call of /dev/bulwark, and every error that control.h documents
 *
 * Boots with two processors.
 * Boots afresh.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "lsm.h"
#include "scratch.h"
#include "tap.h"

#define NOBODY 65534

/* Room for the largest call, with a head that is right. */
union call {
	struct bw_control_plain head;
	struct bw_control_info info;
	struct bw_control_keep keep;
	struct bw_control_identify identify;
	struct bw_control_measure measure;
	struct bw_control_seal seal;
	struct bw_control_unseal unseal;
};

static const struct {
	const char *name;
	unsigned long number;
	uint32_t size;
} calls[] = {
	{ "info", BW_IOCTL_INFO, sizeof(struct bw_control_info) },
	{ "adopt", BW_IOCTL_ADOPT, sizeof(struct bw_control_keep) },
	{ "list", BW_IOCTL_LIST, sizeof(struct bw_control_keep) },
	{ "release", BW_IOCTL_RELEASE, sizeof(struct bw_control_plain) },
	{ "identify", BW_IOCTL_IDENTIFY, sizeof(struct bw_control_identify) },
	{ "measure", BW_IOCTL_MEASURE, sizeof(struct bw_control_measure) },
	{ "seal", BW_IOCTL_SEAL, sizeof(struct bw_control_seal) },
	{ "unseal", BW_IOCTL_UNSEAL, sizeof(struct bw_control_unseal) },
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

static void test_shared_errors(int device, size_t i)
{
	union call call;

	memset(&call, 0xff, sizeof(call));
	is(device_call(device, calls[i].number, NULL), -EFAULT, "%s: no memory", calls[i].name);
	is(device_call(device, calls[i].number, &call), -EINVAL, "%s: wrong size comes first",
	   calls[i].name);
	call.head.size = calls[i].size - 1;
	is(device_call(device, calls[i].number, &call), -EINVAL, "%s: size too small",
	   calls[i].name);
	call.head.size = calls[i].size + 1;
	is(device_call(device, calls[i].number, &call), -EINVAL, "%s: size too large",
	   calls[i].name);
	call.head.size = calls[i].size;
	is(device_call(device, calls[i].number, &call), -EPROTO, "%s: version too new",
	   calls[i].name);
	call.head.version = BW_ABI_VERSION - 1;
	is(device_call(device, calls[i].number, &call), -EPROTO, "%s: version too old",
	   calls[i].name);
}

static void test_unknown_calls(int device)
{
	static const unsigned long numbers[] = {
		0,
		2, /* the VFS's own FIGETBSZ, which stays away from devices */
		_IO(BW_IOCTL_MAGIC, 0x00),
		_IO(BW_IOCTL_MAGIC, 0x01),
		_IO(BW_IOCTL_MAGIC, 0x7f),
		_IOWR(BW_IOCTL_MAGIC, 0x01, struct bw_control_plain),
		_IOWR(BW_IOCTL_MAGIC - 1, 0x01, struct bw_control_info),
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		ok(device_call(device, numbers[i], NULL) != 0, "number %#lx is no call",
		   numbers[i]);
	is(device_call(device, numbers[4], NULL), -ENOTTY, "an unknown call comes before memory");
}

/* Runs in a child, returns its exit status: a bit for each thing that went wrong. */
static int run_child(int (*body)(int device), int device)
{
	pid_t pid = fork();
	int status = -1;

	if (!pid)
		_exit(body(device));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int refused_everything(int device)
{
	size_t i;

	for (i = 0; i < CALLS; i++)
		if (device_call(device, calls[i].number, NULL) != -EPERM)
			return 1;
	return device_call(device, _IO(BW_IOCTL_MAGIC, 0x7f), NULL) != -EPERM ? 2 : 0;
}

static int as_nobody(int device)
{
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		return 64;
	return refused_everything(device);
}

static int as_root_of_a_namespace(int device)
{
	if (unshare(CLONE_NEWUSER))
		return 64;
	return refused_everything(device);
}

static int nobody_opens(int unused)
{
	(void)unused;
	if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
		return 64;
	return open(BW_DEVICE_PATH, O_RDWR) < 0 ? errno : 0;
}

static void test_permissions(int device)
{
	struct stat st = { .st_mode = 0 };

	stat(BW_DEVICE_PATH, &st);
	is(st.st_mode & 07777, 0600, "the device is for root");
	is(run_child(nobody_opens, 0), EACCES, "others can't open it");
	chmod(BW_DEVICE_PATH, 0666);
	is(run_child(nobody_opens, 0), EPERM, "not even if the mode lets them");
	chmod(BW_DEVICE_PATH, 0600);
	is(run_child(as_nobody, device), 0, "a descriptor doesn't help: EPERM comes first");
	is(run_child(as_root_of_a_namespace, device), 0, "nor does another user namespace");
}

static int adopt_raw(int device, struct bw_kept *links, uint32_t links_len, struct bw_kept *maps,
		     uint32_t maps_len)
{
	struct bw_control_keep call = {
		.size = sizeof(call),
		.version = BW_ABI_VERSION,
		.links_len = links_len,
		.maps_len = maps_len,
		.links = (__u64)links,
		.maps = (__u64)maps,
	};

	return device_call(device, BW_IOCTL_ADOPT, &call);
}

static void test_adopt_lengths(int device, int link)
{
	struct bw_kept kept = { .fd = link, .name = "one" };

	is(adopt_raw(device, &kept, 0, NULL, UINT32_MAX), -EINVAL,
	   "no link comes before too many maps");
	is(adopt_raw(device, NULL, BW_KEEP_LINKS_MAX + 1, NULL, 0), -E2BIG,
	   "too many links come before memory");
	is(adopt_raw(device, NULL, 1, NULL, BW_KEEP_MAPS_MAX + 1), -E2BIG, "too many maps");
	is(adopt_raw(device, NULL, 1, NULL, 0), -EFAULT, "links that can't be read");
	is(adopt_raw(device, &kept, 1, NULL, 1), -EFAULT, "maps that can't be read");
}

static void test_adopt_names(int device, int link)
{
	struct bw_kept kept[2] = { { .fd = -1, .name = "one" }, { .fd = link, .name = "" } };

	is(adopt_raw(device, kept, 2, NULL, 0), -EINVAL,
	   "an empty name comes before a bad descriptor");
	memset(kept[1].name, 'x', sizeof(kept[1].name));
	is(adopt_raw(device, kept, 2, NULL, 0), -EINVAL, "a name without end");
	memcpy(kept[1].name, kept[0].name, sizeof(kept[1].name));
	is(adopt_raw(device, kept, 2, NULL, 0), -EINVAL, "a name twice");
	kept[1].name[0] = 'x';
	kept[1].id = 1;
	is(adopt_raw(device, kept, 2, NULL, 0), -EINVAL, "an id");
	kept[0].fd = link;
	kept[1].id = 0;
	is(adopt_raw(device, kept, 1, &kept[1], 0), 0, "one link is enough");
}

/* A good link stands before each bad descriptor: it must not stay. */
static void test_adopt_descriptors(int device, int link, int map)
{
	int path = open("/", O_PATH | O_CLOEXEC);
	int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	is(device_adopt(device, (int[]){ link, -1 }, 2, NULL, 0), -EBADF, "no descriptor");
	is(device_adopt(device, (int[]){ link, 9999 }, 2, NULL, 0), -EBADF, "a closed one");
	is(device_adopt(device, (int[]){ link, path }, 2, NULL, 0), -EBADF, "an O_PATH one");
	is(device_adopt(device, (int[]){ link, file }, 2, NULL, 0), -EBADFD, "a file");
	is(device_adopt(device, (int[]){ link, map }, 2, NULL, 0), -EBADFD, "a map as a link");
	is(device_adopt(device, &link, 1, (int[]){ map, -1 }, 2), -EBADF, "no map");
	is(device_adopt(device, &link, 1, (int[]){ map, link }, 2), -EBADFD, "a link as a map");
	close(path);
	close(file);
}

static void test_adopt_many(int device, int link, int map)
{
	int links[BW_KEEP_LINKS_MAX], maps[BW_KEEP_MAPS_MAX];
	struct bw_control_info info;
	int i;

	for (i = 0; i < BW_KEEP_LINKS_MAX; i++)
		links[i] = link;
	for (i = 0; i < BW_KEEP_MAPS_MAX; i++)
		maps[i] = map;

	is(device_adopt(device, links, BW_KEEP_LINKS_MAX, maps, BW_KEEP_MAPS_MAX), 0,
	   "the keeper takes as many as it says");
	info = device_info(device);
	is(info.links, BW_KEEP_LINKS_MAX, "all links");
	is(info.maps, BW_KEEP_MAPS_MAX, "all maps");
}

/* Whatever fails, the content is the one from before (all or nothing). */
static void test_adopt(int device)
{
	int link = lsm_run("sb_statfs", 0, NULL);
	int map = lsm_map();
	struct bw_control_info before, after;
	unsigned int link_id = lsm_link_id(link);

	device_release(device);
	before = device_info(device);
	test_adopt_lengths(device, link);
	test_adopt_descriptors(device, link, map);
	after = device_info(device);
	is(after.links + after.maps, 0, "a failed adoption leaves nothing");
	is((long)(after.adoptions - before.adoptions), 0, "and isn't counted");

	is(device_adopt(device, &link, 1, &map, 1), 0, "a link and a map are adopted");
	test_adopt_descriptors(device, link, map);
	after = device_info(device);
	ok(after.links == 1 && after.maps == 1, "a failed adoption takes nothing away");
	test_adopt_names(device, link);
	test_adopt_many(device, link, map);

	close(link);
	close(map);
	is(device_release(device), 0, "everything is let go");
	ok(lsm_link_is_gone(link_id), "no reference is left over");
	is(device_release(device), -ENOENT, "nothing can't be let go");
}

static void test_identify_file(int device, const char *path, int flags)
{
	struct bw_control_identify call = { .size = sizeof(call), .version = BW_ABI_VERSION };
	struct stat st = { .st_ino = 0 };

	call.fd = open(path, flags | O_CLOEXEC);
	fstat(call.fd, &st);
	is(device_call(device, BW_IOCTL_IDENTIFY, &call), 0, "'%s' is named", path);
	is((long)call.key.ino, (long)st.st_ino, "'%s': inode", path);
	is(call.key.dev, (long)(major(st.st_dev) << 20 | minor(st.st_dev)), "'%s': device", path);
	close(call.fd);
}

static void test_identify_errors(int device)
{
	struct bw_control_identify call = {
		.size = sizeof(call), .version = BW_ABI_VERSION, .fd = -1, .zero = 1
	};

	is(device_call(device, BW_IOCTL_IDENTIFY, &call), -EINVAL,
	   "a field that isn't zero comes before a bad descriptor");
	call.zero = 0;
	is(device_call(device, BW_IOCTL_IDENTIFY, &call), -EBADF, "no descriptor has no name");
}

static void test_identify_generation(int device)
{
	struct bw_control_identify call = { .size = sizeof(call), .version = BW_ABI_VERSION };
	long generation = 0;

	if (scratch_mount("ext4", "/tmp/generations", 64)) {
		skip("no mkfs.ext4", "the generation is ext4's");
		return;
	}
	call.fd = open("/tmp/generations/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ioctl(call.fd, FS_IOC_GETVERSION, &generation);
	device_call(device, BW_IOCTL_IDENTIFY, &call);
	ok(generation, "ext4 gives generations");
	is(call.key.generation, (long)(uint32_t)generation, "the generation is ext4's");
	close(call.fd);
	scratch_unmount("/tmp/generations");
}

static void test_identify(int device)
{
	test_identify_errors(device);
	test_identify_file(device, "/proc/self/status", O_RDONLY);
	test_identify_file(device, "/tmp", O_RDONLY | O_DIRECTORY);
	test_identify_file(device, BW_DEVICE_PATH, O_PATH);
	test_identify_file(device, "/proc/self/exe", O_PATH | O_NOFOLLOW);
	test_identify_generation(device);
}

/* What IMA's policy asks for depends on the kernel's command line. */
static void test_measure(int device)
{
	struct bw_control_measure call = {
		.size = sizeof(call), .version = BW_ABI_VERSION, .generation = 7, .zero = 1
	};
	char text[4096];
	bool asked;

	is(device_call(device, BW_IOCTL_MEASURE, &call), -EINVAL, "zero that isn't");
	call.zero = 0;
	call.generation = 0;
	is(device_call(device, BW_IOCTL_MEASURE, &call), -EINVAL, "generation 0");

	file_text("/proc/cmdline", text, sizeof(text));
	asked = strstr(text, "ima_policy=critical_data");
	call.generation = 7;
	memset(call.digest, 0xab, sizeof(call.digest));
	is(device_call(device, BW_IOCTL_MEASURE, &call), asked ? 0 : -ENOENT,
	   "IMA is told, if it asks for it");
	is(device_call(device, BW_IOCTL_MEASURE, &call), asked ? 0 : -ENOENT, "and again");

	file_text(BW_STATUS_DIR "/state", text, sizeof(text));
	ok(text_has_line(text, "policy 7 abababababababababababababababab"
			       "abababababababababababababababab"),
	   "the status has the digest");
	ok(text_has_line(text, asked ? "measured yes" : "measured no"),
	   "and says whether IMA has it");
	file_text("/sys/kernel/security/ima/ascii_runtime_measurements", text, sizeof(text));
	is(!!strstr(text, "bulwark-policy"), asked, "IMA's list has it, if it asked");
}

#define ROUNDS 20000

static void fill_random(void *bytes, size_t size)
{
	unsigned char *at = bytes;

	while (size--)
		*at++ = (unsigned char)random();
}

/* Arrays that can be read half of the time, with descriptors that are open. */
static void keep_random(struct bw_control_keep *call, struct bw_kept *kept)
{
	fill_random(kept, sizeof(*kept) * 2);
	kept[0].fd %= 16;
	kept[1].fd %= 16;
	kept[random() % 2].id = 0;
	call->links_len = (uint32_t)random() % 3;
	call->maps_len = (uint32_t)random() % 3;
	if (random() % 2)
		call->links = (uint64_t)kept;
	if (random() % 2)
		call->maps = (uint64_t)kept;
}

/* Always the same nonsense: the device survives it, and keeps nothing. */
static void test_nonsense(int device)
{
	struct bw_kept kept[2];
	union call call;
	int i;

	srandom(1);
	for (i = 0; i < ROUNDS; i++) {
		size_t which = (size_t)random() % CALLS;

		fill_random(&call, sizeof(call));
		if (calls[which].size == sizeof(call.keep))
			keep_random(&call.keep, kept);
		call.head.size = calls[which].size;
		call.head.version = BW_ABI_VERSION;
		device_call(device, calls[which].number, &call);
	}
	is(device_info(device).links, 0, "%d calls of nonsense end well", ROUNDS);
}

int main(void)
{
	int device = device_open();
	size_t i;

	for (i = 0; i < CALLS; i++)
		test_shared_errors(device, i);
	test_unknown_calls(device);
	test_permissions(device);
	test_adopt(device);
	test_identify(device);
	test_measure(device);
	test_nonsense(device);
	return done();
}
