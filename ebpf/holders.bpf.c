// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - who has protected files open or mapped, for people to look at
 *
 * Iterators: they run when the engine reads them, decide nothing, and place
 * files anew, because a cached place can't be read outside of the hooks.
 */
#include "decide.bpf.h"

/* Fills in what the two kinds share; false for what is in no set. */
static __noinline bool holder_fill(struct bw_holder *holder, struct task_struct *task,
				   struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct access access = {};
	__u32 spot;

	if (!S_ISREG(BPF_CORE_READ(inode, i_mode)) || !policy_get(&access))
		return false;

	if (!filesystem_rule(access.policy, BPF_CORE_READ(inode, i_sb, s_dev)))
		return false;

	spot = spot_settle(inode_spot(inode, BPF_CORE_READ(file, f_path.dentry), access.policy));
	if (!spot || spot == BW_SET_CANARY)
		return false;

	/* 0 tells of a file that can't be placed. */
	holder->set = spot == SPOT_LOST ? 0 : spot;
	holder->file = file_key(inode);
	holder->pid = task->tgid;
	holder->uid = task_uid(task);
	holder->granted =
		spot != SPOT_LOST && subject_judge(task, access.policy, spot) == BW_REASON_GRANTED;
	bpf_probe_read_kernel_str(holder->comm, sizeof(holder->comm), task->comm);
	return true;
}

SEC("iter/task_file")
int bw_holders_open(struct bpf_iter__task_file *ctx)
{
	struct bw_holder holder = { .hold = BW_HOLD_OPEN };
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (!task || !file || task->pid != task->tgid)
		return 0;

	holder.fd = ctx->fd;
	if (holder_fill(&holder, task, file))
		bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}

SEC("iter/task_vma")
int bw_holders_mapped(struct bpf_iter__task_vma *ctx)
{
	struct bw_holder holder = { .fd = -1, .hold = BW_HOLD_MAPPED };
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct file *file;

	if (!task || !vma || task->pid != task->tgid)
		return 0;

	file = vma->vm_file;
	if (file && holder_fill(&holder, task, file))
		bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}
