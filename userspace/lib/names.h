/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bulwark - the words for numbers: one table, used by records, status and man
 */
#ifndef BULWARK_NAMES_H
#define BULWARK_NAMES_H

#include <bulwark/event.h>
#include <bulwark/maps.h>

/* Each returns "unknown" for a number it doesn't know. */
const char *bw_channel_name(unsigned int channel);	/* open, read, ..., tamper-signal, ... */
const char *bw_verdict_name(enum bw_verdict verdict);	/* allow, deny, would-deny */
const char *bw_reason_name(enum bw_reason reason);	/* no-grant, wrong-user, ... */
const char *bw_mode_name(enum bw_mode mode);		/* learn, monitor, enforce */
const char *bw_budget_per_name(enum bw_budget_per per); /* none, process, session, ... */

/* "enforces", as a set does. */
const char *bw_mode_verb(enum bw_mode mode);

/* A sentence for people: "no grant names this executable". */
const char *bw_reason_text(enum bw_reason reason);

/* The reverse, for *.expect files; 0 for an unknown word. */
enum bw_reason bw_reason_from_name(const char *name);
enum bw_verdict bw_verdict_from_name(const char *name);

#endif
