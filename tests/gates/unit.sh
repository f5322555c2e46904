#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - unit tests under both compilers, sanitizers and valgrind
# gate: unit      Check tests: gcc, clang, ASan and UBSan, valgrind
set -u
# shellcheck source=tests/gates/tap.sh
. tests/gates/tap.sh

# Builds the tests in a directory of their own: build_tests NAME MAKE-ARGUMENT...
build_tests() {
	local name=$1
	shift
	tap_run "unit: $name: builds without a warning" \
		make -s -j"$(nproc)" BUILD="build/$name" WERROR=1 "$@" unit-tests
}

# Runs one test program and passes its TAP on: run_test NAME TEST COMMAND...
run_test() {
	local name=$1 test=$2 out status
	shift 2

	out=$(mktemp)
	CK_TAP_LOG_FILE_NAME=$out "$@" "$test" >"$out.log" 2>&1
	status=$?
	sed -n "s|^\(not \)\?ok \([0-9]* \)\?-\?|\1ok - unit: $name:|p" "$out"
	# A crash outside a test (a leak report at exit, say) has no line of its own.
	if [[ $status -ne 0 ]] && ! grep -q '^not ok' "$out"; then
		echo "not ok - unit: $name: ${test##*/} ended with status $status"
	fi
	[[ $status -eq 0 ]] || sed 's/^/# /' "$out.log"
	rm -f "$out" "$out.log"
}

# Runs all of them, as many at a time as there are processors, and tells of them
# in order: run_tests NAME COMMAND...
run_tests() {
	local name=$1 told test running=0
	shift

	told=$(mktemp -d)
	for test in "build/${name%%-*}"/tests/unit/test_*; do
		[[ -x $test && ! -d $test ]] || continue
		if ((running++ >= $(nproc))); then
			wait -n
		fi
		run_test "$name" "$test" "$@" >"$told/${test##*/}" &
	done
	wait
	cat "$told"/*
	rm -r "$told"
}

build_tests gcc CC=gcc
run_tests gcc env
run_tests gcc-valgrind env CK_FORK=no \
	valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99
build_tests clang CC=clang
run_tests clang env
build_tests asan CC=clang SANITIZE=address,undefined CFLAGS='-O1 -g -fno-sanitize-recover=all'
run_tests asan env CK_FORK=no
# A moment of what the gate fuzz does for long, so that it can be built when it is asked for.
tap_run 'unit: the fuzzer of policies, for 5 s' make -s fuzz-policy FUZZ_SECONDS=5
tap_end
