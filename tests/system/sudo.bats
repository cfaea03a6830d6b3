#!/usr/bin/env bats
# Real sudo: the person who acts is asked, in auth or in account, whatever
# sudo leaves out.

load lib

setup_file() {
	gate_up production policy.freshness=0
	[ "$(id -u)" != 0 ] || { enrol alice && enrol bob; }
}

teardown_file() {
	gate_down
}

setup() {
	gate_calm
	freshness 0
}

teardown() {
	gate_show
}

# The freshness that sudo and su get from a confirmed login.
freshness() {
	[ "$(cat "$HOST/state/freshness" 2>/dev/null)" != "$1" ] || return 0
	gate_config policy "freshness=$1"
	gate_restart
	echo "$1" >"$HOST/state/freshness"
}

# as LOGIN ANSWERS COMMAND...: with answers on standard input.
as() {
	local login=$1 answers=$2

	shift 2
	printf '%s' "${answers:+$answers,}" | tr ',' '\n' |
	    host_as "$login" "$@"
}

@test "the first sudo asks for the code, then the password" {
	run as alice "$(fresh alice),alice-password" sudo -S id -un
	[ "$status" = 0 ]
	[[ $output == *root* ]]
	recorded '.service == "sudo" and .subject.name == "alice"
	    and .target == "root" and .outcome == "success"'
}

@test "a wrong code is out, whatever the password" {
	run as alice "$(wrong alice),alice-password" sudo -S -k id -un
	[ "$status" != 0 ]
	[[ $output != *root* ]]
	[[ $output != *"password for"* ]]
	recorded '.service == "sudo" and .subject.name == "alice"
	    and .reason == "wrong"'
}

@test "S04: sudo's own cache does not pass the gate: it asks in account" {
	run host_as alice bash -c '
	    printf "%s\n" "$1" alice-password | sudo -S true &&
	    printf "%s\n" "$1" | sudo -S echo again' x "$(fresh alice)"
	[ "$status" != 0 ]
	[[ $output != *again* ]]
	# Control: with the next code the cached one runs.
	run host_as alice bash -c '
	    printf "%s\n" "$1" alice-password | sudo -S true &&
	    printf "%s\n" "$2" | sudo -S echo again' x "$(fresh alice)" \
	    "$(code_of alice $(($(gate_now) + 30)))"
	[ "$status" = 0 ]
	[[ $output == *again* ]]
	gate_clock_move 30
}

@test "NOPASSWD is asked in account" {
	run as bob "" sudo -S id -un
	[ "$status" != 0 ]
	[[ $output != *root* ]]
	run as bob "$(wrong bob)" sudo -S id -un
	[ "$status" != 0 ]
	run as bob "$(fresh bob)" sudo -S id -un
	[ "$status" = 0 ]
	[[ $output == *root* ]]
}

@test "sudo -n is refused: nobody can be asked" {
	run as bob "" sudo -n id -un
	[ "$status" != 0 ]
	[[ $output != *root* ]]
	run as alice "" sudo -n id -un
	[ "$status" != 0 ]
}

@test "sudo -k and sudo -i ask" {
	run as alice "" sudo -S -k id -un
	[ "$status" != 0 ]
	run as alice "$(wrong alice),alice-password" sudo -S -i id -un
	[ "$status" != 0 ]
	run as alice "$(fresh alice),alice-password" sudo -S -i id -un
	[ "$status" = 0 ]
	recorded '.service == "sudo-i" and .subject.name == "alice"
	    and .outcome == "success"'
}

@test "sudo to another account asks her who acts" {
	run as alice "$(fresh alice),alice-password" sudo -S -k -u carol id -un
	[ "$status" = 0 ]
	[[ $output == *carol* ]]
	recorded '.service == "sudo" and .subject.name == "alice"
	    and .target == "carol"'
}

@test "I10: root's own sudo passes, recorded as no elevation" {
	run host_run sudo -u carol id -un
	[ "$status" = 0 ]
	[ "$output" = carol ]
	recorded '.service == "sudo"
	    and (tostring | contains("no elevation"))'
}

@test "B06: a hostile environment changes nothing" {
	run host_as bob env BULKHEAD_GRANT=0123456789abcdef \
	    SSH_AUTH_INFO_0='keyboard-interactive/pam' \
	    BULKHEAD_SOCKET=/tmp/x TZ=/etc/passwd LOCPATH=/tmp \
	    OPENSSL_CONF=/tmp/x LD_PRELOAD=/tmp/x.so TMPDIR=/nonexistent \
	    sudo -n id -un
	[ "$status" != 0 ]
	[[ $output != *root* ]]
	run as bob "$(fresh bob)" env TZ=/etc/passwd LC_ALL=xx HOME=/ \
	    BULKHEAD_GRANT=00 SSH_AUTH_INFO_0=x TMPDIR=/nonexistent \
	    sudo -S id -un
	[ "$status" = 0 ]
}

# Run the jobs of a crontab file now: cron starts @reboot jobs at once.
cron_now() {
	host_sh 'rm -f /run/crond.reboot /run/crond.pid /tmp/cron.*
	    mkdir -p /var/spool/cron/crontabs
	    printf "%s\n" "$1" >/etc/cron.d/job
	    touch /tmp/cron.out && chmod 666 /tmp/cron.out
	    timeout 10 /usr/sbin/cron -f & cron=$!
	    for _ in $(seq 400); do
		grep -q done /tmp/cron.out && break
		sleep 0.02
	    done
	    kill $cron; wait $cron; rm -f /etc/cron.d/job
	    cat /tmp/cron.out' "$1"
}

@test "root's cron job with sudo -u and su -c runs" {
	run cron_now '@reboot root (sudo -u carol id -un; su carol -c "id -un"; echo done) >>/tmp/cron.out 2>&1'
	[[ $output == *carol*carol*done* ]]
}

@test "a person's cron job gets no sudo, with or without NOPASSWD" {
	run cron_now '@reboot bob (sudo -n id -un; sudo -S id -un; echo done) >>/tmp/cron.out 2>&1 </dev/null'
	[[ $output == *done* ]]
	[[ $output != *root* ]]
}

@test "K01: a used code is refused in ssh, sudo, cached sudo, NOPASSWD, su" {
	local code

	code=$(fresh alice)
	run try 22 alice "$code,alice-password"
	[ "$status" = 0 ]
	run try 22 alice "$code,alice-password"
	[ "$status" != 0 ]
	run as alice "$code,alice-password" sudo -S -k true
	[ "$status" != 0 ]
	run as alice "$code,root-password" su -c "id -un"
	[ "$status" != 0 ]
	[[ $output != *root* ]]
	run as alice "$(fresh alice),alice-password" sudo -S -k true
	[ "$status" = 0 ]
	code=$(fresh bob)
	run try 22 bob "$code,bob-password"
	[ "$status" = 0 ]
	run as bob "$code" sudo -S true
	[ "$status" != 0 ]
	run as bob "$(fresh bob)" sudo -S true
	[ "$status" = 0 ]
}

@test "freshness: a login serves sudo of its own session, and no other" {
	freshness 5m
	# The same session: only the password, then not even that.
	run try 22 alice "$(fresh alice),alice-password" \
	    'echo alice-password | sudo -S id -un; sudo -n echo again; true'
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *root*again* ]]
	# Another session of hers is asked.
	run host_as alice setsid bash -c 'echo alice-password | sudo -S id -un'
	[ "$status" != 0 ]
	[[ $output != *root* ]]
	# So is NOPASSWD elsewhere, and a cron job.
	run try 22 bob "$(fresh bob),bob-password" 'sudo -n id -un'
	[ "$status" = 0 ]
	[[ $output == *root* ]]
	run as bob "" sudo -n id -un
	[ "$status" != 0 ]
	run cron_now '@reboot bob (sudo -n id -un; echo done) >>/tmp/cron.out 2>&1'
	[[ $output == *done* ]]
	[[ $output != *root* ]]
}

@test "freshness 0: the same session is asked" {
	run try 22 bob "$(fresh bob),bob-password" 'sudo -n id -un'
	[ "$status" != 0 ]
	[[ $output != *root* ]]
}

@test "freshness ends when its time is over" {
	freshness 5m
	# The session stays; the daemon's clock goes on under it.
	host_sh 'rm -f /tmp/go'
	(host_wait 10 host_run test -e /tmp/ready
	    gate_clock_move 360
	    host_run touch /tmp/go) 3>&- &
	run try 22 bob "$(fresh bob),bob-password" 'sudo -n echo before
	    touch /tmp/ready
	    for i in $(seq 200); do [ -e /tmp/go ] && break; sleep 0.05; done
	    sudo -n echo after'
	wait
	[[ $output == *before* ]]
	[[ $output != *after* ]]
}
