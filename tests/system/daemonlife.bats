#!/usr/bin/env bats
# The daemon down, back again, hanging, replaced: denied quickly, said once.

load lib

setup_file() {
	gate_up production policy.freshness=0
	[ "$(id -u)" != 0 ] || enrol alice
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

try_alice() {
	run try 2201 alice "$1,alice-password"
}

@test "down: denied quickly, with one clear line of ours" {
	local from

	gate_stop
	from=$SECONDS
	try_alice "$(fresh alice)"
	[ "$status" != 0 ]
	[ $((SECONDS - from)) -le 8 ]
	[ "$(log_since | grep -c 'pam_bulkhead.*denied')" = 1 ]
	logged 'pam_bulkhead.*denied: could not'
	gate_start
}

@test "back again: in" {
	gate_restart
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
}

@test "F04: a daemon that hangs: denied within its time" {
	local from

	host_sh 'kill -STOP $(cat /run/host/daemon.pid)'
	from=$SECONDS
	try_alice 123456
	[ "$status" != 0 ]
	[ $((SECONDS - from)) -le 20 ]
	host_sh 'kill -CONT $(cat /run/host/daemon.pid)'
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
}

@test "F05: a daemon that was killed left nothing in the way" {
	gate_stop KILL
	try_alice "$(fresh alice)"
	[ "$status" != 0 ]
	gate_start
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
}

@test "F07: somebody else's listener at the socket is not believed" {
	gate_stop
	host_sh 'mkdir -p /run/bulkhead; rm -f /run/bulkhead/gate.sock
	    chmod 777 /run/bulkhead
	    setpriv --reuid carol --regid carol --clear-groups python3 -c "
import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(\"/run/bulkhead/gate.sock\"); s.listen()
open(\"/tmp/fake\", \"w\")
s.settimeout(8); s.accept(); time.sleep(8)" &
	    for _ in $(seq 200); do [ -e /tmp/fake ] && break; sleep 0.02; done'
	try_alice "$(fresh alice)"
	[ "$status" != 0 ]
	host_sh 'rm -rf /run/bulkhead'
	gate_start
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
}

@test "a second daemon does not start beside the first" {
	run host_run timeout 5 bulkheadd --foreground
	[ "$status" != 0 ]
	[ "$status" != 124 ]
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
}

@test "the log daemon's restart loses no login, and lines go on" {
	host_sh 'pkill -x logsink
	    setsid logsink /dev/log /var/log/sink >/dev/null 2>&1 </dev/null &'
	host_wait 5 host_run test -S /dev/log
	mark_log
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
	try_alice "$(wrong alice)"
	[ "$status" != 0 ]
	log_since | grep bulkheadd
}

@test "without any log daemon: the gate decides all the same" {
	host_run pkill -x logsink
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
	host_sh 'setsid logsink /dev/log /var/log/sink >/dev/null 2>&1 \
	    </dev/null &'
}

@test "H05: with the module's file gone nobody gets in" {
	local pamdir

	pamdir=$(host_pamdir)
	host_run mv "$pamdir/pam_bulkhead.so" /run/host/
	try_alice "$(fresh alice)"
	[ "$status" != 0 ]
	host_run mv /run/host/pam_bulkhead.so "$pamdir/"
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
}

@test "H06: a realm option that is not the daemon's realm denies" {
	host_run sed -i 's/pam_bulkhead.so/pam_bulkhead.so realm=other/' \
	    /etc/pam.d/sshd
	try_alice "$(fresh alice)"
	[ "$status" != 0 ]
	host_run sed -i 's/realm=other/realm=lab/' /etc/pam.d/sshd
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
	host_run sed -i 's/ realm=lab//' /etc/pam.d/sshd
}

@test "SIGHUP: a bad file keeps the old configuration, loudly" {
	host_run cp /etc/bulkhead/bulkhead.conf /tmp/conf
	host_sh 'echo "nonsense = 1" >>/etc/bulkhead/bulkhead.conf
	    kill -HUP $(cat /run/host/daemon.pid)'
	host_wait 5 logged 'bulkhead.conf:[0-9]'
	try_alice "$(fresh alice)"
	[ "$status" = 0 ]
	host_run cp /tmp/conf /etc/bulkhead/bulkhead.conf
}

# Last, since it takes the clock back to the machine's.
@test "the shipped daemon: a login, a wrong code, a replay" {
	local code

	gate_stop
	gate_clock_set 0
	gate_start bulkheadd
	enrol erin
	code=$(code erin)
	run try 2201 erin "$code,erin-password"
	[ "$status" = 0 ]
	run try 2201 erin "$code,erin-password"
	[ "$status" != 0 ]
	recorded '.subject.name == "erin" and .reason == "replay"'
	run try 2201 erin "$(wrong erin),erin-password"
	[ "$status" != 0 ]
}
