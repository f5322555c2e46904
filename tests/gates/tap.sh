# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - one TAP line per command; sourced by the gates
# shellcheck shell=bash

tap_failed=0

# Runs a command quietly; what it printed is shown when it fails: tap_run NAME COMMAND...
tap_run() {
	local name=$1 out
	shift

	if out=$("$@" 2>&1); then
		echo "ok - $name"
		return 0
	fi
	echo "not ok - $name"
	printf '%s\n' "$out" | sed 's/^/# /'
	tap_failed=1
	return 1
}

# Last line of a gate.
tap_end() {
	exit "$tap_failed"
}
