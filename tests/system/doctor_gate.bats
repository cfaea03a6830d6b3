#!/usr/bin/env bats
# bulkhead doctor on the gate itself: files, daemon, clock, emergency path,
# sessions.

load lib
load findings

module=
conf=/etc/bulkhead/bulkhead.conf

setup_file() {
	gate_up backup emergency.path=console
	[ "$(id -u)" = 0 ] || return 0
	enrols alice
	# The console as doctor wants it: root's way in without the gate.
	host_sh 'sed -i /pam_bulkhead/d /etc/pam.d/login
	    cp -a /etc/pam.d/login /root/login; cp -a /etc/shadow /root/shadow
	    cp -a /etc/bulkhead/bulkhead.conf /root/'
}

teardown_file() {
	gate_down
}

setup() {
	gate_needs_root
	module=$(host_pamdir)/pam_bulkhead.so
	host_sh 'cp -a /root/login /etc/pam.d/; cp -a /root/shadow /etc/
	    cp -a /root/bulkhead.conf /etc/bulkhead/'
	mark_log
}

teardown() {
	gate_show
}

# The daemon of the tests again, whatever runs.
gate_again() {
	host_sh 'for pid in $(pidof bulkheadd bulkheadd_clock); do kill $pid
	    tail --pid=$pid -f /dev/null; done'
	gate_start
}

daemon_pid() {
	host_run pidof bulkheadd_clock
}

@test "a host as it should be: nothing but what is known of it" {
	look
	[ "$(jq -r '.findings[] | select(.theme == "gate")
	    | select(.severity == "bypass" or .severity == "unknown")
	    | .id' "$HOST/state/found")" = "" ]
	# No manifest was fetched, and whether the clock is set from outside
	# is the machine's affair.
	[ "$(jq -r '.findings[] | select(.theme == "gate" and
	    .severity == "weak") | .id' "$HOST/state/found" |
	    grep -vx clock-free)" = manifest ]
	run host_run bulkhead doctor
	[[ $output == *"no package vouches for"* ]]
}

# What is opened up, how bad that is, and how it is done.
open_up() {
	cat <<-END
	/etc/bulkhead/realm.key weak chmod 0444
	/var/lib/bulkhead/store.db weak chmod 0644
	/var/lib/bulkhead weak chmod 0755
	/var/lib/bulkhead-anchor/head weak chmod 0640
	/run/bulkhead/gate.sock weak chmod 0666
	/run/bulkhead/admin.sock weak chmod 0660
	$module bypass chmod 0666
	/usr/local/sbin/bulkheadd bypass chmod 0777
	/usr/local/sbin/bulkhead bypass chown carol
	END
}

@test "modes and owners: each file is found, and mended" {
	local path severity change

	while read -r path severity change; do
		host_sh "$change $path"
	done < <(open_up)
	look
	while read -r path severity change; do
		finds "$severity" file-open "$path"
		host_sh "$(found file-open "$path" | jq -r .fix)"
	done < <(open_up)
	look
	finds_no file-open
	# And an owner each.
	while read -r path severity change; do
		host_sh "chown bob $path"
	done < <(open_up | grep -v sock)
	look
	while read -r path severity change; do
		finds "$severity" file-open "$path"
		host_sh "$(found file-open "$path" | jq -r .fix)"
	done < <(open_up | grep -v sock)
	look
	finds_no file-open
	# All of them are as they were: the daemon starts.
	gate_again
}

@test "folders above them, and groups with nobody in them" {
	host_run chmod 0777 "${module%/*}"
	look
	finds bypass folder-open "${module%/*}"
	mends folder-open "${module%/*}"
	host_sh 'groupadd empty; chgrp empty /usr/local/sbin
	    chmod 2775 /usr/local/sbin'
	look
	finds_no folder-open
	host_run usermod -a -G empty bob
	look
	finds bypass folder-open /usr/local/sbin
	mends folder-open /usr/local/sbin
	host_run chown alice /etc/bulkhead
	look
	finds bypass folder-open /etc/bulkhead
	mends folder-open /etc/bulkhead
	finds_no folder-open
}

@test "links: a program may be one, where it leads is looked at" {
	host_sh 'mkdir -p /srv/b && chmod 0777 /srv/b
	    mv /usr/local/sbin/bulkheadd /srv/b/
	    ln -s /srv/b/bulkheadd /usr/local/sbin/bulkheadd'
	look
	finds bypass folder-open /srv/b
	mends folder-open /srv/b
	finds_no file-open
	host_sh 'mv /srv/b/bulkheadd /usr/local/sbin/bulkheadd; rmdir /srv/b'
}

@test "a key beside the store" {
	look
	finds note key-in-file
	host_sh 'cp -a /etc/bulkhead/realm.key /var/lib/realm.key
	    sed -i "/^; key = /a key = file:/var/lib/realm.key" "$1"
	    grep -q ^key "$1"' "$conf"
	look
	finds weak key-in-file /var/lib/realm.key
}

@test "what a package brought, and what it did not" {
	look
	finds note file-unpackaged "$module"
	host_sh 'cd / && md5sum "${1#/}" >/var/lib/dpkg/info/libpam-bulkhead:amd64.md5sums
	    md5sum usr/local/sbin/bulkheadd usr/local/sbin/bulkhead \
		>/var/lib/dpkg/info/bulkhead.md5sums' "$module"
	look
	finds_no file-unpackaged
	finds_no file-altered
	host_sh 'cp -a "$1" /root/module; echo >>"$1"' "$module"
	look
	finds unknown file-altered "$module"
	found file-altered "$module" |
	    grep -q 'apt-get install --reinstall libpam-bulkhead"'
	run host_run bulkhead doctor
	[ "$status" = 1 ]
	host_sh 'cat /root/module >"$1"' "$module"
	look
	finds_no file-altered
	host_sh 'rm /var/lib/dpkg/info/*bulkhead*'
}

@test "no daemon: everybody is denied, and its fix starts it" {
	gate_stop
	look
	finds weak daemon-down
	mends daemon-down ""
	host_run pidof bulkheadd
	gate_again
}

# The kernel's word on the daemon with a line changed.
forge_status() {
	host_sh 'sed "$1" "/proc/$2/$3" >"/tmp/forged.$3"
	    mount --bind "/tmp/forged.$3" "/proc/$2/$3"' "$1" "$2" "$3"
}

@test "walls that do not stand, each by its name" {
	local pid says

	pid=$(daemon_pid)
	look
	finds_no daemon-walls
	forge_status 's/^NoNewPrivs:.*/NoNewPrivs:	0/
	    s/^Seccomp:.*/Seccomp:	0/; s/^CapEff:.*/CapEff:	00000000000000ff/
	    s/^CapPrm:.*/CapPrm:	0000000000000001/
	    s/^Groups:.*/Groups:	27/' "$pid" status
	forge_status 's/^Max core file size  *0/Max core file size 9/
	    s/^Max processes  *0/Max processes 9/' "$pid" limits
	look
	host_run umount "/proc/$pid/status" "/proc/$pid/limits"
	finds weak daemon-walls "process $pid"
	for says in "may gain privileges" "no system call" "has capabilities" \
	    "may take" "in groups" "leave a core" "start processes"; do
		found daemon-walls | grep -q "$says"
	done
	found daemon-walls | grep -v "dumped"
	forge_status 's/^Uid:.*/Uid:	0	0	0	0/' "$pid" status
	look
	host_run umount "/proc/$pid/status"
	finds unknown gate-answered "process $pid"
}

@test "a process that may be read by others of its user is found" {
	local pid

	pid=$(daemon_pid)
	host_sh ': >/tmp/mem
	    chown bulkhead /tmp/mem; mount --bind /tmp/mem "/proc/$1/mem"' \
	    "$pid"
	look
	host_run umount "/proc/$pid/mem"
	found daemon-walls | grep -q "dumped and read"
	mends daemon-walls "process $pid"
	[ "$(host_run pidof bulkheadd)" != "$pid" ]
	gate_again
}

@test "upgraded and not restarted" {
	host_sh 'p=/run/host/bin/bulkheadd_clock; cp -a $p $p.new; mv $p.new $p'
	look
	finds note daemon-old
	mends daemon-old "process $(daemon_pid)"
	gate_again
	look
	finds_no daemon-old
}

@test "another one that listens where the gate does" {
	local pid

	host_sh 'python3 -c "
import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
import os
os.unlink(\"/run/bulkhead/gate.sock\")
s.bind(\"/run/bulkhead/gate.sock\"); s.listen(1)
os.chmod(\"/run/bulkhead/gate.sock\", 0o600)
open(\"/tmp/listens\", \"w\").write(str(os.getpid()))
time.sleep(600)" >/dev/null 2>&1 &
	    until [ -s /tmp/listens ]; do sleep 0.01; done'
	pid=$(host_run cat /tmp/listens)
	look
	finds unknown gate-answered "process $pid"
	mends gate-answered "process $pid"
	gate_again
}

@test "an anchor that stopped following the ledger" {
	look
	finds_no anchor-behind
	host_sh 'cd /var/lib/bulkhead-anchor; cp -a head new; mv new head
	    bulkhead person add somebody >/dev/null'
	look
	finds weak anchor-behind /var/lib/bulkhead-anchor/head
	mends anchor-behind /var/lib/bulkhead-anchor/head
	gate_again
}

@test "a clock behind the highest time seen" {
	gate_clock_move 7200
	try 22 alice "$(fresh alice),alice-password"
	gate_wall_move -3600
	look
	finds weak clock-behind
	mends clock-behind ""
}

@test "the clock's state is the kernel's" {
	look
	if host_run python3 -c 'import ctypes, sys
sys.exit(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)) == 5)'
	then
		finds_no clock-free
	else
		finds weak clock-free
	fi
}

@test "no emergency path, one that is a text, and the console" {
	host_sh 'sed -i "/^path/d" "$1"' "$conf"
	look
	finds weak emergency-unset "$conf"
	mends emergency-unset "$conf"
	finds_no emergency-shut
	host_sh 'sed -i "s/^path = .*/path = the hosting console, ticket 7/" "$1"' \
	    "$conf"
	look
	finds note emergency-named
	found emergency-named | grep -q "ticket 7"
}

# Does root get a shell on the console?  By login itself.
root_is_in() {
	host_run login-try root root-password
}

root_is_out() {
	run root_is_in
	[ "$status" = 1 ]
}

@test "a console on which root can't log in" {
	look
	finds_no emergency-shut
	root_is_in
	host_run usermod --lock root
	look
	finds weak emergency-shut /etc/shadow
	root_is_out
	mends emergency-shut /etc/shadow
	root_is_in
	host_run usermod --password '*' root
	look
	found emergency-shut | grep -q "it has no password"
	host_run usermod --password x root
	look
	found emergency-shut | grep -q "it has no password"
	root_is_out
	host_sh 'cp -a /root/shadow /etc/; usermod --expiredate 1 root'
	look
	finds weak emergency-shut /etc/shadow
	root_is_out
	mends emergency-shut /etc/shadow
	root_is_in
}

@test "a console behind the gate, or shut" {
	host_sh 'sed -i "1i account requisite pam_bulkhead.so" /etc/pam.d/login'
	look
	finds weak emergency-shut /etc/pam.d/login
	root_is_out
	mends emergency-shut /etc/pam.d/login
	root_is_in
	host_sh 'sed -i "1i account requisite pam_deny.so" /etc/pam.d/login'
	look
	found emergency-shut | grep -q "account lines of login let nobody in"
	root_is_out
}

@test "terminals of root" {
	# pam_securetty: a file that names none keeps root out of all.
	host_sh 'sed -i "1i auth required pam_securetty.so" /etc/pam.d/login
	    echo "# none" >/etc/securetty'
	look
	finds weak emergency-shut /etc/securetty
	root_is_out
	mends emergency-shut /etc/securetty
	host_run rm /etc/securetty
	look
	finds_no emergency-shut
	root_is_in
}

@test "under systemd a getty waits somewhere" {
	host_sh 'mkdir -p /run/systemd/system
	    rm -rf /etc/systemd/system/getty.target.wants'
	look
	finds weak emergency-shut getty.target
	host_sh 'mkdir -p /etc/systemd/system/getty.target.wants
	    ln -s /lib/systemd/system/getty@.service \
		/etc/systemd/system/getty.target.wants/getty@tty1.service'
	look
	host_run rmdir /run/systemd/system
	finds_no emergency-shut
}

@test "sshd that does not look after its sessions" {
	look
	finds note session-unwatched /etc/ssh/sshd_config
	mends session-unwatched /etc/ssh/sshd_config
}

# doctor on a host that runs for twenty days, with the session as old.
look_later() {
	host_sh 'sed "s/) \([A-Z]\) \(\([^ ]* \)\{18\}\)[0-9]*/) \1 \21/" \
		"/proc/$1/stat" >/tmp/stat
	    mount --bind /tmp/stat "/proc/$1/stat"
	    unshare --time --boottime "$2" --fork bulkhead --json doctor \
		>/tmp/found
	    umount "/proc/$1/stat"' "$1" "$2"
	cp "$(host_path /tmp/found)" "$HOST/state/found"
}

@test "a session that lasts for days, then weeks" {
	local pid

	gate_clock_move 7200
	host_sh 'ssh-try "$1,alice-password" ssh -p 22 alice@host \
	    "echo up; sleep 300" >/tmp/session 2>&1 &' "$(fresh alice)"
	host_wait 15 host_run grep -q up /tmp/session
	pid=$(host_sh 'for p in $(pidof sshd); do
	    tr "\0" " " <"/proc/$p/cmdline" | grep -q "alice \[priv\]" &&
		echo "$p"; done; :')
	look
	finds_no session-old
	look_later "$pid" 90000
	finds note session-old "process $pid"
	look_later "$pid" 2000000
	finds weak session-old "process $pid"
	found session-old | grep -q "of alice lasts for 5[0-9][0-9] hours"
	host_sh "$(found session-old | jq -r .fix)"
	host_wait 5 host_gone_inside "$pid"
	look_later 1 2000000
	finds_no session-old
}

host_gone_inside() {
	! host_run test -d "/proc/$1"
}
