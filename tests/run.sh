#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - runs the gates: tests/run.sh VERB...
#
# Each gate is a script in tests/gates that prints TAP.  What counts is what it
# printed and how it ended: a gate that ends badly without a "not ok" counts as
# one failure, as does one that ran no test.  What failed is told once more at the
# end; the last line tallies everything.
set -u
cd "$(dirname "$0")/.." || exit 1

all_verbs=(unit lint tree vm system)
logs=build/tests/logs

usage() {
	echo "usage: tests/run.sh VERB..."
	echo
	sed -n 's/^# gate: //p' tests/gates/*.sh
	echo "all       ${all_verbs[*]}"
}

# Counts "passed failed skipped" in a TAP stream, subtests left out.
tally() {
	awk '/^not ok/ { failed++; next }
	     /^ok/ { if (/# *[Ss][Kk][Ii][Pp]/) skipped++; else passed++ }
	     END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# What failed in a TAP stream, with what was said of it.
failures() {
	awk '/^not ok/ { told = 1; print; next }
	     /^#/ && told { print; next }
	     { told = 0 }' "$1"
}

run_gate() {
	local verb=$1 log=$logs/$1.tap status=0 start=$SECONDS passed failed skipped

	echo "# === $verb"
	"tests/gates/$verb.sh" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}

	read -r passed failed skipped < <(tally "$log")
	if ((status != 0 && failed == 0)); then
		echo "not ok - gate $verb ended with status $status" | tee -a "$log"
		failed=1
	fi
	if ((passed + failed == 0)); then
		echo "not ok - gate $verb ran no test" | tee -a "$log"
		failed=1
	fi
	echo "# === $verb: $passed passed, $failed failed, $skipped skipped in $((SECONDS - start)) s"

	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	total_skipped=$((total_skipped + skipped))
}

# The guests' systems, made beside the gates that need none, which go before: their tests have
# some seconds each.  Who needs a system waits for it, and makes it once more where that failed.
begin_images() {
	local os

	for os in debian12 debian13 sid; do
		nice tests/vm/image "$os" >"$logs/image-$os" 2>&1 &
	done
}

main() {
	local verbs=("$@") verb
	total_passed=0 total_failed=0 total_skipped=0

	[[ $# -gt 0 ]] || { usage >&2; exit 2; }
	[[ $1 != all ]] || verbs=("${all_verbs[@]}")
	for verb in "${verbs[@]}"; do
		[[ -x tests/gates/$verb.sh ]] || { usage >&2; exit 2; }
	done

	mkdir -p "$logs"
	[[ " ${verbs[*]} " != *' vm '* ]] || begin_images
	for verb in "${verbs[@]}"; do
		run_gate "$verb"
	done

	if ((total_failed > 0)); then
		echo "# === failed"
		for verb in "${verbs[@]}"; do
			failures "$logs/$verb.tap" | head -200
		done
	fi
	echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
	((total_failed == 0))
}

main "$@"
