#!/usr/bin/env bats
# Nothing of one realm opens the other, and production learns nothing of the
# vault.

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
	    for folder, below, files in os.walk(top):
	        if folder == "/var/lib": # any word is some package's
	            below[:] = [b for b in below if b not in ("apt", "dpkg")]
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

# A CA that a person trusts in a file of her own may have signed any key; what
# anybody else writes there switches nothing off.
@test "P03: keys of a person's own CA are not locked out" {
	host_sh 'ssh-keygen -q -t ed25519 -N "" -f /root/ca
	    cp -p /home/alice/.ssh/authorized_keys /root/keys
	    cp -p /home/erin/.ssh/authorized_keys /root/erin-keys
	    sed "s/^/cert-authority /" /root/ca.pub \
		>>/home/erin/.ssh/authorized_keys'
	sign /root/f fill=1
	run host_run bulkhead manifest import /root/f
	[[ $output == *"0 of them in quarantine"* ]]
	host_sh 'sed "s/^/cert-authority /" /root/ca.pub \
		>>/home/alice/.ssh/authorized_keys'
	sign /root/f fill=4 # the first of them is refused already
	run host_run bulkhead manifest import /root/f
	echo "$output"
	host_sh 'cat /root/keys >/home/alice/.ssh/authorized_keys
	    cat /root/erin-keys >/home/erin/.ssh/authorized_keys'
	[ "$status" = 0 ]
	[[ $output == *"3 of them in quarantine"* ]]
	[[ $output == *"a CA trusted here has signed"* ]]
}
