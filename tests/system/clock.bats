#!/usr/bin/env bats
# A clock that is wrong for a while locks nobody out and lets nobody in twice.

load lib

setup_file() {
	gate_up production policy.freshness=0
	[ "$(id -u)" != 0 ] || { enrol alice && enrol bob; }
}

teardown_file() {
	gate_down
}

setup() {
	gate_needs_root
	mark_log
}

in_with() {
	run try 22 "$1" "$2,$1-password"
	[ "$status" = 0 ]
}

out_with() {
	run try 22 "$1" "$2,$1-password"
	[ "$status" != 0 ]
}

@test "D01: codes one step off are right, two are not" {
	local now

	gate_clock_move 300
	now=$(gate_now)
	out_with bob "$(code_of bob $((now - 60)))"
	out_with bob "$(code_of bob $((now + 60)))"
	in_with bob "$(code_of bob $((now - 30)))"
	in_with bob "$(code_of bob "$now")"
	in_with bob "$(code_of bob $((now + 30)))"
}

@test "D03: an earlier step is out after a later one" {
	local now

	gate_clock_move 300
	now=$(gate_now)
	in_with alice "$(code_of alice "$now")"
	out_with alice "$(code_of alice $((now - 30)))"
}

@test "D05: at 2036 for a minute and back: codes work as before" {
	local here there

	gate_clock_move 60
	here=$(cat "$HOST/state/offset")
	there=$((2082758400 - $(date +%s)))
	gate_clock_set "$there"
	out_with alice 000000
	gate_clock_set $((here + 60))
	in_with alice "$(code alice)"
	recorded '.action | tostring | startswith("clock.")'
}

@test "D04: a clock set back brings no used code back" {
	local now code earlier

	gate_clock_move 60
	now=$(gate_now)
	code=$(code alice)
	in_with alice "$code"
	gate_clock_move -600
	earlier=$(code alice)
	out_with alice "$earlier"
	out_with alice "$code"
	gate_clock_move 600
	out_with alice "$code"
	in_with alice "$(fresh alice)"
}

@test "D08: wrong answers before a restart count after it" {
	local before

	gate_clock_move 1860
	in_with bob "$(fresh bob)"
	out_with bob "$(wrong bob)"
	gate_restart
	gate_clock_move 60
	out_with bob "$(wrong bob)"
	out_with bob "$(wrong bob)"
	recorded '.subject == "bob" and .action == "lock"'
}

@test "the ledger verifies after all that" {
	run host_run bulkhead ledger verify
	[ "$status" = 0 ]
}
