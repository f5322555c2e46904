# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - TAP for scenarios on a whole host; sourced
# shellcheck shell=bash

tap_count=0
tap_failed=0
tap_ended=no
tap_output=$(mktemp)

tap_pass() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

tap_fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
}

diag() {
	sed 's/^/# /'
}

# The command must succeed; what it printed is shown when it doesn't: ok NAME COMMAND...
ok() {
	local name=$1 status
	shift

	"$@" >"$tap_output" 2>&1
	status=$?
	if ((status == 0)); then
		tap_pass "$name"
		return 0
	fi
	tap_fail "$name"
	echo "exit status $status of: $*" | diag
	diag <"$tap_output"
	return 1
}

# The command must fail: nok NAME COMMAND...
nok() {
	local name=$1
	shift

	if "$@" >"$tap_output" 2>&1; then
		tap_fail "$name"
		echo "should have failed: $*" | diag
		diag <"$tap_output"
		return 1
	fi
	tap_pass "$name"
}

# Both must be the same: is SEEN EXPECTED NAME
is() {
	if [[ $1 == "$2" ]]; then
		tap_pass "$3"
		return 0
	fi
	tap_fail "$3"
	printf 'seen:     %s\nexpected: %s\n' "$1" "$2" | diag
	return 1
}

# Repeats a command once a second until it succeeds: wait_for SECONDS COMMAND...
wait_for() {
	local seconds=$1
	shift

	while ! "$@" >/dev/null 2>&1; do
		((seconds-- > 0)) || return 1
		sleep 1
	done
}

uptime_s() {
	cut -d . -f 1 /proc/uptime
}

# Before the host's clocks are moved, and after: $SECONDS moves with them.
clock_note() {
	clock_boot=$(($(date +%s) - $(uptime_s)))
}

clock_restore() {
	date --set "@$((clock_boot + $(uptime_s)))" >/dev/null
}

# Last line of a scenario.
tap_end() {
	tap_ended=yes
	echo "1..$tap_count"
	exit $((tap_failed > 0))
}

# A scenario that breaks off must not look like one that passed.
tap_exit() {
	local status=$?

	rm -f "$tap_output"
	[[ $tap_ended == yes ]] && return
	echo "not ok $((tap_count + 1)) - the scenario broke off with status $status"
	exit 1
}
trap tap_exit EXIT
