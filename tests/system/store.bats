#!/usr/bin/env bats
# A store that is not as it was left: denied with a clear reason in the log,
# and whom it does not concern is not concerned.

load lib

store=/var/lib/bulkhead/store.db

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	gate_up production policy.freshness=0
	enrol alice && enrol bob && recovery bob && gate_stop
	host_run mkdir /run/host/kept
	host_run cp -a /var/lib/bulkhead /var/lib/bulkhead-anchor \
	    /run/host/kept/
}

teardown_file() {
	gate_down
}

setup() {
	gate_needs_root
	mark_log
	host_run rm -rf /var/lib/bulkhead /var/lib/bulkhead-anchor
	host_run cp -a /run/host/kept/bulkhead /run/host/kept/bulkhead-anchor \
	    /var/lib/
	gate_clock_move 3600
}

teardown() {
	[ "$(id -u)" = 0 ] || return 0
	gate_stop KILL || :
	host_run umount -q /var/lib/bulkhead || :
}

# Nobody gets in, and the log has a word for it.
denied_saying() {
	run try 22 alice "$(fresh alice),alice-password"
	[ "$status" != 0 ]
	[[ $output != *"in as"* ]]
	{ log_since; host_run cat /var/log/daemon.out; } | grep -Ei -- "$1"
}

in_with() {
	run try 22 "$1" "$(fresh "$1"),$1-password"
	[ "$status" = 0 ]
}

@test "the store as it was left: in (control)" {
	gate_start
	in_with alice
}

@test "C08: a read-only store denies, and is named" {
	host_sh 'mount --bind /var/lib/bulkhead /var/lib/bulkhead &&
	    mount -o remount,bind,ro /var/lib/bulkhead'
	gate_start || :
	denied_saying 'read-only|store'
}

@test "C06: a truncated store denies, and is named" {
	host_run truncate -s 5000 "$store"
	gate_start || :
	denied_saying 'store'
}

@test "C06: an empty store denies, and is named" {
	host_run truncate -s 0 "$store"
	gate_start || :
	denied_saying 'store'
}

@test "C01: a symlinked store denies, and is named" {
	host_sh 'mv "$1" /var/lib/elsewhere && ln -s /var/lib/elsewhere "$1"' \
	    "$store"
	gate_start || :
	denied_saying 'store|unsafe'
}

@test "C02: a store of another owner or open to others denies" {
	host_run chown alice "$store"
	gate_start || :
	denied_saying 'store|unsafe'
	gate_stop KILL || :
	host_run chown bulkhead "$store"
	host_run chmod 666 "$store"
	gate_start || :
	denied_saying 'store|unsafe'
	gate_stop KILL || :
	host_run chmod 600 "$store"
	host_run chmod 777 /var/lib/bulkhead
	gate_start || :
	denied_saying 'store|unsafe'
}

# Two rows' sealed columns: sql TEXT, on the store at rest.
sql() {
	host_run setpriv --reuid bulkhead --regid bulkhead --clear-groups \
	    sqlite3 "$store" "$1"
}

row_of() {
	sql "select t.id from token t join account a on a.id = t.account_id
	    where a.login = '$1' order by t.id limit 1"
}

@test "C03: a flipped byte of alice's token is hers alone" {
	sql "update token_secret set sealed = cast(substr(sealed, 1, 20)
	    || char(33) || substr(sealed, 22) as blob)
	    where token_id = $(row_of alice)"
	gate_start
	denied_saying 'token|tamper|seal|record'
	in_with bob
}

@test "C03: a changed row of alice's account is hers alone" {
	sql "update account set last_login_s = 1, person = 'p-bob'
	    where login = 'alice'"
	gate_start
	denied_saying 'tamper|account'
	in_with bob
}

@test "C04: alice's sealed token over bob's opens for neither name" {
	sql "update token_secret set sealed = (select sealed from token_secret
	    where token_id = $(row_of alice))
	    where token_id = $(row_of bob)"
	gate_start
	run try 22 bob "$(fresh alice),bob-password"
	[ "$status" != 0 ]
	run try 22 bob "$(fresh bob),bob-password"
	[ "$status" != 0 ]
	in_with alice
}

@test "C07: a store set back is refused until it is accepted" {
	local code

	# The tool has no other clock than the machine's.
	gate_clock_set 0
	gate_start
	code=$(code alice)
	run try 22 alice "$code,alice-password"
	[ "$status" = 0 ]
	gate_stop
	host_sh 'rm -rf /var/lib/bulkhead
	    cp -a /run/host/kept/bulkhead /var/lib/'
	gate_start || :
	run try 22 alice "$code,alice-password"
	[ "$status" != 0 ]
	log_since | grep 'set back'
	run host_run bulkhead store accept --reason "restored by me"
	[ "$status" = 0 ]
	gate_start
	run try 22 alice "$code,alice-password"
	[ "$status" != 0 ]
	gate_clock_move 120
	in_with alice
}

# The store on a small file system of its own, with all the rest of it taken,
# and what the daemon keeps in reserve used up by changes.
fill_disk() {
	host_sh 'cp -a /var/lib/bulkhead /run/host/moved
	    mount -t tmpfs -o size=8m,mode=700 tmpfs /var/lib/bulkhead
	    chown bulkhead: /var/lib/bulkhead
	    cp -a /run/host/moved/. /var/lib/bulkhead/
	    rm -rf /run/host/moved'
	gate_start
	in_with alice
	host_sh 'cat /dev/zero >/var/lib/bulkhead/filler 2>/dev/null
	    for i in $(seq 3000); do
		bulkhead person add "filler-$i" >/dev/null 2>&1 || exit 0
	    done; exit 1'
}

@test "G01: on a full disk a right code is denied, and the log says why" {
	fill_disk
	denied_saying 'full|no space'
	host_run rm /var/lib/bulkhead/filler
	in_with alice
}

@test "G01: on a full disk wrong codes count all the same" {
	fill_disk
	for _ in 1 2 3; do
		run try 22 alice "$(wrong alice),alice-password"
		[ "$status" != 0 ]
		gate_clock_move 60
	done
	host_run rm /var/lib/bulkhead/filler
	run try 22 alice "$(fresh alice),alice-password"
	[ "$status" != 0 ]
	gate_clock_move 1860
	in_with alice
}

@test "G02: on a full disk a recovery code on the console gets in" {
	fill_disk
	run console bob "$(sed -n 1p "$HOST/secret/bob.recovery")"
	[ "$status" = 0 ]
	# And it is spent.
	run console bob "$(sed -n 1p "$HOST/secret/bob.recovery")"
	[ "$status" != 0 ]
}

console() {
	printf '%s\n' "$2" "$1-password" | host_run pamtester \
	    -I tty=/dev/tty1 login "$1" authenticate acct_mgmt
}

@test "C16: without the key nobody gets in, and the log says why" {
	host_run mv /etc/bulkhead/realm.key /etc/bulkhead/away
	gate_start || :
	denied_saying 'key'
	host_run mv /etc/bulkhead/away /etc/bulkhead/realm.key
}

@test "H01: a configuration that is missing or wrong denies" {
	host_run cp /etc/bulkhead/bulkhead.conf /run/host/kept/conf
	host_sh 'echo "nonsense = 1" >>/etc/bulkhead/bulkhead.conf'
	gate_start || :
	denied_saying 'bulkhead.conf:[0-9]+'
	gate_stop KILL || :
	host_run rm /etc/bulkhead/bulkhead.conf
	gate_start || :
	denied_saying 'bulkhead.conf'
	host_run cp /run/host/kept/conf /etc/bulkhead/bulkhead.conf
}
