#!/usr/bin/env bats
# The guides' commands, as they stand there and in their order, on a host that
# has nothing yet.

load lib
load install

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	host_up "$BH_BUILD" || return
	mkdir "$HOST/secret" "$HOST/state"
	stock_lay && stock_sshd && host_run userdel bulkhead
	gate_clock_set 0
	mark_log
}

teardown_file() {
	gate_down
}

setup() {
	gate_needs_root
}

teardown() {
	[ -n "$BATS_TEST_COMPLETED" ] || gate_show
}

# What root types, and in a session of his own ($), in PAGE.
commands() {
	awk '/^ *```/ { code = !code } code && sub(/^ *[#$] /, "")' \
	    "$host_top/docs/$1"
}

# enroll with what the app would show: its seed in secret/NAME, and its code.
enrol_by_app() {
	local command=$1 name=$2

	seed >"$HOST/secret/$name"
	host_run tee "/root/$name" <"$HOST/secret/$name" >/dev/null
	step_begins
	host_sh "$command --no-qr --secret-file /root/$name \
	    --confirm $(code_of "$name" $(($(gate_now) - 30)))"
}

# In at the prompts, and there one command by sudo, each with a code.
in_a_session() {
	local first second

	step_begins # which the older one must not outlive
	first=$(fresh "$1")
	second=$(fresh "$1")
	try 22 "$1" "$first,$1-password" "printf '%s\n' $second $1-password |
	    sudo -k -S -p '' ${2#sudo }"
}

# One command of the quick start; no step of it is passed over in silence.
quick_step() {
	case $1 in
	apt-get*) ;; # as make install has done
	systemctl*) gate_start ;;
	'bulkhead enroll alice totp') enrol_by_app "$1" alice ;;
	'bulkhead doctor') host_sh "$1" || [ $? = 1 ] ;;
	'bulkhead install')
		try 22 alice alice-password && host_sh "$1 -y" &&
		    ! try 22 alice alice-password
		;;
	'sudo bulkhead confirm') in_a_session alice "$1" ;;
	'bulkhead uninstall') # with a daemon that is dead for good
		gate_stop KILL &&
		    ! try 22 alice "$(fresh alice),alice-password" &&
		    host_run console root root-password "$1 -y" && gate_start
		;;
	*) host_sh "$1" ;;
	esac
}

login_files() {
	host_sh 'cat /etc/pam.d/* /etc/ssh/sshd_config | sha256sum'
}

@test "quickstart.md: gated, confirmed, and then as it was" {
	local line n=0 before

	before=$(login_files)
	while read -r line; do
		echo "$line"
		quick_step "$line"
		n=$((n + 1))
	done < <(commands quickstart.md)
	[ "$n" -gt 15 ]
	host_run grep -q '^path = console' /etc/bulkhead/bulkhead.conf
	recorded '.action == "elevate" and .subject.name == "alice"'
	[ "$(login_files)" = "$before" ]
	try 22 alice alice-password
}

@test "migrate.md: the seeds of google-authenticator and pam_oath" {
	local bob dave line used

	person bob && person dave
	seed >"$HOST/secret/alice"
	{ cat "$HOST/secret/alice"
	  printf '%s\n' '" RATE_LIMIT 3 30' '" TOTP_AUTH' 12345678
	} | host_run tee /home/alice/.google_authenticator >/dev/null
	bob=$(head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n')
	dave=$(head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n')
	printf 'HOTP/T30/6 bob - %s 7 123456 x\nHOTP dave + %s 57\n' \
	    "$bob" "$dave" | host_run tee /etc/users.oath >/dev/null
	while read -r line; do
		echo "$line"
		case $line in
		*'enroll alice'*) line="$line --no-qr --confirm $(code alice)" ;;
		*'enroll bob'*)
			used=$(oathtool --totp --now "@$(gate_now)" "$bob")
			line="$line --no-qr --confirm $used"
			;;
		*resync*) line="bulkhead token resync $(id_of dave) \
		    $(oathtool --hotp -c 57 "$dave") \
		    $(oathtool --hotp -c 58 "$dave")" ;;
		*'token confirm'*) line="bulkhead token confirm \
		    $(id_of dave) $(oathtool --hotp -c 59 "$dave")" ;;
		esac
		host_sh "$line" || return
	done < <(commands migrate.md | grep -e 'enroll.*secret-file -' \
	    -e 'token [rc]')
	[ "$(host_run bulkhead --json token list | jq '[.tokens[] |
	    select(.kind != "recovery" and .status == "active")] | length')" = 4 ]
	# Ours goes above the old module's line, as the guide says.
	host_sh 'sed -i "1i auth optional pam_google_authenticator.so nullok" \
	    /etc/pam.d/sshd
	    bulkhead install -y && grep -E "^auth" /etc/pam.d/sshd | head -n 1 |
		grep pam_bulkhead'
	try 22 dave "$(oathtool --hotp -c 60 "$dave"),dave-password"
	run try 22 bob "$used,bob-password"
	[ "$status" != 0 ]
}

id_of() {
	host_run bulkhead --json token list "$1" | jq '.tokens[-1].id'
}
