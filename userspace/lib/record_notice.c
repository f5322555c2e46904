// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - gaps in the evidence and changes of the protection's state as OCSF
 * records
 */
#include "cleanup.h"
#include "record_json.h"

static const char *const profiles[] = { "host", NULL };

static const char *text_or(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

static void status_add(json_t *record, bool success, bool *failed)
{
	member_integer(record, "status_id", success ? 1 : 2, failed);
	member_text(record, "status", success ? "Success" : "Failure", failed);
}

/* --- Gaps ---------------------------------------------------------------------- */

/*
 * OCSF 1008, Event Log Activity: "actions pertaining to the system's event
 * logging service(s)", present since 1.3.  It has no activity for details that
 * went missing, so that is 99, Other, with a name of its own.
 */
static const struct ocsf_class gap_class = {
	.category_uid = 1,
	.category_name = "System Activity",
	.class_uid = 1008,
	.class_name = "Event Log Activity",
	.activity_id = 99,
	.activity_name = "Gap",
	.profiles = profiles,
};

static uint64_t gap_missing(const struct bw_gap *gap)
{
	return gap->first_sequence ? gap->last_sequence - gap->first_sequence + 1 : 0;
}

static enum ocsf_severity gap_severity(const struct bw_gap *gap)
{
	if (gap->lost || gap->first_sequence)
		return OCSF_SEVERITY_HIGH;

	return gap->refused ? OCSF_SEVERITY_LOW : OCSF_SEVERITY_INFORMATIONAL;
}

static char *gap_uid(const struct bw_gap *gap, const struct bw_record_context *context)
{
	char *uid;

	if (asprintf(&uid, "%s:gap:%lld:%llu", text_or(context->boot_id, ""), (long long)gap->to_ns,
		     (unsigned long long)gap->first_sequence) < 0)
		return NULL;
	return uid;
}

static char *gap_message(const struct bw_gap *gap)
{
	char numbers[64] = "no event is missing";
	char *message;

	if (gap->first_sequence)
		snprintf(numbers, sizeof(numbers), "events %llu to %llu are missing",
			 (unsigned long long)gap->first_sequence,
			 (unsigned long long)gap->last_sequence);

	if (asprintf(&message, "gap in the records: %s; %llu refused meanwhile, %llu lost, %s",
		     text_or(gap->why, "unknown reason"), (unsigned long long)gap->refused,
		     (unsigned long long)gap->lost, numbers) < 0)
		return NULL;
	return message;
}

static void gap_unmapped_add(json_t *record, const struct bw_gap *gap, bool *failed)
{
	json_t *unmapped = json_object();

	member_text(unmapped, "event", "gap", failed);
	member_text(unmapped, "why", gap->why, failed);
	member_integer(unmapped, "refused", gap->refused, failed);
	member_integer(unmapped, "lost", gap->lost, failed);
	member_integer(unmapped, "missing", gap_missing(gap), failed);
	if (gap->first_sequence) {
		member_integer(unmapped, "first_sequence", gap->first_sequence, failed);
		member_integer(unmapped, "last_sequence", gap->last_sequence, failed);
	}
	member_json(record, "unmapped", unmapped, failed);
}

json_t *bw_record_gap(const struct bw_gap *gap, const struct bw_record_context *context)
{
	_cleanup_(freep) char *message = gap_message(gap);
	bool failed = false;
	json_t *record;

	record = record_new(&gap_class, gap->to_ns, gap_severity(gap), gap_uid(gap, context),
			    context);
	if (!record || !message)
		return record_finish(record, true);

	member_text(record, "message", message, &failed);
	member_time(record, "start_time", gap->from_ns, &failed);
	member_time(record, "end_time", gap->to_ns, &failed);
	member_text(record, "log_name", "bulwark", &failed);
	member_text(record, "log_provider", "bulwarkd", &failed);
	gap_unmapped_add(record, gap, &failed);
	return record_finish(record, failed);
}

/* --- State --------------------------------------------------------------------- */

/**
 * struct notice_kind - The words for one change of state
 *
 * @activity_id: Of OCSF 6002, Application Lifecycle: "installation, removal,
 *	start, stop of an application or service".
 * @success: False for what an administrator must look at.
 */
struct notice_kind {
	const char *name;
	const char *text;
	int activity_id;
	const char *activity_name;
	enum ocsf_severity severity;
	bool success;
};

static const struct notice_kind kinds[] = {
	[BW_NOTICE_STARTED] = { "started", "bulwarkd runs, and enforces", 3, "Start",
				OCSF_SEVERITY_INFORMATIONAL, true },
	[BW_NOTICE_STOPPED] = { "stopped", "bulwarkd ends; verdicts go on without it", 4, "Stop",
				OCSF_SEVERITY_INFORMATIONAL, true },
	[BW_NOTICE_APPLIED] = { "applied", "a policy is in force", 99, "Policy applied",
				OCSF_SEVERITY_INFORMATIONAL, true },
	[BW_NOTICE_REFUSED] = { "policy-refused", "a policy has errors; the one before stays", 99,
				"Policy refused", OCSF_SEVERITY_MEDIUM, false },
	[BW_NOTICE_LOGGER_RESTARTED] = { "logger-restarted", "the logger was started again", 5,
					 "Restart", OCSF_SEVERITY_MEDIUM, true },
	[BW_NOTICE_PROTECTED] = { "protected", "the decoy is refused again", 6, "Enable",
				  OCSF_SEVERITY_INFORMATIONAL, true },
	[BW_NOTICE_UNPROTECTED] = { "unprotected", "this host is NOT protected", 7, "Disable",
				    OCSF_SEVERITY_CRITICAL, false },
	[BW_NOTICE_SEALED] = { "sealed", "the host is sealed: nothing can be weakened", 99,
			       "Sealed", OCSF_SEVERITY_INFORMATIONAL, true },
	[BW_NOTICE_SECRET_SHOWN] = { "secret-shown", "a secret of the seal was shown", 99,
				     "Secret shown", OCSF_SEVERITY_MEDIUM, true },
	[BW_NOTICE_SECRET_WRONG] = { "secret-wrong",
				     "a secret was shown that is none of the seal's", 99,
				     "Secret refused", OCSF_SEVERITY_HIGH, false },
	[BW_NOTICE_UNSEALED] = { "unsealed", "the host is no longer sealed", 99, "Unsealed",
				 OCSF_SEVERITY_HIGH, true },
	[BW_NOTICE_HELD_BACK] = { "policy-held-back",
				  "changed policy files are not applied: the host is sealed", 99,
				  "Policy held back", OCSF_SEVERITY_MEDIUM, false },
	[BW_NOTICE_LEARNING_ENDS] = { "learning-ends", "a set doesn't learn for long any more", 99,
				      "Learning ends", OCSF_SEVERITY_MEDIUM, false },
	[BW_NOTICE_GLASS_ASKED] = { "breakglass-asked", "somebody asks to break the glass", 99,
				    "Break-glass asked", OCSF_SEVERITY_MEDIUM, true },
	[BW_NOTICE_GLASS_REFUSED] = { "breakglass-refused", "the glass is not broken", 99,
				      "Break-glass refused", OCSF_SEVERITY_HIGH, false },
	[BW_NOTICE_GLASS_BROKEN] = { "breakglass-used", "officers have broken the glass", 99,
				     "Break-glass used", OCSF_SEVERITY_HIGH, true },
	[BW_NOTICE_GLASS_ENDED] = { "breakglass-ended", "what officers had opened has ended", 99,
				    "Break-glass ended", OCSF_SEVERITY_MEDIUM, true },
};

/* A kind that a newer caller knows is told all the same. */
static const struct notice_kind *notice_kind(const struct bw_notice *notice)
{
	static const struct notice_kind other = { "unknown", "unknown change of state", 99,
						  "Unknown", OCSF_SEVERITY_HIGH,	false };
	unsigned int kind = notice->kind;

	return kind < ARRAY_LEN(kinds) && kinds[kind].name ? &kinds[kind] : &other;
}

static char *notice_uid(const struct bw_notice *notice, const struct bw_record_context *context)
{
	char *uid;

	if (asprintf(&uid, "%s:%s:%lld", text_or(context->boot_id, ""), notice_kind(notice)->name,
		     (long long)notice->time_ns) < 0)
		return NULL;
	return uid;
}

static char *notice_message(const struct bw_notice *notice)
{
	char *message;

	if (asprintf(&message, "%s (generation %u)%s%s", notice_kind(notice)->text,
		     notice->generation, notice->text ? ": " : "", text_or(notice->text, "")) < 0)
		return NULL;
	return message;
}

static void notice_unmapped_add(json_t *record, const struct bw_notice *notice, bool *failed)
{
	json_t *unmapped = json_object();

	member_text(unmapped, "event", "state", failed);
	member_text(unmapped, "state", notice_kind(notice)->name, failed);
	member_integer(unmapped, "generation", notice->generation, failed);
	member_text(unmapped, "text", notice->text, failed);
	member_json(record, "unmapped", unmapped, failed);
}

json_t *bw_record_state(const struct bw_notice *notice, const struct bw_record_context *context)
{
	const struct notice_kind *kind = notice_kind(notice);
	const struct ocsf_class class = {
		.category_uid = 6,
		.category_name = "Application Activity",
		.class_uid = 6002,
		.class_name = "Application Lifecycle",
		.activity_id = kind->activity_id,
		.activity_name = kind->activity_name,
		.profiles = profiles,
	};
	_cleanup_(freep) char *message = notice_message(notice);
	bool failed = false;
	json_t *record;

	record = record_new(&class, notice->time_ns, kind->severity, notice_uid(notice, context),
			    context);
	if (!record || !message)
		return record_finish(record, true);

	member_text(record, "message", message, &failed);
	status_add(record, kind->success, &failed);
	member_json(record, "app",
		    json_pack("{s:s, s:s, s:s}", "name", "Bulwark", "vendor_name", "Bulwark",
			      "version", BULWARK_VERSION),
		    &failed);
	notice_unmapped_add(record, notice, &failed);
	return record_finish(record, failed);
}
