#!/usr/bin/env bats
# Each kind of token through real sshd and the daemon as it is shipped, with
# the machine's own clock: a right code is in, the same again is out, the next
# one is in.

load lib

# One person a kind.
setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	host_up "$BH_BUILD" || return 1
	mkdir "$HOST/secret" "$HOST/state"
	gate_init production policy.freshness=0 && gate_clock_set 0 &&
	    gate_start bulkheadd
}

teardown_file() {
	gate_down
}

setup() {
	gate_needs_root
	mark_log
}

teardown() {
	gate_show
}

# enrol_as LOGIN CODE KIND [OPTION...]: the secret is in secret/LOGIN, and the
# code confirms it.
enrol_as() {
	local login=$1 confirming=$2 kind=$3

	shift 3
	person "$login"
	host_run bulkhead enroll "$login" "$kind" --secret-file - \
	    --confirm "$confirming" "$@" <"$HOST/secret/$login"
}

# round LOGIN KIND FIRST NEXT
round() {
	local login=$1 kind=$2 first=$3 next=$4

	try 22 "$login" "$first,$login-password" | grep "in as $login"
	ins "$login" "$kind" 1
	run try 22 "$login" "$first,$login-password"
	[ "$status" != 0 ]
	[[ $output != *"in as"* ]]
	ins "$login" "$kind" 1
	recorded ".subject.name == \"$login\" and .outcome == \"failure\"
	    and .reason == \"$5\""
	try 22 "$login" "$next,$login-password" | grep "in as $login"
	ins "$login" "$kind" 2
}

# The ledger tells of this many logins by a code of this kind.
ins() {
	records | jq -e -s "map(select(.subject.name == \"$1\"
	    and .action == \"login\" and .outcome == \"success\"
	    and any(.factors[]; .kind == \"$2\" and .result == \"ok\"
		and .known_by == \"gate\"))) | length == $3"
}

# The code of a step: totp LOGIN STEPS-FROM-NOW PERIOD OPTION...
totp() {
	local login=$1 at=$(($2 * $3 + begun)) period=$3

	shift 3
	oathtool -b "$@" -s "$period" --now "@$at" - <"$HOST/secret/$login"
}

@test "totp, SHA-1, 6 digits, 30 s" {
	local begun

	seed >"$HOST/secret/alice"
	begun=$(date +%s)
	enrol_as alice "$(totp alice -1 30 --totp=sha1 -d 6)" totp --no-qr
	round alice totp "$(totp alice 0 30 --totp=sha1 -d 6)" \
	    "$(totp alice 1 30 --totp=sha1 -d 6)" replay
}

@test "totp, SHA-256, 8 digits, 60 s" {
	local begun

	head -c 32 /dev/urandom | base32 -w 0 >"$HOST/secret/bob"
	begun=$(date +%s)
	enrol_as bob "$(totp bob -1 60 --totp=sha256 -d 8)" totp --no-qr \
	    --algorithm SHA256 --digits 8 --period 60
	round bob totp "$(totp bob 0 60 --totp=sha256 -d 8)" \
	    "$(totp bob 1 60 --totp=sha256 -d 8)" replay
}

# hotp LOGIN COUNTER
hotp() {
	oathtool --hotp -b -c "$2" - <"$HOST/secret/$1"
}

@test "hotp" {
	seed >"$HOST/secret/carol"
	enrol_as carol "$(hotp carol 0)" hotp --no-qr
	round carol hotp "$(hotp carol 1)" "$(hotp carol 2)" replay
}

# What the key types: press USE
press() {
	cut -d , -f 4 "$HOST/secret/dave" |
	    host_run ykotp ff00002d2d2d 8792ebfe26cc - 7 "$1"
}

@test "yubikey" {
	printf '1,vvccccdtdtdt,8792ebfe26cc,%s\n' \
	    "$(od -An -N 16 -tx1 /dev/urandom | tr -d ' \n')" \
	    >"$HOST/secret/dave"
	enrol_as dave "$(press 0)" yubikey
	round dave yubikey "$(press 1)" "$(press 2)" replay
}

@test "recovery" {
	local codes

	person erin
	codes=$(host_run bulkhead enroll erin recovery |
	    grep -Eo '\b([A-Z2-7]{4}-?){4}\b')
	[ "$(wc -l <<<"$codes")" -gt 2 ]
	round erin recovery "$(sed -n 1p <<<"$codes")" \
	    "$(sed -n 2p <<<"$codes")" replay
}

@test "ledger show: the factors in words" {
	local code shown

	code=$(hotp carol 3)
	try 2201 carol "$code,carol-password" | grep "in as carol"
	run try 2201 carol "$code,carol-password"
	[ "$status" != 0 ]
	shown=$(host_run bulkhead ledger show | grep subject.name=carol |
	    tail -n 5)
	echo "$shown"
	grep ' login success .* factors=publickey(sshd),hotp#3(gate) ' \
	    <<<"$shown"
	grep ' failure .* factors=publickey(sshd),hotp#3(gate,failed) .*=replay' \
	    <<<"$shown"
	[[ $shown != *[{}]* ]]
}
