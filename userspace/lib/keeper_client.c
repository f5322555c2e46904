// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - keeper: calls to the module over /dev/bulwark
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "keeper_client.h"

static int keeper_call(int keeper, unsigned long request, void *argument)
{
	return ioctl(keeper, request, argument) < 0 ? -errno : 0;
}

int bw_keeper_open(void)
{
	int fd = open(BW_DEVICE_PATH, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

int bw_keeper_info(int keeper, struct bw_control_info *ret_info)
{
	struct bw_control_info info = { .size = sizeof(info), .version = BW_ABI_VERSION };
	int err;

	err = keeper_call(keeper, BW_IOCTL_INFO, &info);
	if (err)
		return err;

	*ret_info = info;
	return 0;
}

int bw_keeper_adopt(int keeper, const struct bw_kept_list *list)
{
	struct bw_control_keep keep = {
		.size = sizeof(keep),
		.version = BW_ABI_VERSION,
		.links_len = list->links_len,
		.maps_len = list->maps_len,
		.links = (__u64)(uintptr_t)list->links,
		.maps = (__u64)(uintptr_t)list->maps,
	};

	/* The kernel reads as many entries as we say: never past the arrays. */
	if (list->links_len > BW_KEEP_LINKS_MAX || list->maps_len > BW_KEEP_MAPS_MAX)
		return -E2BIG;

	return keeper_call(keeper, BW_IOCTL_ADOPT, &keep);
}

int bw_keeper_list(int keeper, struct bw_kept_list *ret_list)
{
	struct bw_kept_list list = { 0 };
	struct bw_control_keep keep = {
		.size = sizeof(keep),
		.version = BW_ABI_VERSION,
		.links_len = BW_KEEP_LINKS_MAX,
		.maps_len = BW_KEEP_MAPS_MAX,
		.links = (__u64)(uintptr_t)list.links,
		.maps = (__u64)(uintptr_t)list.maps,
	};
	int err;

	err = keeper_call(keeper, BW_IOCTL_LIST, &keep);
	if (err)
		return err;

	if (keep.links_len > BW_KEEP_LINKS_MAX || keep.maps_len > BW_KEEP_MAPS_MAX)
		return -EPROTO;

	list.links_len = keep.links_len;
	list.maps_len = keep.maps_len;
	*ret_list = list;
	return 0;
}

int bw_keeper_release(int keeper)
{
	struct bw_control_plain plain = { .size = sizeof(plain), .version = BW_ABI_VERSION };

	return keeper_call(keeper, BW_IOCTL_RELEASE, &plain);
}

int bw_keeper_identify(int keeper, int fd, struct bw_file_key *ret_key)
{
	struct bw_control_identify identify = {
		.size = sizeof(identify),
		.version = BW_ABI_VERSION,
		.fd = fd,
	};
	int err;

	err = keeper_call(keeper, BW_IOCTL_IDENTIFY, &identify);
	if (err)
		return err;

	*ret_key = identify.key;
	return 0;
}

int bw_keeper_measure(int keeper, uint32_t generation, const uint8_t digest[BW_DIGEST_SIZE])
{
	struct bw_control_measure measure = {
		.size = sizeof(measure),
		.version = BW_ABI_VERSION,
		.generation = generation,
	};

	memcpy(measure.digest, digest, sizeof(measure.digest));
	return keeper_call(keeper, BW_IOCTL_MEASURE, &measure);
}

int bw_keeper_seal(int keeper, uint32_t needed, const uint8_t (*commitments)[BW_DIGEST_SIZE],
		   uint32_t commitments_len)
{
	struct bw_control_seal seal = {
		.size = sizeof(seal),
		.version = BW_ABI_VERSION,
		.needed = needed,
		.commitments_len = commitments_len,
	};

	if (commitments_len > BW_SEAL_SECRETS_MAX)
		return -EINVAL;

	memcpy(seal.commitments, commitments, commitments_len * sizeof(*commitments));
	return keeper_call(keeper, BW_IOCTL_SEAL, &seal);
}

const char *bw_keeper_seal_excuse(int err)
{
	switch (err) {
	case -EOPNOTSUPP:
		return "'bulwark=off' stands on the kernel's command line: there is nothing to "
		       "seal";
	case -EALREADY:
		return "the host is sealed already; 'bulwarkctl status' tells how many secrets "
		       "open it";
	case -ENOENT:
		return "the module holds no programs: there is nothing to seal; run 'systemctl "
		       "restart bulwarkd'";
	case -EKEYREVOKED:
		return "one of the secrets was shown before; seal with new ones";
	case -ENOSPC:
		return "too many secrets were shown since the module was loaded; reboot before "
		       "sealing again";
	default:
		return strerror(-err);
	}
}

int bw_keeper_unseal(int keeper, const uint8_t secret[BW_SECRET_SIZE], uint32_t *ret_shown,
		     uint32_t *ret_needed)
{
	struct bw_control_unseal unseal = { .size = sizeof(unseal), .version = BW_ABI_VERSION };
	int err;

	memcpy(unseal.secret, secret, sizeof(unseal.secret));
	err = keeper_call(keeper, BW_IOCTL_UNSEAL, &unseal);
	explicit_bzero(unseal.secret, sizeof(unseal.secret));
	if (err)
		return err;

	*ret_shown = unseal.shown;
	*ret_needed = unseal.needed;
	return 0;
}

const char *bw_keeper_unseal_excuse(int err)
{
	switch (err) {
	case -ENOENT:
		return "the host is not sealed";
	case -EALREADY:
		return "this secret was shown before; show another officer's";
	case -EKEYREJECTED:
		return "this is no secret of the seal, still sealed; it may be of another host or "
		       "boot, or of a seal before this one";
	default:
		return strerror(-err);
	}
}

static int identify_by_keeper(void *context, int fd, struct bw_file_key *ret_key)
{
	return bw_keeper_identify(*(int *)context, fd, ret_key);
}

struct bw_identifier bw_keeper_identifier(int *keeper)
{
	return (struct bw_identifier){ .identify = identify_by_keeper, .context = keeper };
}
