// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the bare calls of /dev/bulwark, and what securityfs says beside them
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"
#include "secret.h"
#include "tap.h"

int device_open(void)
{
	int device = open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC);

	if (device < 0) {
		ok(false, "root opens " BW_DEVICE_PATH);
		exit(done());
	}
	return device;
}

int device_call(int device, unsigned long number, const void *call)
{
	return ioctl(device, number, call) ? -errno : 0;
}

struct bw_control_info device_info(int device)
{
	struct bw_control_info info = { .size = sizeof(info), .version = BW_ABI_VERSION };

	is(device_call(device, BW_IOCTL_INFO, &info), 0, "the module tells about itself");
	return info;
}

int device_release(int device)
{
	struct bw_control_plain plain = { .size = sizeof(plain), .version = BW_ABI_VERSION };

	return device_call(device, BW_IOCTL_RELEASE, &plain);
}

static void kept_fill(struct bw_kept *ret_kept, const char *kind, const int *fds, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++) {
		memset(&ret_kept[i], 0, sizeof(ret_kept[i]));
		ret_kept[i].fd = fds[i];
		snprintf(ret_kept[i].name, sizeof(ret_kept[i].name), "%s%u", kind, i);
	}
}

int device_adopt(int device, const int *links, unsigned int links_len, const int *maps,
		 unsigned int maps_len)
{
	struct bw_kept kept_links[BW_KEEP_LINKS_MAX];
	struct bw_kept kept_maps[BW_KEEP_MAPS_MAX];
	struct bw_control_keep call = {
		.size = sizeof(call),
		.version = BW_ABI_VERSION,
		.links_len = links_len,
		.maps_len = maps_len,
		.links = (__u64)kept_links,
		.maps = (__u64)kept_maps,
	};

	kept_fill(kept_links, "link", links, links_len);
	kept_fill(kept_maps, "map", maps, maps_len);
	return device_call(device, BW_IOCTL_ADOPT, &call);
}

void secret_make(int number, uint8_t ret_secret[BW_SECRET_SIZE])
{
	int i;

	for (i = 0; i < BW_SECRET_SIZE; i++)
		ret_secret[i] = (uint8_t)(number >> 8 * (i % 4)) ^ (uint8_t)i;
}

void seal_fill(struct bw_control_seal *ret_seal, const uint8_t seal_id[BW_SEAL_ID_SIZE],
	       unsigned int needed, unsigned int len, int first)
{
	uint8_t secret[BW_SECRET_SIZE];
	unsigned int i;

	memset(ret_seal, 0, sizeof(*ret_seal));
	ret_seal->size = sizeof(*ret_seal);
	ret_seal->version = BW_ABI_VERSION;
	ret_seal->needed = needed;
	ret_seal->commitments_len = len;
	for (i = 0; i < len; i++) {
		secret_make(first + (int)i, secret);
		bw_secret_commitment(seal_id, secret, ret_seal->commitments[i]);
	}
}

int device_seal(int device, unsigned int needed, unsigned int len, int first)
{
	struct bw_control_info info = { .size = sizeof(info), .version = BW_ABI_VERSION };
	struct bw_control_seal seal;

	device_call(device, BW_IOCTL_INFO, &info);
	seal_fill(&seal, info.seal_id, needed, len, first);
	return device_call(device, BW_IOCTL_SEAL, &seal);
}

int device_unseal(int device, int number)
{
	struct bw_control_unseal unseal = { .size = sizeof(unseal), .version = BW_ABI_VERSION };
	int err;

	secret_make(number, unseal.secret);
	err = device_call(device, BW_IOCTL_UNSEAL, &unseal);
	return err ? err : (int)unseal.shown;
}

void file_text(const char *path, char *ret_text, size_t text_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, ret_text, text_size - 1);

	ret_text[len < 0 ? 0 : len] = '\0';
	if (fd >= 0)
		close(fd);
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;

	err = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return err;
}

int text_has_line(const char *text, const char *line)
{
	size_t len = strlen(line);
	const char *at;

	for (at = strstr(text, line); at; at = strstr(at + 1, line))
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return 1;
	return 0;
}

int module_unload(int flags)
{
	return syscall(SYS_delete_module, "bulwark", O_NONBLOCK | flags) ? -errno : 0;
}

int module_load(void)
{
	int fd = open("/modules/bulwark.ko", O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;

	err = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return err;
}

int module_unload_at_last(void)
{
	int tries, err;

	for (tries = 0; tries < 50; tries++) {
		err = module_unload(0);
		if (err != -EAGAIN)
			break;
		usleep(100000);
	}
	return err;
}

int kernel_says(int messages, const char *text)
{
	char message[2048];
	int tries;
	ssize_t len;

	for (tries = 0; tries < 50;) {
		len = read(messages, message, sizeof(message) - 1);
		if (len < 0) {
			tries++;
			usleep(100000);
			continue;
		}
		message[len] = '\0';
		if (strstr(message, text))
			return 1;
	}
	return 0;
}
