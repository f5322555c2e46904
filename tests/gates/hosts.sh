# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - scenarios on whole Debian hosts, two at a time; sourced by gates
# shellcheck shell=bash
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

# A thread for each guest, not for each of its processors: two guests have the host's two
# busy as it is, and what tests/vm/README.md tells of the emulator's fault can't happen.
export BULWARK_ACCEL=${BULWARK_ACCEL:-tcg,thread=single,tb-size=512}

# Scenarios on one system: guest OS ARGUMENT-OF-all...
guest() {
	local os=$1
	shift

	tests/vm/guest run --os "$os" --reboot --timeout 4800 \
		--deb build/deb/bulwark-dkms_*_all.deb --deb build/deb/bulwark_*_amd64.deb \
		--copy tests/system:/root/system --copy tests/policies:/root/policies \
		--copy build/tests/channels:/root/channels --copy build/deb:/root/deb \
		--copy "$(tests/vm/image --path "$os")/other-kernel:/root/kernel" \
		-- /root/system/all "$@"
}

# The same, with the system's name before each test: named GATE OS ARGUMENT-OF-all...
named() {
	local log=build/tests/$1-$2.log os=$2 status=0
	shift 2

	guest "$os" "$@" >"$log" 2>&1 || status=$?
	sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $os: /" "$log"
	return "$status"
}

# More arguments of all on one of the systems.
declare -A more

# Scenarios on Debian 12 and 13: hosts_run GATE ARGUMENT-OF-all...
hosts_run() {
	local gate=$1 os
	local -A job
	shift

	mkdir -p build/tests/logs
	tap_run "$gate: the packages build" make -s deb channels || tap_end
	for os in debian12 debian13; do
		# shellcheck disable=SC2086 # several words
		named "$gate" "$os" "$@" ${more[$os]:-} >"build/tests/logs/$gate-$os" 2>&1 &
		job[$os]=$!
	done
	for os in debian12 debian13; do
		echo "# whole Debian guest: $os"
		wait "${job[$os]}" || tap_failed=1
		cat "build/tests/logs/$gate-$os"
	done
}
