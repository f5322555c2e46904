// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - /dev/bulwark: copies, checks, dispatches
 *
 * The only file that touches the callers' memory.  What each call takes and which
 * errors it gives, in which order, is in <bulwark/control.h>.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <bulwark/control.h>

#include "device.h"
#include "keeper.h"
#include "measure.h"
#include "off.h"
#include "permanence.h"
#include "seal.h"

/* Every call's structure begins like this one. */
static int copy_in(void *call, const void __user *user, u32 size)
{
	const struct bw_control_plain *head = call;

	if (copy_from_user(call, user, size))
		return -EFAULT;
	if (head->size != size)
		return -EINVAL;
	if (head->version != BW_ABI_VERSION)
		return -EPROTO;
	return 0;
}

static int copy_out(void __user *user, const void *call, u32 size)
{
	return copy_to_user(user, call, size) ? -EFAULT : 0;
}

static int tell_info(void __user *user)
{
	struct bw_control_info info;
	int err;

	err = copy_in(&info, user, sizeof(info));
	if (err)
		return err;

	bw_keeper_count(&info);
	info.flags = 0;
	if (bw_off())
		info.flags |= BW_INFO_OFF;
	if (bw_permanence_held())
		info.flags |= BW_INFO_PERMANENT;
	bw_seal_tell(&info);

	return copy_out(user, &info, sizeof(info));
}

static int copy_kept_in(struct bw_kept *kept, u64 from, u32 len)
{
	return copy_from_user(kept, u64_to_user_ptr(from), len * sizeof(*kept)) ? -EFAULT : 0;
}

static int copy_kept_out(u64 to, const struct bw_kept *kept, u32 len)
{
	return copy_out(u64_to_user_ptr(to), kept, len * sizeof(*kept));
}

/* The seal's lock is held for the keeper's work alone: callers' memory may let us wait. */
static int adopt_unsealed(const struct bw_keep *keep)
{
	int err;

	err = bw_seal_block();
	if (err)
		return err;

	err = bw_keeper_adopt(keep);
	if (!err)
		bw_permanence_take();
	bw_seal_unblock();
	return err;
}

static int adopt_kept(const struct bw_control_keep *call)
{
	struct bw_keep *keep;
	int err;

	keep = kzalloc(sizeof(*keep), GFP_KERNEL);
	if (!keep)
		return -ENOMEM;

	keep->links_len = call->links_len;
	keep->maps_len = call->maps_len;
	err = copy_kept_in(keep->links, call->links, call->links_len);
	if (!err)
		err = copy_kept_in(keep->maps, call->maps, call->maps_len);
	if (!err)
		err = adopt_unsealed(keep);

	kfree(keep);
	return err;
}

static int adopt(void __user *user)
{
	struct bw_control_keep call;
	int err;

	err = copy_in(&call, user, sizeof(call));
	if (err)
		return err;

	if (bw_off())
		return -EOPNOTSUPP;
	if (!call.links_len)
		return -EINVAL;
	if (call.links_len > BW_KEEP_LINKS_MAX || call.maps_len > BW_KEEP_MAPS_MAX)
		return -E2BIG;

	return adopt_kept(&call);
}

static int list_kept(void __user *user, struct bw_control_keep *call, const struct bw_keep *keep)
{
	bool fits = keep->links_len <= call->links_len && keep->maps_len <= call->maps_len;
	int err;

	call->links_len = keep->links_len;
	call->maps_len = keep->maps_len;
	err = copy_out(user, call, sizeof(*call));
	if (err)
		return err;
	if (!fits)
		return -ENOSPC;

	err = copy_kept_out(call->links, keep->links, keep->links_len);
	if (err)
		return err;
	return copy_kept_out(call->maps, keep->maps, keep->maps_len);
}

static int list(void __user *user)
{
	struct bw_control_keep call;
	struct bw_keep *keep;
	int err;

	err = copy_in(&call, user, sizeof(call));
	if (err)
		return err;

	keep = kmalloc(sizeof(*keep), GFP_KERNEL);
	if (!keep)
		return -ENOMEM;

	bw_keeper_list(keep);
	err = list_kept(user, &call, keep);
	kfree(keep);
	return err;
}

static int release(void __user *user)
{
	struct bw_control_plain call;
	int err;

	err = copy_in(&call, user, sizeof(call));
	if (err)
		return err;

	err = bw_seal_block();
	if (err)
		return err;

	err = bw_keeper_release();
	bw_seal_unblock();
	return err;
}

static void name_inode(struct bw_file_key *ret_key, const struct inode *inode)
{
	ret_key->dev = inode->i_sb->s_dev;
	ret_key->generation = inode->i_generation;
	ret_key->ino = inode->i_ino;
}

static int identify(void __user *user)
{
	struct bw_control_identify call;
	struct file *file;
	int err;

	err = copy_in(&call, user, sizeof(call));
	if (err)
		return err;
	if (call.zero)
		return -EINVAL;

	file = fget_raw(call.fd);
	if (!file)
		return -EBADF;
	name_inode(&call.key, file_inode(file));
	fput(file);

	return copy_out(user, &call, sizeof(call));
}

static int measure(void __user *user)
{
	struct bw_control_measure call;
	int err;

	err = copy_in(&call, user, sizeof(call));
	if (err)
		return err;
	if (call.zero || !call.generation)
		return -EINVAL;

	return bw_measure_policy(call.generation, call.digest);
}

static bool rest_is_zero(const struct bw_control_seal *call)
{
	u32 rest = BW_SEAL_SECRETS_MAX - call->commitments_len;

	return !memchr_inv(call->commitments[call->commitments_len], 0, rest * BW_DIGEST_SIZE);
}

static int seal(void __user *user)
{
	struct bw_control_seal call;
	int err;

	err = copy_in(&call, user, sizeof(call));
	if (err)
		return err;

	if (bw_off())
		return -EOPNOTSUPP;
	if (call.commitments_len > BW_SEAL_SECRETS_MAX || !call.needed ||
	    call.needed > call.commitments_len || !rest_is_zero(&call))
		return -EINVAL;

	return bw_seal_close(&call);
}

static int unseal(void __user *user)
{
	struct bw_control_unseal call;
	int err;

	err = copy_in(&call, user, sizeof(call));
	if (!err)
		err = bw_seal_open(&call);

	memzero_explicit(call.secret, sizeof(call.secret));
	return err ? err : copy_out(user, &call, sizeof(call));
}

/* The descriptor may have come from somebody who could open the device. */
static long device_ioctl(struct file *file, unsigned int number, unsigned long argument)
{
	void __user *user = (void __user *)argument;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;

	switch (number) {
	case BW_IOCTL_INFO:
		return tell_info(user);
	case BW_IOCTL_ADOPT:
		return adopt(user);
	case BW_IOCTL_LIST:
		return list(user);
	case BW_IOCTL_RELEASE:
		return release(user);
	case BW_IOCTL_IDENTIFY:
		return identify(user);
	case BW_IOCTL_MEASURE:
		return measure(user);
	case BW_IOCTL_SEAL:
		return seal(user);
	case BW_IOCTL_UNSEAL:
		return unseal(user);
	default:
		return -ENOTTY;
	}
}

static int device_open(struct inode *inode, struct file *file)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return nonseekable_open(inode, file);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = BW_DEVICE_NAME,
	.fops = &device_fops,
	.mode = 0600,
};

int __init bw_device_init(void)
{
	return misc_register(&device);
}

void bw_device_exit(void)
{
	misc_deregister(&device);
}
