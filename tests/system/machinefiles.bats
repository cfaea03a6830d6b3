#!/usr/bin/env bats
# machine add, list and revoke: what they refuse, write, find, and what is left
# when they are cut short.

load lib
load machine

folder=/etc/ssh/bulkhead.d

setup_file() {
	gate_up backup
	[ "$(id -u)" = 0 ] || return 0
	person alice
	machine_job
	sshd_include
	machine_user puller
	host_sh 'cp /etc/ssh/sshd_config /root/sshd_config'
}

teardown_file() {
	gate_down
}

# Nobody is there, and sshd's configuration is as it was.
setup() {
	gate_needs_root
	host_sh 'cp /root/sshd_config /etc/ssh/sshd_config'
	host_run bulkhead machine revoke puller --reason 'next test' \
	    >/dev/null 2>&1 || :
	host_run rm -rf "$folder"
	mark_log
}

teardown() {
	gate_show
}

nothing_is_left() {
	[ -z "$(host_run find "$folder" -type f)" ]
	host_run bulkhead --json machine list |
	    jq -e 'all(.machines[]; .state == "revoked")'
}

is_refused() {
	local says=$1

	shift
	run "$@"
	[ "$status" = 1 ]
	[[ $output == *"$says"* ]]
	nothing_is_left
}

finds() {
	run host_run bulkhead machine list
	[ "$status" = 1 ]
	[[ $output == *"$1"* ]]
	run host_run bulkhead --json machine list
	[ "$status" = 1 ]
	jq -e --arg f "$1" 'any(.findings[]; .finding | contains($f))' \
	    <<<"$output"
}

@test "add writes a key file and a block that are root's" {
	run machine_add puller '/usr/local/bin/job "a  b" # c' \
	    --from 10.99.0.0/24,2001:db8::/32
	[ "$status" = 2 ] # --from twice
	run host_run bulkhead --json machine add puller \
	    --key /root/.ssh/puller.pub --owner p-alice --ticket CHG-1 \
	    --expires 2027-01-31 --from 10.99.0.0/24,2001:db8::/32 \
	    --command '/usr/local/bin/job "a  b" # c' --quota none
	[ "$status" = 0 ]
	jq -e '.login == "puller" and .expires == "2027-01-31T00:00:00Z"
	    and .from == ["10.99.0.0/24", "2001:db8::/32"]
	    and .state == "in force"' <<<"$output"
	run host_run stat -c '%a %U %n' "$folder" "$folder/puller.conf" \
	    "$folder/puller.keys"
	[ "$output" = "755 root $folder
644 root $folder/puller.conf
644 root $folder/puller.keys" ]
	run host_run cat "$folder/puller.keys"
	[[ $output == 'restrict,command="/usr/local/bin/job \"a  b\" # c",from="10.99.0.0/24,2001:db8::/32",expiry-time="20270131000000Z" ssh-ed25519 '* ]]
	run host_run cat "$folder/puller.conf"
	[[ $output == *"Match User puller"*'ForceCommand /usr/local/bin/job "a  b" # c'*"Match all" ]]
	run host_run bulkhead machine list
	[ "$status" = 0 ]
}

@test "the command arrives as it was given, quotes and all" {
	machine_add puller '/usr/local/bin/job; printf "%s|" "a  b" # c'
	sshd_reload
	run as_machine puller
	[[ $output == *"a  b|"* ]]
}

@test "without a unix account, with how to make it" {
	host_run cp /root/.ssh/puller.pub /root/.ssh/puller2.pub
	is_refused "useradd --system" machine_add puller2 /bin/true
}

@test "unix accounts that can be no machine's" {
	host_sh 'useradd -o -u 0 toor; useradd -s /usr/sbin/nologin mute
	    useradd -s /bin/sh -o -u "$(id -u alice)" twin
	    cp /root/.ssh/puller.pub /root/.ssh/toor.pub
	    cp /root/.ssh/puller.pub /root/.ssh/mute.pub
	    cp /root/.ssh/puller.pub /root/.ssh/twin.pub
	    cp /root/.ssh/puller.pub /root/.ssh/bulkhead.pub
	    cp /root/.ssh/puller.pub /root/.ssh/root.pub
	    cp /root/.ssh/puller.pub /root/.ssh/alice.pub
	    cp /root/.ssh/puller.pub /root/.ssh/bob.pub'
	is_refused "root by its uid" machine_add toor /bin/true
	is_refused "the daemon's" machine_add bulkhead /bin/true
	is_refused "by which sshd can't run" machine_add mute /bin/true
	is_refused "no account for a machine" machine_add root /bin/true
	is_refused "a person's" machine_add alice /bin/true
	is_refused "authorized_keys of its own" machine_add bob /bin/true
	host_run rm /home/bob/.ssh/authorized_keys
	is_refused "has a password" machine_add bob /bin/true
	is_refused "share the uid" machine_add twin /bin/true
}

@test "a certificate, a private key, two keys, none" {
	host_sh 'cd /root/.ssh; ssh-keygen -q -s id_ed25519 -I x -n puller \
	    puller.pub
	    cat puller.pub id_ed25519.pub >two.pub; : >none.pub'
	for file in puller-cert.pub puller two.pub none.pub; do
		run host_run bulkhead machine add puller --key "/root/.ssh/$file" \
		    --owner p-alice --ticket CHG-1 --expires 90d \
		    --from 10.99.0.0/24 --command /bin/true --quota none
		echo "$file: $status $output"
		[ "$status" = 1 ]
		nothing_is_left
	done
}

@test "without the Include line, or below a Match: refused, with the line" {
	host_sh 'sed -i "/bulkhead.d/d" /etc/ssh/sshd_config'
	is_refused "Include $folder/*.conf" machine_add puller /bin/true
	host_sh 'echo "Match all
Include /etc/ssh/bulkhead.d/*.conf" >>/etc/ssh/sshd_config
	    sed -i "1i Match User pull*\n\tPermitTTY yes\nMatch all" \
		/etc/ssh/sshd_config'
	is_refused "Include $folder/*.conf" machine_add puller /bin/true
}

@test "what sshd can't read is refused: quotes that don't end" {
	is_refused "sshd" machine_add puller '/usr/local/bin/job "'
}

@test "a quota that nobody holds is refused, with what to do" {
	run host_run bulkhead machine add puller --key /root/.ssh/puller.pub \
	    --owner p-alice --ticket CHG-1 --expires 90d --from 10.99.0.0/24 \
	    --command /usr/local/bin/job --quota 20G
	[ "$status" = 1 ]
	[[ $output == *"--quota none"* ]]
	nothing_is_left
	run host_run bulkhead machine add puller --key /root/.ssh/puller.pub \
	    --owner p-alice --ticket CHG-1 --expires 90d --from 10.99.0.0/24 \
	    --command 'borg serve --append-only --storage-quota 20G' --quota 20G
	[ "$status" = 0 ]
	run host_run bulkhead machine list
	[ "$status" = 0 ]
	[[ $output == *20G* ]]
}

@test "where quotas are on, the kernel is told" {
	# This kernel may know no quota: its answer is put in its place.
	run host_run strace -f -o /tmp/quota.trace -e trace=quotactl_fd \
	    -e inject=quotactl_fd:retval=0 \
	    bulkhead machine add puller --key /root/.ssh/puller.pub \
	    --owner p-alice --ticket CHG-1 --expires 90d --from 10.99.0.0/24 \
	    --command /usr/local/bin/job --quota 20G
	echo "$output"
	host_run cat /tmp/quota.trace
	# Set, then compared with what the kernel says, which here is nothing.
	[ "$status" = 1 ]
	[[ $output == *"quota"*"is not the register's"* ]]
	nothing_is_left
	host_run grep -c Q_SETQUOTA /tmp/quota.trace
}

@test "an end in the past, beyond 400 days, or that is none" {
	for end in 2020-01-01 401d 2199-01-01 tomorrow 10 90d7 ''; do
		run host_run bulkhead machine add puller \
		    --key /root/.ssh/puller.pub --owner p-alice --ticket T \
		    --expires "$end" --from 10.99.0.0/24 --command /bin/true \
		    --quota none
		[ "$end" = 10 ] && [ "$status" = 0 ] && continue
		[ "$status" = 1 ] || [ "$status" = 2 ]
	done
}

@test "a block, a key or an option changed by hand is found" {
	machine_add puller /usr/local/bin/job
	host_sh 'sed -i "s/PermitTTY no/PermitTTY yes/" "$1/puller.conf"' \
	    "$folder"
	finds "puller.conf is not as the register has it"
	finds "permittty is 'yes'"
	host_sh 'sed -i "s/PermitTTY yes/PermitTTY no/" "$1/puller.conf"' \
	    "$folder"
	run host_run bulkhead machine list
	[ "$status" = 0 ]
	host_sh 'sed -i "s/^restrict,//" "$1/puller.keys"' "$folder"
	finds "other options"
	host_sh 'sed -i "s/^/restrict,/" "$1/puller.keys"
	    cat /root/.ssh/id_ed25519.pub >>"$1/puller.keys"' "$folder"
	finds "another key"
	host_sh 'sed -i 2d "$1/puller.keys"
	    chmod 664 "$1/puller.keys"' "$folder"
	finds "only root may write"
	host_sh 'chmod 644 "$1/puller.keys"; rm "$1/puller.conf"' "$folder"
	finds "puller.conf"
}

@test "sshd's configuration changed beside it is found" {
	machine_add puller /usr/local/bin/job
	host_sh 'sed -i "1i Match Address 10.99.0.0/24 User puller\n\tForceCommand /bin/sh\nMatch all" \
	    /etc/ssh/sshd_config'
	finds "forcecommand is '/bin/sh' for puller from 10.99.0.0"
	host_sh 'cp /root/sshd_config /etc/ssh/sshd_config
	    echo "AcceptEnv LD_* LANG" >/tmp/c
	    cat /root/sshd_config >>/tmp/c; cp /tmp/c /etc/ssh/sshd_config'
	finds "AcceptEnv LD_*"
	host_sh 'sed "s/^UsePAM yes/UsePAM no/" /root/sshd_config \
	    >/etc/ssh/sshd_config'
	finds "usepam is 'no'"
}

@test "a file that belongs to nobody, and what a revoke left, is found" {
	machine_add puller /usr/local/bin/job
	host_sh 'cp "$1/puller.conf" /root/; cp "$1/puller.keys" /root/
	    echo "PermitRootLogin yes" >"$1/zz.conf"' "$folder"
	finds "zz.conf belongs to no machine account"
	host_run rm "$folder/zz.conf"
	host_run bulkhead machine revoke puller --reason end
	run host_run bulkhead machine list
	[ "$status" = 0 ]
	host_sh 'cp /root/puller.conf "$1/"' "$folder"
	finds "puller.conf belongs to no machine account"
}

@test "a password that came to the account later is found" {
	machine_add puller /usr/local/bin/job
	host_sh 'echo puller:secret | chpasswd'
	finds "has a password"
	host_run usermod --password '*' puller
}

# A command under strace, which kills it at the Nth call.
killed_at() {
	local calls=$1 when=$2

	shift 2
	host_run strace -o /dev/null -e trace="$calls" \
	    -e inject="$calls:signal=KILL:when=$when" "$@"
}

@test "killed at any step, add opens nothing and is run again" {
	local call state

	for call in mkdir:1 openat:20 renameat:1 renameat:2 fsync:1 fsync:2 \
	    fsync:3 fsync:4 fchmod:1 fchmod:2 sendto:1 sendto:2; do
		run killed_at "${call%:*}" "${call#*:}" \
		    bulkhead machine add puller --key /root/.ssh/puller.pub \
		    --owner p-alice --ticket CHG-1 --expires 90d \
		    --from 10.99.0.0/24 --command /usr/local/bin/job \
		    --quota none
		echo "$call: $status"
		state=$(host_run bulkhead --json machine list |
		    jq -r '[.machines[] | select(.login == "puller"
			and .state == "in force")] | length')
		# In the register only with both files as they must be.
		if [ "$state" = 1 ]; then
			run host_run bulkhead machine list
			[ "$status" = 0 ]
		else
			run machine_add puller /usr/local/bin/job
			[ "$status" = 0 ]
		fi
		host_run bulkhead machine revoke puller --reason again
		host_run rm -rf "$folder"
	done
}

@test "killed at any step, revoke leaves nothing that opens" {
	local call

	for call in unlinkat:1 unlinkat:2 fsync:1 fsync:2; do
		machine_add puller /usr/local/bin/job
		sshd_reload
		run as_machine puller
		[[ $output == *"job ran"* ]]
		run killed_at "${call%:*}" "${call#*:}" \
		    bulkhead machine revoke puller --reason end
		echo "$call: $status"
		[ "$status" != 0 ]
		run as_machine puller
		[ "$status" != 0 ]
		[[ $output != *"job ran"* ]]
		host_run rm -rf "$folder"
	done
}
