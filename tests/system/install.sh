#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - a host after installing and a reboot: everything is there, nothing is enforced
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh
# shellcheck source=tests/system/packages.sh
. ./packages.sh
# shellcheck source=tests/system/pension.sh
. ./pension.sh

# As nobody, who may look only in the group bulwark: look [GROUP]
look() {
	runuser -u nobody -g "${1:-nogroup}" -- bulwarkctl status
}

module_is_ours() {
	[[ $(modinfo --field filename bulwark) == */updates/dkms/* ]]
}

ordered_before_services() {
	systemctl show --property Before --value bulwarkd.service | grep -qwE 'basic.target|sysinit.target'
}

# What a kernel upgrade runs, for the kernel at hand.
kernel_upgraded() {
	dkms uninstall bulwark/"$version" -k "$(uname -r)" && [[ $(module_status) != installed ]] &&
		/etc/kernel/postinst.d/dkms "$(uname -r)"
}

is "$(package_status bulwark)" ii 'bulwark is installed'
is "$(package_status bulwark-dkms)" ii 'bulwark-dkms is installed'
is "$(dpkg --verify bulwark bulwark-dkms | grep -vE '/usr/share/(doc|man)/')" '' \
	'the installed files are whole'

is "$(module_status)" installed 'DKMS has built the module for this kernel'
ok 'modprobe finds the module of the package' module_is_ours
ok 'the module is loaded' test -d /sys/module/bulwark
ok 'the module describes its functions' test -s /sys/kernel/btf/bulwark
ok 'a kernel upgrade builds the module' kernel_upgraded
is "$(module_status)" installed 'it is installed again'

ok 'bulwarkd is enabled' systemctl is-enabled bulwarkd.service
ok 'bulwarkd runs' systemctl is-active bulwarkd.service
ok 'bulwarkd comes before every ordinary service' ordered_before_services
ok 'in this boot it was ready before PostgreSQL started' started_in_order

ok 'the group bulwark exists' getent group bulwark
ok 'the user bulwark-log exists' getent passwd bulwark-log
is "$(stat -c '%U:%G %a' /etc/bulwark/policy.d)" 'root:root 755' 'root alone writes policies'
is "$(stat -c '%U:%G %a' /var/log/bulwark)" 'bulwark-log:bulwark 2750' 'the logger and the group have the log'

is "$(find /etc/bulwark/policy.d -mindepth 1)" '' 'no policy is in place'
is "$(state state)" degraded 'the host calls itself degraded, with no set'
bulwarkctl status >/dev/null
is "$?" 1 'and says so by its exit status'
is "$(state 'sets | length')" 0 'no set is in force'
ok 'root still reads what PostgreSQL keeps' cat "$pg_data/global/pg_filenode.map"

look bulwark >/dev/null 2>&1
is "$?" 1 'the group bulwark may look'
nok 'others may not' look
for set in /usr/share/bulwark/policies/*.yaml; do
	ok "the ready set ${set##*/} is right" bulwarkctl check "$set"
	ok "and begins in monitor" grep -qx 'mode: monitor' "$set"
done
tap_end
