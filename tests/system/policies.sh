#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - wrong policy files against a live daemon: the exact message, and what is in
# force untouched
set -u
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/system/lib.sh
. ./lib.sh

bad=${1:-/root/policies/bad}
directory=/etc/bulwark/policy.d

# How often files were put in force.  Not the generation: the host's own changes make
# new ones of the same files.
applied() {
	grep -c 'policy files applied' /var/log/bulwark/events.jsonl
}

was_applied() {
	[[ $(applied) = "$1" ]]
}

# Applies a wrong file beside the good ones: applies_not FILE
applies_not() {
	local name
	name=$(basename "$1")
	cp "$1" "$directory/$name"
	seen=$(bulwarkctl apply 2>&1)
	status=$?
	rm -f "$directory/$name"
	seen=$(grep -F "$directory/$name:" <<<"$seen" | sed "s|^.*$directory/||")
}

before=$(applied)
for file in "$bad"/*.yaml; do
	applies_not "$file"
	is "$seen" "$(cat "${file%.yaml}.expected")" "$(basename "$file" .yaml): the exact message"
	is "$status" 1 "$(basename "$file" .yaml): apply fails"
done
install -m 666 "$bad/../good/$(find "$bad/../good" -name '*.yaml' -printf '%f\n' | sort | head -n 1)" \
	"$directory/writable.yaml"
nok 'a policy file that others can write' bulwarkctl apply
rm -f "$directory/writable.yaml"
ln -s /etc/hostname "$directory/link.yaml"
nok 'a policy file that is a symbolic link' bulwarkctl apply
rm -f "$directory/link.yaml"
ok 'the good files still apply' bulwarkctl apply
ok 'these alone were put in force' wait_for 30 was_applied $((before + 1))
tap_end
