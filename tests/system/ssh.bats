#!/usr/bin/env bats
# Real sshd: each way in needs the code, and nothing goes around it.

load lib

setup_file() {
	gate_up production policy.freshness=0
	[ "$(id -u)" != 0 ] || { enrol alice && enrol bob && enrol carol; }
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

@test "keyboard-interactive alone: right code and password get in" {
	run try 22 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ]
	[[ $output == *"in as alice"* ]]
	recorded '.subject.name == "alice" and .outcome == "success"
	    and .service == "sshd"'
}

@test "public key, then code and password: in" {
	run try 2201 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ]
	[[ $output == *"in as alice"* ]]
}

@test "the prompt asks for the code first, then the password" {
	run try 22 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ]
	[[ $output == *"asked: "*"One-time code: "*"asked: "*assword* ]]
}

@test "a wrong code is out, counted once" {
	run try 22 alice "$(wrong alice),alice-password"
	[ "$status" != 0 ]
	[[ $output != *"in as"* ]]
	# The stack ends there: no password is asked for, let alone tried.
	[[ $output == *"asked: "*"One-time code: "* ]]
	[[ $output != *"asked: "*assword* ]]
	recorded '.subject.name == "alice" and .outcome == "failure"
	    and .reason == "wrong"'
	run try 22 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ]
}

@test "D02: the same code again is out: a replay" {
	local code

	code=$(fresh alice)
	run try 22 alice "$code,alice-password"
	[ "$status" = 0 ]
	run try 22 alice "$code,alice-password"
	[ "$status" != 0 ]
	recorded '.subject.name == "alice" and .reason == "replay"'
	run try 22 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ]
}

@test "L06: a right code with a wrong password resets nothing, and is used" {
	local code

	# Three wrong ones lock the share of a known source.
	in_with bob
	gate_clock_move 60
	out_with bob "$(wrong bob)"
	gate_clock_move 60
	out_with bob "$(wrong bob)"
	gate_clock_move 60
	code=$(fresh bob)
	run try 22 bob "$code,not-the-password"
	[ "$status" != 0 ]
	recorded '.subject.name == "bob" and .reason == "code"'
	out_with bob "$code"
	gate_clock_move 60
	out_with bob "$(wrong bob)"
	recorded '.subject.name == "bob" and .action == "lock"'
	out_with bob "$(fresh bob)"
	gate_clock_move 1860
	in_with bob
}

@test "L06: right code and password do reset (control)" {
	local round

	for round in 1 2; do
		in_with bob
		gate_clock_move 60
		out_with bob "$(wrong bob)"
		gate_clock_move 60
		out_with bob "$(wrong bob)"
		# The throttle forgets one wrong answer in 15 minutes.
		gate_clock_move 1200
	done
	in_with bob
}

in_with() {
	run try 22 "$1" "$(fresh "$1"),$1-password"
	[ "$status" = 0 ]
}

out_with() {
	run try 22 "$1" "$2,$1-password"
	[ "$status" != 0 ]
}

@test "by public key alone: no command" {
	run try 2202 alice x
	[ "$status" != 0 ]
	[[ $output != *"in as"* ]]
	recorded '.subject.name == "alice" and .outcome == "failure"'
}

@test "by public key alone: no shell on a terminal" {
	SSH_OPTIONS=-tt run try 2202 alice x
	[ "$status" != 0 ]
	[[ $output != *"in as"* ]]
}

@test "by public key alone: no sftp, no scp" {
	host_sh 'echo secret >/home/alice/file'
	run host_run ssh-try x sftp -P 2202 -b /dev/null alice@host
	[ "$status" != 0 ]
	run host_run ssh-try x scp -P 2202 alice@host:file /tmp/got
	[ "$status" != 0 ]
	run host_run ssh-try x scp -O -P 2202 alice@host:file /tmp/got
	[ "$status" != 0 ]
	run host_run test -e /tmp/got
	[ "$status" != 0 ]
}

# Bytes through "ssh -N -L": the far end is the sshd of port 22, which says
# its name to whoever gets there.
forwarded() {
	host_sh '
	    ssh-try "$3" ssh -N -L 127.0.0.1:"$2":127.0.0.1:22 -p "$1" alice@host \
		>/tmp/forward.log 2>&1 &
	    forward=$!
	    for _ in $(seq 40); do
		if exec 5<>/dev/tcp/127.0.0.1/"$2"; then
		    read -r -t 3 banner <&5 && echo "far end: $banner"
		    break
		fi 2>/dev/null
		kill -0 $forward 2>/dev/null || break
		sleep 0.05
	    done
	    pkill -P $forward; kill $forward; wait' "$@"
}

@test "by public key alone: no byte through a port forward" {
	run forwarded 2202 4002 x
	[[ $output != *"far end: SSH"* ]]
}

@test "with the code a port forward passes bytes (control)" {
	run forwarded 2201 4001 "$(fresh alice),alice-password"
	[[ $output == *"far end: SSH"* ]]
}

@test "AuthenticationMethods unset: key alone is out, the code is in" {
	run try 2203 alice x
	[ "$status" != 0 ]
	[[ $output != *"in as"* ]]
	SSH_OPTIONS='-o PubkeyAuthentication=no' \
	    run try 2203 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ]
}

@test "method password: sshd answers every prompt with it, so it is out" {
	run try 2204 alice alice-password
	[ "$status" != 0 ]
	run try 2205 alice alice-password
	[ "$status" != 0 ]
	run try 2206 alice "alice-password,alice-password"
	[ "$status" != 0 ]
	[[ $output != *"in as"* ]]
}

@test "scp and sftp with the code get their file (control)" {
	host_sh 'echo content >/home/alice/file2'
	run host_run ssh-try "$(fresh alice),alice-password" \
	    scp -P 2201 alice@host:file2 /tmp/got2
	[ "$status" = 0 ]
	run host_run cat /tmp/got2
	[ "$output" = content ]
}

# What a client sees of one attempt, without what differs by name.
transcript() {
	host_run ssh-try "$2,$1-password" ssh -v -p 22 "$1@host" true 2>&1 |
	    sed -e "s/$1/NAME/g" |
	    grep -E '^asked|Access|denied|Permission|Authentications|NAME@'
}

@test "I01: unknown, unenrolled, locked and wrong look the same" {
	local known i

	known=$(transcript alice "$(wrong alice)")
	[[ $known == *"One-time code: "* ]]
	[ "$(transcript nobody-here 123456)" = "$known" ]
	[ "$(transcript dave 123456)" = "$known" ]
	[ "$(transcript root 123456)" = "$known" ]
	for i in 1 2 3 4 5 6; do
		transcript carol "$(wrong carol)" >/dev/null
	done
	recorded '.subject.name == "carol" and (.action == "lock")'
	[ "$(transcript carol "$(fresh carol)")" = "$known" ]
}

@test "~/.pam_environment can't say what sshd saw (SSH_AUTH_INFO_0)" {
	# The line as some systems ship it; ours leaves the option out.
	host_sh 'cp /etc/pam.d/sshd /tmp/sshd.pam
	    sed -i "s/pam_env.so envfile/pam_env.so user_readenv=1 envfile/" \
		/etc/pam.d/sshd
	    grep -q user_readenv=1 /etc/pam.d/sshd'
	host_sh 'printf "%s\n" "SSH_AUTH_INFO_0 DEFAULT=password" \
	    "BULKHEAD_GRANT DEFAULT=0123456789abcdef0123456789abcdef" \
	    >/home/alice/.pam_environment
	    chown alice: /home/alice/.pam_environment'
	run try 2202 alice x
	[ "$status" != 0 ]
	run try 2201 alice "$(fresh alice),alice-password"
	host_run rm /home/alice/.pam_environment
	host_run cp /tmp/sshd.pam /etc/pam.d/sshd
	# What the session was opened with is what sshd saw, and the record of
	# its end doesn't believe the user either.
	records | jq -e -s 'map(select(.subject.name == "alice"
	    and .action == "session.open" and .outcome == "success"))
	    | last | tostring | contains("publickey")'
	! records | tail -n 3 | grep '"kind":"password"'
}

@test "the grant is not in the session's environment" {
	run try 2201 alice "$(fresh alice),alice-password" env
	[ "$status" = 0 ]
	[[ $output != *BULKHEAD* ]]
	[[ $output == *USER=alice* ]]
}

@test "S02: logins cut off at the prompt are not counted" {
	gate_clock_move 3600
	in_with alice
	for _ in 1 2 3; do
		run host_sh '
		    SSH_ASKPASS=/run/host/bin/askpass-never \
		    SSH_ASKPASS_REQUIRE=force \
		    timeout -s KILL 1 ssh -p 22 alice@host true </dev/null'
		[ "$status" != 0 ]
	done
	in_with alice
}

@test "a ControlMaster asks once for all its sessions" {
	local code

	code=$(fresh alice)
	run host_sh '
	    ssh-try "$1,alice-password" ssh -M -S /tmp/cm -f -N -p 2201 \
		alice@host || exit 1
	    ssh -S /tmp/cm -p 2201 alice@host echo second || exit 1
	    ssh -S /tmp/cm -p 2201 alice@host echo third
	    ssh -S /tmp/cm -O exit -p 2201 alice@host' "$code"
	[[ $output == *second*third* ]]
	recorded '.subject.name == "alice" and .action == "session.close"'
}

@test "I05: names that look like numbers or paths are names" {
	for name in 0 -1 4294967295 ../../etc/shadow; do
		run host_run ssh-try 123456,x ssh -l "$name" -p 22 host true
		[ "$status" != 0 ]
	done
}
