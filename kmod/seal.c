// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the seal: one way in, and k of n secrets out (INV-8)
 *
 * Of a secret the module knows SHA-256(seal id || secret) until it is shown.  The
 * seal id is of this load of the module, so nothing made for another one fits.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/string.h>
#include <crypto/algapi.h>
#include <crypto/sha2.h>

#include "audit.h"
#include "compat.h"
#include "keeper.h"
#include "seal.h"

/*
 * Secrets that can be shown while the module is loaded.  Each is remembered: who
 * has watched one being shown must not find it useful again.
 */
#define SHOWN_MAX 256

static u8 seal_id[BW_SEAL_ID_SIZE] __ro_after_init;

/* Protects all below.  Taken before the keeper's. */
static DEFINE_MUTEX(lock);

/* Of the seal in force; @needed is 0 if there is none, and read without the lock. */
static u32 needed;
static u32 shown;
static u32 commitments_len;
static u8 commitments[BW_SEAL_SECRETS_MAX][BW_DIGEST_SIZE];

/* Of all secrets ever shown; the last @shown of them to the seal in force. */
static u32 past_len;
static u8 past[SHOWN_MAX][BW_DIGEST_SIZE];
static u64 wrong_secrets;

__bpf_kfunc u32 bulwark_is_sealed(void)
{
	return READ_ONCE(needed) != 0;
}

static void commitment_make(u8 *ret_commitment, const u8 *secret)
{
	u8 text[BW_SEAL_ID_SIZE + BW_SECRET_SIZE];

	memcpy(text, seal_id, BW_SEAL_ID_SIZE);
	memcpy(text + BW_SEAL_ID_SIZE, secret, BW_SECRET_SIZE);
	sha256(text, sizeof(text), ret_commitment);
	memzero_explicit(text, sizeof(text));
}

/* Looks at all of them, always: the time tells nothing. */
static bool stands_among(const u8 (*all)[BW_DIGEST_SIZE], u32 all_len, const u8 *commitment)
{
	bool found = false;
	u32 i;

	for (i = 0; i < all_len; i++)
		found |= !crypto_memneq(all[i], commitment, BW_DIGEST_SIZE);
	return found;
}

static bool anything_is_kept(void)
{
	struct bw_control_info info;

	bw_keeper_count(&info);
	return info.links != 0;
}

static int commitments_check(const struct bw_control_seal *seal)
{
	u32 i;

	for (i = 1; i < seal->commitments_len; i++)
		if (stands_among(seal->commitments, i, seal->commitments[i]))
			return -EINVAL;

	for (i = 0; i < seal->commitments_len; i++)
		if (stands_among(past, past_len, seal->commitments[i]))
			return -EKEYREVOKED;

	return seal->needed > SHOWN_MAX - past_len ? -ENOSPC : 0;
}

static int close_locked(const struct bw_control_seal *seal)
{
	int err;

	if (needed)
		return -EALREADY;
	if (!anything_is_kept())
		return -ENOENT;

	err = commitments_check(seal);
	if (err)
		return err;

	shown = 0;
	commitments_len = seal->commitments_len;
	memcpy(commitments, seal->commitments, sizeof(commitments));
	WRITE_ONCE(needed, seal->needed);
	__module_get(THIS_MODULE);
	return 0;
}

int bw_seal_close(const struct bw_control_seal *seal)
{
	int err;

	mutex_lock(&lock);
	err = close_locked(seal);
	mutex_unlock(&lock);

	if (err)
		return err;

	pr_notice("sealed: %u of %u secrets open it\n", seal->needed, seal->commitments_len);
	bw_audit_seal("seal", true, 0, seal->needed);
	return 0;
}

static void forget(void)
{
	WRITE_ONCE(needed, 0);
	shown = 0;
	commitments_len = 0;
	memset(commitments, 0, sizeof(commitments));
	module_put(THIS_MODULE);
}

/* Room was reserved when the host was sealed. */
static int show_locked(const u8 *commitment)
{
	if (!needed)
		return -ENOENT;
	if (stands_among(past, past_len, commitment))
		return -EALREADY;
	if (!stands_among(commitments, commitments_len, commitment)) {
		wrong_secrets++;
		return -EKEYREJECTED;
	}

	memcpy(past[past_len++], commitment, BW_DIGEST_SIZE);
	shown++;
	return 0;
}

/* Without the lock: the audit trail may let us wait. */
static void say(const struct bw_control_unseal *unseal, int err)
{
	bool opens = !err && unseal->shown == unseal->needed;

	if (err)
		pr_notice_ratelimited("a wrong or used secret was shown (%d), still sealed\n", err);
	else
		pr_notice("%u of %u secrets shown, %s\n", unseal->shown, unseal->needed,
			  opens ? "no longer sealed" : "still sealed");

	bw_audit_seal(opens ? "unseal" : "show-secret", !err, unseal->shown, unseal->needed);
}

int bw_seal_open(struct bw_control_unseal *unseal)
{
	u8 commitment[BW_DIGEST_SIZE];
	int err;

	commitment_make(commitment, unseal->secret);

	mutex_lock(&lock);
	err = show_locked(commitment);
	unseal->shown = shown;
	unseal->needed = needed;
	if (!err && shown == needed)
		forget();
	mutex_unlock(&lock);

	if (err != -ENOENT)
		say(unseal, err);
	return err;
}

int bw_seal_block(void)
{
	mutex_lock(&lock);
	if (!needed)
		return 0;

	mutex_unlock(&lock);
	return -EPERM;
}

void bw_seal_unblock(void)
{
	mutex_unlock(&lock);
}

void bw_seal_tell(struct bw_control_info *info)
{
	mutex_lock(&lock);
	if (needed)
		info->flags |= BW_INFO_SEALED;
	info->seal_needed = needed;
	info->seal_shown = shown;
	info->wrong_secrets = wrong_secrets;
	memcpy(info->seal_id, seal_id, sizeof(info->seal_id));
	mutex_unlock(&lock);
}

void __init bw_seal_init(void)
{
	get_random_bytes(seal_id, sizeof(seal_id));
}
