#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - describes the module's types and functions in BTF, on top of the kernel's
#
# usage: make.sh KERNEL DIR KFUNCS.o OBJECT.o...
#
# Writes DIR/module.btf, and fills in the ids of the kfuncs in KFUNCS.o.  KERNEL is
# a release as uname -r prints it.  Environment: LD, OBJCOPY, PAHOLE, PAHOLE_FLAGS;
# BASE, if set, is a file with the kernel's BTF, or its vmlinuz.
set -eu

die()
{
	echo "bulwark: no BTF for the module: $*" >&2
	exit 1
}

need()
{
	command -v "$1" >/dev/null || die "'$1' is missing: install the package $2"
}

base_from_image()
{
	sh "$(dirname "$0")/unpack.sh" "$image" >"$dir/described"
	"$OBJCOPY" --dump-section ".BTF=$dir/base.btf" "$dir/described" /dev/null ||
		die "'$image' has none to build on"
}

# Whatever names the running kernel's BTF is right only for the running kernel.
find_base()
{
	running=/sys/kernel/btf/vmlinux
	image=${BASE:-/boot/vmlinuz-$kernel}

	if [ -z "$BASE" ] && [ "$kernel" = "$(uname -r)" ] && [ -r "$running" ]; then
		cat "$running" >"$dir/base.btf"
	elif [ ! -r "$image" ]; then
		die "'$image' is missing: install the package linux-image-$kernel"
	elif [ "$(od -An -v -t x1 -N 2 "$image")" = ' 9f eb' ]; then
		cat "$image" >"$dir/base.btf"
	else
		base_from_image
	fi
}

kernel=$1
dir=$2
kfuncs=$3
shift 3

need "$PAHOLE" pahole
find_base
"$LD" -r -o "$dir/described" "$@"
# shellcheck disable=SC2086 # several flags
"$PAHOLE" $PAHOLE_FLAGS --btf_base "$dir/base.btf" \
	--btf_encode_detached="$dir/module.btf.new" "$dir/described"
"$dir/fill_ids" "$dir/base.btf" "$dir/module.btf.new" "$kfuncs"
# Last, so that it is newer than the objects and stays so.
mv "$dir/module.btf.new" "$dir/module.btf"
touch "$dir/module.btf"
rm -f "$dir/described" "$dir/base.btf"
