#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - what can be judged without running anything
# gate: lint      formatting, compilers' and checkers' opinions, borders, licences
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

mapfile -t c_files < <(git ls-files '*.c' '*.h')
mapfile -t text_files < <(git ls-files | grep -Ev '^(LICENSE|tests/(policies|fuzz)/)')
mapfile -t man_pages < <(git ls-files 'man/*')
mapfile -t headers < <(git ls-files 'include/**.h' 'userspace/**.h' 'ebpf/*.h' 'kmod/*.h')
# Shell is what says so in its first line, or is sourced by it.
mapfile -t shell_files < <(git ls-files | xargs -d '\n' grep -lE '^#!/bin/(ba)?sh' | sort; git ls-files 'tests/**.sh')

# Prints the lines that shouldn't be there, and fails if there are any.
none() {
	! grep .
}

licences() {
	grep -LE 'SPDX-License-Identifier: GPL-2.0-only' "${c_files[@]}" "${shell_files[@]}" | none
}

borders() {
	grep -nE '#include "\.\./' "${c_files[@]}" | none || return 1
	# A header's name means one file.
	printf '%s\n' "${headers[@]##*/}" | sort | uniq -d | none || return 1
	# Shared headers are <bulwark/x.h>; only those of one's own part are "x.h".
	grep -nE '#include "bulwark/' "${c_files[@]}" | none || return 1
	git grep -nE '#include "bulwark\.skel\.h"' -- ':!userspace/lib/enforcer*' ':!tests/gates' | none || return 1
	# What the parts share reaches none of them.
	git grep -nE '#include' -- include | grep -vE '<linux/(types|ioctl)\.h>|<bulwark/[a-z]+\.h>' | none
}

versions() {
	local version
	version=$(sed -n 's/^VERSION := //p' Makefile)
	head -1 debian/changelog | grep -qF "($version" || { head -1 debian/changelog; return 1; }
}

# Right files fit, and wrong ones don't but for what a schema can't say.
schema_fits() {
	local judged
	judged=$(tests/policies/against-schema policies/policy.schema.json policies/*.yaml tests/policies/good/*.yaml) ||
		return
	grep -v ': fits$' <<<"$judged" | none
}

schema_refuses() {
	local judged
	judged=$(tests/policies/against-schema policies/policy.schema.json tests/policies/bad/*.yaml) || return
	sed -n 's/: fits$//p' <<<"$judged" | diff - <(sed '/^#/d; s/ *#.*//' tests/policies/beyond-schema)
}

# Against each guest's own kernel, by its own compiler.
module_clean() {
	mkdir -p "build/lint/$1"
	tests/vm/build-module "$1" "build/lint/$1/bulwark.ko" W=1 KCFLAGS=-Werror
}

declare -A module_status

# All at once: the guests' trees take most of the time, where they have to be made.
modules_build() {
	local os
	local -A job

	for os in "$@"; do
		module_clean "$os" >"build/lint/module-$os" 2>&1 &
		job[$os]=$!
	done
	for os in "$@"; do
		wait "${job[$os]}"
		module_status[$os]=$?
	done
}

module_judge() {
	cat "build/lint/module-$1"
	return "${module_status[$1]}"
}

# Objects alone: linking the module takes a kernel image, which a build host may lack.
sparse_clean() {
	local dir=$PWD/build/lint/module objects
	rm -rf "$dir"
	mkdir -p "$dir"
	git ls-files Kbuild dkms.conf kmod include | cpio --quiet -pdm "$dir"
	mapfile -t objects < <(cd "$dir" && printf '%s\n' kmod/*.c | sed 's/c$/o/')
	make -s -C "$(find /lib/modules -maxdepth 2 -name build | sort -V | tail -1)" M="$dir" \
		C=2 CF=-Wsparse-error "${objects[@]}" >build/lint/sparse 2>&1 ||
		{ cat build/lint/sparse; return 1; }
	grep -E 'kmod/.*(warning|error):' build/lint/sparse | none
}

userspace_clean() {
	make -s -j"$(nproc)" BUILD="build/lint/$1" CC="$1" WERROR=1 all
}

# The checks that clang-tidy 14 gets wrong here are off: it doesn't see what a cleanup
# attribute frees (ASan and valgrind look for leaks), and wants _s functions.
tidy_checks='-*,clang-analyzer-*,-clang-analyzer-unix.Malloc,bugprone-*'
tidy_checks+=',-clang-analyzer-security.insecureAPI.*,-bugprone-easily-swappable-parameters'
tidy_checks+=',-bugprone-reserved-identifier,-bugprone-assignment-in-if-condition'
tidy_checks+=',-bugprone-macro-parentheses,-bugprone-narrowing-conversions'
tidy_flags=(-std=gnu11 -D_GNU_SOURCE '-DBULWARK_VERSION="0"' -Iinclude -Iebpf -Iuserspace/lib
	-Ibuild/lint/gcc/ebpf)

tidy() {
	# shellcheck disable=SC2016 # the other shell's
	git ls-files -z 'userspace/**.c' | xargs -0 -n 1 -P "$(nproc)" bash -c \
		'clang-tidy --quiet --checks="$0" --warnings-as-errors="*" "$@" -- '"$(printf '%q ' "${tidy_flags[@]}")" \
		"$tidy_checks" 2>/dev/null
}

mkdir -p build/lint
tap_run 'lint: clang-format' clang-format --dry-run --Werror "${c_files[@]}"
tap_run 'lint: SPDX licence lines' licences
tap_run 'lint: include borders' borders
tap_run 'lint: one version' versions
tap_run 'lint: shellcheck' shellcheck -x "${shell_files[@]}"
tap_run 'lint: codespell' codespell --quiet-level=2 --ignore-words-list=creat,fo,ba,nd "${text_files[@]}"
tap_run 'lint: mandoc' mandoc -Tlint -Wwarning "${man_pages[@]}"
tap_run 'lint: right policies fit the JSON Schema' schema_fits
tap_run 'lint: wrong policies do not' schema_refuses
tap_run 'lint: userspace, gcc -Wall -Wextra -Werror' userspace_clean gcc
tap_run 'lint: userspace, clang -Wall -Wextra -Werror' userspace_clean clang
tap_run 'lint: clang-tidy' tidy
modules_build debian12 debian13 sid
for os in debian12 debian13 sid; do
	tap_run "lint: module for $os, W=1 -Werror" module_judge "$os"
done
tap_run 'lint: module, sparse' sparse_clean
tap_end
