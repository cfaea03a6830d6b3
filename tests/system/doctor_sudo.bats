#!/usr/bin/env bats
# The sudo theme of bulkhead doctor against real sudo: each row lays out PAM
# and sudoers, the truth is what sudo does to somebody who has the password and
# no code, and doctor must say the same; then its mend is applied as it stands,
# and both must say that the way is closed, and a code must still get in.

load lib
load doctor

setup_file() {
	gate_up production policy.freshness=0
	[ "$(id -u)" != 0 ] || { enrol alice && enrol bob && enrol carol &&
	    host_run groupadd exempt && host_run usermod -aG exempt carol &&
	    host_run cp -a /etc/pam.d /root/pam.d &&
	    host_sh 'echo 10.99.0.1 host.test host >/etc/hosts'; }
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

# The gate in these phases of sudo and sudo-i: stacks "auth account"
stacks() {
	host_sh 'rm -rf /etc/pam.d && cp -a /root/pam.d /etc/pam.d
	    rm -rf /run/sudo/ts
	    for service in sudo sudo-i; do
		{ case $1 in *auth*) echo "auth requisite pam_bulkhead.so" ;; esac
		case $1 in *account*) echo "account required pam_bulkhead.so" ;; esac
		printf "@include common-%s\n" auth account session
		} >/etc/pam.d/$service
	    done
	    printf "@include common-%s\n" auth account session >/etc/pam.d/plain
	    ' "$1"
}

rules() {
	printf '%s\n' 'Defaults env_reset, passwd_tries=1' \
	    'root ALL=(ALL:ALL) ALL' "$@" |
	    host_run bash -c 'rm -f /etc/sudoers.d/*; cat >/etc/sudoers &&
		chmod 440 /etc/sudoers && visudo -cq'
}

# What sudo does to LOGIN who has no code: unasked, with the password where no
# code is asked before it, and after one right login.
truth() {
	local phases=$1 login=$2 out

	shift 2
	out=$(host_as "$login" bash -c '
	    sudo -n -k "${@:4}" && exit
	    case $1 in
	    *auth*) ;;
	    *) echo "$3" | sudo -S -k "${@:4}" && exit ;;
	    esac
	    printf "%s\n" "$2" "$3" | sudo -S "${@:4}" >/dev/null
	    sudo -n "${@:4}"; :' x "$phases" "$(code "$login")" \
	    "$login-password" "$@" 2>/dev/null)
	[ "$out" = yes ] && echo in || echo out
}

# Does a code get in?  Where auth is open, the password is asked first.
code_in() {
	local phases=$1 login=$2 out answers

	shift 2
	answers="$(fresh "$login") $login-password"
	[[ $phases == *auth* ]] || answers="${answers#* } ${answers% *}"
	out=$(host_as "$login" bash -c \
	    'printf "%s\n" $1 | sudo -S -k "${@:2}"; :' x "$answers" "$@" \
	    2>/dev/null)
	[ "$out" = yes ]
}

# row WANT STACKS LOGIN SUDO-WORDS -- RULE...
row() {
	local want=$1 phases=$2 login=$3 words=() found

	shift 3
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	gate_clock_move 60
	stacks "$phases" && rules "$@" || return 1
	found=$(truth "${ROW_TRY-$phases}" "$login" "${words[@]}")
	doctor
	echo "# $phases: $*: sudo says $found, doctor $(verdict sudo)" >&2
	[ "$found" = "$want" ] || { echo "sudo: $found"; return 1; }
	[ "$(verdict sudo)" = "$want" ] || { doctor_show sudo; return 1; }
	if [ "$want" = out ]; then
		[ -n "${ROW_ASK:-}" ] || return 0
	else
		mend sudo || return 1
		gate_clock_move 60
		found=$(truth "${ROW_TRY-$phases}" "$login" "${words[@]}")
		[ "$found" = out ] || { echo "mended, sudo: $found"; return 1; }
	fi
	code_in "$phases" "$login" "${words[@]}" || { echo "a code is not let in"; return 1; }
}

@test "an ordinary rule" {
	local ROW_ASK=yes

	row out "auth account" alice echo yes -- 'alice ALL=(ALL) ALL'
	row out "account" alice echo yes -- 'alice ALL=(ALL) ALL'
	row in "auth" alice echo yes -- 'alice ALL=(ALL) ALL'
	row in "" alice echo yes -- 'alice ALL=(ALL) ALL'
}

@test "without a time stamp auth alone holds" {
	row out "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'alice ALL=(ALL) ALL'
	row out "auth" alice echo yes -- 'Defaults !timestamp_timeout' \
	    'alice ALL=(ALL) ALL'
	row in "auth" alice echo yes -- 'Defaults timestamp_timeout=-1' \
	    'alice ALL=(ALL) ALL'
	row in "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults:alice timestamp_timeout=3' 'alice ALL=(ALL) ALL'
	row out "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults:bob timestamp_timeout=3' 'alice ALL=(ALL) ALL'
	row out "auth" alice /usr/bin/echo yes -- \
	    'Defaults!/usr/bin/echo timestamp_timeout=0' \
	    'alice ALL=(ALL) /usr/bin/echo'
}

@test "NOPASSWD, and the rule that takes it back" {
	row out "auth account" bob echo yes -- 'bob ALL=(ALL) NOPASSWD: ALL'
	row out "account" bob echo yes -- 'bob ALL=(ALL) NOPASSWD: ALL'
	row in "auth" bob echo yes -- 'Defaults timestamp_timeout=0' \
	    'bob ALL=(ALL) NOPASSWD: ALL'
	row out "auth" bob echo yes -- 'Defaults timestamp_timeout=0' \
	    'bob ALL=(ALL) NOPASSWD: ALL' 'bob ALL=(ALL) ALL'
	row in "auth" bob /usr/bin/echo yes -- 'Defaults timestamp_timeout=0' \
	    'bob ALL=(ALL) ALL, NOPASSWD: /usr/bin/echo'
	row in "auth" carol echo yes -- 'Defaults timestamp_timeout=0' \
	    '%exempt ALL=(ALL) NOPASSWD: ALL'
	row in "auth" carol echo yes -- 'Defaults timestamp_timeout=0' \
	    'User_Alias OPS = %exempt, !bob' 'Cmnd_Alias E = /usr/bin/echo' \
	    'OPS ALL=(ALL) \' ' NOPASSWD: E'
	row out "auth" bob echo yes -- 'Defaults timestamp_timeout=0' \
	    'bob elsewhere=(ALL) NOPASSWD: ALL' 'bob ALL=(ALL) ALL'
	row in "auth" bob -u alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'bob ALL=(alice) NOPASSWD: ALL'
	row in "auth" bob echo yes -- 'Defaults timestamp_timeout=0' \
	    'ALL ALL=(ALL) NOPASSWD: ALL'
}

@test "!authenticate: of all, a user, a host, a runas user, a command" {
	row out "auth account" alice echo yes -- 'Defaults !authenticate' \
	    'alice ALL=(ALL) ALL'
	row in "auth" alice echo yes -- \
	    'Defaults timestamp_timeout=0, !authenticate' 'alice ALL=(ALL) ALL'
	row in "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults:alice !authenticate' 'alice ALL=(ALL) ALL'
	row out "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults:bob !authenticate' 'alice ALL=(ALL) ALL'
	row in "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults@host.test !authenticate' 'alice ALL=(ALL) ALL'
	row out "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults@10.99.0.0/16 !authenticate' 'alice ALL=(ALL) ALL'
	row out "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults@elsewhere !authenticate' 'alice ALL=(ALL) ALL'
	row in "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults>root !authenticate' 'alice ALL=(ALL) ALL'
	row out "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults>bob !authenticate' 'alice ALL=(root) ALL'
	row in "auth" alice /usr/bin/echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults!/usr/bin/echo !authenticate' 'alice ALL=(ALL) ALL'
	row out "auth" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults !authenticate' 'alice ALL=(ALL) PASSWD: ALL'
}

@test "exempt_group" {
	row out "auth account" carol echo yes -- 'Defaults exempt_group=exempt' \
	    'carol ALL=(ALL) ALL'
	row in "auth" carol echo yes -- \
	    'Defaults timestamp_timeout=0, exempt_group=exempt' \
	    'carol ALL=(ALL) ALL'
	row out "auth" alice echo yes -- \
	    'Defaults timestamp_timeout=0, exempt_group=exempt' \
	    'alice ALL=(ALL) ALL'
}

@test "!pam_acct_mgmt leaves the gate's account line out" {
	row in "auth account" alice echo yes -- 'Defaults !pam_acct_mgmt' \
	    'alice ALL=(ALL) ALL'
	row in "account" alice echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults:alice ! pam_acct_mgmt, !pam_session' \
	    'alice ALL=(ALL) ALL'
	row in "auth account" bob echo yes -- 'Defaults timestamp_timeout=0' \
	    'Defaults!/usr/bin/echo !pam_acct_mgmt' \
	    'bob ALL=(ALL) NOPASSWD: ALL'
	row out "auth account" alice echo yes -- \
	    'Defaults timestamp_timeout=0, !pam_acct_mgmt' 'alice ALL=(ALL) ALL'
	row out "auth account" alice echo yes -- \
	    'Defaults:bob !pam_acct_mgmt' 'alice ALL=(ALL) ALL'
	row out "auth account" alice echo yes -- 'Defaults !pam_session' \
	    'alice ALL=(ALL) ALL'
}

@test "another PAM service, for all and for one command" {
	local ROW_TRY=password

	row in "auth account" alice echo yes -- 'Defaults pam_service=plain' \
	    'alice ALL=(ALL) ALL'
	row in "auth account" alice /usr/bin/echo yes -- \
	    'Defaults!/usr/bin/echo pam_service = "plain"' \
	    'alice ALL=(ALL) ALL'
	row in "auth account" alice -i echo yes -- \
	    'Defaults pam_login_service=plain' 'alice ALL=(ALL) ALL'
	row out "auth account" alice -i echo yes -- \
	    'Defaults pam_login_service=sudo' 'alice ALL=(ALL) ALL'
}

@test "sudo -A has a service of its own, and a group is something to become" {
	stacks "auth account"
	rules 'Defaults pam_askpass_service=plain' 'alice ALL=(ALL) ALL'
	host_sh 'printf "#!/bin/sh\necho alice-password\n" >/tmp/ask
	    chmod +x /tmp/ask'
	[ "$(host_as alice env SUDO_ASKPASS=/tmp/ask sudo -A echo yes)" = yes ]
	doctor
	finding sudo-other-service '.severity == "bypass"'
	mend sudo
	[ "$(host_as alice env SUDO_ASKPASS=/tmp/ask sudo -A echo yes)" != yes ]
	row in "auth" bob -g exempt echo yes -- 'Defaults timestamp_timeout=0' \
	    'bob ALL=(:exempt) NOPASSWD: ALL'
	row in "auth" bob echo yes -- \
	    'Defaults timestamp_timeout=0, runas_default=alice' \
	    'bob ALL= NOPASSWD: ALL'
}

@test "as whom it runs, by a number, a group or a netgroup" {
	local zero='Defaults timestamp_timeout=0'

	host_sh 'echo "netgroup: files" >>/etc/nsswitch.conf
	    echo "ops (,bob,)" >/etc/netgroup'
	row in "auth" alice -u bob echo yes -- "$zero" \
	    "alice ALL=(#$(host_run id -u bob)) NOPASSWD: ALL"
	row in "auth" alice -u bob echo yes -- "$zero" \
	    'alice ALL=(+ops) NOPASSWD: ALL'
	row in "auth" alice -u bob echo yes -- "$zero" \
	    'alice ALL=(ALL, !root, !%exempt) NOPASSWD: ALL'
	row in "auth" alice echo yes -- "$zero" \
	    'Defaults>%root !authenticate' 'alice ALL=(root) ALL'
	row in "auth" alice -g shadow echo yes -- "$zero" \
	    'alice ALL=(alice : ALL) NOPASSWD: ALL'
	row in "auth" alice -g shadow echo yes -- "$zero" \
	    'Runas_Alias G = shadow, adm' 'alice ALL=(:G) NOPASSWD: ALL'
	host_run groupadd nobodys
	row out "auth" alice echo yes -- "$zero" \
	    'alice ALL=(%nobodys) NOPASSWD: ALL'
}

@test "names in another case, and files by another path" {
	local zero='Defaults timestamp_timeout=0'

	row in "auth" alice echo yes -- "$zero" 'Alice ALL=(ALL) NOPASSWD: ALL'
	row in "auth" carol echo yes -- "$zero" \
	    '%Exempt ALL=(ALL) NOPASSWD: ALL'
	row out "auth" alice echo yes -- "$zero" \
	    'Defaults !case_insensitive_user' 'alice ALL=(ALL) ALL' \
	    'Alice ALL=(ALL) NOPASSWD: ALL'
	row out "auth" alice /usr/bin/echo yes -- "$zero" \
	    'alice ALL=(ALL) NOPASSWD: /bin/echo' \
	    'alice ALL=(ALL) PASSWD: /usr/bin/echo'
	row in "auth" alice /usr/bin/echo yes -- "$zero" \
	    'Defaults!/bin/echo !authenticate' 'alice ALL=(ALL) /usr/bin/echo'
	row out "auth" alice echo yes -- "$zero" 'alice ALL=(ALL) ALL' \
	    'alice 192.0.2.0/255.255.255.0=(ALL) NOPASSWD: ALL'
}

@test "sudo -i runs the shell of the account" {
	local ROW_TRY=password

	row in "auth account" alice -i echo yes -- \
	    'Defaults pam_login_service=plain' 'alice ALL=(ALL) /bin/*'
	stacks "auth account"
	rules 'Defaults pam_login_service=plain' 'alice ALL=(ALL) /usr/bin/ssh'
	[ "$(truth password alice -i echo yes)" = out ]
	doctor
	[ "$(verdict sudo)" = out ]
	# The line that names the service, not the first that names any.
	row in "auth account" alice echo yes -- \
	    'Defaults:alice pam_service=sudo' \
	    'Defaults:alice pam_service=plain' 'alice ALL=(ALL) ALL'
}

@test "the file that sudo.conf names is the one that counts" {
	stacks "auth account"
	rules 'alice ALL=(ALL) ALL'
	host_sh 'printf "Defaults !pam_acct_mgmt\nbob ALL=(ALL) NOPASSWD: ALL\n" \
	    >/etc/other-sudoers && chmod 440 /etc/other-sudoers
	    echo "Plugin sudoers_policy sudoers.so sudoers_file=/etc/other-sudoers" \
		>/etc/sudo.conf'
	[ "$(host_as bob sudo -n echo yes)" = yes ]
	doctor
	finding sudo-no-account '.where == "/etc/other-sudoers:1"'
	mend sudo
	[ "$(host_as bob sudo -n echo yes)" != yes ]
	host_sh 'rm /etc/sudo.conf /etc/other-sudoers'
}

@test "sudo -i without a file of its own falls to other" {
	stacks "auth account"
	rules 'alice ALL=(ALL) ALL'
	host_run rm /etc/pam.d/sudo-i
	host_run cp /etc/pam.d/plain /etc/pam.d/other
	[ "$(truth "" alice -i echo yes)" = in ]
	doctor
	[ "$(verdict sudo)" = in ]
	mend sudo
	[ "$(truth alice -i echo yes)" = out ]
	gate_clock_move 7200
	code_in "" alice -i echo yes
}

@test "rules in included files are pointed at, line by line" {
	stacks "auth account"
	rules 'alice ALL=(ALL) ALL' '@includedir /etc/sudoers.d'
	host_sh 'printf "# NOPASSWD\nDefaults:alice \\\\\n  !pam_acct_mgmt\n" \
	    >/etc/sudoers.d/90-cloud && chmod 440 /etc/sudoers.d/90-cloud'
	doctor
	[ "$(verdict sudo)" = in ]
	finding sudo-no-account '.where == "/etc/sudoers.d/90-cloud:3"'
	mend sudo
	[ "$(truth "auth account" alice echo yes)" = out ]
}

@test "who has no rule, and who is root, is no finding" {
	stacks ""
	rules 'nobodyhere ALL=(ALL) NOPASSWD: ALL' \
	    'alice ALL=(alice) NOPASSWD: ALL'
	doctor
	[ "$(verdict sudo)" = out ]
}

@test "rules that can't be read, or lie elsewhere, are unknown" {
	stacks "auth account"
	rules 'alice ALL=(ALL) ALL'
	host_sh 'echo "alice ALL=(ALL" >/etc/sudoers.d/broken
	    chmod 440 /etc/sudoers.d/broken
	    echo "@includedir /etc/sudoers.d" >>/etc/sudoers'
	doctor
	finding sudoers-unreadable '.severity == "unknown"'
	rules 'alice ALL=(ALL) ALL'
	host_sh 'mkdir -p /etc/sssd; : >/etc/sssd/sssd.conf
	    cp /etc/nsswitch.conf /root; echo "sudoers: files sss" >>/etc/nsswitch.conf'
	doctor
	finding sudo-directory '.severity == "unknown"'
	host_sh 'rm /etc/sssd/sssd.conf'
	doctor
	finding sudo-directory '.severity == "note"'
	host_sh 'cp /root/nsswitch.conf /etc'
	host_sh 'echo "Plugin sudoers_policy other.so" >/etc/sudo.conf'
	doctor
	finding sudo-plugin '.severity == "unknown"'
	host_sh 'rm /etc/sudo.conf'
}

@test "sudo's own parser leaves commas out, and is read all the same" {
	stacks "auth"
	rules 'Defaults timestamp_timeout=0' 'Defaults no_such_option' \
	    'bob ALL=(ALL) CWD=/tmp NOPASSWD: ALL' || :
	doctor
	[ "$(verdict sudo)" = in ]
}
