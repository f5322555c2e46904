#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - turns a fresh Debian tree into a guest: quick to boot, nothing to wait for
#
# Called by mmdebstrap on the host: `early ROOT` before the packages are
# installed, `late ROOT VM_DIR` and `other_kernel ROOT` after.
set -eu

# An initrd that finds the guest's disk and nothing else unpacks in a second.
early()
{
	mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/initramfs-tools/hooks"
	cat >"$1/etc/initramfs-tools/conf.d/guest" <<-END
	MODULES=list
	COMPRESS=zstd
	FSTYPE=ext4
	END
	cat >"$1/etc/initramfs-tools/hooks/guest" <<-'END'
	#!/bin/sh
	[ "$1" != prereqs ] || exit 0
	. /usr/share/initramfs-tools/hook-functions
	manual_add_modules virtio_pci virtio_blk ext4
	END
	chmod 755 "$1/etc/initramfs-tools/hooks/guest"
}

# Everything that waits, logs in, or wakes up by itself during a test.
mask_units()
{
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
		e2scrub_all.timer e2scrub_reap.service fstrim.timer logrotate.timer \
		man-db.timer motd-news.timer systemd-tmpfiles-clean.timer \
		getty@tty1.service serial-getty@ttyS0.service getty-static.service \
		systemd-networkd-wait-online.service systemd-networkd.service \
		systemd-networkd.socket systemd-resolved.service systemd-timesyncd.service \
		systemd-pstore.service systemd-rfkill.service systemd-rfkill.socket \
		systemd-hwdb-update.service systemd-firstboot.service; do
		ln -sfn /dev/null "$1/etc/systemd/system/$unit"
	done
}

late()
{
	mask_units "$1"
	echo guest >"$1/etc/hostname"
	echo '127.0.0.1 localhost guest' >"$1/etc/hosts"
	: >"$1/etc/fstab"
	mkdir -p "$1/var/log/journal"
	install -m 644 "$2/bulwark-guest.service" "$1/etc/systemd/system/"
	mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
	ln -sfn ../bulwark-guest.service "$1/etc/systemd/system/multi-user.target.wants/"
	ln -sfn /lib/systemd/system/multi-user.target "$1/etc/systemd/system/default.target"
}

# The same package without compression, which costs an emulated processor most.
plain()
{
	tree=$(mktemp -d)
	dpkg-deb --raw-extract "$1" "$tree"
	dpkg-deb -Znone --build "$tree" "$2" >/dev/null
	rm -rf "$tree"
}

# What a kernel upgrade needs where there is no network, kept beside the tree.
other_kernel()
{
	rm -f "$1"/var/cache/apt/archives/*.deb
	APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -y --download-only --no-install-recommends \
		install linux-image-cloud-amd64 linux-headers-cloud-amd64
	mkdir -p "$1/../other-kernel"
	for package in "$1"/var/cache/apt/archives/*.deb; do
		plain "$package" "$1/../other-kernel/${package##*/}"
		rm "$package"
	done
}

"$@"
