/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - budgets: how much is about to be read, and by whom (INV-6)
 *
 * The charge is taken before the bytes flow.  How many come can't be known there: it is never
 * less than what comes, and often more.
 */
#ifndef BULWARK_BUDGET_BPF_H
#define BULWARK_BUDGET_BPF_H

#include "report.bpf.h"
#include "usage.bpf.h"

#include "pieces.h"

/* System calls of 64-bit programs that say how much they want. */
#define NR_READ 0
#define NR_IOCTL 16
#define NR_PREAD64 17
#define NR_SENDFILE 40
#define NR_SPLICE 275
#define NR_COPY_FILE_RANGE 326

#define AMOUNT_UNKNOWN (~0ULL)

/*
 * May what is read be what the system call at hand asks for, and nothing else?  Not in a thread
 * that has used a ring: what was put in it may be read on the way out of any call.  Fails closed
 * where the kernel doesn't tell.
 */
static __always_inline bool call_is_alone(struct task_struct *task)
{
	if (task->thread_info.status & TS_COMPAT)
		return false;

	return bpf_core_field_exists(task->io_uring) && !task->io_uring;
}

/* A thread that the kernel makes for somebody's ring has no call. */
static __always_inline bool call_is_known(struct task_struct *task)
{
	return !(task->flags & PF_IO_WORKER) && call_is_alone(task);
}

/*
 * What the call at hand asks for, by its registers: nobody else can change them.  Buffers'
 * lengths are in memory, where another thread may have changed them since the kernel took
 * them: of calls with several the amount isn't known.
 */
static __always_inline __u64 call_amount(const struct pt_regs *regs)
{
	switch (regs->orig_ax) {
	case NR_READ:
	case NR_PREAD64:
		return regs->dx;
	case NR_SENDFILE:
		return regs->r10;
	case NR_SPLICE:
	case NR_COPY_FILE_RANGE:
		return regs->r8;
	default:
		return AMOUNT_UNKNOWN;
	}
}

/* An ioctl may read what it asks for as if to write; a ring's thread makes none. */
static __always_inline bool call_may_be_ioctl(struct task_struct *task, const struct pt_regs *regs)
{
	if (task->flags & PF_IO_WORKER)
		return false;

	return task->thread_info.status & TS_COMPAT || regs->orig_ax == NR_IOCTL;
}

/* How many bytes of the file @channel is about to show; 0 for a write. */
static __noinline __maybe_unused __u64 amount_asked(struct file *file, __u32 channel, __u32 mask)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	__u64 size = BPF_CORE_READ(file, f_inode, i_size);
	__u64 amount;

	if (channel != BW_CHANNEL_READ)
		return size;

	if (!(mask & MAY_READ) && !call_may_be_ioctl(task, regs))
		return 0;

	amount = call_is_known(task) ? call_amount(regs) : AMOUNT_UNKNOWN;
	return amount < size ? amount : size;
}

/*
 * Where in the file the call at hand reads, if a register says it.  A file's own position is no
 * answer: another thread's sendfile(2) changes it after the kernel has taken it for a read.
 */
static __noinline __u64 position_asked(__u32 channel)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct pt_regs *regs = (void *)bpf_task_pt_regs(task);

	if (channel != BW_CHANNEL_READ || !call_is_known(task) || regs->orig_ax != NR_PREAD64)
		return BW_POSITION_UNKNOWN;

	return regs->r10;
}

/* Which pieces it is that @charge is about. */
static __noinline void charge_cut(struct charge *charge, struct inode *inode, __u32 channel,
				  __u32 shift)
{
	__u64 size = BPF_CORE_READ(inode, i_size);
	struct piece_run run = pieces_asked(position_asked(channel), charge->amount, size, shift);

	charge->file = file_key(inode);
	charge->size = size;
	charge->first = run.first;
	charge->pieces = run.len;
}

/* Of the pieces that @charge is about; as charge_take(). */
static __always_inline __u32 coverage_take(const struct charge *charge, struct file_uses *uses,
					   const struct bw_budget *budget)
{
	__u32 charged = charge_take(charge, uses, budget, pieces_fresh(charge, budget), NULL);
	__u32 reason = charged & CHARGED_REASON_MASK;

	if (reason == BW_REASON_GRANTED)
		reason = pieces_take(charge, budget);
	return (charged & ~CHARGED_REASON_MASK) | reason;
}

/*
 * Takes @amount out of @budget for the task at hand and one more reading of @inode by @channel,
 * and fills @reserve, if there is one.  As of CHARGED_REASON_MASK.
 */
static __noinline __maybe_unused __u32 budget_take(struct inode *inode,
						   const struct bw_budget *budget, __u64 amount,
						   __u32 channel, struct reserve *reserve)
{
	struct charge charge = { .key = { .budget = budget->id }, .amount = amount };
	struct file_uses *uses;

	whom_fill(&charge.key, budget->per, budget->per == BW_BUDGET_UNIT ? unit_hash() : 0);
	uses = bpf_inode_storage_get(&file_uses, inode, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!budget->coverage)
		return charge_take(&charge, uses, budget, 0, reserve);

	charge_cut(&charge, inode, channel, budget->piece_shift);
	return coverage_take(&charge, uses, budget);
}

#endif
