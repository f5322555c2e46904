# SPDX-License-Identifier: GPL-2.0-only
#
# Bulwark - the fast guests' records (see init.c), and those of fast itself, to one TAP stream
#
#   ^ NAME CASES      a boot's report begins
#   $ NAME SECONDS    it ends

function result(passed, text) {
	failed += !passed
	printf "%sok %d - %s\n", passed ? "" : "not ", ++total, text
	fflush()
}
function begin_boot(name, cases) {
	delete plan
	delete seen
	delete bad
	delete ended
	wanted_len = split(cases, wanted, ",")
	boot = name
	complete = 0
}
function end_boot(i) {
	if (!complete)
		result(0, boot ": the guest runs to its end")
	for (i = 1; complete && i <= wanted_len; i++)
		if (!(wanted[i] in ended))
			result(0, boot ": runs " wanted[i])
}
function end_test(name, status) {
	if (status != "exit 0" && !bad[name])
		result(0, name ": ends well (" status ")")
	else if (!(name in plan) || plan[name] != seen[name] + 0)
		result(0, name ": keeps its plan of " plan[name] + 0 ", made " seen[name] + 0)
}
{ sub(/\r$/, ""); name = $2; sub(/^test_/, "", name) }
name == "guest" { name = boot ": guest" }
$1 == "^" { begin_boot(name, $3) }
$1 == "|" {
	text = $0
	sub(/^\| [^ ]+ ?/, "", text)
	if (match(text, /^(not )?ok( [0-9]+)?( -)? ?/)) {
		passed = text !~ /^not/
		seen[name]++
		bad[name] += !passed
		result(passed, name ": " substr(text, RLENGTH + 1))
	} else if (text ~ /^1\.\.[0-9]+/) {
		plan[name] = substr(text, 4) + 0
	} else {
		print "# " name ": " text
		fflush()
	}
}
$1 == "<" { ended[$2] = 1; end_test(name, $3 ($4 == "" ? "" : " " $4)) }
$1 == "=" { complete = 1 }
$1 == "$" { end_boot() }
$1 == "$" { print "# " name ": " $3 " s" }
END {
	print "1.." total
	exit failed > 0
}
