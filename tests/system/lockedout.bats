#!/usr/bin/env bats
# Every row of docs/lockedout.md: the way in that stands there works, is
# recorded, and is refused to a stranger.

load lib

kept=/run/host/kept
wrong_recovery=AAAA-AAAA-AAAA-AAAA

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	gate_up production policy.freshness=0 || return
	enrol alice && enrol bob && recovery alice && recovery bob || return
	person erin && seed >"$HOST/secret/erin" || return
	host_run bulkhead enroll erin hotp --no-qr --secret-file - \
	    --confirm "$(hotp erin 0)" <"$HOST/secret/erin" >/dev/null || return
	gate_stop
	host_sh 'mkdir "$1" "$1/lib" &&
	    cp -a /var/lib/bulkhead /var/lib/bulkhead-anchor "$1/lib/" &&
	    cp -a /etc/bulkhead "$1/etc" && cp /etc/pam.d/login "$1/"' "$kept"
}

teardown_file() {
	gate_down
}

# The host as it was before anything went wrong.  Its emergency path is the
# console: login(1) is not gated.
setup() {
	gate_needs_root
	host_sh 'rm -rf /var/lib/bulkhead* /etc/bulkhead
	    cp -a "$1"/lib/* /var/lib/ && cp -a "$1/etc" /etc/bulkhead
	    sed /pam_bulkhead/d "$1/login" >/etc/pam.d/login' "$kept"
	gate_clock_set 0
	mark_log
}

teardown() {
	[ "$(id -u)" = 0 ] || return 0
	[ -n "$BATS_TEST_COMPLETED" ] || gate_show
	gate_stop KILL || :
	let_go || :
	host_run umount -q /var/lib/bulkhead || :
}

hotp() {
	oathtool --hotp -b -c "$2" - <"$HOST/secret/$1"
}

# The Nth recovery code of an account.
spare() {
	sed -n "$2p" "$HOST/secret/$1.recovery"
}

in_with() {
	run try 22 "$1" "$2,$1-password"
	[ "$status" = 0 ]
	[[ $output == *"in as $1"* ]]
}

out_with() {
	run try 22 "$1" "$2,$1-password"
	[ "$status" != 0 ]
	[[ $output != *"in as"* ]]
}

# The daemon ends by itself, with a word why.
no_start() {
	gate_start >/dev/null 2>&1 || :
	host_wait 10 host_sh '! kill -0 "$(cat /run/host/daemon.pid)"'
	host_run grep -e "$1" /var/log/daemon.out
}

# root at the console, by password: every command must succeed.
at_console() {
	run host_run console root root-password "$1 && echo console-\$((6*7))"
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *console-42* ]]
	logged 'pam_unix(login:session): session opened for user root'
}

no_stranger_at_console() {
	run host_run console root a-guess id
	[ "$status" != 0 ]
	[[ $output != *"uid=0"* ]]
	logged 'login.*FAILED LOGIN.*root'
}

# root_by_ssh LOGIN CODE,CODE COMMAND: in by the first, root by the second.
root_by_ssh() {
	run try 22 "$1" "${2%,*},$1-password" \
	    "printf '%s\n' ${2#*,} $1-password | sudo -S $3"
	echo "$output"
	[ "$status" = 0 ]
}

by_recovery() {
	recorded ".subject.name == \"$1\" and .action == \"$2\" and
	    .outcome == \"success\" and any(.factors[]; .type == \"recovery\"
	    or .kind == \"recovery\")"
}

@test "lost phone: in by a recovery code, and another token" {
	local id

	gate_start
	out_with alice "$wrong_recovery"
	recorded '.subject.name == "alice" and .reason == "wrong"'
	id=$(host_run bulkhead --json token list alice | jq -r \
	    '.tokens[] | select(.kind == "totp").id')
	root_by_ssh alice "$(spare alice 1),$(spare alice 2)" \
	    "bulkhead token revoke $id --reason 'phone lost'"
	by_recovery alice login
	by_recovery alice elevate
	out_with alice "$(fresh alice)" # whoever found the phone
	seed >"$HOST/secret/alice.new"
	host_run tee /root/seed <"$HOST/secret/alice.new" >/dev/null
	step_begins
	root_by_ssh alice "$(spare alice 3),$(spare alice 4)" \
	    "bulkhead enroll alice totp --no-qr --secret-file /root/seed \
	    --confirm $(code_of alice.new $(($(gate_now) - 30)))"
	in_with alice "$(code alice.new)"
	out_with alice "$(spare alice 1)" # used
	recorded '.subject.name == "alice" and .action == "revoke"'
}

@test "lost phone, no recovery code: a second administrator enrols" {
	gate_start
	run host_as alice bulkhead enroll alice recovery
	[ "$status" != 0 ]
	root_by_ssh bob "$(fresh bob),$(spare bob 1)" \
	    'bulkhead enroll alice recovery'
	run grep -Eom 1 '\b([A-Z2-7]{4}-?){4}\b' <<<"$output"
	in_with alice "$output"
	recorded '.subject.name == "alice" and .action == "enrol" and
	    .token_kind == "recovery"'
	by_recovery bob elevate
	out_with alice "$(spare alice 1)" # of the batch before
}

# The store on a small file system, and somebody who takes all of it and
# whatever comes free.
fill_disk() {
	host_sh 'cp -a /var/lib/bulkhead /run/host/moved
	    mount -t tmpfs -o size=16m,mode=700 tmpfs /var/lib/bulkhead
	    chown bulkhead: /var/lib/bulkhead
	    cp -a /run/host/moved/. /var/lib/bulkhead/
	    rm -rf /run/host/moved'
	gate_start
	in_with alice "$(fresh alice)"
	host_sh 'setsid python3 -c "
import os, time
f = os.open(\"/var/lib/bulkhead/filler\", os.O_WRONLY | os.O_CREAT)
while True:
    try:
        os.write(f, bytes(16384))
    except OSError:
        time.sleep(0.001)
" >/dev/null 2>&1 </dev/null &
	    echo $! >/run/filler
	    printf "kill %s\nrm /run/filler /var/lib/bulkhead/filler\n" $! \
		>/root/make-room
	    for i in $(seq 3000); do
		bulkhead person add "filler-$i" >/dev/null 2>&1 || exit 0
	    done; exit 1'
}

ballast_is() {
	[ "$(host_run stat -c %s /var/lib/bulkhead/store.ballast)" = "$1" ]
}

room_again() {
	in_with alice "$(fresh alice)"
	host_wait 20 ballast_is 1048576
}

@test "full disk: a recovery code at a gated console, and on to root" {
	fill_disk
	host_run cp "$kept/login" /etc/pam.d/login
	out_with alice "$(fresh alice)"
	logged 'full'
	run host_run console bob "$wrong_recovery" bob-password id
	[ "$status" != 0 ]
	ballast_is 1048576
	# The console has one try in half an hour.
	gate_clock_move 1860
	run host_run console bob "$(spare bob 1)" bob-password \
	    'sudo sh /root/make-room' "$(spare bob 2)"
	echo "$output"
	[ "$status" = 0 ]
	logged '<81>.*ballast.*bob'
	by_recovery bob login
	by_recovery bob elevate
	room_again
	out_with bob "$(spare bob 1)"
}

@test "full disk: a recovery code by ssh, and on to root" {
	fill_disk
	out_with bob "$wrong_recovery"
	out_with alice "$(fresh alice)"
	gate_restart # it starts on a full disk, too
	out_with alice "$(fresh alice)"
	ballast_is 1048576
	root_by_ssh bob "$(spare bob 1),$(spare bob 2)" \
	    'sh /root/make-room'
	logged '<81>.*ballast.*bob'
	by_recovery bob login
	by_recovery bob elevate
	room_again
	out_with bob "$(spare bob 2)"
}

@test "full disk: root at the console makes room" {
	fill_disk
	no_stranger_at_console
	at_console 'sh /root/make-room'
	room_again
}

@test "dead daemon: root at the console starts it" {
	out_with alice "$(fresh alice)"
	logged 'pam_bulkhead.*denied: could not'
	no_stranger_at_console
	at_console "BULKHEAD_TEST_CLOCK=$gate_clock_file \
	    /run/host/bin/start-daemon /run/host/bin/bulkheadd_clock"
	in_with alice "$(fresh alice)"
	[ "$(records | jq -s 'map(select(.action == "log.open"
	    and .detail != "genesis")) | length')" = 2 ]
}

@test "lost key: root at the console brings the kept copy back" {
	host_run mv /etc/bulkhead/realm.key /root/realm.key
	no_start "could not read the realm's key"
	out_with alice "$(fresh alice)"
	no_stranger_at_console
	at_console 'install -m 400 /root/realm.key /etc/bulkhead/realm.key'
	gate_start
	in_with alice "$(fresh alice)"
}

@test "lost key, no copy: a new realm, the old records kept" {
	host_run rm /etc/bulkhead/realm.key
	out_with alice "$(fresh alice)"
	no_stranger_at_console
	at_console 'bulkhead init --realm lab --class production ||
	    mv /var/lib/bulkhead /var/lib/bulkhead.lost &&
	    mv /var/lib/bulkhead-anchor /var/lib/bulkhead-anchor.lost &&
	    bulkhead init --realm lab --class production'
	gate_start
	out_with alice "$(fresh alice)"
	enrol dave
	in_with dave "$(fresh dave)"
	[ "$(host_run sqlite3 /var/lib/bulkhead.lost/store.db \
	    'select count(*) from record')" -gt 5 ]
}

@test "wrong clock: a recovery code, or a token without a clock" {
	local now

	gate_start
	gate_wall_move 7200
	now=$(date +%s)
	out_with alice "$(code_of alice "$now")"
	out_with alice "$wrong_recovery"
	in_with erin "$(hotp erin 1)"
	root_by_ssh alice "$(spare alice 1),$(spare alice 2)" date
	by_recovery alice login
	by_recovery alice elevate
	gate_wall_move -7200 # timedatectl, chronyc: whoever keeps the time
	in_with alice "$(code alice)"
	recorded '.action | startswith("clock.")'
	run host_as carol bulkhead clock accept --reason "mine"
	[ "$status" != 0 ]
	at_console 'bulkhead clock accept --reason "ran two hours ahead"'
	recorded '.action == "clock.accept"'
	[ "$(records | jq -s 'map(select(.action == "clock.accept"))
	    | length')" = 1 ]
}

@test "broken configuration file: what runs goes on, and says where" {
	gate_start
	host_sh 'echo "nonsense = 1" >>/etc/bulkhead/bulkhead.conf
	    kill -HUP $(cat /run/host/daemon.pid)'
	host_wait 5 logged 'old configuration stays in force.*bulkhead.conf:[0-9]'
	in_with alice "$(fresh alice)"
	gate_stop
	no_start 'bulkhead.conf:[0-9]'
	out_with alice "$(fresh alice)"
	no_stranger_at_console
	at_console '! bulkhead config check'
	[[ $output =~ bulkhead.conf:[0-9]+ ]]
	at_console "sed -i '/nonsense/d' /etc/bulkhead/bulkhead.conf &&
	    bulkhead config check"
	gate_start
	in_with alice "$(fresh alice)"
}

# The daemon's sockets as systemd holds them while it can't start.
nobody_answers() {
	host_sh 'rm -f /run/bulkhead/*.sock
	    setsid python3 -c "
import socket, time
held = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2)]
for s, name in zip(held, (\"gate\", \"admin\")):
    s.bind(\"/run/bulkhead/%s.sock\" % name)
    s.listen()
print(flush=True)
time.sleep(60)
" >/run/held 2>&1 </dev/null &
	    echo $! >/run/holder
	    until [ -s /run/held ]; do sleep 0.02; done'
}

# Whoever holds the disk or the sockets ends.
let_go() {
	host_sh 'for f in /run/filler /run/holder; do
	    [ ! -e "$f" ] || kill "$(cat "$f")"; rm -f "$f"; done
	    rm -f /run/bulkhead/*.sock'
}

@test "store set back: refused until it is accepted at the console" {
	local code

	gate_start
	code=$(code alice)
	in_with alice "$code"
	gate_stop
	host_sh 'rm -rf /var/lib/bulkhead; cp -a "$1/lib/bulkhead" /var/lib/' \
	    "$kept"
	no_start 'set back'
	out_with alice "$code"
	run host_as carol bulkhead store accept --reason "mine"
	[ "$status" != 0 ]
	no_stranger_at_console
	nobody_answers
	at_console 'bulkhead store accept --reason "restored from last night"'
	let_go
	gate_start
	recorded '.action == "store.accept"'
	out_with alice "$code"
	out_with alice "$(spare alice 1)"
	gate_clock_move 120
	in_with alice "$(code alice)"
}
