#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the packages on whole Debian hosts, as an administrator meets them
# gate: system    install, PostgreSQL, upgrade, removal on Debian 12 and 13
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

# tests/vm/README.md: the guest that met a fault of the emulator has shown nothing.
emulator_failed=75

tap_run 'system: the packages build' make -s deb channels || tap_end

# All scenarios on one system: guest OS
guest() {
	tests/vm/guest run --os "$1" --reboot --timeout 1800 \
		--deb build/deb/bulwark-dkms_*_all.deb --deb build/deb/bulwark_*_amd64.deb \
		--copy tests/system:/root/system --copy tests/policies:/root/policies \
		--copy build/tests/channels:/root/channels --copy build/deb:/root/deb \
		--copy "$(tests/vm/image --path "$1")/other-kernel:/root/kernel" \
		-- /root/system/all
}

for os in debian12 debian13; do
	echo "# whole Debian guest: $os"
	log=build/tests/system-$os.log
	status=0
	guest "$os" >"$log" 2>&1 || status=$?
	if ((status == emulator_failed)); then
		sed 's/^/# /' "$log" | tail -n 20
		status=0
		BULWARK_ACCEL=tcg,thread=single,tb-size=512 guest "$os" >"$log" 2>&1 || status=$?
	fi
	sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $os: /" "$log"
	((status == 0)) || tap_failed=1
done
tap_end
