/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - how much was read in a window, and whether more may be (INV-6)
 *
 * Pure: no map, no helper, no kernel type.  Compiled for BPF, where it decides under a
 * lock, and for the host, where a model checks it.
 *
 * A window of length `every` is cut into BW_BUDGET_PARTS parts.  What is charged is booked
 * to the part that its time lies in, and counts for as long as that part and the
 * BW_BUDGET_PARTS after it: any window of that length lies within so many.  So in no
 * window is more let through than the limit, and what was charged counts for at most
 * 1/BW_BUDGET_PARTS of a window too long.
 */
#ifndef BULWARK_BUDGET_H
#define BULWARK_BUDGET_H

#include <linux/types.h>

#include <bulwark/event.h>
#include <bulwark/maps.h>

/* Length of a part.  Rounded up: so many parts are never less than a window. */
static inline __u64 budget_part_ns(__u64 every_ns)
{
	return every_ns / BW_BUDGET_PARTS + 1;
}

/* The part that @now lies in. */
static inline __u64 budget_part(__u64 every_ns, __u64 now)
{
	return now / budget_part_ns(every_ns);
}

/* When it is over. */
static inline __u64 budget_part_end(__u64 every_ns, __u64 now)
{
	return (budget_part(every_ns, now) + 1) * budget_part_ns(every_ns);
}

static inline void usage_clear(struct bw_usage *usage)
{
	usage->warned = 0;
	for (__u32 i = 0; i < BW_BUDGET_RING; i++) {
		usage->parts[i].bytes = 0;
		usage->parts[i].distinct = 0;
		usage->parts[i].files = 0;
	}
}

/* Takes what was booked to one part out of the sums. */
static inline void part_forget(struct bw_usage *usage, __u64 number)
{
	struct bw_usage_part *part = &usage->parts[number & (BW_BUDGET_RING - 1)];

	usage->bytes -= part->bytes;
	usage->distinct -= part->distinct;
	usage->files -= part->files;
	part->bytes = 0;
	part->distinct = 0;
	part->files = 0;
}

/*
 * Another length of the window: the old parts say nothing about it, so all that still counts
 * counts as if it were of now.  What was read is taken for something else: it errs on refusing.
 */
static inline void usage_rebase(struct bw_usage *usage, const struct bw_budget *budget,
				__u64 newest, __u32 serial)
{
	struct bw_usage_part *part = &usage->parts[newest & (BW_BUDGET_RING - 1)];

	usage_clear(usage);
	usage->every_ns = budget->every_ns;
	usage->newest = newest;
	usage->serial = serial;
	part->bytes = usage->bytes;
	part->distinct = usage->distinct;
	part->files = usage->files;
}

/*
 * Lets time pass.  A clock that seems to go back, as between two processors, changes
 * nothing: what is charged then is booked to the newest part, and counts the longer.
 */
static inline void usage_advance(struct bw_usage *usage, const struct bw_budget *budget, __u64 now)
{
	__u64 newest = budget_part(budget->every_ns, now);

	/* Each part that goes is one that comes later by the ring's length. */
	for (__u32 i = 0; i <= BW_BUDGET_PARTS && usage->newest < newest; i++) {
		usage->newest++;
		part_forget(usage, usage->newest - BW_BUDGET_PARTS - 1);
	}
	if (usage->newest < newest)
		usage->newest = newest;
}

/* What is read now, as a use of it. */
static inline __u64 usage_now(const struct bw_usage *usage)
{
	return (__u64)usage->serial << BW_USE_SERIAL_SHIFT | (__u32)usage->newest;
}

static inline bool use_is_of(const struct bw_usage *usage, __u64 use)
{
	return use >> BW_USE_SERIAL_SHIFT == usage->serial;
}

/* Is the part that a use is of among those that count, when @newest is the newest? */
static inline bool use_counts(__u64 newest, __u64 use)
{
	return (__u32)(newest - use) <= BW_BUDGET_PARTS;
}

/* Was the file read in a window that isn't over, and counts already? */
static inline bool file_counts(const struct bw_usage *usage, __u64 use)
{
	return use_is_of(usage, use) && use_counts(usage->newest, use);
}

/* A file counts in the part in which it was read last. */
static inline void file_book(struct bw_usage *usage, __u64 *use)
{
	if (file_counts(usage, *use))
		usage->parts[*use & (BW_BUDGET_RING - 1)].files--;
	else
		usage->files++;

	usage->parts[usage->newest & (BW_BUDGET_RING - 1)].files++;
	*use = usage_now(usage);
}

/* The limit may have become less than what was read under the one before. */
static inline bool distinct_fits(const struct bw_usage *usage, __u64 fresh, __u64 limit)
{
	return !fresh || (usage->distinct <= limit && fresh <= limit - usage->distinct);
}

/* Does nothing of it count any more? */
static inline bool usage_is_over(const struct bw_usage *usage, __u64 now)
{
	__u64 part = budget_part(usage->every_ns, now);

	return part > usage->newest && part - usage->newest > BW_BUDGET_PARTS;
}

/* Are the parts of another window, or of none yet? */
static inline bool usage_is_stale(const struct bw_usage *usage, const struct bw_budget *budget)
{
	return usage->every_ns != budget->every_ns;
}

/*
 * May @amount bytes of a file be read now?  BW_REASON_GRANTED, and it is charged; or which
 * limit stands against it, and nothing is.  The caller keeps others from @usage.
 *
 * @use: The file's memory of this usage; anything, if it has none.
 * @fresh: Bytes of pieces that weren't read before, for piece_book().
 * @serial: One that no usage has had, for one that is stale; 0 else.
 */
static inline enum bw_reason budget_charge(struct bw_usage *usage, __u64 *use,
					   const struct bw_budget *budget, __u64 now, __u64 amount,
					   __u64 fresh, __u32 serial)
{
	/* Fails closed: nobody asks for a window of no length. */
	if (!budget->every_ns)
		return BW_REASON_BUDGET_BYTES;

	if (!usage_is_stale(usage, budget))
		usage_advance(usage, budget, now);
	else if (serial)
		usage_rebase(usage, budget, budget_part(budget->every_ns, now), serial);
	else
		return BW_REASON_NO_MEMORY;

	/* The limit may have become less than what was read under the one before. */
	if (usage->bytes > budget->bytes || amount > budget->bytes - usage->bytes)
		return BW_REASON_BUDGET_BYTES;

	if (!file_counts(usage, *use) && usage->files >= budget->files)
		return BW_REASON_BUDGET_FILES;

	if (budget->coverage && !distinct_fits(usage, fresh, budget->distinct))
		return BW_REASON_BUDGET_COVERAGE;

	usage->distinct_max = budget->coverage ? budget->distinct : 0;
	usage->bytes += amount;
	usage->parts[usage->newest & (BW_BUDGET_RING - 1)].bytes += amount;
	file_book(usage, use);
	return BW_REASON_GRANTED;
}

/* Rounded up: it is never nothing. */
static inline __u64 budget_share(__u64 limit, __u32 percent)
{
	return limit / 100 * percent + (limit % 100 * percent + 99) / 100;
}

/* BW_REASON_GRANTED, or the limit of which so much is used as the budget warns of. */
static inline enum bw_reason usage_share(const struct bw_usage *usage,
					 const struct bw_budget *budget, __u64 fresh)
{
	if (budget->bytes != BW_BUDGET_NO_BYTES &&
	    usage->bytes >= budget_share(budget->bytes, budget->warn))
		return BW_REASON_BUDGET_BYTES;

	if (budget->files != BW_BUDGET_NO_FILES &&
	    usage->files >= budget_share(budget->files, budget->warn))
		return BW_REASON_BUDGET_FILES;

	if (budget->coverage &&
	    usage->distinct + fresh >= budget_share(budget->distinct, budget->warn))
		return BW_REASON_BUDGET_COVERAGE;

	return BW_REASON_GRANTED;
}

/* In a window that isn't over. */
static inline bool usage_is_warned(const struct bw_usage *usage)
{
	return usage->warned && usage->newest + 1 - usage->warned <= BW_BUDGET_PARTS;
}

/*
 * After a charge: BW_REASON_GRANTED, or the limit to warn of.  Once in a window, even if the
 * usage falls below the share meanwhile: who stays close to it makes no flood (INV-7).
 *
 * @fresh: As it was charged.
 */
static inline enum bw_reason budget_warn(struct bw_usage *usage, const struct bw_budget *budget,
					 __u64 fresh)
{
	enum bw_reason reason;

	if (!budget->warn || usage_is_warned(usage))
		return BW_REASON_GRANTED;

	reason = usage_share(usage, budget, fresh);
	if (reason != BW_REASON_GRANTED)
		usage->warned = usage->newest + 1;
	return reason;
}

#endif
