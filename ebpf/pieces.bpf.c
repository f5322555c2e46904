// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - coverage: which pieces of a set's files were read, and how many bytes that is
 *
 * A call reads several pieces, and no helper may be called under a usage's lock: first it is
 * counted how much of them is new, which is charged with the rest; then each is booked, and
 * refused after all if somebody else was faster.  That costs what was booked until then.
 */
#include "charge.bpf.h"
#include "subject.bpf.h"

#include "pieces.h"

/**
 * struct counting - Pieces on their way to a sum
 *
 * @piece: The one at hand.
 * @size: Of the file.
 * @newest: Number of the newest part.
 * @fresh: Bytes that don't count yet.
 * @first: Number of the first piece.
 * @shift: See struct bw_budget.
 */
struct counting {
	struct piece piece;
	__u64 size;
	__u64 newest;
	__u64 fresh;
	__u32 first;
	__u32 shift;
};

/**
 * struct booking - Pieces on their way to a usage
 *
 * @whose: The usage.
 * @piece: The one at hand.
 * @size: Of the file.
 * @limit: Distinct bytes at most.
 * @first: Number of the first piece.
 * @shift: See struct bw_budget.
 * @reason: BW_REASON_GRANTED, or what stands against it.
 */
struct booking {
	struct bw_usage_key whose;
	struct piece piece;
	__u64 size;
	__u64 limit;
	__u32 first;
	__u16 shift;
	__u16 reason;
};

static __always_inline __u64 bytes_counted(const struct piece *piece, __u32 shift, __u64 newest)
{
	struct bw_piece_use *use = bpf_map_lookup_elem(&pieces, piece);
	__u64 name = piece_name(&piece->file, piece->number, shift);

	return use ? piece_counted(use, name, piece->serial, newest) : 0;
}

/* What is read of it then, is read already. */
static __always_inline bool whole_counts(struct piece *piece, __u64 size, __u64 newest)
{
	piece->number = BW_PIECE_WHOLE;
	return bytes_counted(piece, 0, newest) >= size;
}

static long piece_count(__u32 index, struct counting *counting)
{
	__u64 bytes, counted;

	counting->piece.number = counting->first + index;
	bytes = piece_bytes(counting->piece.number, counting->shift, counting->size);
	counted = bytes_counted(&counting->piece, counting->shift, counting->newest);
	counting->fresh += piece_fresh(bytes, counted);
	return 0;
}

/* Of a usage that isn't there yet, or has parts of another window, nothing counts. */
static __always_inline void counting_begin(struct counting *counting,
					   const struct bw_usage_key *whose,
					   const struct bw_budget *budget)
{
	struct bw_usage_slot *slot = bpf_map_lookup_elem(&usages, whose);
	__u64 newest = budget_part(budget->every_ns, usage_clock());

	if (slot && !usage_is_stale(&slot->usage, budget)) {
		counting->piece.serial = slot->usage.serial;
		counting->newest = slot->usage.newest;
	}
	if (counting->newest < newest)
		counting->newest = newest;
}

__u64 pieces_fresh(const struct charge *charge, const struct bw_budget *budget)
{
	struct counting counting = {};
	struct bw_usage_key whose;

	/* Fails closed: no limit has so much left. */
	if (!charge || !budget)
		return ~0ULL;

	whose = charge->key;
	counting.piece.file = charge->file;
	counting.size = charge->size;
	counting.first = charge->first;
	counting.shift = budget->piece_shift;
	counting.fresh = forget(0, charge->first);
	counting_begin(&counting, &whose, budget);
	if (whole_counts(&counting.piece, counting.size, counting.newest))
		return 0;

	bpf_loop(charge->pieces, piece_count, &counting, 0);
	return counting.fresh;
}

/* NULL if there is no room: it counts, and isn't remembered. */
static __always_inline struct bw_piece_use *piece_get(const struct piece *piece)
{
	static const struct bw_piece_use none;
	struct bw_piece_use *use = bpf_map_lookup_elem(&pieces, piece);

	if (use)
		return use;

	(void)bpf_map_update_elem(&pieces, piece, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&pieces, piece);
}

static __always_inline __u32 slot_book(struct bw_usage_slot *slot, struct bw_piece_use *use,
				       const struct booking *booking)
{
	__u64 bytes = piece_bytes(booking->piece.number, booking->shift, booking->size);
	__u64 name = piece_name(&booking->piece.file, booking->piece.number, booking->shift);
	__u32 reason = BW_REASON_NO_MEMORY;

	bpf_spin_lock(&slot->lock);
	if (!slot->doomed)
		reason = piece_book(&slot->usage, use, name, bytes, booking->limit)
				 ? BW_REASON_GRANTED
				 : BW_REASON_BUDGET_COVERAGE;
	bpf_spin_unlock(&slot->lock);
	return reason;
}

static long piece_take(__u32 index, struct booking *booking)
{
	struct bw_usage_slot *slot = bpf_map_lookup_elem(&usages, &booking->whose);
	struct bw_piece_use forgotten = {}, *use;

	booking->reason = BW_REASON_NO_MEMORY;
	if (!slot)
		return 1;

	booking->piece.number = booking->first + index;
	use = piece_get(&booking->piece);
	booking->reason = slot_book(slot, use ? use : &forgotten, booking);
	/* See charge_take(). */
	if (bpf_map_lookup_elem(&usages, &booking->whose) != slot)
		booking->reason = BW_REASON_NO_MEMORY;
	return booking->reason != BW_REASON_GRANTED;
}

__u32 pieces_take(const struct charge *charge, const struct bw_budget *budget)
{
	struct booking booking = {};
	struct bw_usage_slot *slot;
	__u32 len;

	if (!charge || !budget)
		return BW_REASON_NO_MEMORY;

	booking.whose = charge->key;
	slot = bpf_map_lookup_elem(&usages, &booking.whose);
	if (!slot)
		return BW_REASON_NO_MEMORY;

	booking.piece.file = charge->file;
	booking.piece.serial = slot->usage.serial;
	booking.size = charge->size;
	booking.limit = budget->distinct;
	booking.shift = budget->piece_shift;
	booking.first = charge->first;
	len = charge->pieces;
	/* Fails closed: what there is must be booked. */
	booking.reason = forget(len ? BW_REASON_NO_MEMORY : BW_REASON_GRANTED, charge->first);
	if (whole_counts(&booking.piece, booking.size, slot->usage.newest)) {
		booking.first = BW_PIECE_WHOLE;
		len = !!len;
	}

	bpf_loop(len, piece_take, &booking, 0);
	return booking.reason;
}
