# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - tries one way of reading and judges what came through; sourced
#
# A way is a command that writes the file's bytes to its standard output.  What
# counts is bytes: "read" if any came through, "refused" if none did and the
# kernel said EACCES, "failed" otherwise (so a broken way is never a pass).
# shellcheck shell=bash disable=SC2034

# Names that the functions below set for the caller.
way_seen='' way_bytes=0 way_error=''

# Runs a way: way_try COMMAND...
way_try() {
	local errors

	errors=$(mktemp)
	way_bytes=$(LC_ALL=C "$@" 2>"$errors" </dev/null | wc -c)
	way_error=$(tail -n 1 "$errors" | tr -cd '[:print:]')
	if ((way_bytes > 0)); then
		way_seen='read'
	elif grep -qi 'permission denied' "$errors"; then
		way_seen=refused
	else
		way_seen=failed
	fi
	rm -f "$errors"
}

# --- The ordinary tools, each as a command that writes to its standard output --

way_cp() { cp "$1" /dev/stdout; }
way_cat() { cat "$1"; }
way_dd() { dd if="$1" bs=64k status=none; }
way_tar() { tar -cPf - "$1" | tar -xPOf -; }
way_head() { head -c 100 "$1"; }

way_rsync() {
	local copy
	copy=$(mktemp -d)
	rsync --quiet "$1" "$copy/" && cat "$copy"/*
	rm -rf "$copy"
}

# --- Detours: the same bytes under another name --------------------------------

way_hard_link() {
	local link
	link=$(dirname "$1")/../bulwark-probe-link
	ln "$1" "$link" && cat "$link"
	rm -f "$link"
}

# Moves the file out, reads it, and puts it back.
way_move() {
	local moved
	moved=/var/lib/postgresql/bulwark-probe-moved
	mv -n "$1" "$moved" || return
	cat "$moved"
	mv "$moved" "$1"
}

way_bind_mount() {
	local at
	at=$(mktemp -d)
	mount --bind "$(dirname "$1")" "$at" && cat "$at/$(basename "$1")"
	umount "$at" 2>/dev/null
	rmdir "$at"
}

way_mount_namespace() { unshare --mount -- cat "$1"; }

# Of the file's owner: in a namespace of root's the owner isn't mapped, and plain
# file permissions refuse.
way_user_namespace() {
	setpriv --reuid="$(stat -c %u "$1")" --clear-groups -- \
		unshare --user --map-current-user --mount -- cat "$1"
}

way_chroot() { chroot / cat "$1"; }
way_proc_root() { cat "/proc/1/root$1"; }

# The first page of a process's heap: way_memory PID
way_memory() {
	local start
	start=$(awk '/\[heap\]/ { sub(/-.*/, "", $1); print $1; exit }' "/proc/$1/maps")
	dd if="/proc/$1/mem" bs=4096 skip=$((16#$start / 4096)) count=1 status=none
}

way_overlay() {
	local at
	at=$(mktemp -d)
	mount -t tmpfs none "$at" && mkdir "$at/upper" "$at/work" "$at/merged" &&
		mount -t overlay none -o "lowerdir=$(dirname "$1"),upperdir=$at/upper,workdir=$at/work" \
			"$at/merged" && cat "$at/merged/$(basename "$1")"
	umount "$at/merged" 2>/dev/null
	umount "$at"
	rmdir "$at"
}
