// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the channels by which a file's bytes reach a process
 *
 * Each hook respects an earlier denial, and says 0 or a constant error otherwise: newer
 * verifiers want to see the range of what is returned.
 */
#define BULWARK_AUDIT_HERE
#define BULWARK_SEAL_HERE
#include "decide.bpf.h"
#include "guard_open.bpf.h"

#include <bpf/bpf_tracing.h>

/*
 * INV-1, R1: every access mode; mode 3 reads nothing and still serves ioctls.  INV-8: what
 * is Bulwark's own isn't written to under the seal.  An executable that is opened for writing
 * has to be verified again.
 */
SEC("lsm/file_open")
int BPF_PROG(bw_file_open, struct file *file, int ret)
{
	if (ret)
		return ret;

	if (open_writes(file)) {
		content_change(file->f_inode);
		if (open_tampers(file))
			return -EPERM;
	}
	return file_judge(file, BW_CHANNEL_OPEN);
}

/* INV-1, R4: descriptors opened before, inherited or passed; any mask. */
SEC("lsm/file_permission")
int BPF_PROG(bw_file_permission, struct file *file, int mask, int ret)
{
	if (ret)
		return ret;

	/* What few calls come to reads its arguments once more: so no register keeps them. */
	switch (inode_look(file->f_inode, BW_CHANNEL_READ, ctx)) {
	case LOOK_FREE:
		return 0;
	case LOOK_RAW:
		return raw_judge((struct file *)ctx[0], BW_CHANNEL_READ);
	default:
		return file_judge_anew((struct file *)ctx[0], BW_CHANNEL_READ, ctx[1]);
	}
}

/*
 * INV-1: whatever the protection asked for, mprotect(2) may widen it later.
 * @file is NULL for anonymous memory.  Some verifiers don't believe that and take
 * the test out: the argument is looked at as a number as well.
 */
SEC("lsm/mmap_file")
int BPF_PROG(bw_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	__u64 address = 0;

	if (ret)
		return ret;

	bpf_probe_read_kernel(&address, sizeof(address), ctx);
	if (!address || !file)
		return 0;

	return file_judge(file, BW_CHANNEL_MMAP);
}

/*
 * INV-1: an overlay's file was mapped, and this is the real one under it.  Where
 * the kernel has no such hook nothing shows the real one after its open.
 */
SEC("lsm/mmap_backing_file")
int BPF_PROG(bw_mmap_backing, struct vm_area_struct *vma, struct file *backing,
	     struct file *user_file, int ret)
{
	if (ret)
		return ret;

	return file_judge(backing, BW_CHANNEL_MMAP);
}
