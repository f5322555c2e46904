/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - what the kernel side tells userspace, and the kernel's audit trail
 */
#ifndef BULWARK_EVENT_H
#define BULWARK_EVENT_H

#include <linux/types.h>

#include <bulwark/abi.h>

/* A way in which bytes of a file can reach a process. */
enum bw_channel {
	BW_CHANNEL_OPEN = 1,
	BW_CHANNEL_READ = 2,
	BW_CHANNEL_MMAP = 3,
	BW_CHANNEL_LINK = 4,
	BW_CHANNEL_RENAME = 5,
	BW_CHANNEL_IOCTL = 6,
	BW_CHANNEL_MEMORY = 7, /* of a process that may read the set */
	BW_CHANNEL_MOUNT = 8,  /* a disk that isn't free of sets */
	BW_CHANNEL_KERNEL = 9, /* what shows the kernel's memory, and so everybody's */
	BW_CHANNEL_CORE = 10,  /* core dump of a process that may read the set */
};

enum bw_verdict {
	BW_VERDICT_ALLOW = 1,
	BW_VERDICT_DENY = 2,
	BW_VERDICT_WOULD_DENY = 3,
};

/* Why.  Where several grants fail, the one that came closest speaks. */
enum bw_reason {
	BW_REASON_GRANTED = 1,
	BW_REASON_NO_GRANT = 2,	   /* no grant names this executable */
	BW_REASON_NO_IDENTITY = 3, /* kernel thread, or never seen to exec */
	BW_REASON_NO_PLACE = 4,	   /* the file can't be placed in the tree */
	BW_REASON_WRONG_USER = 5,
	BW_REASON_WRONG_UNIT = 6,
	BW_REASON_NAMESPACE = 7,   /* foreign namespace or root directory */
	BW_REASON_UNSAFE_EXEC = 8, /* traced when it was started */
	BW_REASON_TAINTED = 9,
	BW_REASON_NO_MEMORY = 10,
	BW_REASON_FILESYSTEM = 11,   /* the command acts on files that weren't opened */
	BW_REASON_SEALED = 12,	     /* it is Bulwark's own, and the host is sealed */
	BW_REASON_CHANNEL = 13,	     /* no grant is for this channel: nobody may */
	BW_REASON_BUDGET_BYTES = 14, /* granted, but so much was read in this window */
	BW_REASON_BUDGET_FILES = 15, /* granted, but so many files were */
	BW_REASON_WRONG_LOGIN = 16,
	BW_REASON_WRONG_HOURS = 17,
	BW_REASON_WRONG_SCRIPT = 18,
	BW_REASON_WRONG_DIGEST = 19, /* what is in the executable wasn't verified */
	BW_REASON_WRONG_GROUP = 20,
	BW_REASON_EXPIRED = 21,		/* the glass was broken for so long */
	BW_REASON_GLASS = 22,		/* allowed, by officers' leave */
	BW_REASON_BUDGET_COVERAGE = 23, /* granted, but so much of the set was read */
};

enum bw_event_type {
	BW_EVENT_REFUSAL = 1, /* a verdict: deny or would-deny */
	BW_EVENT_TAINT = 2,   /* a granted executable's process lost its grants */
	BW_EVENT_CARRIED = 3, /* a granted subject moved or linked a file out */
	BW_EVENT_TAMPER = 4,  /* somebody tried to weaken Bulwark itself (INV-8) */
	BW_EVENT_WARNING = 5, /* a share of a budget is used up; the reason tells of what */
	BW_EVENT_GLASS = 6,   /* a read under break-glass: a verdict, allow */
};

/* In place of a channel: no way to a set, but an enum bw_tamper in the low byte. */
#define BW_CHANNEL_TAMPER 0x100U

/* What was tried while the host was sealed. */
enum bw_tamper {
	BW_TAMPER_MAP = 1,	   /* to get a descriptor of one of Bulwark's maps */
	BW_TAMPER_PROGRAM = 2,	   /* of one of its programs */
	BW_TAMPER_LINK = 3,	   /* of one of its links */
	BW_TAMPER_SIGNAL = 4,	   /* to end or stop its processes */
	BW_TAMPER_TRACE = 5,	   /* to trace them, or PID 1, or to read their memory */
	BW_TAMPER_LIMIT = 6,	   /* to set their resource limits */
	BW_TAMPER_SCHEDULE = 7,	   /* to have them scheduled otherwise */
	BW_TAMPER_PROCESS = 8,	   /* to write to their files in /proc */
	BW_TAMPER_CGROUP = 9,	   /* to write to their cgroup, or one above it */
	BW_TAMPER_SWITCH = 10,	   /* to turn one of the kernel's switches */
	BW_TAMPER_WRITE = 11,	   /* to write to a file of Bulwark's */
	BW_TAMPER_CREATE = 12,	   /* to make one where only Bulwark's are */
	BW_TAMPER_REMOVE = 13,	   /* to remove one */
	BW_TAMPER_RENAME = 14,	   /* to move one, or something over it */
	BW_TAMPER_ATTRIBUTES = 15, /* to change its owner, mode, times or attributes */
	BW_TAMPER_MOUNT = 16,	   /* to mount over one, or to unmount it */
	BW_TAMPER_LOAD = 17,	   /* to load code into the kernel */
	BW_TAMPER_UNLOAD = 18,	   /* to unload a module */
	BW_TAMPER_TIME = 19,	   /* to set the clock: let through */
	BW_TAMPER_START = 20,	   /* to start the daemon with options */
	BW_TAMPER_CODE = 21,	   /* to have it run other code */
};

/* Names from a file up towards its filesystem's root: of what was to be read, and of the reader. */
#define BW_EVENT_NAMES 12
#define BW_EVENT_EXE_NAMES 8
#define BW_EVENT_NAME_SIZE 64

/**
 * struct bw_totals - How much of a budget is used, when a limit of it is reached or nearly so
 *
 * @every_ns: Length of its window; 0: no budget is behind the event.
 * @bytes: That count in the window.
 * @bytes_max: At most; BW_BUDGET_NO_BYTES for any number.
 * @files: That count in the window.
 * @files_max: At most; BW_BUDGET_NO_FILES for any number.
 * @per: enum bw_budget_per: who shares it; the event tells of the subject.
 * @grant: Which grant of the set's policy file it is of, counted from 1; 0: of `others`.
 * @coverage: Percent of the set that may be read; 0: any number.
 * @zero: Must be 0.
 * @distinct: Distinct bytes that count in the window.
 * @distinct_max: At most, if there is a @coverage.
 */
struct bw_totals {
	__u64 every_ns;
	__u64 bytes;
	__u64 bytes_max;
	__u32 files;
	__u32 files_max;
	__u32 per;
	__u32 grant;
	__u32 coverage;
	__u32 zero;
	__u64 distinct;
	__u64 distinct_max;
};

/**
 * struct bw_event - One record in the ring buffer
 *
 * @size: sizeof(struct bw_event).
 * @version: BW_ABI_VERSION.
 * @type: enum bw_event_type.
 * @sequence: Counted up by one for each event; a missing number is a gap.
 * @time_ns: CLOCK_BOOTTIME.
 * @generation: Of the policy that decided.
 * @stamp: What the caches were worth then.
 * @start_ns: When the process started, CLOCK_BOOTTIME.
 * @file: What was to be read.
 * @exe: The subject's executable; all zero without an identity.
 * @file_size: Bytes.
 * @pid: Thread group id, in the initial pid namespace.
 * @tid: Thread id.
 * @ppid: Thread group id of the parent.
 * @uid: Real user id, in the initial user namespace.
 * @gid: Real group id.
 * @login_uid: Audit login uid; 4294967295 when there is none.
 * @session: Audit session; 4294967295 when there is none.
 * @subject_flags: BW_SUBJECT_* of maps.h.
 * @set: Number of the set, 0 when the file can't be placed.
 * @channel: enum bw_channel; BW_EVENT_TAMPER: BW_CHANNEL_TAMPER and an enum bw_tamper.
 * @verdict: enum bw_verdict.
 * @reason: enum bw_reason.
 * @target: BW_EVENT_TAMPER: pid of the process that was meant, or id of the BPF object;
 *	else 0.
 * @detail: BW_EVENT_TAMPER: number of the signal or resource; else 0.
 * @names_len: Entries of @names in use.
 * @names_cut: 1 when the path has more names than fit.
 * @exe_names_len: Entries of @exe_names in use; 0 when the process has put
 *	another file in its executable's place since (PR_SET_MM_EXE_FILE).
 * @exe_names_cut: 1 when the executable's path has more names than fit.
 * @totals: What the reason BW_REASON_BUDGET_* is about.
 * @comm: The thread's name; anybody can choose his own.
 * @unit: The systemd unit, as the cgroup bears it; "" for none.
 * @names: The path, the file's own name first.  A name that fills its slot was
 *	cut.
 * @exe_names: The executable's path, likewise; for people, @exe decides.
 */
struct bw_event {
	__u32 size;
	__u32 version;
	__u32 type;
	__u32 generation;
	__u64 sequence;
	__u64 time_ns;
	__u64 stamp;
	__u64 start_ns;
	struct bw_file_key file;
	struct bw_file_key exe;
	__u64 file_size;
	__u32 pid;
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u32 gid;
	__u32 login_uid;
	__u32 session;
	__u32 subject_flags;
	__u16 set;
	__u16 channel;
	__u16 verdict;
	__u16 reason;
	__u32 target;
	__u32 detail;
	__u32 names_len;
	__u32 names_cut;
	__u32 exe_names_len;
	__u32 exe_names_cut;
	struct bw_totals totals;
	char comm[16];
	char unit[BW_UNIT_SIZE];
	char names[BW_EVENT_NAMES][BW_EVENT_NAME_SIZE];
	char exe_names[BW_EVENT_EXE_NAMES][BW_EVENT_NAME_SIZE];
};

_Static_assert(sizeof(struct bw_event) == 1640, "bw_event has a hole");

/**
 * struct bw_audit - Argument of the kfunc bulwark_audit()
 *
 * Becomes one AUDIT_KERNEL_OTHER record in the context of the running system
 * call.  Plain numbers and one short name: the SYSCALL and PROCTITLE records
 * of the same event tell the rest.
 *
 * @sequence: The event's number in Bulwark's log.
 * @file: What was to be read.
 * @set_name: The set; characters outside [a-z0-9-] are shown as '?'.
 * @generation: Of the policy that decided.
 * @channel: enum bw_channel, or BW_CHANNEL_TAMPER and an enum bw_tamper.
 * @verdict: enum bw_verdict.
 * @reason: enum bw_reason.
 */
struct bw_audit {
	__u64 sequence;
	struct bw_file_key file;
	char set_name[BW_SET_NAME_SIZE];
	__u32 generation;
	__u16 channel;
	__u16 verdict;
	__u16 reason;
	__u16 zero;
	__u32 zero2;
};

_Static_assert(sizeof(struct bw_audit) == 72, "bw_audit has a hole");

#endif
