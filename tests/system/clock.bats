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
	gate_calm
}

teardown() {
	gate_show
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
	local wall

	gate_clock_move 60
	wall=$(cat "$HOST/state/wall")
	gate_wall_move $((2082758400 - $(gate_now)))
	out_with alice 000000
	gate_clock_move 60
	gate_clock_set $((wall + 60)) "$(cat "$HOST/state/boot")"
	in_with alice "$(code alice)"
	recorded '.action | startswith("clock.")'
}

@test "D05: half an hour more on the wall clock ends no lock" {
	gate_clock_move 3600
	in_with bob "$(fresh bob)"
	out_with bob "$(wrong bob)"
	gate_clock_move 60
	out_with bob "$(wrong bob)"
	gate_clock_move 60
	out_with bob "$(wrong bob)"
	recorded '.subject.name == "bob" and .action == "lock"'
	gate_wall_move 1860
	gate_clock_move 60
	out_with bob "$(fresh bob)"
	# Control: the time since boot ends it.
	gate_wall_move -1860
	gate_clock_move 1860
	in_with bob "$(fresh bob)"
}

@test "D04: a clock set back brings no used code back" {
	local code

	gate_clock_move 60
	code=$(code alice)
	in_with alice "$code"
	gate_wall_move -600
	out_with alice "$(code alice)"
	out_with alice "$code"
	gate_wall_move 600
	out_with alice "$code"
	gate_clock_move 60
	in_with alice "$(fresh alice)"
}

# What moves the time since boot to nothing.
just_booted() {
	cut -d . -f 1 /proc/uptime | sed 's/^/-/'
}

@test "D08: wrong answers before a reboot count after it" {
	gate_clock_move 3600
	in_with bob "$(fresh bob)"
	out_with bob "$(wrong bob)"
	gate_stop
	gate_clock_set "$(cat "$HOST/state/wall")" "$(just_booted)" \
	    11111111-2222-3333-4444-555555555555
	gate_start
	records >"$HOST/state/before"
	out_with bob "$(wrong bob)"
	gate_clock_move 60
	out_with bob "$(wrong bob)"
	records | tail -n +$(($(wc -l <"$HOST/state/before") + 1)) |
	    jq -e -s 'map(select(.action == "lock"
		and .subject.name == "bob")) | length == 1'
	# A reboot starts a running lock's time again.
	gate_clock_move 1000
	gate_stop
	gate_clock_set "$(cat "$HOST/state/wall")" "$(just_booted)" \
	    22222222-2222-3333-4444-555555555555
	gate_start
	out_with bob "$(fresh bob)"
	gate_clock_move 1000
	out_with bob "$(fresh bob)"
	gate_clock_move 860
	in_with bob "$(fresh bob)"
}
