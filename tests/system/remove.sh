#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - removal ends enforcement and keeps what is the administrator's; a purge leaves nothing
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh
# shellcheck source=tests/system/packages.sh
. ./packages.sh

work=$(mktemp -d)

# Whatever bears our name, but for the tests' own files and what dpkg and the journal tell.
our_files() {
	find / -xdev \( -path /root -o -path /proc -o -path /tmp -o -path /srv/packages \
		-o -name 'bulwark-guest*' \) -prune -o -iname '*bulwark*' -print
}

our_programs() {
	bpftool --json prog list | jq -r '.[].name | select(. != null and startswith("bw_"))'
}

# The files of the host, but for those that any installation changes.
all_files() {
	find / -xdev \( -path /root -o -path /tmp -o -path /var/tmp -o -path /var/log -o -path /var/cache \
		-o -path /var/lib/apt -o -path /var/lib/postgresql -o -path /run -o -path '/var/lib/dpkg/*-old' \) \
		-prune -o -print | sort
}

accounts() {
	getent passwd bulwark-log
	getent group bulwark
}

nothing_left() {
	is "$(our_files)" '' "$1: no file is left"
	is "$(accounts)" '' "$1: no account is left"
	is "$(dkms status bulwark)" '' "$1: DKMS has forgotten the module"
	is "$(our_programs)" '' "$1: no program is left in the kernel"
	nok "$1: no unit is left" systemctl cat bulwarkd.service
	nok "$1: the module is unloaded" test -d /sys/module/bulwark
	is "$(package_status bulwark)$(package_status bulwark-dkms)" '' "$1: dpkg knows nothing of it"
}

systemctl is-active --quiet bulwarkd.service || packages_install "${debs[@]}" >/dev/null 2>&1
ok 'control: a policy is applied' vault_protect
ok 'control: refused before' vault_refused
ok 'apt purges both packages at once' packages_remove purge
ok 'enforcement has ended' cat "$vault"
nothing_left 'purged at once'

all_files >"$work/before"
ok 'a first installation, without a reboot' packages_install "${debs[@]}"
ok 'bulwarkd runs' wait_for 30 systemctl is-active bulwarkd.service
is "$(state state)" degraded 'no policy is left over'
ok 'a policy is applied' vault_protect
ok 'and refuses' vault_refused

ok 'apt removes both packages' packages_remove remove
ok 'enforcement has ended again' cat "$vault"
nok 'the module is unloaded' test -d /sys/module/bulwark
is "$(dkms status bulwark)" '' 'DKMS has forgotten the module'
ok 'the policy is still there' test -s "$policy"
ok 'the log is still there' test -s /var/log/bulwark/events.jsonl
ok 'apt purges what was removed' packages_remove purge
is "$(grep -F refuse-when-sealed "$tap_output")" '' 'and does not miss the script that went'
nothing_left 'removed, then purged'
all_files >"$work/after"
ok 'the host has the files that it had before' diff "$work/before" "$work/after"

rm -rf "$work" "${vault%/*}"
tap_end
