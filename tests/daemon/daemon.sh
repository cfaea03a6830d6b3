#!/bin/bash
# The daemon by itself, in a mount namespace of its own: how it starts, what
# it refuses to start with, what it says, how it stops.
here=$(cd "$(dirname "$0")" && pwd)
daemon=${BH_SAN:-$PWD}/bulkheadd

if [ "${DAEMON_HOST:-}" != inside ]; then
	if [ "$(id -u)" != 0 ] ||
	    ! unshare --mount true 2>/dev/null; then
		echo "1..0 # SKIP needs root"
		exit 0
	fi
	DAEMON_MKREALM=${BH_SAN:-$PWD}/tests/daemon/mkrealm
	export DAEMON_MKREALM
	exec "$here/host.sh" "$here/$(basename "$0")"
fi

# Where other users can reach them, whoever owns the checkout.
install -m 755 "$here/talk.py" "$daemon" "$DAEMON_MKREALM" /run/
here=/run daemon=/run/bulkheadd DAEMON_MKREALM=/run/mkrealm
python=/usr/bin/python3
[ -x $python ] || python=python3

conf=/etc/bulkhead/bulkhead.conf
gate=/run/bulkhead/gate.sock
admin=/run/bulkhead/admin.sock
out=/run/out err=/run/err
n=0 failed=0 pid=

ok() { # ok NAME: after the command that decides
	local rc=$?

	n=$((n + 1))
	if [ $rc = 0 ]; then
		echo "ok $n - $1"
		return
	fi
	failed=1
	echo "not ok $n - $1"
	sed 's/^/# /' "$err"
}

talk() {
	$python "$here/talk.py" "$@"
}

# until COMMAND...: true within ten seconds.
until_true() {
	local i

	for ((i = 0; i < 500; i++)); do
		"$@" 2>/dev/null && return
		sleep 0.02
	done
	return 1
}

said() {
	grep -q -e "$1" "$err"
}

start() {
	: >$out
	: >$err
	"${@:-$daemon}" --foreground >$out 2>$err </dev/null &
	pid=$!
	until_true ended_or_ready
	grep -qx 'bulkheadd: ready' $out
}

ended_or_ready() {
	grep -q ready $out || ! kill -0 $pid
}

stop() {
	kill "${1:--TERM}" $pid
	wait $pid 2>/dev/null
}

# refuses TEXT: it ends with 3 and says so.
refuses() {
	: >$err
	timeout 20 "$daemon" >/dev/null 2>$err </dev/null
	[ $? = 3 ] && said "$1" && said 'not started: could not'
}

status() {
	grep -q "^$1:[[:space:]]*$2\$" /proc/$pid/status
}

write_conf() {
	printf '[realm]\nname = vault\nclass = production\n' >$conf
	[ $# = 0 ] || printf "$@" >>$conf
	chmod 644 $conf
}

start
ok 'it starts and prints its one line'
status Uid '64001	64001	64001	64001' &&
    status Gid '64001	64001	64001	64001' && status Groups ' *'
ok 'it is the user bulkhead and nobody else'
status Seccomp 2 && status NoNewPrivs 1 && status CapPrm 0000000000000000 &&
    status CapEff 0000000000000000
ok 'it stands behind the walls, without capabilities'
[ "$(stat -c %U /proc/$pid/fd)" = root ]
ok 'it is not dumpable'
grep -q '^Max core file size *0  *0 ' /proc/$pid/limits
ok 'it leaves no core'
[ "$(stat -c '%a %U' $gate $admin /run/bulkhead | tr '\n' ' ')" = \
    '600 root 600 root 755 root ' ]
ok "the sockets are root's alone"
[[ $(talk deny $gate) =~ ^DENY\ closed\ ([0-9]+)$ ]] &&
    [ "${BASH_REMATCH[1]}" -ge 50 ]
ok 'a stranger is denied, and not before 50 ms'
[[ $(talk deny $gate other) =~ ^DENY\ closed ]]
ok 'a module of another realm is denied'
[ "$(talk raw $gate 0205)" = closed ] &&
    [[ $(talk deny $gate) =~ ^DENY ]] && said malformed
ok 'garbage is closed and logged, the next one is served'
[[ $(talk admin $admin '{"op":"ping"}') == *'"ok":true'* ]]
ok 'the admin socket answers'
[[ $(talk admin $admin '{"op":"ping","op":"ping"}') == *'"exit":2'* ]] &&
    [[ $(talk admin $admin '[') == *'"exit":2'* ]]
ok 'a request that is no JSON object is told so'
chmod 666 $admin
[ "$(setpriv --reuid 65534 --clear-groups $python "$here/talk.py" admin \
    $admin '{"op":"ping"}')" = closed ]
ok 'whoever is not root is closed on the admin socket'
chmod 600 $admin
[ "$(talk login $gate $admin)" = 'ALLOW DENY DENY ALLOW' ]
ok 'a right code is let in from behind the walls, and once'

kill -HUP $pid && until_true said 'is in force'
ok 'SIGHUP reads the configuration again'
write_conf '\n[policy]\nlock_after = 99\n'
kill -HUP $pid && until_true said "$conf:6" && said 'stays in force' &&
    [[ $(talk deny $gate) =~ ^DENY ]]
ok 'a bad file is named by line, the old one stays'
printf '[realm]\nname = other\nclass = production\n' >$conf
: >$err
kill -HUP $pid && until_true said 'stays in force'
ok 'the realm does not change by SIGHUP'
write_conf
chmod 666 $conf
: >$err
kill -HUP $pid && until_true said 'stays in force'
ok 'nor is a file taken that others can write'
chmod 644 $conf

refuses "another bulkheadd" && kill -0 $pid
ok 'a second daemon is refused, the first goes on'

talk hold $gate >/run/held &
held=$!
until_true grep -q asked /run/held
kill $pid
wait $pid
ok 'SIGTERM ends it with 0 though a prompt is open'
wait $held
grep -qx DENY /run/held
ok '... and the open prompt is denied'
! talk deny $gate 2>/dev/null
ok 'nobody answers on what is left of the socket'
start
ok 'it starts over the sockets of the last run'
stop -KILL
start
ok 'it starts after it was killed'
stop

rm $gate
echo precious >$gate
refuses "no socket"
ok 'something else in the place of the socket is left alone'
[ "$(cat $gate)" = precious ]
ok '... as it was'
rm $gate
chmod 777 /run/bulkhead
refuses 'chmod 0755'
ok 'a folder where others could put a socket'
chmod 755 /run/bulkhead
mv $conf /etc/bulkhead/away
refuses 'bulkhead init'
ok 'no configuration'
mv /etc/bulkhead/away $conf
write_conf 'nonsense = 1\n'
refuses "$conf:4"
ok 'an unknown key, by line'
write_conf '\n[gate]\nallow_uids = 64999\n'
refuses 'uid 64999 has no account'
ok 'an allow_uids of nobody'
write_conf
chmod 644 /etc/bulkhead/realm.key
refuses "realm's key"
ok 'a key that others can read'
chmod 400 /etc/bulkhead/realm.key
mv /etc/bulkhead/realm.key /etc/bulkhead/away
refuses "realm's key"
ok 'no key'
mv /etc/bulkhead/away /etc/bulkhead/realm.key
chmod 755 /var/lib/bulkhead
refuses 'mode 0700'
ok "a store's folder that is open to others"
chmod 700 /var/lib/bulkhead
mv /var/lib/bulkhead-anchor/head /var/lib/bulkhead-anchor/away
refuses 'check the anchor'
ok 'no anchor'
mv /var/lib/bulkhead-anchor/away /var/lib/bulkhead-anchor/head
cp -a /var/lib/bulkhead /var/lib/older
start && stop
mv /var/lib/bulkhead /var/lib/newer
cp -a /var/lib/older /var/lib/bulkhead
refuses 'bulkhead store accept'
ok 'a store that was set back'
rm -r /var/lib/bulkhead
mv /var/lib/newer /var/lib/bulkhead
cp /etc/passwd /run/passwd
sed -i '/^bulkhead:/d' /etc/passwd
refuses 'there is no user bulkhead'
ok 'no user to become'
cat /run/passwd >/etc/passwd

rm -f $gate $admin
start $python "$here/talk.py" handover $gate $admin "$daemon" &&
    [[ $(talk deny $gate) =~ ^DENY ]] &&
    [[ $(talk admin $admin '{"op":"ping"}') == *true* ]]
ok 'it takes the sockets a service manager hands over'
stop && [ -S $gate ]
ok '... and leaves them in place'
rm -f $gate $admin
[ "$(talk notify /run/notify "$daemon" 2>$err | tr '\n' ' ')" = \
    'FDSTORE=1 FDNAME=grants READY=1 bulkheadd: ready STOPPING=1 ' ] ||
    [ "$(talk notify /run/notify2 "$daemon" 2>$err | grep -c =1)" = 3 ]
ok 'it tells a service manager that it is ready, and that it stops'

rm -f $gate $admin
[ "$(talk follow $gate $admin /run/notify3 "$daemon" 2>$err |
    grep -v ready | tr '\n' ' ')" = 'ALLOW ALLOW DENY DENY DENY ' ]
ok 'a login between two phases goes on with the next daemon, once'
rm -f $gate $admin

write_conf '\n[gate]\nallow_uids = 65534\n'
start && [ "$(stat -c %a $gate $admin | tr '\n' ' ')" = '666 600 ' ]
ok 'with allow_uids the gate socket is open to others'
[ "$(setpriv --reuid 65534 --clear-groups \
    $python "$here/talk.py" many $gate 12)" = 8 ]
ok 'a caller of allow_uids has 8 connections and no more'
[ "$(talk many $gate 30)" = 30 ]
ok 'root has more'
[ "$(setpriv --reuid 64001 --clear-groups \
    $python "$here/talk.py" many $gate 1)" = 0 ] && said 'neither root'
ok "a caller that is not listed is closed, the daemon's own uid too"
stop

write_conf
install -d -m 755 -o 65534 -g 65534 /run/own
install -d -m 700 -o 65534 -g 65534 /run/own/store /run/own/anchor
cat >/run/own/conf <<CONF
[realm]
name = vault
class = production
[gate]
socket = /run/own/gate.sock
admin = /run/own/admin.sock
store = sqlite:/run/own/store/store.db
anchor = /run/own/anchor/head
key = file:/run/own/key
allow_uids = 65534
CONF
chown 65534 /run/own/conf
setpriv --reuid 65534 --regid 65534 --clear-groups \
    "$DAEMON_MKREALM" /run/own/conf 65534 65534 2>$err &&
    start setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$daemon" -c /run/own/conf && status Seccomp 2 && status NoNewPrivs 1
ok 'without root it serves as itself, behind the same walls'
[[ $(setpriv --reuid 65534 --clear-groups $python "$here/talk.py" \
    deny /run/own/gate.sock) =~ ^DENY ]]
ok '... whom allow_uids names'
stop

[ "$("$daemon" --version)" != '' ] && "$daemon" --help | grep -q foreground
ok '--version and --help'
"$daemon" --nonsense 2>/dev/null || [ $? = 2 ]
ok 'an unknown option is a usage error'
"$daemon" word 2>/dev/null || [ $? = 2 ]
ok 'so is an argument'

echo "1..$n"
exit $failed
