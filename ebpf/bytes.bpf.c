// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - names byte by byte: hashed where a file is, compared where a unit asks
 */
#include "bytes.bpf.h"

/* Bytes of a name that are hashed at a time. */
#define NAME_CHUNK 16

/* NAME_MAX of the kernel is 255. */
#define NAME_CHUNKS_MAX 16

/**
 * struct hashing - A name on its way to its hash
 *
 * @name: What is left of it, as the kernel's address.
 * @len: Of that.
 * @hash: Of what went before.
 */
struct hashing {
	__u64 name;
	__u64 len;
	__u64 hash;
};

/* One piece of a name, FNV-1a. */
static long hash_step(__u32 index, struct hashing *hashing)
{
	unsigned char chunk[NAME_CHUNK] = {};
	__u64 hash = hashing->hash;
	__u32 len = hashing->len < NAME_CHUNK ? hashing->len : NAME_CHUNK;

	if (!len || bpf_probe_read_kernel(chunk, len, (void *)hashing->name))
		return 1;

	for (__u32 i = 0; i < NAME_CHUNK; i++) {
		if (!mask_less(i, len))
			break;

		hash = (hash ^ chunk[i]) * BW_NAME_HASH_PRIME;
	}

	hashing->hash = hash;
	hashing->name += len;
	hashing->len -= len;
	return 0;
}

__u64 name_hash(__u64 name, __u64 len)
{
	struct hashing hashing = {
		.name = name,
		.len = len,
		.hash = BW_NAME_HASH_BASIS,
	};

	bpf_loop(NAME_CHUNKS_MAX, hash_step, &hashing, 0);
	return hashing.hash;
}

/**
 * struct unit_hashing - A unit's name on its way to its hash
 *
 * @unit: Whose name.
 * @len: Of it.
 * @hash: Of what went before.
 */
struct unit_hashing {
	const struct unit_name *unit;
	__u64 len;
	__u64 hash;
};

static long unit_hash_step(__u32 index, struct unit_hashing *hashing)
{
	const struct unit_name *unit = hashing->unit;
	__u64 hash = hashing->hash;

	for (__u32 i = 0; i < NAME_CHUNK; i++) {
		__u32 at = (index * NAME_CHUNK + i) & (BW_UNIT_SIZE - 1);

		hash = (hash ^ (__u8)(unit->bytes[at] & mask_less(at, hashing->len))) *
		       BW_NAME_HASH_PRIME;
	}
	hashing->hash = hash;
	return 0;
}

__u64 unit_name_hash(const struct unit_name *unit, __u32 len)
{
	struct unit_hashing hashing = {
		.unit = unit,
		.len = len,
		.hash = BW_NAME_HASH_BASIS,
	};

	if (!unit)
		return 0;

	bpf_loop(BW_UNIT_SIZE / NAME_CHUNK, unit_hash_step, &hashing, 0);
	return hashing.hash;
}

__u32 grant_answer(const struct bw_grant *grant, const struct bw_who *who, __u32 other)
{
	if (!grant || !who)
		return BW_REASON_NO_GRANT;

	return reason_closer(other, grant_judge(grant, who));
}
