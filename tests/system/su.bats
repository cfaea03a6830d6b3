#!/usr/bin/env bats
# Real su: the caller is asked, never the account she wants to become.

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
}

teardown() {
	gate_show
}

as() {
	local login=$1 answers=$2

	shift 2
	printf '%s' "${answers:+$answers,}" | tr ',' '\n' |
	    host_as "$login" "$@"
}

@test "su asks the caller's code, then the target's password" {
	run as alice "$(fresh alice),root-password" su -c 'id -un'
	[ "$status" = 0 ]
	[[ $output == *root* ]]
	recorded '.service == "su" and .subject.name == "alice"
	    and .target == "root" and .outcome == "success"'
}

@test "su -: the same under its own service" {
	run as alice "$(fresh alice),root-password" su - -c 'id -un'
	[ "$status" = 0 ]
	recorded '.service == "su-l" and .subject.name == "alice"
	    and .target == "root" and .outcome == "success"'
}

@test "a wrong code is out with the right password" {
	run as alice "$(wrong alice),root-password" su -c 'id -un'
	[ "$status" != 0 ]
	[[ $output != *root* ]]
	[[ $output != *"Password: "* ]]
	run as alice "$(wrong alice),root-password" su - -c 'id -un'
	[ "$status" != 0 ]
	[[ $output != *"Password: "* ]]
}

@test "somebody without a token is out, and root pays nothing for it" {
	run as dave "123456,root-password" su -c 'id -un'
	[ "$status" != 0 ]
	[[ $output != *root* ]]
	recorded '.service == "su" and .outcome == "failure"
	    and .target == "root"'
}

@test "su on a terminal" {
	run as alice "$(fresh alice)" expect -c '
	    set timeout 10
	    log_user 0
	    gets stdin code
	    spawn -noecho su -c "id -un"
	    expect "One-time code: "
	    send "$code\r"
	    expect "assword: "
	    send "root-password\r"
	    expect {
		root { puts "became root" }
		timeout { puts "hangs" }
		eof { puts "no" }
	    }'
	[[ $output == *"became root"* ]]
}

@test "I10: root's own su passes, recorded as no elevation" {
	run host_run su carol -c 'id -un'
	[ "$status" = 0 ]
	[ "$output" = carol ]
	recorded '(.service == "su") and (tostring | contains("no elevation"))'
	run host_run su - carol -c 'id -un'
	[ "$status" = 0 ]
}

@test "su stops where the session phase refuses" {
	# auth and account without the gate; session alone must stop it.
	host_sh 'cp /etc/pam.d/su /tmp/su.pam
	    printf "%s\n" "auth required pam_permit.so" \
		"account required pam_permit.so" \
		"session required pam_bulkhead.so" \
		"session required pam_permit.so" >/etc/pam.d/su'
	run as alice "" su -c 'id -un'
	host_run cp /tmp/su.pam /etc/pam.d/su
	[ "$status" != 0 ]
	[[ $output != *root* ]]
}

@test "S05: under ulimit -f 0 the caller lives and the count is right" {
	run as bob "$(fresh bob),root-password" bash -c \
	    'ulimit -S -f 0; su -c "id -un"'
	[ "$status" = 0 ]
	[[ $output == *root* ]]
	run as bob "$(wrong bob),root-password" bash -c \
	    'ulimit -S -f 0; su -c "id -un"'
	[ "$status" = 1 ]
	recorded '.subject.name == "bob" and .reason == "wrong"'
}

@test "B01: with standard descriptors closed nothing of ours lands there" {
	run host_as alice bash -c 'exec 0<&- 1>&- 2>&-; su -c true; exit 3'
	[ "$status" = 3 ]
	[ -z "$output" ]
	run as alice "$(fresh alice),root-password" su -c 'id -un'
	[ "$status" = 0 ]
}
