#!/usr/bin/env bats
# The administrator's commands while no daemon runs: what they make, what they
# refuse, what is left when they are cut short.

load lib

key=/etc/bulkhead/realm.key
store=/var/lib/bulkhead/store.db

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	host_up "$BH_BUILD" || return 1
	mkdir "$HOST/secret" "$HOST/state"
}

teardown_file() {
	gate_down
}

# Each test has a realm of its own, with alice in it.
setup() {
	gate_needs_root
	blank
	gate_init backup
	person alice
}

blank() {
	host_run rm -rf /etc/bulkhead /var/lib/bulkhead /var/lib/bulkhead-anchor
}

bulkhead() {
	host_run bulkhead "$@"
}

# A command under strace, which sends SIGNAL at the Nth call of SYSCALLS:
# cut SYSCALLS SIGNAL N COMMAND...
cut_at() {
	local calls=$1 signal=$2 when=$3

	shift 3
	host_run strace -f -o /dev/null -e trace="$calls" \
	    -e inject="$calls:signal=$signal:when=$when" "$@"
}

tokens() {
	bulkhead --json token list alice |
	    jq -r "[.tokens[] | select(.status == \"$1\")] | length"
}

@test "init says what an auditor keeps, and makes files nobody else reads" {
	blank
	run bulkhead --json init --realm lab --class backup
	[ "$status" = 0 ]
	jq -e '.realm == "lab" and .class == "backup" and
	    (.host | length) == 32 and (.ledger.root | length) == 64 and
	    .ledger.size == 1 and .key_generation == 1' <<<"$output"
	run host_run stat -c '%a %U %n' /etc/bulkhead/bulkhead.conf "$key" \
	    /var/lib/bulkhead "$store" /var/lib/bulkhead-anchor \
	    /var/lib/bulkhead-anchor/head
	[ "$output" = "644 root /etc/bulkhead/bulkhead.conf
400 root $key
700 bulkhead /var/lib/bulkhead
600 bulkhead $store
700 bulkhead /var/lib/bulkhead-anchor
600 bulkhead /var/lib/bulkhead-anchor/head" ]
	run bulkhead config check
	[ "$status" = 0 ]
}

@test "init never overwrites" {
	local before after

	before=$(host_run md5sum "$key" /etc/bulkhead/bulkhead.conf "$store")
	run bulkhead init --realm lab --class backup
	[ "$status" = 1 ]
	[[ $output == *"$store"* ]]
	run bulkhead init --realm other --class backup
	[ "$status" = 1 ]
	[[ $output == *"realm lab"* ]]
	after=$(host_run md5sum "$key" /etc/bulkhead/bulkhead.conf "$store")
	[ "$before" = "$after" ]
}

@test "init without its key, or without its store, makes no new one" {
	host_run mv "$key" /root/key
	run bulkhead init --realm lab --class backup
	[ "$status" = 1 ]
	[ -z "$(host_run find "$key")" ]
	host_run mv /root/key "$key"
	host_run rm "$store"
	run bulkhead init --realm lab --class backup
	[ "$status" = 1 ]
	[ -z "$(host_run find "$store")" ]
}

@test "init killed at any step is finished by the next" {
	local call when

	for call in mkdir:1 mkdir:2 mkdir:3 link:1 rename,renameat:1 \
	    renameat2:1 chmod:1 chown:2 fsync,fdatasync:1 fsync,fdatasync:2 \
	    fsync,fdatasync:4 fork,clone,clone3:1 mkdirat:1 pwrite64:1 \
	    pwrite64:5 pwrite64:20 sendto:1 unlinkat:8 setresuid:1; do
		when=${call#*:}
		blank
		run cut_at "${call%:*}" KILL "$when" \
		    bulkhead init --realm lab --class backup
		echo "$call: $status"
		run bulkhead init --realm lab --class backup
		echo "$output"
		# either it goes on, or there was nothing left to do
		[ "$status" = 0 ] || [[ $output == *"realm already"* ]]
		bulkhead person add P1 >/dev/null
		[ "$(bulkhead --json ledger show | jq length)" = 2 ]
	done
}

@test "each command's exit code, and one JSON document of each" {
	local want line

	while read -r want line; do
		[ -n "$want" ] || continue
		# shellcheck disable=SC2086  # words of a command line
		run host_run sh -c 'bulkhead --json "$@" 2>/dev/null' - $line
		echo "$line: $status, not $want: $output"
		[ "$status" = "$want" ]
		jq -es 'length == 1' <<<"$output"
	done <<-'END'
	0 person add P1 --name Somebody
	1 person add P1
	2 person add -- -x
	2 person add
	2 person
	2 nothing
	0 person list
	0 account add bob --person P1
	1 account add bob --person P1
	1 account add carol --person nobody
	2 account add carol
	0 account list
	0 account show bob
	1 account show eve
	0 enroll bob totp
	0 enroll bob hotp --digits 8
	0 enroll bob recovery
	1 enroll eve totp
	2 enroll bob sms
	2 enroll bob hotp --period 60
	2 enroll bob totp --secret ABCDEFGH
	1 enroll bob totp --confirm 000000
	0 token list
	0 token list bob
	1 token list eve
	1 token confirm 99 000000
	1 token confirm 2 000000
	2 token confirm x 000000
	1 token resync 2 000000 000000
	0 token revoke 2 --reason lost
	1 token revoke 2 --reason lost
	2 token revoke 2
	0 unlock bob --reason test
	1 unlock eve --reason test
	0 status
	0 status bob
	1 status eve
	0 clock accept --reason test
	0 key rotate
	0 store accept --reason test
	2 store backup
	0 ledger show
	0 ledger show --since 1h
	2 ledger show --since yesterday
	0 account remove bob --reason left
	1 account remove bob --reason left
	0 config show
	3 -c /nowhere.conf status
	END
}

@test "nobody but root" {
	run host_as alice bulkhead status
	[ "$status" = 3 ]
	[[ $output == *root* ]]
	run host_as alice bulkhead init --realm x --class backup
	[ "$status" = 3 ]
}

@test "M03: a secret is shown once and is nowhere else" {
	local secret

	run bulkhead enroll alice totp
	[ "$status" = 0 ]
	secret=$(sed -n 's/.*secret=\([A-Z2-7]*\)&.*/\1/p' <<<"$output")
	[ ${#secret} = 32 ]
	[[ $output != *"██"* ]]
	for line in "token list" "account show alice" "status" "ledger show" \
	    "ledger show --format csv" "--json ledger show"; do
		# shellcheck disable=SC2086  # words of a command line
		run bulkhead $line
		[ "$status" = 0 ]
		[[ $output != *"$secret"* ]]
	done
	[ -z "$(host_run grep -rla "$secret" /var/lib /etc /run /var/log)" ]
}

@test "a wrong --confirm takes the token back" {
	run bulkhead enroll alice totp --confirm 000000
	[ "$status" = 1 ]
	[ "$(tokens active)" = 0 ]
	[ "$(tokens pending)" = 0 ]
	[ "$(tokens revoked)" = 1 ]
}

@test "a QR code is shown when it is asked for" {
	run bulkhead enroll alice totp --qr
	[ "$status" = 0 ]
	[[ $output == *"██"* ]]
	run bulkhead enroll alice totp --qr --no-qr
	[ "$status" = 2 ]
}

# What the person does at the prompt, as lines for expect; its exit code is in
# the file that inner_exit reads.  Ctrl-C ends nsenter too: so the shell inside
# writes it down.
ask_with() {
	command -v expect >/dev/null || skip "no expect"
	host_run rm -f /run/host/exit
	timeout 60 expect -c "
	    set timeout 20
	    spawn -noecho nsenter -t $(cat "$HOST/pid") -m -p -n -u -i -w -- \
		env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/bin \
		TERM=dumb LC_ALL=C.UTF-8 sh -c {
		trap : INT HUP
		bulkhead enroll alice totp --no-qr
		echo \$? >/run/host/exit.new
		mv /run/host/exit.new /run/host/exit}
	    expect {One-time code: }
	    $1
	    expect eof" 3>&-
	host_wait 10 host_run test -e /run/host/exit
}

inner_exit() {
	host_run cat /run/host/exit
}

@test "M04: Ctrl-C, end of input, hang-up, three wrong codes: it is gone" {
	local act n=0

	for act in 'send \003' 'send \004' 'close; exit' \
	    'send 000000\r; expect {code: }; send 1\r; expect {code: };
	     send abc\r'; do
		n=$((n + 1))
		run ask_with "$act"
		echo "$act: $(inner_exit) $output"
		[ "$(inner_exit)" = 1 ]
		[ "$(tokens active)" = 0 ]
		[ "$(tokens pending)" = 0 ]
		[ "$(tokens revoked)" = "$n" ]
	done
}

@test "the right code at the prompt makes it active" {
	run ask_with '
	    regexp {secret=([A-Z2-7]+)} $expect_out(buffer) all secret
	    send "[exec oathtool --totp -b $secret]\r"'
	echo "$output"
	[ "$(inner_exit)" = 0 ]
	[ "$(tokens active)" = 1 ]
}

@test "M04: SIGINT at each step: active and told so, or nothing" {
	local call rc n cut=0

	# the first of each belongs to the enrolment, the second to the code
	for call in read:5 rt_sigaction:2 rt_sigaction:9 socket:1 connect:1 \
	    socketpair:1 clone,clone3,fork:1 recvfrom:1 wait4:1 write:1 \
	    socket:2 connect:2 socketpair:2 clone,clone3,fork:2 recvfrom:2 \
	    wait4:2 write:2 write:4 exit_group:1; do
		seed >"$HOST/secret/alice"
		rc=0
		host_run strace -o /dev/null -e trace="${call%:*}" \
		    -e inject="${call%:*}:signal=INT:when=${call#*:}" \
		    bulkhead enroll alice totp --secret-file - \
		    --confirm "$(oathtool --totp -b - <"$HOST/secret/alice")" \
		    <"$HOST/secret/alice" >"$HOST/state/out" 2>&1 || rc=$?
		n=$(tokens active)
		echo "at $call: exit $rc, $n active: $(cat "$HOST/state/out")"
		[ "$(tokens pending)" = 0 ]
		if [ "$rc" = 0 ]; then
			[ "$n" = 1 ]
			bulkhead token revoke "$(bulkhead --json token list |
			    jq '[.tokens[].id] | max')" --reason test
		else
			[ "$n" = 0 ]
			cut=$((cut + 1))
		fi
	done
	[ "$cut" -gt 5 ]
}

@test "a secret file: base32, hex, and what is neither" {
	run host_sh 'echo hex:3132333435363738393031323334353637383930 |
	    bulkhead enroll alice hotp --secret-file - --confirm 755224'
	[ "$status" = 0 ]
	run host_sh 'echo not-base32-1 |
	    bulkhead enroll alice totp --secret-file -'
	[ "$status" = 2 ]
	[[ $output != *not-base32* ]]
	run host_sh 'echo JBSWY3DPEHPK3PXP |
	    bulkhead enroll alice totp --secret-file -'
	[ "$status" = 1 ]
	run bulkhead enroll alice totp --secret-file /nowhere
	[ "$status" = 3 ]
	run bulkhead token resync 1 338314 254676
	[ "$status" = 0 ]
}

@test "a YubiKey from a file: one line of CSV, or three lines" {
	run host_sh 'printf "%s\n" \
	    1,vvccccdtdtdt,8792ebfe26cc,ecde18dbe76fbd0c33330f1c354871db |
	    bulkhead enroll alice yubikey --secret-file -'
	[ "$status" = 0 ]
	[[ $output != *ecde18db* ]]
	run host_sh 'printf "%s\n" vvccccdtdtdu 8792ebfe26cd \
	    ecde18dbe76fbd0c33330f1c354871dc |
	    bulkhead enroll alice yubikey --secret-file -'
	[ "$status" = 0 ]
	run host_sh 'printf "%s\n" vvccccdtdtdr 8792ebfe26cd |
	    bulkhead enroll alice yubikey --secret-file -'
	[ "$status" = 2 ]
}

@test "key rotate, cut short anywhere, is finished by the next" {
	local call generation

	bulkhead enroll alice totp >/dev/null
	for call in rename,renameat,renameat2,link:1 sendto:1 \
	    sendto:2 fsync,fdatasync:1 fsync,fdatasync:3 fsync,fdatasync:4 \
	    fsync,fdatasync:5 rename,renameat,renameat2,link:2 pwrite64:3 \
	    unlink,unlinkat:1; do
		run cut_at "${call%:*}" KILL "${call#*:}" bulkhead key rotate
		echo "$call: $status: $output"
		run bulkhead status
		echo "$output"
		[ "$status" = 0 ]
		bulkhead key rotate
		[ "$(host_run wc -l <"/proc/$(cat "$HOST/pid")/root$key")" = 1 ]
		generation=$(host_run cut -d ' ' -f 2 "$key")
		[ "$(bulkhead --json status | jq .key_generation)" = \
		    "$generation" ]
	done
	[ "$(host_run stat -c '%a %U' "$key")" = "400 root" ]
	bulkhead enroll alice hotp >/dev/null
}

@test "a key that is a credential is rotated by hand" {
	gate_config gate key=credential:realm
	run bulkhead key rotate
	[ "$status" = 3 ]
	[[ $output == *systemd-creds* ]]
}

@test "store backup: a whole copy, 0600, never over a file" {
	host_run rm -f /root/copy.db
	run bulkhead --json store backup -o /root/copy.db
	[ "$status" = 0 ]
	jq -e '.file == "/root/copy.db"' <<<"$output"
	[ "$(host_run stat -c %a /root/copy.db)" = 600 ]
	run bulkhead store backup -o /root/copy.db
	[ "$status" = 1 ]
	run bulkhead store backup -o /nowhere/copy.db
	[ "$status" = 3 ]
	[ -z "$(host_run find /var/lib/bulkhead -name 'backup-*')" ]
}

@test "a copy put back is refused until it is accepted" {
	host_run rm -f /root/copy.db
	bulkhead store backup -o /root/copy.db
	bulkhead person add later
	host_run install -o bulkhead -g bulkhead -m 600 /root/copy.db "$store"
	run bulkhead person list
	[ "$status" = 3 ]
	[[ $output == *"store accept"* ]]
	# An accept that is refused leaves the anchor alone.
	run bulkhead store accept --reason $'a\nb'
	[ "$status" = 2 ]
	run bulkhead person list
	[ "$status" = 3 ]
	bulkhead store accept --reason 'restored after a fire'
	run bulkhead person list
	[ "$status" = 0 ]
	[[ $output != *later* ]]
	bulkhead ledger show | grep -q 'store.accept.*restored after a fire'
}

@test "an account whose row was altered can be removed, and that is said" {
	bulkhead person add P1
	bulkhead account add bob --person P1
	host_run setpriv --reuid bulkhead --regid bulkhead --clear-groups \
	    sqlite3 "$store" \
	    "update account set person = 'p-alice' where login = 'bob'"
	run bulkhead account show bob
	[ "$status" != 0 ]
	run bulkhead account remove bob --reason altered
	[ "$status" = 0 ]
	bulkhead --json ledger show | jq -e '.[-1] |
	    .action == "account.remove" and .detail == "its row was altered"'
	run bulkhead account add bob --person P1
	[ "$status" = 0 ]
	# Control: one that was not altered goes without these words.
	bulkhead account remove bob --reason left
	bulkhead --json ledger show | jq -e '.[-1] |
	    .action == "account.remove" and .detail == null'
}

@test "the store in use: a clear word" {
	host_run flock -w 5 /var/lib/bulkhead sleep 20 3>&- &
	host_wait 5 host_sh '! flock -n /var/lib/bulkhead true'
	run bulkhead status
	kill %1
	wait || :
	[ "$status" = 3 ]
	[[ $output == *"in use"* ]]
}

@test "ledger show: values can't forge a line or a cell" {
	bulkhead person add P7 --name x
	bulkhead account add bob --person P7
	bulkhead account remove bob --reason '=1+1 "a" outcome=failure'
	run bulkhead ledger show
	[[ ${lines[-1]} == *'note="=1+1 \"a\" outcome=failure"'* ]]
	run bulkhead ledger show --format csv
	[[ ${lines[-1]} == *"\"'=1+1 \"\"a\"\" outcome=failure\""* ]]
}

@test "through a daemon: the same answers, and no accept" {
	gate_start bulkheadd
	run bulkhead --json status
	[ "$status" = 0 ]
	jq -e '.daemon and .started != null' <<<"$output"
	bulkhead enroll alice totp
	run bulkhead token confirm 1 000000
	[ "$status" = 1 ]
	run bulkhead store accept --reason test
	[ "$status" = 1 ]
	[[ $output == *"stop"* ]]
	bulkhead key rotate
	[ "$(host_run wc -l <"/proc/$(cat "$HOST/pid")/root$key")" = 1 ]
	bulkhead key rotate
	host_run rm -f /root/copy.db
	bulkhead store backup -o /root/copy.db
	[ -z "$(host_run find /var/lib/bulkhead -name 'backup-*')" ]
	bulkhead ledger show | grep -q 'key.rotate success'
	gate_stop
	run bulkhead --json status
	jq -e '.key_generation == 3 and (.daemon | not)' <<<"$output"
}

@test "somebody else on the admin socket is not asked" {
	host_run install -d -m 755 /run/bulkhead
	host_run rm -f /run/bulkhead/admin.sock
	host_sh 'install -d -o alice /run/bulkhead/x
	    setsid setpriv --reuid alice --clear-groups python3 -c "
import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(\"/run/bulkhead/x/s\")
s.listen()
time.sleep(20)" >/dev/null 2>&1 & echo $! >/run/host/impostor'
	host_wait 5 host_run test -S /run/bulkhead/x/s
	gate_config gate admin=/run/bulkhead/x/s
	run bulkhead status
	host_sh 'kill "$(cat /run/host/impostor)"'
	[ "$status" = 3 ]
	[[ $output == *"somebody else"* ]]
}

@test "selftest: one round of everything, and nothing is left" {
	run bulkhead --json selftest
	echo "$output"
	[ "$status" = 0 ]
	jq -e '.ok and (.steps | length) > 25 and all(.steps[]; .ok)' \
	    <<<"$output"
	[ -z "$(host_run find /run /tmp -maxdepth 1 -name '*selftest*')" ]
}
