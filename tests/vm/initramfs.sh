# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Bulwark - the fast guest's initramfs: our PID 1, the tests, and what they need
#
# Sourced by fast, whose options and places are meant: $stage $work $build $os $place $kernel.
# shellcheck disable=SC2154 # they are fast's

# Puts FILE at DEST of the guest, and the host's libraries that it wants at theirs.
add_file()
{
	local file=$1 dest=$2 library

	mkdir -p "$stage$(dirname "$dest")"
	cp -aL "$file" "$stage$dest"
	[ -f "$file" ] || return 0
	{ ldd "$file" 2>/dev/null || true; } | grep -o '/[^ ]*' | while read -r library; do
		[ -e "$stage$library" ] || install -D "$library" "$stage$library"
	done
}

# A file that is there on some hosts only.
add_if_there()
{
	[ ! -e "$1" ] || add_file "$1" "$2"
}

# NAME.order lists the files of a module, what it depends on first.
add_kernel_module()
{
	local name=$1 action file plain

	modprobe -d "$place/root" -S "$kernel" --show-depends "$name" 2>/dev/null |
	while read -r action file; do
		[ "$action" = insmod ] || continue
		plain=$(basename "${file%% *}")
		plain=/modules/${plain%%.ko*}.ko
		echo "$plain" >>"$stage/modules/$name.order"
		[ -e "$stage$plain" ] || case $file in
		*.xz*) xz -dc "$file" >"$stage$plain" ;;
		*.zst*) zstd -qdc "$file" >"$stage$plain" ;;
		*) cp "$file" "$stage$plain" ;;
		esac
	done
}

add_accounts()
{
	mkdir -p "$stage/etc"
	cat >"$stage/etc/passwd" <<-END
	root:x:0:0:root:/root:/bin/sh
	nobody:x:65534:65534:nobody:/:/bin/false
	postgres:x:101:101:postgres:/var/lib/postgresql:/bin/sh
	www-data:x:33:33:www-data:/var/www:/bin/false
	backup:x:34:34:backup:/var/backups:/bin/false
	bulwark-log:x:990:990:bulwark-log:/:/bin/false
	END
	cat >"$stage/etc/group" <<-END
	root:x:0:
	nogroup:x:65534:
	postgres:x:101:
	www-data:x:33:
	backup:x:34:
	bulwark:x:990:
	END
	echo 'passwd: files' >"$stage/etc/nsswitch.conf"
	echo 'group: files' >>"$stage/etc/nsswitch.conf"
}

add_bulwark()
{
	add_if_there "$build/bulwarkd" /usr/sbin/bulwarkd
	add_if_there "$build/bulwarkctl" /usr/bin/bulwarkctl
	add_if_there "$TOP_DIR/policies" /usr/share/bulwark/policies
	[ "$bulwark" = no ] || add_if_there "$build/vm/$os/bulwark.ko" /modules/bulwark.ko
	mkdir -p "$stage/etc/bulwark/policy.d" "$stage/var/log/bulwark" "$stage/var/lib/bulwark"
}

add_tests()
{
	local test

	for test in "$@"; do
		add_file "$test" "/tests/$(basename "$test")"
		basename "$test" >>"$stage/tests/list"
	done
}

make_initramfs()
{
	local name append

	mkdir -p "$stage"/{usr/bin,usr/sbin,usr/lib,usr/lib64,modules,tests,proc,sys,dev,run,tmp,root,mnt}
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$stage/"
	cp "$build/vm/init" "$stage/init"
	ln -s /init "$stage/usr/sbin/modprobe"

	for name in "${modules[@]}"; do
		add_kernel_module "$name"
	done
	for name in ext4 xfs btrfs nilfs2; do
		add_if_there "/sbin/mkfs.$name" "/usr/sbin/mkfs.$name"
	done
	add_if_there /etc/mke2fs.conf /etc/mke2fs.conf
	add_if_there /usr/bin/minisign /usr/bin/minisign
	add_if_there /usr/share/zoneinfo/Europe/Helsinki /usr/share/zoneinfo/Europe/Helsinki
	add_accounts
	add_bulwark
	add_tests "$@"
	for append in "${appends[@]}"; do
		add_file "${append%%:*}" "${append#*:}"
	done
	(cd "$stage" && find . | cpio --quiet -o -H newc -R 0:0) >"$work/initramfs"
}
