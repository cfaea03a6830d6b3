#!/usr/bin/env bats
# Passwords of a backup realm: generated, shown once, known to the register.

load lib

setup_file() {
	gate_up backup
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

@test "shown once, in four groups, and it opens" {
	local password

	run host_run bulkhead password alice
	[ "$status" = 0 ]
	password=$(grep -Ex '[a-z2-7]{4}(-[a-z2-7]{4}){3}' <<<"$output")
	[[ $output == *"shown this once"* ]]
	run host_run ssh-try "$(fresh alice),$password" ssh -p 22 alice@host \
	    echo in
	[ "$status" = 0 ]
	[[ $output == *in* ]]
	recorded '.action == "password.set" and .subject.name == "alice"'
	run host_sh 'grep "^alice:" /etc/shadow | cut -d: -f2'
	[[ $output == '$y$'* ]]
}

@test "two are never the same, and --json says it too" {
	local one two

	one=$(host_run bulkhead --json password alice 2>/dev/null |
	    jq -r .password)
	two=$(host_run bulkhead --json password alice 2>/dev/null |
	    jq -r .password)
	[ "${#one}" = 19 ]
	[ "${#two}" = 19 ]
	[ "$one" != "$two" ]
}

@test "the shown one alone is on standard output" {
	run host_sh 'bulkhead password alice 2>/dev/null'
	[ "${#output}" = 19 ]
}

@test "M03: in no argument, environment, log or record" {
	local password

	run host_sh 'strace -f -s 65536 -v -e trace=execve -o /tmp/exec.trace \
	    bulkhead password alice 2>/dev/null'
	password=$output
	[ "${#password}" = 19 ]
	host_run grep -q chpasswd /tmp/exec.trace
	run host_run grep -F -e "$password" -e '$y$' /tmp/exec.trace
	[ "$status" = 1 ]
	run host_run grep -rF "$password" /var/log /var/lib/bulkhead \
	    /var/lib/bulkhead-anchor /etc /tmp
	[ "$status" = 1 ]
	run records
	[[ $output != *'$y$'* ]]
}

@test "chpasswd gets a clean environment" {
	run host_sh 'SECRET=x LD_DEBUG_OUTPUT=/tmp/ld strace -f -s 4096 -v \
	    -e trace=execve -o /tmp/exec.trace bulkhead password alice'
	[ "$status" = 0 ]
	run host_run grep /usr/sbin/chpasswd /tmp/exec.trace
	[[ $output == *'"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]'* ]]
	[[ $output != *SECRET* ]]
}

@test "an account of the register alone, that unix knows" {
	run host_run bulkhead password bob
	[ "$status" = 1 ]
	[[ $output == *"no account bob"* ]]
	person ghost
	run host_run bulkhead password ghost
	[ "$status" = 1 ]
	[[ $output == *"unix account"* ]]
}

@test "cut short before the register knows it, it opens nothing" {
	local password

	host_run bulkhead password alice 2>/dev/null >/dev/null
	run host_sh 'strace -o /dev/null -e trace=sendto \
	    -e inject=sendto:signal=KILL:when=2 bulkhead password alice'
	[ "$status" != 0 ]
	run host_sh 'bulkhead password alice 2>/dev/null'
	password=$output
	run host_run ssh-try "$(fresh alice),$password" ssh -p 22 alice@host \
	    echo in
	[ "$status" = 0 ]
}

# su and sudo renew a password that has run out.  A stack without a password
# line is that of the service other, which on Debian takes any.
@test "none of one's own choice, whatever service asks for it" {
	local before service

	host_sh 'cp /etc/pam.d/other /root/other
	    printf "%s\n" "@include common-auth" "@include common-account" \
		"@include common-password" "@include common-session" \
		>/etc/pam.d/other'
	before=$(host_sh 'md5sum /etc/shadow')
	for service in passwd sshd su su-l sudo sudo-i; do
		run host_sh 'printf "%s\n" Chosen-1-pass Chosen-1-pass |
		    pamtester $1 alice chauthtok' "$service"
		echo "$service: $output"
		[ "$status" != 0 ]
		[[ $output == *"runs bulkhead password"* ]]
		[ "$before" = "$(host_sh 'md5sum /etc/shadow')" ]
	done
	run host_sh 'printf "%s\n" Chosen-1-pass Chosen-1-pass |
	    pamtester any alice chauthtok' # (control)
	[ "$status" = 0 ]
	host_run cp /root/other /etc/pam.d/other
	host_run bulkhead password alice
}

@test "refused in a production realm, in words, and nothing is changed" {
	local before

	before=$(host_sh 'md5sum /etc/shadow')
	host_sh 'rm -rf /etc/bulkhead /var/lib/bulkhead /var/lib/bulkhead-anchor'
	gate_stop
	gate_init production
	person alice
	run host_run bulkhead password alice
	[ "$status" = 1 ]
	[[ $output == *"class production"* ]]
	[ "$before" = "$(host_sh 'md5sum /etc/shadow')" ]
}
