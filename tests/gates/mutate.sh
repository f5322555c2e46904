#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - is there a test that misses each BPF program, and what some of them ask?
# gate: mutate    leaves out one BPF program or check after the other; a test must notice
#
#	tests/gates/mutate.sh [OS [NAME...]]
#
# OS is debian12 unless given.  A copy of the tree in build/mutate/ is built without
# the program: libbpf doesn't load it, or, if it is an iterator, it tells nothing; or
# without a check in one.  The last lines are the table of docs/mutations.md; what the
# cases said is kept in build/mutate/OS.NAME.tap.
set -u

os=${1:-debian12}
shift $(($# > 0))
work=$PWD/build/mutate
tree=$work/tree
failed=0

# Each program, and each check of leave_out_check(): the cases that should miss it.
table() {
	cat <<-END
	bw_script           script
	bw_exec             subject
	bw_fork             subject
	bw_sweep            subject
	bw_taint_map        taint
	bw_taint_protect    taint
	bw_file_open        read
	bw_file_permission  read
	bw_mmap_file        read
	bw_mmap_backing     place
	bw_mount            disk
	bw_ioctl            ioctl
	bw_ioctl_compat     ioctl
	bw_uring_cmd        disk
	bw_trace            trace
	bw_core             core
	bw_bpf              debug
	bw_blind            debug
	bw_perf             debug
	bw_locked_down      debug
	bw_trace_debug      debug
	bw_inode_link       border
	bw_path_rename      border
	bw_inode_rename     border
	bw_inode_free       border
	bw_holders_open     holders
	bw_holders_mapped   holders
	bw_guard_map        guard
	bw_guard_program    guard
	bw_guard_link       guard
	bw_guard_kill       guard
	bw_guard_sigio      guard
	bw_guard_limit      guard
	bw_guard_scheduler  guard
	bw_guard_nice       guard
	bw_guard_ioprio     guard
	bw_guard_trace      guard
	bw_guard_exec       guard
	bw_guard_read_file  guard
	bw_guard_load_data  guard
	bw_guard_unload     guard
	bw_guard_time       guard
	bw_guard_create     guard
	bw_guard_mknod      guard
	bw_guard_mkdir      guard
	bw_guard_symlink    guard
	bw_guard_hardlink   guard
	bw_guard_unlink     guard
	bw_guard_rmdir      guard
	bw_guard_rename     guard
	bw_guard_setattr    guard
	bw_guard_setxattr   guard
	bw_guard_ioctl      guard
	bw_guard_ioctl_compat guard
	bw_guard_mount      guard
	bw_guard_move       guard
	bw_guard_umount     guard
	budget-bytes        attack
	budget-coverage     attack
	budget-others       attack
	content-open        digest
	content-version     digest
	content-digest      digest
	reserve-file        reserve
	reserve-user        reserve
	reserve-stamp       reserve
	reserve-ring        reserve
	reserve-exec        reserve
	END
}

# The hook came after the kernel of Debian 12.
os_for() {
	[[ $1 = bw_mmap_backing && $os = debian12 ]] && echo sid || echo "$os"
}

# Names of the programs of a kind (lsm, iter), one a line.
programs() {
	grep -hA1 "^SEC(\"$1/" ebpf/*.bpf.c | sed -nE 's/^int (BPF_PROG\()?(bw_[a-z_]+).*/\2/p' | sort
}

file_of() {
	grep -lE "^int (BPF_PROG\()?$1[,()]" ebpf/*.bpf.c
}

# The files that the last one changed are as they were; new, so that make sees it.
restore() {
	local file
	for file in ebpf/*.[ch] userspace/lib/enforcer_arm.c; do
		cmp -s "$file" "$tree/$file" || cp "$file" "$tree/$file"
	done
}

# Fails if that changes nothing.
edit() {
	sed -i "$2" "$tree/$1"
	! cmp -s "$1" "$tree/$1"
}

leave_out_program() {
	local program=$1 file
	file=$(file_of "$program") || return 1
	if programs iter | grep -qx "$program"; then
		edit "$file" "/^int $program(/,/^}/ s/^{/{\n\treturn 0;/"
	else
		edit "$file" "/^SEC(\"lsm\// { N; /BPF_PROG(${program}[,)]/ s/^SEC(\"/SEC(\"?/ }"
	fi && arm_without "$program" "$tree/userspace/lib/enforcer_arm.c"
}

# A limit; that others have one; that an open for writing is seen, that it makes a content
# another one, that this matters; what a reserve holds for.
leave_out_check() {
	local file=ebpf/budget.h favour=ebpf/favour.bpf.h others='if (access->grant == GRANT_OTHERS) return;'
	case $1 in
	budget-bytes) edit $file '/amount > budget->bytes/,+1d' ;;
	budget-coverage) edit $file '/ distinct_fits(.*limit)$/,/^}/ s/return .*/return true;/' ;;
	budget-others) edit ebpf/decide.bpf.h "/ budget_judge(/,/^}/ s/^\tamount = /\t$others\n&/" ;;
	content-open) edit ebpf/read.bpf.c '/content_change(/d' ;;
	content-version) edit ebpf/content.bpf.h '/__sync_fetch_and_add(version/d' ;;
	content-digest) edit ebpf/verdict.h '/ content_matches(/,/^}/ s/return .*/return true;/' ;;
	reserve-file) edit $favour '/ reserve_holds(/,/^}/ { /file\.[gd].* == /d; s/reserve->file.ino == .* &&// }' ;;
	reserve-user) edit $favour '/ favour_is_of(/,/^}/ s/favour->uid == [^ ]* &&//' ;;
	reserve-stamp) edit $favour '/ favour_extends(/,/^}/ s/favour->reserve.place == place &&//' ;;
	reserve-exec) edit $favour '/ favour_void(/,/^}/ { /reserve_void/d }' ;;
	reserve-ring) edit $favour '/ reserve_holds(/,/^}/ s/ || !call_is_alone(task)//' ;;
	*) return 1 ;;
	esac
}

leave_out() {
	case $1 in
	bw_*) leave_out_program "$1" ;;
	*) leave_out_check "$1" ;;
	esac
}

# What the one who arms does about the program itself.
arm_without() {
	case $1 in
	# Is loaded where there is the hook.
	bw_mmap_backing) sed -i 's/enforcer_has_hook("mmap_backing_file")/false/' "$2" ;;
	# Is proved by the canary, and nothing more would be seen of the tests.
	bw_file_open) sed -i 's/return bw_enforcer_prove(enforcer);/return 0;/' "$2" ;;
	esac
}

build() {
	local guest=$1
	shift
	make -s -C "$tree" -j"$(nproc)" all build/vm/init "build/vm/$guest/bulwark.ko" \
		"${@/#/build/vm/cases/test_}" >"$work/build.log" 2>&1
}

# Builds the copy, runs the cases; what they said is in the log: run LOG GUEST CASE...
run() {
	local log=$1
	shift
	build "$@" || { sed 's/^/# /' "$work/build.log"; return 1; }
	# One order of the same ways finds what many find; and a test whose daemon has
	# been killed waits for it again and again.
	"$tree/tests/vm/fast" --cmdline orders=1 --test-timeout 300 "$@" >"$log" 2>&1
	# Anything else than passed, failed or a guest that went down shows nothing.
	[[ $? =~ ^(0|1|125)$ ]]
}

# Tests that failed, by their names: what fast says of a whole program isn't one.
failures() {
	sed -nE 's/^not ok [0-9]+ - //p' "$1" |
		grep -vE '^[a-z_]+: (guest: |ends well \(|keeps its plan of |the guest runs to its end)'
}

not_ok() {
	echo "not ok - mutate: $*"
	failed=1
}

copy_tree() {
	rm -rf "$tree"
	mkdir -p "$tree"
	git ls-files -z | cpio --quiet -0pdm "$tree"
}

# Nobody notices anything where nothing is left out.
try_nothing() {
	local guest=$1 log=$work/$1.nothing.tap
	shift
	run "$log" "$guest" "$@" && ! grep -q '^not ok' "$log" &&
		echo "ok - mutate: $guest: nothing is left out, and nothing fails ($*)" && return
	not_ok "$guest: something fails where nothing is left out"
	grep '^not ok' "$log" | sed 's/^/# /'
}

try() {
	local program=$1 guest log first count
	shift
	guest=$(os_for "$program") log=$work/$guest.$program.tap
	restore
	if ! leave_out "$program" || ! run "$log" "$guest" "$@"; then
		not_ok "$program can't be left out"
		return
	fi

	count=$(failures "$log" | wc -l)
	first=$(failures "$log" | head -1)
	if ((count)); then
		echo "ok - mutate: $guest without $program: noticed $count times, first by '$first'"
		echo "| \`$program\` | $guest | $* | $first | $count | noticed |" >>"$work/table"
	else
		not_ok "$guest without $program: NOT NOTICED by $*"
		echo "| \`$program\` | $guest | $* | | 0 | NOT NOTICED |" >>"$work/table"
	fi
}

# The lines of the table about NAME|NAME...; all of them without.
chosen() {
	table | grep -wE "${1:-.*}"
}

# Those that run on this guest: their cases.
cases_on() {
	local guest=$1 program cases
	shift
	chosen "$@" | while read -r program cases; do
		[[ $(os_for "$program") != "$guest" ]] || tr ' ' '\n' <<<"$cases"
	done | sort -u
}

complete() {
	diff <(table | awk '/^bw_/ { print $1 }' | sort) <({ programs lsm; programs iter; } | sort) >&2
}

main() {
	local guest program cases names
	names=$(IFS='|' && echo "$*")

	if complete; then
		echo 'ok - mutate: each program is in the table'
	else
		not_ok 'the table has other programs than ebpf/'
	fi
	for guest in $(printf '%s\n' "$os" sid | sort -u); do
		mapfile -t cases < <(cases_on "$guest" "$names")
		((${#cases[@]} == 0)) || try_nothing "$guest" "${cases[@]}"
	done
	while read -r program cases; do
		# shellcheck disable=SC2086 # several words on purpose
		try "$program" $cases </dev/null
	done < <(chosen "$names")
}

copy_tree
: >"$work/table"
trap 'rm -rf "$tree"' EXIT
main "$@"
echo '# | left out | guest | cases | first test that fails | fail | verdict |'
echo '# | --- | --- | --- | --- | --- | --- |'
sed 's/^/# /' "$work/table"
exit "$failed"
