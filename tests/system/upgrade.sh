#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - an upgrade keeps what the administrator wrote, and opens no window
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh
# shellcheck source=tests/system/packages.sh
. ./packages.sh

work=$(mktemp -d)
conffile=/etc/logrotate.d/bulwark

# Reads on until $work/stop is there, and notes each outcome: keep_reading NAME COMMAND...
# A moment's rest between two reads leaves DKMS a processor to build with.
keep_reading() {
	local name=$1 clock
	shift

	exec {clock}<> <(:)
	while [[ ! -e $work/stop ]]; do
		read -rt 0.2 -u "$clock"
		if "$@"; then
			echo right
		else
			echo wrong
		fi
	done >"$work/$name"
}

# Upgrades while both kinds of readers read on, to packages with the same programs or
# others: upgrade_under_load NAME same|other DEB...
upgrade_under_load() {
	local name=$1 programs=$2 adoptions engine readers=()
	shift 2

	adoptions=$(state keeper.adoptions)
	engine=$(state engine.pid)
	rm -f "$work/stop"
	keep_reading refused vault_refused &
	readers+=($!)
	keep_reading served vault_served &
	readers+=($!)
	sleep 1
	ok "$name: apt succeeds" packages_install "$@"
	sleep 1
	touch "$work/stop"
	wait "${readers[@]}"

	echo "$(grep -c . "$work/refused") refused and $(grep -c . "$work/served") served reads" | diag
	is "$(sort -u "$work/refused")" right "$name: each read without a grant was refused"
	is "$(sort -u "$work/served")" right "$name: each granted read was served"
	ok "$name: the daemon runs" wait_for 30 systemctl is-active bulwarkd.service
	is "$([[ $(state engine.pid) != "$engine" ]] && echo new)" new "$name: it is a new one"
	is "$([[ $(state keeper.adoptions) == "$adoptions" ]] && echo same || echo other)" "$programs" \
		"$name: the $programs programs are in force"
	is "$(state state)" protected "$name: the host is protected"
	is "$(sha256sum "$policy" "$conffile")" "$sums" "$name: policy and settings are as the administrator left them"
	is "$(module_status)" installed "$name: DKMS has built the module"
}

rm -f /etc/bulwark/policy.d/*
ok 'control: a policy is applied' vault_protect
ok 'the host is protected' wait_for 30 bulwarkctl status
ok 'control: the grant holds' vault_served
ok 'refused before' vault_refused
echo '# kept for twenty years here' >>"$conffile"
sums=$(sha256sum "$policy" "$conffile")

upgrade_under_load 'reinstall' same "${debs[1]}"
package_as "$version+newer" "${debs[0]}" "$work/bulwark-dkms.deb" >/dev/null
package_as "$version+newer" "${debs[1]}" "$work/bulwark.deb" >/dev/null
upgrade_under_load 'upgrade' other "$work/bulwark-dkms.deb" "$work/bulwark.deb"
is "$(package_version bulwark)" "$version+newer" 'the higher version is installed'
ok 'refused after' vault_refused
nok 'a module that holds programs stays' rmmod bulwark

rm -rf "$work"
tap_end
