#!/usr/bin/env bats
# Attempts: strangers spend their own share, the owner keeps hers.

load lib

setup_file() {
	gate_up production policy.freshness=0
	[ "$(id -u)" != 0 ] ||
	    { enrol alice && enrol bob && enrol carol && enrol erin; }
}

teardown_file() {
	gate_down
}

setup() {
	gate_calm
}

# from ADDRESS LOGIN CODE: by code and password, from there to there.
from() {
	SSH_OPTIONS="-b $1 -o HostName=$1" try 22 "$2" "$3,$2-password"
}

# console LOGIN CODE: the PAM calls of a login at tty1.
console() {
	printf '%s\n' "$2" "$1-password" | host_run pamtester \
	    -I tty=/dev/tty1 login "$1" authenticate acct_mgmt
}

@test "L01: a stranger's share locks that share only" {
	local i

	run from 10.99.0.1 alice "$(fresh alice)"
	[ "$status" = 0 ]
	for i in 1 2 3 4 5 6 7 8; do
		run from 10.99.0.2 alice "$(wrong alice)"
		[ "$status" != 0 ]
		gate_clock_move 60
	done
	[ "$(records | jq -s 'map(select(.subject.name == "alice"
	    and .reason == "wrong")) | length')" = 4 ]
	run from 10.99.0.2 alice "$(fresh alice)"
	[ "$status" != 0 ]
	# The owner from where she was before.
	run from 10.99.0.1 alice "$(fresh alice)"
	[ "$status" = 0 ]
}

@test "L04: the console's share still works after the remote ones" {
	run console alice "$(fresh alice)"
	[ "$status" = 0 ]
}

@test "L02: a locked share says what a wrong code gets" {
	local wrong locked i

	wrong=$(from 10.99.0.2 bob "$(wrong bob)" 2>&1 || :)
	for i in 1 2 3 4; do
		gate_clock_move 60
		from 10.99.0.2 bob "$(wrong bob)" || :
	done
	recorded '.subject.name == "bob" and .action == "lock"'
	locked=$(from 10.99.0.2 bob "$(fresh bob)" 2>&1 || :)
	[ "$locked" = "$wrong" ]
}

@test "unlock needs a reason, and lets in again" {
	run host_run bulkhead unlock bob
	[ "$status" = 2 ]
	run from 10.99.0.2 bob "$(fresh bob)"
	[ "$status" != 0 ]
	run host_run bulkhead unlock bob --reason "new phone"
	[ "$status" = 0 ]
	recorded '.subject.name == "bob" and .action == "unlock"'
	run from 10.99.0.2 bob "$(fresh bob)"
	[ "$status" = 0 ]
}

@test "a lock outlives the daemon, and ends after its time" {
	local i

	for i in 1 2 3 4 5; do
		from 10.99.0.2 carol "$(wrong carol)" || :
		gate_clock_move 60
	done
	recorded '.subject.name == "carol" and .action == "lock"'
	gate_restart
	run from 10.99.0.2 carol "$(fresh carol)"
	[ "$status" != 0 ]
	gate_clock_move 1860
	run from 10.99.0.2 carol "$(fresh carol)"
	[ "$status" = 0 ]
}

@test "L09: three locks of her own share are a hard lock" {
	local round i

	run from 10.99.0.1 erin "$(fresh erin)"
	[ "$status" = 0 ]
	for round in 1 2 3; do
		for i in 1 2 3 4; do
			from 10.99.0.1 erin "$(wrong erin)" || :
			gate_clock_move 60
		done
		gate_clock_move 1860
	done
	run from 10.99.0.1 erin "$(fresh erin)"
	[ "$status" != 0 ]
	run host_run bulkhead unlock erin --reason "seen in person"
	[ "$status" = 0 ]
	run from 10.99.0.1 erin "$(fresh erin)"
	[ "$status" = 0 ]
}
