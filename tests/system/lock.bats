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

teardown() {
	gate_show
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

# Spend a stranger's share.
lock_stranger() {
	for _ in 1 2 3 4; do
		run from 10.99.0.2 "$1" "$(wrong "$1")"
		[ "$status" != 0 ]
		gate_clock_move 60
	done
	recorded ".subject.name == \"$1\" and .action == \"lock\""
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
	local wrong locked

	wrong=$(from 10.99.0.2 bob "$(wrong bob)" 2>&1 || :)
	lock_stranger bob
	recorded '.subject.name == "bob" and .action == "lock"'
	locked=$(from 10.99.0.2 bob "$(fresh bob)" 2>&1 || :)
	[ "$locked" = "$wrong" ]
}

@test "unlock needs a reason, and lets in again" {
	run host_run bulkhead unlock bob
	[ "$status" = 2 ]
	lock_stranger bob
	run from 10.99.0.2 bob "$(fresh bob)"
	[ "$status" != 0 ]
	run host_run bulkhead unlock bob --reason "new phone"
	[ "$status" = 0 ]
	recorded '.subject.name == "bob" and .action == "unlock"'
	run from 10.99.0.2 bob "$(fresh bob)"
	[ "$status" = 0 ]
}

@test "a lock outlives the daemon, and ends after its time" {
	lock_stranger carol
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
			run from 10.99.0.1 erin "$(wrong erin)"
			gate_clock_move 60
		done
		gate_clock_move 7200
	done
	run from 10.99.0.1 erin "$(fresh erin)"
	[ "$status" != 0 ]
	# Not by a script, but at a terminal of this host.
	run host_run bulkhead unlock erin --reason "seen in person"
	[ "$status" = 1 ]
	run host_run script -qec \
	    'bulkhead unlock erin --reason "seen in person"' /dev/null
	[ "$status" = 0 ]
	run from 10.99.0.1 erin "$(fresh erin)"
	[ "$status" = 0 ]
}
