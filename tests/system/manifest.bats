#!/usr/bin/env bats
# What production exports and the vault imports, and everything that looks like
# it and is not.

load realms

setup_file() {
	realms_up
}

teardown_file() {
	realms_down
}

setup() {
	gate_calm
}

teardown() {
	[ -n "${BATS_TEST_COMPLETED:-}" ] || gate_show
}

# refused REASON FILE [OPTION...]: with that reason, which a record holds too;
# what was in force stays, and nobody is denied.
refused() {
	local why=$1 before count

	shift
	before=$(in_force)
	count=$(refusals)
	run host_run bulkhead manifest import "$@"
	echo "$output"
	[ "$status" = 1 ] && [[ $output == *"$why"* ]] &&
	    [[ $output == *"stays in force"* ]] &&
	    [ "$(in_force)" = "$before" ] &&
	    [ "$(refusals)" = $((count + 1)) ] && alice_in
}

@test "a good manifest is imported (control)" {
	fetch /root/good
	host_run bulkhead manifest import /root/good
	recorded '.action == "manifest.import" and (.detail |
	    startswith("realm prod host "))'
	alice_in
}

@test "a certificate is the same each time, and its fingerprint too" {
	local first

	first=$(host_run bulkhead --json manifest cert)
	[ "$(host_run bulkhead --json manifest cert)" = "$first" ]
	host_run bulkhead manifest cert 2>"$HOST/state/print" \
	    >"$HOST/state/pem"
	[ "$(cat "$HOST/state/pem")" = "$(jq -r .certificate <<<"$first")" ]
	[ "$(cat "$HOST/state/print")" = \
	    "$(jq -r .fingerprint <<<"$first")" ]
	run openssl x509 -in "$HOST/state/pem" -noout -fingerprint -sha256
	[[ ${output,,} == *"$(sed 's/^SHA256 //' "$HOST/state/print")"* ]]
	run openssl x509 -in "$HOST/state/pem" -noout -subject
	[[ $output != *vault* ]]
}

@test "a backup realm never exports, a production realm never imports" {
	run host_run bulkhead manifest export --to /root/vault.pem -o /root/x
	[ "$status" = 1 ]
	[[ $output == *"class backup"*"never exports"* ]]
	run host_run test -e /root/x
	[ "$status" != 0 ]
	run on prod host_run bulkhead manifest import /root/export
	[ "$status" = 1 ]
	[[ $output == *"class production"*"never imports"* ]]
	run on prod host_run bulkhead manifest list
	[ "$status" = 1 ]
}

@test "an export says what is in it, and counts each kind" {
	run on prod host_run bulkhead --json manifest export \
	    --to /root/vault.pem -o /root/export
	[ "$status" = 0 ]
	jq -e '.realm == "prod" and .entries["otp-key"] >= 2 and
	    .entries.recovery == 1 and .entries["ssh-key"] >= 1 and
	    .entries["ssh-host"] == 1 and .accounts == 2 and
	    (.signer | startswith("SHA256 "))' <<<"$output"
	[ "$(on prod host_run stat -c %a /root/export)" = 600 ]
}

@test "an export is whole or not at all, and the one before stays" {
	on prod host_sh 'mkdir -p /mnt && mount -t tmpfs -o size=4k none /mnt &&
	    echo before >/mnt/export'
	run on prod host_run bulkhead manifest export --to /root/vault.pem \
	    -o /mnt/export
	[ "$status" = 3 ]
	[[ $output == *"can't be written"* ]]
	[ "$(on prod host_run cat /mnt/export)" = before ]
	[ "$(on prod host_run ls -A /mnt)" = export ]
	on prod host_run umount /mnt
	run on prod host_run bulkhead manifest export --to /root/vault.pem \
	    -o /dev/null
	[ "$status" = 1 ]
	on prod host_run test -c /dev/null
}

@test "an export is for a backup realm's certificate and nothing else" {
	on prod host_sh 'bulkhead manifest cert >/root/own.pem 2>/dev/null
	    cat /root/vault.pem /root/vault.pem >/root/two.pem
	    openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x \
		-keyout /dev/null -out /root/rsa.pem 2>/dev/null'
	for pem in own two rsa stolen; do
		run on prod host_run bulkhead manifest export \
		    --to /root/$pem.pem -o /root/none
		[ "$status" != 0 ]
		run on prod host_run test -e /root/none
		[ "$status" != 0 ]
	done
}

@test "P03: an unknown signer is refused when there is nobody to ask" {
	host_run forge key=/root/strange to=/root/vault.pem out=/root/f \
	    realm=elsewhere
	refused "not known here" /root/f
	refused "another key than --signer says" /root/f --signer \
	    "$(printf '%064d' 7)"
}

@test "P01 P03: a manifest re-signed by another key is refused" {
	host_run forge key=/root/strange to=/root/vault.pem out=/root/f \
	    host="$(prod_host)" serial="$(next_serial)"
	refused "another key than the pinned one" /root/f
	refused "another key than the pinned one" /root/f --yes
	refused "another key than the pinned one" /root/f --accept
}

@test "P02: the same manifest again, and an older one, are refused" {
	fetch /root/newer
	sign /root/f serial="$(next_serial 0)"
	refused "not higher than" /root/f
	host_run bulkhead manifest import /root/newer
	refused "not higher than" /root/newer
	refused "not higher than" /root/first
}

@test "P01: a truncated, empty, altered or unsigned manifest is refused" {
	local size at

	fetch /root/whole
	size=$(host_run stat -c %s /root/whole)
	for at in 1 100 $((size / 2)) $((size - 1)); do
		host_sh 'head -c "$1" /root/whole >/root/f' "$at"
		refused "no signed and sealed manifest" /root/f
	done
	host_run truncate -s 0 /root/f
	refused "no signed and sealed manifest" /root/f
	host_sh 'echo "{\"format\":1}" >/root/f'
	refused "no signed and sealed manifest" /root/f
	host_sh 'python3 - <<-END
	b = bytearray(open("/root/whole", "rb").read())
	b[len(b) // 2] ^= 1
	open("/root/f", "wb").write(b)
	END'
	refused "altered" /root/f
}

@test "P01: one byte behind a manifest, and it is refused" {
	fetch /root/whole
	host_sh '{ cat /root/whole; printf "\0"; } >/root/f'
	refused "something stands behind it" /root/f
	host_sh 'cat /root/whole /root/whole >/root/f'
	refused "something stands behind it" /root/f
}

@test "P03: a manifest for another realm is refused, inside and outside" {
	on prod host_sh 'bulkhead manifest cert >/root/own.pem 2>/dev/null'
	carry prod:/root/own.pem vault:/root/other.pem
	sign /root/f to=/root/other.pem
	refused "sealed to another realm" /root/f
	sign /root/f for=/root/other.pem
	refused "made for another realm" /root/f
}

@test "P01: an expired manifest, and one from the future, are refused" {
	sign /root/f created=-8000000 expires=-1
	refused "expired" /root/f
	sign /root/f created=90000 expires=8000000
	refused "future" /root/f
}

@test "P01: signed text that is no manifest is refused" {
	host_sh 'printf "{}" >/root/text; head -c 200 /dev/urandom >/root/noise'
	sign /root/f text=/root/text
	refused "does not say its format" /root/f
	sign /root/f text=/root/noise
	refused "no JSON document" /root/f
	sign /root/f realm=vault
	refused "this host's own" /root/f
	sign /root/f realm=../etc
	refused "realm, host, serial" /root/f
}

@test "an entry twice makes a manifest refused" {
	sign /root/f ssh=/root/.ssh/id_ed25519.pub twice=1
	refused "stands there twice" /root/f
}

@test "a manifest of a million entries is refused before it costs anything" {
	sign /root/f fill=1000000
	[ "$(host_run stat -c %s /root/f)" -gt 60000000 ]
	refused "more than 400000 entries" /root/f
	sign /root/f fill=400001
	refused "more than 400000 entries" /root/f
	host_run truncate -s 70M /root/f
	refused "larger than any manifest" /root/f
	host_run rm /root/f
}

@test "what is no regular file is not read" {
	host_sh 'rm -rf /root/link /root/fifo /root/dir
	    ln -s /root/first /root/link; mkfifo /root/fifo; mkdir /root/dir'
	refused "symbolic link" /root/link
	refused "no regular file" /root/fifo
	refused "no regular file" /root/dir
	run host_run bulkhead manifest import /root/absent
	[ "$status" = 3 ]
}

@test "a manifest comes by the standard input too" {
	fetch /root/good
	host_sh 'bulkhead --json manifest import - </root/good' |
	    jq -e '.realm == "prod" and .quarantined == 0'
}

@test "P03: a poisoned manifest locks no owner out: quarantine and alarm" {
	local seed

	seed=$(base32 -d <"$HOST/secret/alice" | od -An -tx1 | tr -d ' \n')
	sign /root/f otp="$seed" ssh=/home/alice/.ssh/authorized_keys
	run host_run bulkhead manifest import /root/f --yes
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"of alice"* ]]
	[[ $output == *"/.ssh/authorized_keys:1"* ]]
	[[ $output == *"2 of them in quarantine"* ]]
	alice_in
	run try 2201 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ]
	recorded '.action == "manifest.collision" and .count == 2'
	logged 'action=manifest.collision'
	run host_run bulkhead manifest list
	[ "$status" = 1 ]
	[[ $output == *"also active here"* ]]
	run host_run bulkhead status
	[[ $output == *"also active here"* ]]
}

@test "what an administrator accepts is not in quarantine" {
	sign /root/f ssh=/home/carol/.ssh/authorized_keys
	run host_run bulkhead --json manifest import /root/f --yes --accept
	[ "$status" = 0 ]
	jq -e '.accepted and .quarantined == 0 and
	    (.collisions[0].where | endswith("/.ssh/authorized_keys:1"))' \
	    <<<"$output"
	recorded '.action == "manifest.import" and
	    (.detail | contains(" accepted "))'
	fetch /root/good
	host_run bulkhead manifest import /root/good
	alice_in
}

@test "an accepted token is refused at its next login, and no other" {
	local seed

	seed=$(base32 -d <"$HOST/secret/dave" | od -An -tx1 | tr -d ' \n')
	run try 22 dave "$(fresh dave),dave-password"
	[ "$status" = 0 ]
	sign /root/f otp="$seed"
	host_run bulkhead manifest import /root/f
	run try 22 dave "$(fresh dave),dave-password"
	[ "$status" = 0 ]
	host_run bulkhead manifest import /root/f --accept # the same again
	run try 22 dave "$(fresh dave),dave-password"
	[ "$status" != 0 ]
	alice_in
	fetch /root/good
	host_run bulkhead manifest import /root/good
	run try 22 dave "$(fresh dave),dave-password"
	[ "$status" = 0 ]
}

@test "P03: a serial driven to the end yields to --repin" {
	sign /root/f serial=9223372036854775000
	host_run bulkhead manifest import /root/f
	on prod host_run bulkhead manifest export --to /root/vault.pem \
	    -o /root/export
	carry prod:/root/export vault:/root/good
	refused "not higher than" /root/good
	host_run bulkhead manifest import /root/good --repin --yes
	alice_in
}

# What the person does at the prompt, as lines for expect.
import_with() {
	command -v expect >/dev/null || skip "no expect"
	timeout 60 expect -c "
	    set timeout 20
	    spawn -noecho nsenter -t $(cat "$HOST/pid") -m -p -n -u -i -w -- \
		env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/bin \
		TERM=dumb LC_ALL=C.UTF-8 bulkhead manifest import $1
	    $2
	    expect eof" 3>&-
}

@test "at a terminal a signer is pinned, and collisions taken, by a yes" {
	local seed

	seed=$(base32 -d <"$HOST/secret/dave" | od -An -tx1 | tr -d ' \n')
	host_run forge key=/root/other to=/root/vault.pem out=/root/f \
	    realm=third otp="$seed"
	for answer in '\r' 'n\r' 'yess\r' '\004' '\003'; do
		run import_with /root/f \
		    "expect {from now on}; send $answer"
		[[ $(in_force) != *third* ]]
	done
	run import_with /root/f "expect {from now on}; send y\\r
	    expect {Accept them}; send \\003"
	[[ $(in_force) != *third* ]]
	run import_with /root/f "expect {from now on}; send y\\r
	    expect {Accept them}; send \\r"
	echo "$output"
	[[ $output == *"of dave"*"1 of them in quarantine"* ]]
	host_run bulkhead --json manifest list | jq -e '.sources[] |
	    select(.realm == "third") | .quarantined == 1'
	run try 22 dave "$(fresh dave),dave-password"
	[ "$status" = 0 ]
}

@test "where sshd asks a command for keys, SSH entries are in quarantine" {
	host_sh 'cp /etc/ssh/sshd_config /root/sshd_config
	    sed -i "1i AuthorizedKeysCommand /bin/true\nAuthorizedKeysCommandUser nobody" \
		/etc/ssh/sshd_config'
	sign /root/f fill=3
	run host_run bulkhead manifest import /root/f
	echo "$output"
	host_run cp /root/sshd_config /etc/ssh/sshd_config
	[ "$status" = 0 ]
	[[ $output == *"3 of them in quarantine"* ]]
	[[ $output == *AuthorizedKeysCommand* ]]
	alice_in
}

@test "Ctrl-C in the middle of an import leaves the last good one" {
	local before used

	before=$(in_force)
	sign /root/f fill=300000
	used=$(host_run du -sk /var/lib/bulkhead | cut -f 1)
	host_sh 'setsid env --default-signal=INT bulkhead manifest import \
	    /root/f >/root/said 2>&1 & echo $! >/root/import.pid'
	host_wait 20 host_sh '[ "$(du -sk /var/lib/bulkhead | cut -f 1)" -gt \
	    "$1" ]' $((used + 2000))
	host_sh 'kill -INT "$(cat /root/import.pid)"'
	host_wait 10 host_sh '! kill -0 "$(cat /root/import.pid)" 2>/dev/null'
	[ "$(in_force)" = "$before" ]
	alice_in
	fetch /root/good
	host_run bulkhead manifest import /root/good
}

@test "an old manifest is a finding and denies nobody" {
	gate_config ledger manifest_max_age=1h
	sign /root/f created=-7200
	host_run bulkhead manifest import /root/f
	run host_run bulkhead manifest list
	[ "$status" = 1 ]
	[[ $output == *"older than"* ]]
	alice_in
	gate_config ledger manifest_max_age=7d
}

@test "without a daemon nothing is imported, and that is said" {
	local before

	fetch /root/good
	before=$(in_force)
	gate_stop
	run host_run bulkhead manifest import /root/good
	gate_start
	[ "$status" = 3 ]
	[[ $output == *"bulkheadd does not run"* ]]
	[ "$(in_force)" = "$before" ]
	alice_in
	host_run bulkhead manifest import /root/good
}

@test "installed units name installed programs" {
	local unit

	for unit in "$BH_BUILD"/daemon/*.service; do
		run grep -n '@[a-z]*@' "$unit"
		[ "$status" = 1 ]
	done
}
