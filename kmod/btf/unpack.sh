#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - writes the kernel that is compressed in an x86 image to standard output
#
# usage: unpack.sh IMAGE
#
# What comes out is ELF, with the kernel's BTF in a section.
set -eu

die()
{
	echo "bulwark: can't unpack '$image': $*" >&2
	exit 1
}

need()
{
	command -v "$1" >/dev/null || die "'$1' is missing: install the package $2"
}

# Little-endian number of 1 or 4 bytes in the image.
number_at()
{
	od -An -v -t "u$2" -j "$1" -N "$2" "$image" | tr -d ' '
}

# The boot protocol (2.08 and later) says where the compressed kernel is.  Its last
# 4 bytes are the size it unpacks to.
payload()
{
	offset=$((($(number_at 497 1) + 1) * 512 + $(number_at 584 4)))
	len=$(($(number_at 588 4) - 4))
	tail -c "+$((offset + 1))" "$image" | head -c "$len"
}

image=$1
case $(payload | od -An -v -t x1 -N 4 | tr -d ' ') in
fd377a58) need xz xz-utils && payload | xz -dc ;;
02214c18) need lz4 lz4 && payload | lz4 -dc ;;
28b52ffd) need zstd zstd && payload | zstd -dc ;;
1f8b*) need gzip gzip && payload | gzip -dc ;;
*) die "it is compressed in an unknown way" ;;
esac
