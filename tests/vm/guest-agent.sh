#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - does the job of the guest runner inside the guest
#
# Started by bulwark-guest.service in each boot.  Says on the status port:
#   booted, installed, running   where it is
#   reboot                       the guest comes back, go on
#   failed install               packages were not installed
#   exit N                       the command's status
set -u
JOB=/var/lib/bulwark-guest
cd /root || exit 1
reboot=no
verbose=no
# shellcheck source=/dev/null
. $JOB/options

open_ports()
{
	local port

	for port in out err status; do
		until [ -e /dev/virtio-ports/bulwark.$port ]; do
			sleep 0.2
		done
	done
	exec 3>/dev/virtio-ports/bulwark.status \
		4>/dev/virtio-ports/bulwark.out 5>/dev/virtio-ports/bulwark.err
}

tell()
{
	echo "$1" >&3
}

power_off()
{
	sync
	systemctl poweroff -ff
	sleep infinity
}

# As an administrator would, but for the questions.
install_packages()
{
	DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Use-Pty=0 install $JOB/debs/*.deb </dev/null
}

install_or_fail()
{
	if [ "$verbose" = yes ]; then
		install_packages >&5 2>&1 && return
	else
		install_packages >$JOB/install.log 2>&1 && return
		cat $JOB/install.log >&5
	fi
	find /var/lib/dkms -name make.log -exec cat {} + >&5 2>/dev/null
	tell "failed install"
	power_off
}

# A directory becomes DEST, or is merged into it; a file becomes DEST, or goes into it.
copy_files()
{
	local to dest

	for to in "$JOB"/copies/*.*; do
		[ -e "$to" ] || return 0
		dest=$(cat "$to")
		case $to in
		*.directory) mkdir -p "$dest" && cp -a "${to%.*}/." "$dest/" ;;
		*.file)
			case $dest in
			*/) mkdir -p "$dest" ;;
			*) mkdir -p "$(dirname "$dest")" ;;
			esac
			cp -a "${to%.*}"/* "$dest"
			;;
		esac
	done
}

reboot_guest()
{
	tell reboot
	systemctl reboot
	sleep infinity
}

open_ports
systemctl is-system-running --wait >/dev/null
tell booted

if [ ! -e $JOB/installed ]; then
	[ -z "$(ls $JOB/debs)" ] || install_or_fail
	touch $JOB/installed
	tell installed
	[ "$reboot" = no ] || reboot_guest
fi

copy_files >&5 2>&1
tell running
GUEST_AGAIN=$JOB/again bash $JOB/command </dev/null >&4 2>&5 3>&- 4>&- 5>&-
status=$?
if [ -e $JOB/again ]; then
	rm $JOB/again
	reboot_guest
fi
tell "exit $status"
power_off
