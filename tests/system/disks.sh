#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the disk under PostgreSQL: read past the filesystem, by root; and what
# the host itself does with its disks meanwhile
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh

directory=/etc/bulwark/policy.d
log=/var/log/bulwark/events.jsonl
disk=$(findmnt --noheadings --output SOURCE --target /var/lib/postgresql)
uuid=/dev/disk/by-uuid/$(findmnt --noheadings --output UUID --target /var/lib/postgresql)
node=/run/own-node
# By its name in the filesystem, which is the host's own.
file=$(find /var/lib/postgresql -name PG_VERSION -print -quit)

read_block() {
	dd if="$1" of=/dev/null bs=4096 count=1
}

# Refusals of that program in the log: refusals EXE
refusals() {
	grep -F '"devices"' "$log" | grep -cF "\"$1\""
}

debugfs_reads() {
	debugfs -R "cat $file" "$disk" | grep -q '^[0-9]'
}

loop_over() {
	local loop
	loop=$(losetup --find --show --read-only "$disk") && losetup --detach "$loop"
}

loop_mount() {
	mount -t ext4 -o loop,ro,noload "$disk" /mnt && umount /mnt
}

disks_are_known() {
	udevadm trigger --subsystem-match=block --action=change &&
		udevadm settle && [[ $(readlink -f "$uuid") == "$disk" ]]
}

mknod "$node" b $((0x$(stat -c %t "$disk"))) $((0x$(stat -c %T "$disk")))
ok 'before: root reads the disk' read_block "$disk"
ok 'before: dumpe2fs reads it' dumpe2fs -h "$disk"
ok 'before: debugfs shows a file of the set' debugfs_reads
ok 'before: a loop device over it' loop_over
ok 'before: a mount of it by such a device' loop_mount

sed 's/^mode: monitor/mode: enforce/' /usr/share/bulwark/policies/devices.yaml \
	>"$directory/devices.yaml"
cp /usr/share/bulwark/policies/devices.expect "$directory/"
ok 'the ready set for disks meets its expectations' bulwarkctl check "$directory"
ok 'it is applied, enforcing' bulwarkctl apply

nok 'dd of the disk is refused' read_block "$disk"
nok 'by its UUID as well' read_block "$uuid"
nok 'by a node of one'\''s own' read_block "$node"
nok 'dumpe2fs is refused' dumpe2fs -h "$disk"
nok 'debugfs is refused that file' debugfs_reads
nok 'a loop device over it is refused' loop_over
nok 'a mount of it by such a device, too' loop_mount
ok 'the record tells of dd' wait_for 10 test "$(refusals /usr/bin/dd)" -gt 0

ok 'udev looks at the disks, and finds them' disks_are_known
is "$(refusals /usr/bin/udevadm)" 0 'nothing of udev was refused'
ok 'PostgreSQL answers' runuser -u postgres -- psql -qc 'CHECKPOINT' -c 'SELECT 1'
ok 'the filesystem can be mounted once more' mount -t ext4 "$disk" /mnt
ok 'and be let go' umount /mnt

rm -f "$directory/devices.yaml" "$directory/devices.expect"
ok 'the set is taken out of force' bulwarkctl apply
ok 'root reads the disk again' read_block "$disk"
rm -f "$node"
tap_end
