# shellcheck shell=bash
# For the bats files of two realms: prod and vault, a host each.

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

# For setup_file(): two hosts; the first manifest is in force on the vault, which
# is the one that is meant where none is named.
realms_up() {
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

realms_down() {
	[ "$(id -u)" = 0 ] || return 0
	on prod gate_down
	on vault gate_down
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

# Export on prod and bring the file over: fetch FILE.  Forged ones may have
# driven the serial up, so it is done until it is high enough.
fetch() {
	local serial=0 wanted

	wanted=$(next_serial)
	while [ "$serial" -lt "$wanted" ]; do
		serial=$(on prod host_run bulkhead --json manifest export \
		    --to /root/vault.pem -o /root/export | jq .serial)
	done
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

cat_secret() {
	cat "$HOST/secret/$1"
}
