// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulwark - the one definition of each map
 */
#include "maps.bpf.h"

struct policies_map policies SEC(".maps");
struct subjects_map subjects SEC(".maps");
struct favours_map favours SEC(".maps");
struct places_map places SEC(".maps");
struct refusals_map refusals SEC(".maps");
struct carried_map carried SEC(".maps");
struct set_names_map set_names SEC(".maps");
struct guarded_map guarded SEC(".maps");
struct guardians_map guardians SEC(".maps");
struct usages_map usages SEC(".maps");
struct file_uses_map file_uses SEC(".maps");
struct learnts_map learnts SEC(".maps");
struct contents_map contents SEC(".maps");
struct requests_map requests SEC(".maps");
struct pieces_map pieces SEC(".maps");
struct events_map events SEC(".maps");

struct bw_state state SEC(".data.state");

const volatile bool have_audit = false;
const volatile bool have_seal = false;
const volatile bool have_idmap = false;

char LICENSE[] SEC("license") = "GPL";
