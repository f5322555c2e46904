/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what is in an executable: who may have begun to change it since the engine looked
 *
 * No hook looks at the content (INV-9).  The engine puts a version of it into a grant, and
 * that is worthless from the moment on in which the content can be another one.
 */
#ifndef BULWARK_CONTENT_BPF_H
#define BULWARK_CONTENT_BPF_H

#include "maps.bpf.h"

#include <bpf/bpf_core_read.h>

static __always_inline struct bw_file_key file_key(const struct inode *inode)
{
	struct bw_file_key key = {
		.dev = BPF_CORE_READ(inode, i_sb, s_dev),
		.generation = BPF_CORE_READ(inode, i_generation),
		.ino = BPF_CORE_READ(inode, i_ino),
	};

	return key;
}

/* Makes all cached places and favours worthless. */
static __always_inline __maybe_unused void stamp_advance(void)
{
	__sync_fetch_and_add(&state.stamp, 1);
}

/* 0 for a file whose content matters to no grant. */
static __always_inline __u64 content_version(const struct bw_file_key *file)
{
	struct bw_file_key key = *file;
	__u64 *version = bpf_map_lookup_elem(&contents, &key);

	return version ? *(volatile __u64 *)version : 0;
}

/*
 * Before the first byte is written: an open for writing, or a new size.  A mapping needs such
 * an open as well.  The version first: whoever judges by the former one has read the stamp
 * before it, and so what he caches is worthless.
 */
static __noinline __maybe_unused void content_change(const struct inode *inode)
{
	struct bw_file_key key = file_key(inode);
	__u64 *version = bpf_map_lookup_elem(&contents, &key);

	if (!version)
		return;

	__sync_fetch_and_add(version, 1);
	stamp_advance();
}

#endif
