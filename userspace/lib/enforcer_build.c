// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - enforcer: whether the programs in force are those that it would attach
 *
 * A daemon that starts again has nothing to attach then: the kernel's code isn't
 * patched, and nobody on a busy host notices.
 */
#include <sodium.h>
#include <string.h>

#include "enforcer_internal.h"

_Static_assert(BW_DIGEST_SIZE == crypto_hash_sha256_BYTES, "not the size of SHA-256");

/* Of the programs, of what they are told about this kernel, and of the release. */
static void build_digest(const struct bw_enforcer *enforcer, __u8 ret_digest[BW_DIGEST_SIZE])
{
	crypto_hash_sha256_state hash;
	size_t len;
	const void *bytes = bulwark_bpf__elf_bytes(&len);

	(void)crypto_hash_sha256_init(&hash);
	(void)crypto_hash_sha256_update(&hash, bytes, len);
	(void)crypto_hash_sha256_update(&hash, (const void *)enforcer->bpf->rodata,
					sizeof(*enforcer->bpf->rodata));
	(void)crypto_hash_sha256_update(&hash, (const void *)enforcer->release,
					strlen(enforcer->release));
	(void)crypto_hash_sha256_final(&hash, ret_digest);
}

static unsigned int links_wanted(const struct bw_enforcer *enforcer)
{
	struct bpf_program *program;
	unsigned int wanted = 0;

	bpf_object__for_each_program (program, enforcer->bpf->obj)
		wanted += enforcer_program_is_attached(program) && bpf_program__autoload(program);

	return wanted;
}

bool enforcer_build_is_in_force(const struct bw_enforcer *enforcer)
{
	__u8 digest[BW_DIGEST_SIZE];
	struct bw_kept_list list;
	struct bw_state state;

	if (bw_keeper_list(enforcer->keeper, &list) || enforcer_kept_state(&list, &state))
		return false;

	build_digest(enforcer, digest);
	return list.links_len == links_wanted(enforcer) &&
	       memcmp(state.build, digest, sizeof(digest)) == 0;
}

/* Whoever dies between the two leaves programs that the next one replaces. */
int enforcer_build_forget(struct bw_enforcer *enforcer)
{
	memset(enforcer_state(enforcer)->build, 0, BW_DIGEST_SIZE);
	return 0;
}

int enforcer_build_name(struct bw_enforcer *enforcer)
{
	build_digest(enforcer, enforcer_state(enforcer)->build);
	return 0;
}
