#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the packages on whole Debian hosts, as an administrator meets them
# gate: system    install, PostgreSQL, upgrade, seal, reboot, removal on Debian 12 and 13
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

# A thread for each guest, not for each of its processors: two guests have the host's two
# busy as it is, and what tests/vm/README.md tells of the emulator's fault can't happen.
export BULWARK_ACCEL=${BULWARK_ACCEL:-tcg,thread=single,tb-size=512}

mkdir -p build/tests/logs
tap_run 'system: the packages build' make -s deb channels || tap_end

# All scenarios on one system: guest OS
guest() {
	tests/vm/guest run --os "$1" --reboot --timeout 4800 \
		--deb build/deb/bulwark-dkms_*_all.deb --deb build/deb/bulwark_*_amd64.deb \
		--copy tests/system:/root/system --copy tests/policies:/root/policies \
		--copy build/tests/channels:/root/channels --copy build/deb:/root/deb \
		--copy "$(tests/vm/image --path "$1")/other-kernel:/root/kernel" \
		-- /root/system/all
}

# The same, with the system's name before each test: named OS
named() {
	local log=build/tests/system-$1.log status=0

	guest "$1" >"$log" 2>&1 || status=$?
	sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $1: /" "$log"
	return "$status"
}

declare -A job
for os in debian12 debian13; do
	named "$os" >"build/tests/logs/system-$os" 2>&1 &
	job[$os]=$!
done
for os in debian12 debian13; do
	echo "# whole Debian guest: $os"
	wait "${job[$os]}" || tap_failed=1
	cat "build/tests/logs/system-$os"
done
tap_end
