#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the build keeps to its directory, installing and removing leave nothing
# gate: tree      a build leaves no untracked file
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

untracked() {
	git status --porcelain --untracked-files=all
}

build_leaves_nothing() {
	local before after
	before=$(untracked)
	make -s -j"$(nproc)" all || return 1
	after=$(untracked)
	diff <(echo "$before") <(echo "$after")
}

installs_only_known_places() {
	local root=build/tree/root
	rm -rf "$root"
	make -s install DESTDIR="$PWD/$root" || return 1
	! (cd "$root" && find . -type f) | grep -vE '^\./(usr/(s?bin|share|lib/(systemd|sysusers\.d|tmpfiles\.d))|etc/bulwark)/'
}

tap_run 'tree: a build leaves no untracked file' build_leaves_nothing
tap_run 'tree: install writes only where packages may' installs_only_known_places
tap_end
