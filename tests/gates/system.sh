#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the packages on whole Debian hosts, as an administrator meets them
# gate: system    install, PostgreSQL, upgrade, removal on Debian 12 and 13
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

tap_run 'system: the packages build' make -s deb channels || tap_end

for os in debian12 debian13; do
	echo "# whole Debian guest: $os"
	tests/vm/guest run --os "$os" --reboot --timeout 1500 \
		--deb build/deb/bulwark-dkms_*_all.deb --deb build/deb/bulwark_*_amd64.deb \
		--copy tests/system:/root/system --copy tests/policies:/root/policies \
		--copy build/tests/channels:/root/channels --copy build/deb:/root/deb \
		-- /root/system/all | sed -E "s/^((not )?ok)( [0-9]+)?( -)? /\1 - $os: /"
	((PIPESTATUS[0] == 0)) || tap_failed=1
done
tap_end
