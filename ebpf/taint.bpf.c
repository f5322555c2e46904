// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - what makes a process lose its grants: running code that others than
 * root can change
 */
#include "decide.bpf.h"
#include "guard.bpf.h"

#include <bpf/bpf_tracing.h>

#define GROUP_OR_OTHERS_WRITE 0022

/* Somebody else than root could have put the code there. */
static __always_inline bool inode_is_untrusted(const struct inode *inode)
{
	return BPF_CORE_READ(inode, i_uid.val) ||
	       BPF_CORE_READ(inode, i_mode) & GROUP_OR_OTHERS_WRITE;
}

/*
 * INV-8: once sealed the daemon runs what it ran before, and nothing that was put in
 * the place of a library.
 */
static __noinline bool code_is_foreign(struct inode *inode)
{
	struct bw_guard_key key = { .kind = BW_GUARD_FILE };

	if (!host_is_sealed() || !task_is_daemon(bpf_get_current_task_btf()))
		return false;

	key.file = file_key(inode);
	return !guard_find(&key);
}

/* Only of those who had something to lose: libraries of one's own are everyday. */
static __always_inline void taint_report(struct file *file, const struct bw_subject *subject)
{
	struct bw_rule_key key = { .kind = BW_RULE_EXE, .file = subject->exe };
	struct access access = {
		.inode = BPF_CORE_READ(file, f_inode),
		.dentry = BPF_CORE_READ(file, f_path.dentry),
		.channel = BW_CHANNEL_MMAP,
		.verdict = BW_VERDICT_ALLOW,
		.reason = BW_REASON_TAINTED,
	};

	if (policy_get(&access) && bpf_map_lookup_elem(access.policy, &key))
		event_tell(&access, BW_EVENT_TAINT, sequence_next());
}

/* Whatever the process does from now on isn't Bulwark's doing. */
static __always_inline void code_report(struct file *file)
{
	struct access access = {
		.channel = BW_CHANNEL_TAMPER | BW_TAMPER_CODE,
		.verdict = BW_VERDICT_ALLOW,
		.reason = BW_REASON_SEALED,
	};

	access_set_file(&access, file);
	if (host_is_sealed())
		event_tell(&access, BW_EVENT_TAMPER, sequence_next());
}

/* Sticks until the next exec.  Decisions cached in the subject's favour go with it. */
static __noinline void subject_taint(struct file *file)
{
	struct bw_subject *subject = subject_of(bpf_get_current_task_btf());

	if (!subject || !(subject->flags & BW_SUBJECT_KNOWN) || subject->flags & BW_SUBJECT_TAINTED)
		return;

	if (__sync_fetch_and_or(&subject->flags, BW_SUBJECT_TAINTED) & BW_SUBJECT_TAINTED)
		return;

	if (*(volatile __u32 *)&subject->held)
		stamp_advance();

	if (file_is_daemon(&subject->exe))
		code_report(file);
	else
		taint_report(file, subject);
}

/* Called for whatever is about to be code. */
static __always_inline void code_judge(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	if (inode_is_untrusted(inode) || code_is_foreign(inode))
		subject_taint(file);
}

/* @file as a number: see bw_mmap_file. */
SEC("lsm/mmap_file")
int BPF_PROG(bw_taint_map, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	__u64 address = 0;

	if (ret)
		return ret;

	bpf_probe_read_kernel(&address, sizeof(address), ctx);
	if (!address || !file || !(prot & PROT_EXEC))
		return 0;

	code_judge(file);
	return 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(bw_taint_protect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot, int ret)
{
	struct file *file;

	if (ret)
		return ret;

	file = BPF_CORE_READ(vma, vm_file);
	if (!file || !(prot & PROT_EXEC))
		return 0;

	code_judge(file);
	return 0;
}
