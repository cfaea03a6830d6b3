#!/usr/bin/env bats
# Two realms, a host each: what production exports and the vault imports, and
# everything that looks like it and is not.

load lib

# Run a function on one of the two hosts; without it, the vault is meant.
on() {
	local HOST

	HOST=$(cat "$BATS_FILE_TMPDIR/$1")
	shift
	"$@"
}

# carry FROM:FILE TO:FILE
carry() {
	cp "$(on "${1%%:*}" host_path "${1#*:}")" \
	    "$(on "${2%%:*}" host_path "${2#*:}")"
}

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	GATE_REALM=prod gate_up production policy.freshness=0 || return 1
	echo "$HOST" >"$BATS_FILE_TMPDIR/prod"
	enrol alice && enrol bob
	host_run bulkhead enroll bob recovery >"$HOST/state/recovery"
	steal_key
	GATE_REALM=vault gate_up backup policy.require=any || return 1
	echo "$HOST" >"$BATS_FILE_TMPDIR/vault"
	enrol alice && enrol dave && person zwirner || return 1
	host_run bulkhead manifest cert 2>/dev/null \
	    >"$(host_path /root/vault.pem)"
	carry vault:/root/vault.pem prod:/root/vault.pem
	fetch /root/first
	signer=$(on prod host_run bulkhead --json manifest cert |
	    jq -r .fingerprint)
	host_run bulkhead manifest import /root/first --signer "$signer"
}

teardown_file() {
	[ "$(id -u)" = 0 ] || return 0
	on prod gate_down
	on vault gate_down
}

setup() {
	gate_calm
}

teardown() {
	[ -n "${BATS_TEST_COMPLETED:-}" ] || gate_show
}

# What the attacker has who is root on prod: the key that signs.
steal_key() {
	host_run python3 -c '
import base64, json, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect("/run/bulkhead/admin.sock")
s.send(b"{\"op\": \"manifest.identity\"}")
reply = json.loads(s.recv(131072))
open("/root/stolen", "wb").write(base64.b64decode(reply["identity"]))'
}

# Export on prod and bring the file over: fetch FILE
fetch() {
	on prod host_run bulkhead manifest export --to /root/vault.pem \
	    -o /root/export >"$BATS_FILE_TMPDIR/exported" &&
	    carry prod:/root/export vault:"$1"
}

# Production's own key, in the attacker's hand: sign FILE WORD...
sign() {
	local out=$1

	shift
	carry prod:/root/stolen vault:/root/stolen
	host_run forge key=/root/stolen to=/root/vault.pem out="$out" \
	    host="$(prod_host)" serial="$(next_serial)" "$@" >/dev/null
}

in_force() {
	host_run bulkhead --json manifest list | jq -c .sources
}

prod_host() {
	in_force | jq -r '.[] | select(.realm == "prod") | .host' | head -n 1
}

next_serial() {
	in_force | jq "[.[].serial] | max + ${1:-1}"
}

refusals() {
	records | grep -c '"action":"manifest.refuse"' || :
}

# An administrator of the vault comes in: each manifest leaves him that.
alice_in() {
	run try 22 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ] && [[ $output == *"in as alice"* ]]
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
	host_sh 'echo "{}" >/root/text; head -c 200 /dev/urandom >/root/noise'
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

@test "M07 K03: production's seed is refused at enrolment, in any dress" {
	local secret

	secret=$(on prod cat_secret alice)
	person "erin$BATS_TEST_NUMBER"
	for options in "totp" "totp --digits 8" "totp --period 60" \
	    "totp --algorithm SHA512" "hotp"; do
		# shellcheck disable=SC2086
		run host_run bulkhead enroll "erin$BATS_TEST_NUMBER" $options \
		    --no-qr --secret-file - <<<"$secret"
		[ "$status" = 1 ]
		[[ $output == *"in use in realm prod"*"lists it"* ]]
		[[ $output != *alice* ]]
	done
}

cat_secret() {
	cat "$HOST/secret/$1"
}

@test "K03: production's code opens nothing in the backup realm" {
	run try 22 alice "$(on prod code alice),alice-password"
	[ "$status" != 0 ]
	alice_in
}

@test "O04: production's recovery code opens nothing in the backup realm" {
	local code

	code=$(grep -Eo '\b([A-Z2-7]{4}-?){4}\b' \
	    "$(cat "$BATS_FILE_TMPDIR/prod")/state/recovery" | head -n 1)
	[ -n "$code" ]
	run try 22 dave "$code,dave-password"
	[ "$status" != 0 ]
	alice_in
}

@test "C05: production's store opens nothing in the vault's place" {
	gate_stop
	host_run cp -a /var/lib/bulkhead /run/host/vault-store
	carry prod:/var/lib/bulkhead/store.db vault:/var/lib/bulkhead/store.db
	run gate_start
	[ "$status" != 0 ]
	[[ $output == *realm* || $output == *host* || $output == *key* ]]
	gate_stop KILL || :
	host_sh 'rm -rf /var/lib/bulkhead &&
	    mv /run/host/vault-store /var/lib/bulkhead'
	gate_start
	alice_in
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

@test "the vault's key pair is the vault's alone: no file holds it plain" {
	run host_run grep -rlE 'PRIVATE KEY' /var/lib/bulkhead /etc/bulkhead \
	    /run/bulkhead /var/log
	[ "$status" = 1 ]
	run on prod host_run grep -c 'PRIVATE KEY' /root/export
	[ "$output" = 0 ]
}

# Do files or the daemon's memory of a host hold any of these words?
holds() {
	host_run python3 - "$@" <<-'END'
	import os, re, sys
	pid = int(open("/run/host/daemon.pid").read())
	found = set()
	def look(data, where):
	    for word in sys.argv[1:]:
	        if word.encode() in data:
	            found.add(word)
	            print(word, where)
	for top in ("/etc/bulkhead", "/var/lib", "/var/log", "/run/bulkhead"):
	    for folder, _, files in os.walk(top):
	        for name in files:
	            path = os.path.join(folder, name)
	            if os.path.isfile(path):
	                look(open(path, "rb").read(), path)
	mem = open("/proc/%d/mem" % pid, "rb", 0)
	for line in open("/proc/%d/maps" % pid):
	    m = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)
	    if m:
	        start, end = (int(x, 16) for x in m.groups())
	        try:
	            mem.seek(start)
	            look(mem.read(end - start), line.split()[-1])
	        except OSError:
	            pass
	sys.exit(0 if found else 1)
	END
}

@test "I8: production's files and its daemon's memory know nothing of backup" {
	local host

	host=$(host_run bulkhead --json status | jq -r .host)
	on prod host_run bulkhead status >/dev/null
	run on prod holds p-alice
	[ "$status" = 0 ] # what is there is found
	run on prod holds p-zwirner zwirner p-dave "$host" \
	    "$(cat_secret alice)" "$(cat_secret dave)" \
	    "$(host_run cut -d ' ' -f 2 /root/.ssh/id_ed25519.pub)"
	echo "$output"
	[ "$status" = 1 ]
}
