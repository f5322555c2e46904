/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - every kernel field that the programs read, and nothing else
 *
 * Offsets are put right at load from the running kernel's BTF.  A struct whose
 * fields differ between kernels has flavours (name___kernel); the one that fits
 * is chosen with bpf_core_field_exists(), never by a version number.
 */
#ifndef BULWARK_KERNEL_TYPES_H
#define BULWARK_KERNEL_TYPES_H

#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct qstr {
	union {
		struct {
			__u32 hash;
			__u32 len;
		};
	};
	const unsigned char *name;
};

struct seqcount {
	unsigned int sequence;
};

struct seqcount_spinlock {
	struct seqcount seqcount;
};

struct inode;
struct super_block;

struct iattr {
	unsigned int ia_valid;
};

struct dentry {
	struct seqcount_spinlock d_seq;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	union {
		struct hlist_node d_alias;
	} d_u;
};

/* From 6.19 on the list's node is in a nameless union. */
struct dentry___alias {
	struct hlist_node d_alias;
};

struct user_namespace {
	int level;
};

struct block_device {
	__u32 bd_dev;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct dentry *s_root;
	struct block_device *s_bdev;
};

struct inode {
	unsigned short i_mode;
	kuid_t i_uid;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	__u32 i_rdev;
	long long i_size;
	__u32 i_generation;
	struct hlist_head i_dentry;
	void *i_private;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	struct path f_path;
	struct inode *f_inode;
};

struct io_uring_cmd {
	struct file *file;
};

struct fs_struct {
	struct path root;
};

struct ns_common {
	unsigned int inum;
};

struct mount {
	struct vfsmount mnt;
	int mnt_group_id;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	struct user_namespace *user_ns;
};

struct kernfs_node {
	struct kernfs_node *parent;
	const char *name;
};

/* From 6.15 on the parent is under RCU, and has a name that says so. */
struct kernfs_node___rcu {
	struct kernfs_node *__parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct mm_struct {
	struct file *exe_file;
};

struct vm_area_struct {
	unsigned long vm_start;
	struct file *vm_file;
};

struct thread_info {
	__u32 status;
};

struct tty_struct;

struct signal_struct {
	struct tty_struct *tty;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	unsigned int ptrace;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 start_boottime;
	const struct cred *real_cred;
	char comm[16];
	struct fs_struct *fs;
	struct nsproxy *nsproxy;
	kuid_t loginuid;
	unsigned int sessionid;
	struct css_set *cgroups;
	struct mm_struct *mm;
	void *io_uring;
	struct signal_struct *signal;
};

/* As the kernel has it at a system call. */
struct pt_regs {
	unsigned long bx;
	unsigned long r10;
	unsigned long r8;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *interp;
	int unsafe;
	int argc;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct bpf_map {
	__u32 id;
};

struct bpf_prog_aux {
	__u32 id;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

/* Their numbers are put right at load as well. */
enum kernel_read_file_id {
	READING_FIRMWARE = 1,
	READING_POLICY = 5,
	READING_X509_CERTIFICATE = 6,
};

enum kernel_load_data_id {
	LOADING_FIRMWARE = 1,
	LOADING_POLICY = 5,
	LOADING_X509_CERTIFICATE = 6,
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__task_vma {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct vm_area_struct *vma;
};

#pragma clang attribute pop

/* Their numbers are those of the running kernel, as well. */
enum lockdown_reason {
	LOCKDOWN_DEV_MEM,
	LOCKDOWN_HIBERNATION,
	LOCKDOWN_KCORE,
	LOCKDOWN_TRACEFS,
};

/* Constants of the kernel that no BTF tells; part of its ABI or unchanged for long. */
#define PF_EXITING 0x00000004
#define PF_IO_WORKER 0x00000010
#define PF_SIGNALED 0x00000400
#define PF_KTHREAD 0x00200000
#define TS_COMPAT 0x0002
#define MAY_READ 0x00000004
#define ATTR_SIZE (1U << 3)
#define CLONE_THREAD 0x00010000
#define RENAME_EXCHANGE 0x2
#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFDIR 0040000
#define S_IFBLK 0060000
#define S_IFCHR 0020000
#define PROT_EXEC 0x4
#define EPERM 1
#define ENOENT 2
#define E2BIG 7
#define ENOMEM 12
#define EACCES 13
#define SIGKILL 9
#define LSM_UNSAFE_SHARE 1
#define LSM_UNSAFE_PTRACE 2
#define PTRACE_MODE_ATTACH 0x2
#define CAP_SYS_ADMIN 21
#define CAP_PERFMON 38

#define S_ISREG(mode) (((mode)&S_IFMT) == S_IFREG)
#define S_ISDIR(mode) (((mode)&S_IFMT) == S_IFDIR)
#define S_ISBLK(mode) (((mode)&S_IFMT) == S_IFBLK)
#define S_ISCHR(mode) (((mode)&S_IFMT) == S_IFCHR)

#endif
