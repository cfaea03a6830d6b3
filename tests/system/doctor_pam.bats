#!/usr/bin/env bats
# bulkhead doctor on PAM's files against real su: what it calls a bypass lets
# alice in without a code, and what it says mends it does.

load lib

setup_file() {
	gate_up production policy.freshness=0
	[ "$(id -u)" != 0 ] || {
		enrol alice
		host_sh 'cp -a /etc/pam.d /srv/pam.d'
	}
}

teardown_file() {
	gate_down
}

setup() {
	gate_calm
	host_sh 'rm -rf /etc/pam.d && cp -a /srv/pam.d /etc/pam.d'
}

teardown() {
	gate_show
}

# What the theme found: found JQ-CONDITION
found() {
	host_run bulkhead --json doctor 2>/dev/null |
	    jq -c ".findings[] | select(.theme == \"pam\" and ($1))"
}

as_root() {
	local answers=$1

	shift
	printf '%s' "$answers," | tr ',' '\n' | host_as alice su "$@" -c id
}

# Is alice root by that, without a code that holds?
enters() {
	[[ $(as_root "$@" 2>&1) == *"uid=0(root)"* ]]
}

stays_out() {
	! enters "$@"
}

# spoilt ANSWERS: su is open by these answers, doctor says so, and its fix
# closes it for su and su - and leaves the right way in.
spoilt() {
	local answers=$1 fix

	enters "$answers"
	enters "$answers" -
	[ "$(found '.id == "pam-su-open" and .severity == "bypass"
	    and .mend != "" and (.steps | length) > 0' | wc -l)" = 2 ]
	fix=$(found '.severity == "bypass"' | jq -r .fix)
	[[ $fix != *null* ]]
	host_sh "$fix"
	[ -z "$(found '.severity == "bypass" or .severity == "unknown"')" ]
	stays_out "$answers"
	gate_clock_move 7200
	enters "$(fresh alice),root-password"
	enters "$(fresh alice),root-password" -
}

@test "the shipped stacks: nothing but that polkit has no gate" {
	[ -z "$(found '.id != "pam-polkit-open"')" ]
	stays_out "$(wrong alice),root-password"
}

@test "the gate is gone from su" {
	host_sh 'sed -i /pam_bulkhead/d /etc/pam.d/su'
	spoilt root-password
}

@test "sufficient: a wrong code is followed by the password" {
	host_sh 'sed -i "s/requisite  pam_bulkhead/sufficient pam_bulkhead/
	    s/^\(account\|session\).*bulkhead/\1 optional pam_bulkhead/" \
	    /etc/pam.d/su'
	spoilt "$(wrong alice),root-password"
}

@test "a jump over the gate in each phase" {
	host_sh 'sed -i "s/^\(auth\|account\|session\).*pam_bulkhead.so/\1 \
[default=1] pam_permit.so\n&/" /etc/pam.d/su'
	spoilt root-password
}

@test "sufficient in an included file above the gate" {
	host_sh 'sed -i -e /pam_bulkhead/d -e "/common-session/a\
auth requisite pam_bulkhead.so\naccount required pam_bulkhead.so\n\
session required pam_bulkhead.so" /etc/pam.d/su
	    for p in auth account session; do
		echo "$p sufficient pam_unix.so" >/etc/pam.d/common-$p
	    done'
	spoilt root-password
}

@test "a file of that name in another folder is not the gate" {
	host_sh 'cp "$1" /srv/pam_bulkhead.so
	    sed -i "s|pam_bulkhead.so|/srv/pam_bulkhead.so|" /etc/pam.d/su' \
	    "$(host_pamdir)/pam_permit.so"
	spoilt root-password
}

@test "no file: the stacks of other" {
	host_sh 'rm /etc/pam.d/su /etc/pam.d/su-l
	    for p in auth account session; do echo "@include common-$p"; done \
	    >/etc/pam.d/other'
	spoilt root-password
}

@test "one phase of three holds: weak, and alice stays out" {
	host_sh 'sed -i -e "/^auth.*bulkhead/d" -e "/^session.*bulkhead/d" \
	    /etc/pam.d/su'
	[ -z "$(found '.severity == "bypass"')" ]
	[ -n "$(found '.id == "pam-auth-open" and .severity == "weak"')" ]
	[ -n "$(found '.id == "pam-session-open" and .severity == "weak"')" ]
	stays_out "root-password,$(wrong alice)"
}

@test "what stands above the gate in session, and what its line says" {
	host_sh 'sed -i "/^session.*pam_bulkhead/d
	    \$a session required pam_env.so user_readenv=1\nsession required \
pam_bulkhead.so socket=/run/x realm=lab" /etc/pam.d/sshd'
	[ -n "$(found '.id == "pam-session-order" and .severity == "weak"')" ]
	[ -n "$(found '.id == "pam-gate-option" and .severity == "weak"
	    and (.where | startswith("/etc/pam.d/sshd:"))')" ]
	host_sh "$(found '.id == "pam-session-order"' | jq -r .fix)"
	[ -z "$(found '.id == "pam-session-order"')" ]
}

@test "a wall of ssh that is gone, and its fix" {
	host_sh 'sed -i "/pam_bulkhead/d" /etc/pam.d/sshd'
	for id in pam-auth-open pam-account-open pam-session-open; do
		host_sh "$(found ".id == \"$id\"" | jq -r .fix)"
	done
	[ -z "$(found '.id != "pam-polkit-open" and .severity != "note"')" ]
	run try 22 alice "$(wrong alice),alice-password"
	[[ $output != *"in as alice"* ]]
	gate_clock_move 7200
	run try 22 alice "$(fresh alice),alice-password"
	[[ $output == *"in as alice"* ]]
}

@test "what looks open and is not" {
	host_sh 'cat >/etc/pam.d/su <<-"END"
		auth substack su-first
		AUTH \
		  [success=ok new_authtok_reqd=ok default=die] \
		  pam_bulkhead.so
		account required pam_bulkhead.so
		session required pam_bulkhead.so
		@include common-account
		@include common-session
		END
	    echo "auth sufficient pam_unix.so" >/etc/pam.d/su-first'
	[ -z "$(found '.id != "pam-polkit-open" and .severity != "note"')" ]
	stays_out "root-password,$(wrong alice)"
	gate_clock_move 7200
	enters "root-password,$(fresh alice)"
}
