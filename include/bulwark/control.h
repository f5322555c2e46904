/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what userspace and the module say to each other over /dev/bulwark
 *
 * The device can be opened by a process with CAP_SYS_ADMIN in the initial user
 * namespace; anybody else gets EPERM, from open(2) and from each ioctl(2).  Before
 * that, open(2) gives EACCES to whom the node's mode (0600) keeps out.
 *
 * Each structure begins with its own size and the ABI version.  Errors that all
 * calls share, in the order in which they are tested:
 *
 *	EPERM	caller lacks CAP_SYS_ADMIN in the initial user namespace
 *	ENOTTY	the number names no call
 *	EFAULT	the structure can't be read
 *	EINVAL	@size isn't the size of the structure
 *	EPROTO	@version isn't BW_ABI_VERSION
 *	EINVAL	a field that must be zero isn't
 *
 * Each call's own errors follow, in the order in which they are tested.  EFAULT
 * comes last from a call that answers, if the answer can't be written.
 */
#ifndef BULWARK_CONTROL_H
#define BULWARK_CONTROL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include <bulwark/abi.h>

#define BW_DEVICE_NAME "bulwark"
#define BW_DEVICE_PATH "/dev/bulwark"
#define BW_STATUS_DIR "/sys/kernel/security/bulwark"

/* What the keeper can hold. */
#define BW_KEEP_LINKS_MAX 64
#define BW_KEEP_MAPS_MAX 32
#define BW_KEEP_NAME_SIZE 32

/* The seal. */
#define BW_SEAL_ID_SIZE 16
#define BW_SEAL_SECRETS_MAX 16
#define BW_SECRET_SIZE 32

/**
 * struct bw_kept - One BPF link or map in the keeper
 *
 * @fd: In BW_IOCTL_ADOPT: a descriptor of the caller.  In BW_IOCTL_LIST: -1.
 * @id: In BW_IOCTL_ADOPT: must be 0.  In BW_IOCTL_LIST: the kernel's id, for
 *	BPF_LINK_GET_FD_BY_ID or BPF_MAP_GET_FD_BY_ID.
 * @name: The program's or map's full name in the BPF object, NUL-terminated.
 *	The kernel's own names end after 15 bytes; a new daemon finds what to
 *	take over by this one.
 */
struct bw_kept {
	__s32 fd;
	__u32 id;
	char name[BW_KEEP_NAME_SIZE];
};

_Static_assert(sizeof(struct bw_kept) == 40, "bw_kept has a hole");

/**
 * struct bw_control_info - BW_IOCTL_INFO: what the module holds and is
 *
 * @size: sizeof(struct bw_control_info), set by the caller.
 * @version: BW_ABI_VERSION, set by the caller.
 * @links: Number of links held.  0: nothing is enforced by the keeper.
 * @maps: Number of maps held.
 * @adoptions: Successful BW_IOCTL_ADOPT calls since the module was loaded.
 * @flags: BW_INFO_* bits.
 * @seal_needed: Different secrets that open the seal; 0: not sealed.
 * @seal_shown: Of these, shown so far.
 * @wrong_secrets: BW_IOCTL_UNSEAL calls that gave EKEYREJECTED since the module was
 *	loaded.
 * @seal_id: Random, chosen when the module was loaded: part of each commitment.
 */
struct bw_control_info {
	__u32 size;
	__u32 version;
	__u32 links;
	__u32 maps;
	__u64 adoptions;
	__u64 flags;
	__u32 seal_needed;
	__u32 seal_shown;
	__u64 wrong_secrets;
	__u8 seal_id[BW_SEAL_ID_SIZE];
};

/* bulwark=off stands on the kernel's command line: adopting is refused. */
#define BW_INFO_OFF (1ULL << 0)
/* The kernel's ftrace switch can't be turned off under the programs. */
#define BW_INFO_PERMANENT (1ULL << 1)
/* Nothing may be weakened until the secrets are shown, or the host starts anew. */
#define BW_INFO_SEALED (1ULL << 2)

_Static_assert(sizeof(struct bw_control_info) == 64, "bw_control_info has a hole");

/**
 * struct bw_control_keep - BW_IOCTL_ADOPT and BW_IOCTL_LIST: the keeper's whole
 * content
 *
 * @size: sizeof(struct bw_control_keep).
 * @version: BW_ABI_VERSION.
 * @links_len: ADOPT: entries in @links, 1 to BW_KEEP_LINKS_MAX.  LIST: room in
 *	@links on entry, links held on return.
 * @maps_len: The same for @maps, up to BW_KEEP_MAPS_MAX.
 * @links: Address of an array of struct bw_kept.
 * @maps: Address of an array of struct bw_kept.
 */
struct bw_control_keep {
	__u32 size;
	__u32 version;
	__u32 links_len;
	__u32 maps_len;
	__u64 links;
	__u64 maps;
};

_Static_assert(sizeof(struct bw_control_keep) == 32, "bw_control_keep has a hole");

/**
 * struct bw_control_identify - BW_IOCTL_IDENTIFY: the kernel's name of a file
 *
 * @size: sizeof(struct bw_control_identify).
 * @version: BW_ABI_VERSION.
 * @fd: A descriptor of the caller; O_PATH is enough.
 * @zero: Must be 0.
 * @key: Filled in on return: what a hook sees of the same file.
 */
struct bw_control_identify {
	__u32 size;
	__u32 version;
	__s32 fd;
	__u32 zero;
	struct bw_file_key key;
};

_Static_assert(sizeof(struct bw_control_identify) == 32, "bw_control_identify has a hole");

/**
 * struct bw_control_measure - BW_IOCTL_MEASURE: the policy just put in force
 *
 * @size: sizeof(struct bw_control_measure).
 * @version: BW_ABI_VERSION.
 * @generation: Of the policy, never 0.
 * @zero: Must be 0.
 * @digest: SHA-256 of the policy, however the caller writes it down.
 */
struct bw_control_measure {
	__u32 size;
	__u32 version;
	__u32 generation;
	__u32 zero;
	__u8 digest[BW_DIGEST_SIZE];
};

_Static_assert(sizeof(struct bw_control_measure) == 48, "bw_control_measure has a hole");

/**
 * struct bw_control_seal - BW_IOCTL_SEAL: who can open the seal again
 *
 * @size: sizeof(struct bw_control_seal).
 * @version: BW_ABI_VERSION.
 * @needed: Different secrets that open it, 1 to @commitments_len.
 * @commitments_len: Entries of @commitments in use, up to BW_SEAL_SECRETS_MAX.
 * @commitments: SHA-256 of bw_control_info's @seal_id and the secret, one after the
 *	other.  Those that aren't in use must be 0.
 */
struct bw_control_seal {
	__u32 size;
	__u32 version;
	__u32 needed;
	__u32 commitments_len;
	__u8 commitments[BW_SEAL_SECRETS_MAX][BW_DIGEST_SIZE];
};

_Static_assert(sizeof(struct bw_control_seal) == 528, "bw_control_seal has a hole");

/**
 * struct bw_control_unseal - BW_IOCTL_UNSEAL: one secret is shown
 *
 * @size: sizeof(struct bw_control_unseal).
 * @version: BW_ABI_VERSION.
 * @shown: Filled in on return: different secrets shown so far.
 * @needed: Filled in on return: that many open the seal.  It is open when the two
 *	are equal.
 * @secret: Zeroed on return.
 */
struct bw_control_unseal {
	__u32 size;
	__u32 version;
	__u32 shown;
	__u32 needed;
	__u8 secret[BW_SECRET_SIZE];
};

_Static_assert(sizeof(struct bw_control_unseal) == 48, "bw_control_unseal has a hole");

/**
 * struct bw_control_plain - BW_IOCTL_RELEASE: a call without arguments
 *
 * @size: sizeof(struct bw_control_plain).
 * @version: BW_ABI_VERSION.
 */
struct bw_control_plain {
	__u32 size;
	__u32 version;
};

_Static_assert(sizeof(struct bw_control_plain) == 8, "bw_control_plain has a hole");

/*
 * The number's low byte tells the calls apart; 0xb7 is free in the kernel's
 * ioctl-number.rst.
 */
#define BW_IOCTL_MAGIC 0xb7

/* What the module holds and is.  Errors: the shared ones. */
#define BW_IOCTL_INFO _IOWR(BW_IOCTL_MAGIC, 0x01, struct bw_control_info)

/*
 * Takes references on all the links and maps named, then lets go of those held
 * before: a whole new content or, on any error, the old one untouched.
 *
 *	EOPNOTSUPP bulwark=off stands on the kernel's command line
 *	EINVAL	no link
 *	E2BIG	more than BW_KEEP_LINKS_MAX links or BW_KEEP_MAPS_MAX maps
 *	ENOMEM	no memory
 *	EFAULT	@links or @maps can't be read
 *	EPERM	the host is sealed
 *	EINVAL	a name that is empty, unterminated or used twice in its array, or
 *		an id that isn't 0
 *	EBADF	@fd is no descriptor, or one of O_PATH
 *	EBADFD	@fd is a descriptor of something else
 */
#define BW_IOCTL_ADOPT _IOW(BW_IOCTL_MAGIC, 0x02, struct bw_control_keep)

/*
 * Tells names and ids of what is held.
 *
 *	ENOMEM	no memory
 *	ENOSPC	the arrays are too small; the lengths say what is needed
 */
#define BW_IOCTL_LIST _IOWR(BW_IOCTL_MAGIC, 0x03, struct bw_control_keep)

/*
 * Lets go of everything: enforcement ends unless somebody else holds the links.
 * The kernel detaches programs in a work queue of its own: they may still run for
 * a moment after the call (kernel/bpf/syscall.c, bpf_link_put).
 *
 *	EPERM	the host is sealed
 *	ENOENT	nothing is held
 */
#define BW_IOCTL_RELEASE _IOW(BW_IOCTL_MAGIC, 0x04, struct bw_control_plain)

/*
 * Names a file as the hooks see it: stat(2) hides the generation and shows
 * another device number on some filesystems.  A descriptor from an overlay names
 * the overlay's own inode.
 *
 *	EBADF	@fd is no descriptor
 */
#define BW_IOCTL_IDENTIFY _IOWR(BW_IOCTL_MAGIC, 0x05, struct bw_control_identify)

/*
 * Records which policy is in force: in the status, and in IMA's measurement list
 * if IMA's own policy asks for critical data.  The status has it in any case but
 * EINVAL.  While the host is sealed the programs let nobody but Bulwark call it:
 * EPERM comes before all other errors.
 *
 *	EINVAL	@generation is 0
 *	ENOENT	IMA isn't there, or its policy doesn't ask for critical data
 *	ENOMEM	no memory
 *	EIO	IMA failed to store the measurement
 */
#define BW_IOCTL_MEASURE _IOW(BW_IOCTL_MAGIC, 0x06, struct bw_control_measure)

/*
 * Seals the host: from now on BW_IOCTL_ADOPT and BW_IOCTL_RELEASE are refused, the
 * module can't be unloaded, and bulwark_is_sealed() says so to the programs.  Only
 * BW_IOCTL_UNSEAL leads back.
 *
 *	EOPNOTSUPP bulwark=off stands on the kernel's command line
 *	EINVAL	@needed or @commitments_len is out of bounds, or an entry that isn't
 *		in use isn't 0
 *	EALREADY the host is sealed
 *	ENOENT	no link is held: there is nothing to seal
 *	EINVAL	two commitments are equal
 *	EKEYREVOKED a commitment is of a secret that was shown before
 *	ENOSPC	so many secrets were shown since the module was loaded that @needed
 *		more can't be remembered
 */
#define BW_IOCTL_SEAL _IOW(BW_IOCTL_MAGIC, 0x07, struct bw_control_seal)

/*
 * Shows one secret.  When @needed different ones were shown the host is no longer
 * sealed, and what opened this seal opens no other.
 *
 *	ENOENT	the host isn't sealed
 *	EALREADY the secret was shown before
 *	EKEYREJECTED the secret is none of this seal's; counted
 */
#define BW_IOCTL_UNSEAL _IOWR(BW_IOCTL_MAGIC, 0x08, struct bw_control_unseal)

#endif
