# shellcheck shell=bash
# For the bats files that try what bulkhead doctor says of sshd: an sshd for each
# test, real logins, and the mending of what was found.

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	gate_up production || return 1
	enrol alice && enrol bob || return 1
	host_sh 'cp -a /etc/pam.d /root/pam.d; rm -f /etc/ssh/shosts.equiv
	    ssh-keygen -q -t ed25519 -N "" -f /root/ca
	    rm -f /etc/krb5.keytab /etc/hosts.equiv
	    cp /etc/pam.d/sshd /root/stack'
}

teardown_file() {
	gate_down
}

setup() {
	gate_needs_root
	host_sh 'for pid in $(cat /run/sshd.pid /run/other.pid 2>/dev/null); do
		kill $pid; while kill -0 $pid 2>/dev/null; do sleep 0.01; done
	    done
	    rm -rf /etc/pam.d/* /run/*.pid; cp -a /root/pam.d/. /etc/pam.d/
	    rm -rf /etc/ssh/sshd_config.d /etc/ssh/shosts.equiv
	    for name in alice bob; do
		install -m 600 -o $name /root/.ssh/id_ed25519.pub \
		    /home/$name/.ssh/authorized_keys
	    done'
	mark_log
}

teardown() {
	jq -r '.findings[] | .severity + " " + .id + " " + .where + ": " + .what,
	    .fix' "$HOST/state/json" 2>/dev/null || :
}

# The standard input is what sshd_config says more; arguments are sshd's.
sshd() {
	host_sh 'cat >/etc/ssh/sshd_config <<-END
		HostKey /etc/ssh/ssh_host_ed25519_key
		PidFile /run/sshd.pid
		KbdInteractiveAuthentication yes
		UseDNS no
		MaxStartups 100
		END
	    cat >>/etc/ssh/sshd_config
	    "$@" && until [ -s /run/sshd.pid ]; do sleep 0.01; done' \
	    "${@:-/usr/sbin/sshd}"
}

two='AuthenticationMethods publickey,keyboard-interactive:pam'

# Take the gate's line out of these phases of a service's stack.
open_walls() {
	local service=$1 phase

	shift
	for phase; do
		host_run sed -i "/^$phase.*pam_bulkhead/d" "/etc/pam.d/$service"
	done
}

doctor() {
	run host_run bulkhead --json doctor
	sed -n '/^{/,$p' <<<"$output" >"$HOST/state/json"
}

# A finding of sshd with that severity, id and place.
found() {
	jq -e --arg s "$1" --arg id "$2" --arg where "$3" '.findings |
	    map(select(.theme == "sshd" and .severity == $s and .id == $id and
	    .where == $where)) | length > 0' "$HOST/state/json" >/dev/null
}

unsaid() {
	! found "$@"
}

# No sshd lets anybody past.
clean() {
	jq -e '.findings | map(select(.theme == "sshd" and
	    (.severity == "bypass" or .severity == "unknown"))) |
	    length == 0' "$HOST/state/json" >/dev/null
}

# What doctor says to do about its bypasses, done, and twice.
mend() {
	host_run touch /run/before
	jq -r '.findings[] | select(.severity == "bypass" and
	    .theme == "sshd") | .fix' "$HOST/state/json" >"$HOST/state/fix"
	[ -s "$HOST/state/fix" ]
	grep -cx null "$HOST/state/fix" | grep -qx 0
	cp "$HOST/state/fix" "$(host_path /tmp)/fix"
	host_run bash -e /tmp/fix
	grep -c HUP "$HOST/state/fix" | grep -qx 0 || host_sh 'for i in $(seq 500); do
		[ /run/sshd.pid -nt /run/before ] && exit 0; sleep 0.01
	    done; exit 1'
	sed 's/ && kill -HUP .*//' "$HOST/state/fix" >"$(host_path /tmp)/fix"
	host_sh 'cp /etc/ssh/sshd_config /tmp/once; bash -e /tmp/fix
	    diff /tmp/once /etc/ssh/sshd_config'
}

# Without a code, by what the client's options say: alone PORT USER [OPTION...]
alone() {
	local port=$1 user=$2

	shift 2
	host_run ssh -o BatchMode=yes "$@" -p "$port" "$user@host" \
	    echo 'in as $USER' 2>/dev/null | grep -qx "in as $user"
}

refused() {
	! alone "$@"
}

# With key, code and password.
by_code() {
	try "$1" "$2" "$(fresh "$2"),$2-password" 2>/dev/null |
	    grep -qx "in as $2"
}

# There is a bypass, and it goes when it is mended: mended ID WHERE PORT USER
mended() {
	local id=$1 where=$2

	shift 2
	alone "$@"
	doctor
	[ "$status" = 1 ]
	found bypass "$id" "$where"
	mend
	refused "$@"
	by_code "$1" "$2"
	doctor
	clean
}

# The line's number in sshd_config.
at() {
	echo "/etc/ssh/sshd_config:$(host_run grep -n -m "${2:-1}" -- "$1" \
	    /etc/ssh/sshd_config | tail -n 1 | cut -d : -f 1)"
}
