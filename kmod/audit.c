// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - records in the kernel's audit trail: of decisions, and of the seal
 *
 * One record of type AUDIT_KERNEL_OTHER:
 *
 *	bulwark: op=open verdict=deny reason=no-grant set=pension-db
 *	dev=fe:01 ino=1234 gen=7 seq=42 pid=812 uid=0 auid=1000 ses=3 left-out=0
 *
 * @op is the channel, @gen the policy's generation, @seq the event's number in
 * Bulwark's log, @left-out how many records there was no room for since the module
 * was loaded.  Where the kernel audits system calls, a SYSCALL and a PROCTITLE
 * record stand beside it.
 *
 * What happens to the seal has one of the same type, with op=seal, show-secret or
 * unseal, and @res 0 for a secret that was refused:
 *
 *	bulwark: op=unseal shown=2 needed=2 pid=812 uid=0 auid=1000 ses=3
 *	left-out=0 res=1
 */
#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/jiffies.h>
#include <linux/kdev_t.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>

#include "audit.h"
#include "compat.h"

/*
 * Records in each second; more are left out and counted.  Whoever starts many
 * processes has each one refused for the first time: on a host that panics when
 * the audit backlog is full (auditctl -f 2) that would be a way to end it.  Two
 * seconds' worth, which can come at once, is half of the kernel's own default
 * backlog, and more than a person would read.
 */
#define RECORDS_EACH_SECOND 16

/* Not the kernel's ratelimit: that leaves a record out when two processors meet. */
static DEFINE_RAW_SPINLOCK(rate_lock);
static unsigned long second_start;
static unsigned int second_records;
static atomic64_t records_left_out = ATOMIC64_INIT(0);

static const char *const channels[] = {
	[BW_CHANNEL_OPEN] = "open",	[BW_CHANNEL_READ] = "read",
	[BW_CHANNEL_MMAP] = "mmap",	[BW_CHANNEL_LINK] = "link",
	[BW_CHANNEL_RENAME] = "rename", [BW_CHANNEL_IOCTL] = "ioctl",
	[BW_CHANNEL_MEMORY] = "memory", [BW_CHANNEL_MOUNT] = "mount",
	[BW_CHANNEL_KERNEL] = "kernel", [BW_CHANNEL_CORE] = "core",
};

/* What is no channel: attempts against Bulwark itself. */
static const char *const tampers[] = {
	[BW_TAMPER_MAP] = "tamper-map",
	[BW_TAMPER_PROGRAM] = "tamper-program",
	[BW_TAMPER_LINK] = "tamper-link",
	[BW_TAMPER_SIGNAL] = "tamper-signal",
	[BW_TAMPER_TRACE] = "tamper-trace",
	[BW_TAMPER_LIMIT] = "tamper-limit",
	[BW_TAMPER_SCHEDULE] = "tamper-schedule",
	[BW_TAMPER_PROCESS] = "tamper-process",
	[BW_TAMPER_CGROUP] = "tamper-cgroup",
	[BW_TAMPER_SWITCH] = "tamper-switch",
	[BW_TAMPER_WRITE] = "tamper-write",
	[BW_TAMPER_CREATE] = "tamper-create",
	[BW_TAMPER_REMOVE] = "tamper-remove",
	[BW_TAMPER_RENAME] = "tamper-rename",
	[BW_TAMPER_ATTRIBUTES] = "tamper-attributes",
	[BW_TAMPER_MOUNT] = "tamper-mount",
	[BW_TAMPER_LOAD] = "tamper-load",
	[BW_TAMPER_UNLOAD] = "tamper-unload",
	[BW_TAMPER_TIME] = "tamper-time",
	[BW_TAMPER_START] = "tamper-start",
	[BW_TAMPER_CODE] = "tamper-code",
};

static const char *const verdicts[] = {
	[BW_VERDICT_ALLOW] = "allow",
	[BW_VERDICT_DENY] = "deny",
	[BW_VERDICT_WOULD_DENY] = "would-deny",
};

static const char *const reasons[] = {
	[BW_REASON_GRANTED] = "granted",
	[BW_REASON_NO_GRANT] = "no-grant",
	[BW_REASON_NO_IDENTITY] = "no-identity",
	[BW_REASON_NO_PLACE] = "no-place",
	[BW_REASON_WRONG_USER] = "wrong-user",
	[BW_REASON_WRONG_UNIT] = "wrong-unit",
	[BW_REASON_NAMESPACE] = "namespace",
	[BW_REASON_UNSAFE_EXEC] = "unsafe-exec",
	[BW_REASON_TAINTED] = "tainted",
	[BW_REASON_NO_MEMORY] = "no-memory",
	[BW_REASON_FILESYSTEM] = "filesystem",
	[BW_REASON_SEALED] = "sealed",
	[BW_REASON_CHANNEL] = "channel",
	[BW_REASON_BUDGET_BYTES] = "budget-bytes",
	[BW_REASON_BUDGET_FILES] = "budget-files",
	[BW_REASON_WRONG_LOGIN] = "wrong-login",
	[BW_REASON_WRONG_HOURS] = "wrong-hours",
	[BW_REASON_WRONG_SCRIPT] = "wrong-script",
	[BW_REASON_BUDGET_COVERAGE] = "budget-coverage",
	[BW_REASON_WRONG_DIGEST] = "wrong-digest",
	[BW_REASON_WRONG_GROUP] = "wrong-group",
	[BW_REASON_EXPIRED] = "expired",
	[BW_REASON_GLASS] = "breakglass",
};

static const char *word(const char *const *words, size_t words_len, u16 number)
{
	if (number >= words_len || !words[number])
		return "unknown";
	return words[number];
}

/* The record's fields are told apart by spaces: a name can't make up one. */
static void set_name_copy(char *to, const char *from)
{
	size_t i;

	for (i = 0; i < BW_SET_NAME_SIZE - 1 && from[i]; i++) {
		char c = from[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';

		to[i] = plain ? c : '?';
	}
	to[i] = '\0';
}

static const char *operation(u16 channel)
{
	if (channel & BW_CHANNEL_TAMPER)
		return word(tampers, ARRAY_SIZE(tampers), channel & ~BW_CHANNEL_TAMPER);
	return word(channels, ARRAY_SIZE(channels), channel);
}

static void log_decision(struct audit_buffer *ab, const struct bw_audit *audit)
{
	char set_name[BW_SET_NAME_SIZE];

	set_name_copy(set_name, audit->set_name);
	audit_log_format(
		ab, "bulwark: op=%s verdict=%s reason=%s set=%s", operation(audit->channel),
		word(verdicts, ARRAY_SIZE(verdicts), audit->verdict),
		word(reasons, ARRAY_SIZE(reasons), audit->reason), set_name[0] ? set_name : "?");
	audit_log_format(ab, " dev=%02x:%02x ino=%llu gen=%u seq=%llu", MAJOR(audit->file.dev),
			 MINOR(audit->file.dev), audit->file.ino, audit->generation,
			 audit->sequence);
}

/* audit_log_task_info() takes task locks that the hook's caller may hold. */
static void log_task(struct audit_buffer *ab)
{
	audit_log_format(ab, " pid=%d uid=%u auid=%u ses=%u", task_tgid_nr(current),
			 from_kuid(&init_user_ns, current_uid()),
			 from_kuid(&init_user_ns, audit_get_loginuid(current)),
			 audit_get_sessionid(current));
}

static bool record_has_room(void)
{
	unsigned long flags;
	bool room;

	raw_spin_lock_irqsave(&rate_lock, flags);
	if (!second_records || time_after_eq(jiffies, second_start + HZ)) {
		second_start = jiffies;
		second_records = 0;
	}

	room = second_records < RECORDS_EACH_SECOND;
	second_records += room;
	raw_spin_unlock_irqrestore(&rate_lock, flags);
	return room;
}

__bpf_kfunc void bulwark_audit(const struct bw_audit *audit)
{
	struct audit_buffer *ab;

	/* The refusal stands, is counted, and has its event. */
	if (!record_has_room()) {
		atomic64_inc(&records_left_out);
		return;
	}

	ab = audit_log_start(audit_context(), GFP_ATOMIC, AUDIT_KERNEL_OTHER);
	/* Fails closed: the refusal stands and is counted, audit counts the lost record. */
	if (!ab)
		return;

	log_decision(ab, audit);
	log_task(ab);
	audit_log_format(ab, " left-out=%llu", bw_audit_left_out());
	audit_log_end(ab);
}

/* Only who has the secrets could make many records of what succeeds. */
void bw_audit_seal(const char *op, bool success, u32 shown, u32 needed)
{
	struct audit_buffer *ab;

	if (!success && !record_has_room()) {
		atomic64_inc(&records_left_out);
		return;
	}

	ab = audit_log_start(audit_context(), GFP_KERNEL, AUDIT_KERNEL_OTHER);
	if (!ab)
		return;

	audit_log_format(ab, "bulwark: op=%s shown=%u needed=%u", op, shown, needed);
	log_task(ab);
	audit_log_format(ab, " left-out=%llu res=%d", bw_audit_left_out(), success);
	audit_log_end(ab);
}

u64 bw_audit_left_out(void)
{
	return atomic64_read(&records_left_out);
}
