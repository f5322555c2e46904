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

# Runs each test program and passes its TAP on: run_tests NAME COMMAND...
run_tests() {
	local name=$1 test out status
	shift

	for test in "build/${name%%-*}"/tests/unit/test_*; do
		[[ -x $test && ! -d $test ]] || continue
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
	done
}

build_tests gcc CC=gcc
run_tests gcc env
run_tests gcc-valgrind env CK_FORK=no \
	valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99
build_tests clang CC=clang
run_tests clang env
build_tests asan CC=clang SANITIZE=address,undefined CFLAGS='-O1 -g -fno-sanitize-recover=all'
run_tests asan env CK_FORK=no
tap_end
