#!/usr/bin/env bats
# bulkhead doctor on who may log in, and with what.

load lib
load machine
load findings

day=86400

setup_file() {
	gate_up production
	[ "$(id -u)" = 0 ] || return 0
	enrols alice
	enrols carol
	machine_job
	sshd_include
	machine_user puller
	machine_add puller /usr/local/bin/job >/dev/null
	sshd_reload
	host_sh 'cp -a /etc/passwd /etc/shadow /etc/group /root/'
}

# Another one, by the daemon's time: its end must lie ahead of that.
# machine_again NAME [DAYS]
machine_again() {
	host_run bulkhead machine add "$1" --key "/root/.ssh/$1.pub" \
	    --owner p-alice --ticket CHG-2 --from "$machine_from" \
	    --expires "$(date -u -d "@$(($(gate_now) + ${2:-90} * day))" +%F)" \
	    --command /usr/local/bin/job --quota none >/dev/null
}

teardown_file() {
	gate_down
}

setup() {
	gate_needs_root
	host_sh 'cp -a /root/passwd /root/shadow /root/group /etc/'
	mark_log
}

teardown() {
	gate_show
}

@test "a host as it should be has no bypass and nothing unknown" {
	look
	[ -z "$(jq -r '.findings[] | select(.theme == "accounts" and
	    (.severity == "bypass" or .severity == "unknown" or
	    .severity == "weak")) | .id' "$HOST/state/found")" ]
}

@test "who has a first factor and no token is named, and is no bypass" {
	look
	finds note account-no-token bob
	finds_no account-no-token alice
	finds_no account-no-token puller
	finds note account-no-token root
	[ "$(found account-no-token root | jq .fix)" = null ]
	# A password alone, and keys alone.
	host_sh 'usermod -p "*" dave; mv /home/erin/.ssh /home/erin/x'
	look
	found account-no-token dave | grep -q "dave has SSH keys and no"
	found account-no-token erin | grep -q "erin has a password and no"
	host_sh 'mv /home/erin/x /home/erin/.ssh; mv /home/dave/.ssh /home/dave/x'
	look
	finds_no account-no-token dave
	host_run mv /home/dave/x /home/dave/.ssh
}

@test "where sshd is told that the keys lie, they are seen" {
	host_sh 'usermod -p "*" dave; mkdir /etc/keys
	    mv /home/dave/.ssh/authorized_keys /etc/keys/dave
	    printf "Match User dave\n\tAuthorizedKeysFile /etc/keys/%%u\n" \
		>>/etc/ssh/sshd_config'
	look
	host_sh 'mv /etc/keys/dave /home/dave/.ssh/authorized_keys
	    sed -i "/^Match User dave/,\$d" /etc/ssh/sshd_config'
	finds note account-no-token dave
}

@test "what its fix locks is no more named" {
	look
	finds note account-no-token bob
	mends account-no-token bob
	host_run chage -l bob | grep "Account expires" | grep -q 1970
}

@test "machine accounts: what the register does not know is found" {
	look
	finds_no machine-block
	finds_no machine-not-held
	# The block without its command: the key's own still holds.
	host_sh 'cp -a /etc/ssh/bulkhead.d /root/
	    sed -i /ForceCommand/d /etc/ssh/bulkhead.d/puller.conf'
	look
	finds weak machine-block puller
	finds_no machine-not-held
	run as_machine puller id
	[[ $output == *"job ran"* ]]
	# And without that: the key alone gives a shell.
	host_sh 'sed -i "s/^.* ssh-ed25519/ssh-ed25519/" \
	    /etc/ssh/bulkhead.d/puller.keys'
	sshd_reload
	run as_machine puller id
	[[ $output == *uid=* ]]
	look
	finds bypass machine-not-held puller
	run host_run bulkhead doctor
	[ "$status" = 1 ]
	mends machine-not-held puller
	run as_machine puller id
	[[ $output != *uid=* ]]
	finds_no machine-block
	machine_add puller /usr/local/bin/job
}

@test "machine accounts near and past their end" {
	machine_user sender
	machine_add sender /usr/local/bin/job >/dev/null
	look
	finds_no machine-ends-soon
	gate_clock_move $((80 * day))
	look
	finds note machine-ends-soon sender
	mends machine-ends-soon sender
	gate_clock_move $((11 * day))
	look
	finds weak machine-expired puller
	mends machine-expired puller
	[ -z "$(host_run find /etc/ssh/bulkhead.d -type f)" ]
}

@test "a token that was never used: a note, after 30 days weak" {
	enrols dave
	look
	finds note token-never-used dave
	finds weak token-never-used alice
	gate_clock_move $((31 * day))
	look
	finds weak token-never-used dave
	run try 22 carol "$(fresh carol),carol-password"
	[ "$status" = 0 ]
	look
	finds_no token-never-used carol
	mends token-never-used alice
	run host_run bulkhead --json token list alice
	jq -e 'all(.tokens[]; .status == "revoked")' <<<"$output"
}

@test "recovery codes may lie unused" {
	run host_run bulkhead enroll carol recovery
	[ "$status" = 0 ]
	look
	finds_no token-never-used carol
}

@test "a machine account that nothing uses" {
	machine_again puller 300
	gate_clock_move $((89 * day))
	look
	finds_no machine-idle
	gate_clock_move $((2 * day))
	look
	finds weak machine-idle puller
	sshd_reload
	as_machine puller
	look
	finds_no machine-idle
	gate_clock_move $((91 * day))
	look
	finds weak machine-idle puller
	mends machine-idle puller
}

@test "idle over 90 days, until it is locked" {
	run try 22 carol "$(fresh carol),carol-password"
	[ "$status" = 0 ]
	gate_clock_move $((89 * day))
	look
	finds_no account-idle
	gate_clock_move $((2 * day))
	look
	finds weak account-idle carol
	found account-idle carol | grep -q 'PCI 8.2.6'
	mends account-idle carol
}

@test "a token whose account is gone" {
	host_run useradd -m temp
	enrols temp
	look
	finds_no token-no-account
	host_run userdel -r temp
	look
	finds weak token-no-account temp
	mends token-no-account temp
	run host_run bulkhead account show temp
	[ "$status" = 1 ]
}

@test "two names for a uid, root's too" {
	look
	finds_no account-uid-shared
	host_sh 'useradd -o -u 0 toor; useradd -o -u "$(id -u alice)" twin'
	look
	finds weak account-uid-shared toor
	finds weak account-uid-shared twin
	mends account-uid-shared toor
	mends account-uid-shared twin
	finds_no account-uid-shared
	[ "$(host_run getent passwd toor | cut -d : -f 3)" -ge 1000 ]
}

@test "a system account that a person can use" {
	host_sh 'useradd -r -s /bin/bash batch; useradd -r -s /bin/bash keyed'
	look
	finds_no account-system-login batch
	host_sh 'echo batch:secret-word | chpasswd'
	look
	finds weak account-system-login batch
	mends account-system-login batch
}

@test "leavers, against a roster" {
	host_sh 'printf "%s\n" "# who is here" "" "p-alice  # Alice" carol \
	    >/root/roster'
	host_run useradd -m leaver
	enrols leaver
	look
	finds_no leaver
	look --roster /root/roster
	finds weak leaver leaver
	finds_no leaver alice
	finds_no leaver carol
	finds_no machine-owner-left
	mends leaver leaver --roster /root/roster
	# Root is not locked by it.
	enrols root
	look --roster /root/roster
	mends leaver root --roster /root/roster
	host_run passwd --status root | grep -q '^root P'
	machine_again puller
	host_sh 'echo carol >/root/roster'
	look --roster /root/roster
	finds weak machine-owner-left puller
	mends machine-owner-left puller --roster /root/roster
}

@test "a roster that is none is an error, and nobody is called a leaver" {
	for text in "two names" "bad/name" "" "# nobody"; do
		host_sh 'printf "%s\n" carol "$1" >/root/roster
		    [ -n "$1" ] && [ "$1" != "# nobody" ] ||
			sed -i /carol/d /root/roster' "$text"
		run host_run bulkhead doctor --roster /root/roster
		echo "$text: $status $output"
		[ "$status" = 3 ]
		[[ $output == *"/root/roster"* ]]
	done
	run host_run bulkhead doctor --roster /root/none
	[ "$status" = 3 ]
	[[ $output == *"no such file"* ]]
}

@test "a thousand accounts, and no process for each" {
	host_sh 'for i in $(seq 1000); do
		echo "u$i:x:$((20000 + i)):100::/home/u$i:/bin/bash" >>/etc/passwd
		echo "u$i:\$6\$x\$y:20000:0:99999:7:::" >>/etc/shadow
	    done'
	run host_sh 'strace -f -c -e trace=execve -o /tmp/count \
	    bulkhead --json doctor >/tmp/found; cat /tmp/count'
	jq '[.findings[] | select(.id == "account-no-token")] | length' \
	    "$(host_path /tmp/found)" | grep -q '^10[0-9][0-9]$'
	[ "$(awk '$NF == "execve" { print $4 }' <<<"$output")" -lt 200 ]
}
