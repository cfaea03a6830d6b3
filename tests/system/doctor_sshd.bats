#!/usr/bin/env bats
# bulkhead doctor, sshd: each verified way past the gate is found, a real login
# comes that way, and what doctor says mends it for both.

load lib

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

@test "a clean host: no bypass, nothing unknown" {
	sshd <<<"UsePAM yes
$two
PasswordAuthentication no"
	doctor
	[ "$status" = 0 ]
	clean
	by_code 22 alice
	refused 22 alice
}

@test "no method list: the key alone, where only auth asks the gate" {
	open_walls sshd account session
	sshd <<<"UsePAM yes
PasswordAuthentication no"
	mended sshd-method-alone /etc/ssh/sshd_config 22 alice
}

@test "no method list, with both walls: refused, and said as a note" {
	sshd <<<"UsePAM yes"
	refused 22 alice
	doctor
	[ "$status" = 0 ]
	found note sshd-refused-late /etc/ssh/sshd_config
}

@test "one wall of two: no bypass, but weak" {
	open_walls sshd account
	sshd <<<"UsePAM yes"
	refused 22 alice
	doctor
	[ "$status" = 0 ]
	found weak sshd-one-wall /etc/pam.d/sshd
}

@test "two lists, one of them a key alone" {
	open_walls sshd account session
	sshd <<<"UsePAM yes
$two publickey"
	mended sshd-method-alone "$(at AuthenticationMethods)" 22 alice
}

@test "UsePAM no" {
	sshd <<<"UsePAM no"
	mended sshd-no-pam "$(at UsePAM)" 22 alice
}

@test "UsePAM not said is no" {
	sshd </dev/null
	mended sshd-no-pam /etc/ssh/sshd_config 22 alice
}

@test "UsePAM on the command line: no file mends it" {
	sshd /usr/sbin/sshd -o "UsePAM no" <<<"UsePAM yes"
	alone 22 alice
	doctor
	found bypass sshd-no-pam "process $(host_run cat /run/sshd.pid)"
}

@test "a stack without the gate" {
	open_walls sshd auth account session
	sshd <<<"UsePAM yes
PasswordAuthentication no"
	alone 22 alice
	doctor
	found bypass sshd-service-open /etc/pam.d/sshd
	mend
	refused 22 alice
	by_code 22 alice
	doctor
	clean
}

@test "a certificate of a CA" {
	open_walls sshd account session
	sshd <<<"UsePAM yes
AuthenticationMethods publickey
TrustedUserCAKeys /root/ca.pub"
	host_sh 'rm /home/alice/.ssh/authorized_keys
	    cp /root/.ssh/id_ed25519 /root/cert; cp /root/.ssh/id_ed25519.pub \
		/root/cert.pub
	    ssh-keygen -q -s /root/ca -I x -n alice /root/cert.pub'
	SSH_OPTIONS='-i /root/cert'
	mended sshd-method-alone "$(at AuthenticationMethods)" 22 alice \
	    $SSH_OPTIONS
	found note sshd-keys-by-ca "$(at TrustedUser)"
}

@test "keys by a command" {
	open_walls sshd account session
	host_run install -m 755 /dev/null /usr/local/sbin/keys
	host_sh 'printf "#!/bin/sh\ncat /etc/ssh/keys\n" >/usr/local/sbin/keys
	    cp /root/.ssh/id_ed25519.pub /etc/ssh/keys
	    rm /home/alice/.ssh/authorized_keys'
	sshd <<<"UsePAM yes
AuthenticationMethods publickey
AuthorizedKeysCommand /usr/local/sbin/keys
AuthorizedKeysCommandUser nobody"
	mended sshd-method-alone "$(at AuthenticationMethods)" 22 alice
	found note sshd-keys-by-command "$(at AuthorizedKeysCommand)"
}

@test "another host's word" {
	open_walls sshd account session
	host_sh 'echo "localhost root" >/etc/ssh/shosts.equiv
	    echo "localhost $(cat /etc/ssh/ssh_host_ed25519_key.pub)" \
		>/etc/ssh/ssh_known_hosts
	    printf "%s\n" "EnableSSHKeysign yes" >/etc/ssh/ssh_config'
	sshd <<<"UsePAM yes
PubkeyAuthentication no
HostbasedAuthentication yes
HostbasedUsesNameFromPacketOnly yes
AuthenticationMethods hostbased"
	SSH_OPTIONS='-o HostbasedAuthentication=yes -o HostName=localhost'
	mended sshd-method-alone "$(at AuthenticationMethods)" 22 alice \
	    $SSH_OPTIONS
	found weak sshd-hostbased "$(at HostbasedAuthentication)"
}

@test "an empty password, where auth lets it" {
	open_walls sshd auth account session
	host_sh 'usermod -p "" alice
	    sed -i "s/pam_unix.so.*/& nullok/" /etc/pam.d/common-auth'
	sshd <<<"UsePAM yes
PubkeyAuthentication no
PasswordAuthentication yes
PermitEmptyPasswords yes"
	alone 22 alice
	doctor
	host_sh 'echo alice:alice-password | chpasswd'
	found bypass sshd-service-open /etc/pam.d/sshd
	found weak sshd-empty-passwords "$(at PermitEmpty)"
}

@test "Match User, Group, Address, LocalPort with a weaker list" {
	open_walls sshd account session
	sshd <<<"UsePAM yes
PasswordAuthentication no
Port 22
Port 2222
$two
Match User bob
	AuthenticationMethods publickey
Match Address 10.10.0.0/16,!10.10.0.7
	AuthenticationMethods publickey
Match LocalPort 2222 User alice,carol
	AuthenticationMethods publickey
Match Group dave
	AuthenticationMethods publickey
Match User alice
	AuthenticationMethods publickey,keyboard-interactive:pam"
	alone 22 bob
	refused 22 alice
	alone 2222 alice
	alone 22 alice -o HostName=10.10.0.5 -o BindAddress=10.10.0.5
	alone 22 dave
	doctor
	for n in 2 3 4 5; do
		found bypass sshd-method-alone "$(at AuthenticationM $n)"
	done
	unsaid bypass sshd-method-alone "$(at AuthenticationM 6)"
	mend
	refused 22 bob
	refused 2222 alice
	refused 22 dave
	refused 22 alice -o HostName=10.10.0.5 -o BindAddress=10.10.0.5
	by_code 22 bob
	by_code 2222 alice
	doctor
	clean
}

@test "the first block that holds wins: a later weak one is no way in" {
	open_walls sshd account session
	sshd <<<"UsePAM yes
PasswordAuthentication no
$two
Match User *
	$two
Match Address 10.0.0.0/8
	AuthenticationMethods publickey"
	refused 22 alice -o HostName=10.10.0.5 -o BindAddress=10.10.0.5
	doctor
	clean
}

@test "a block for a port that is not listened on is no way in yet" {
	open_walls sshd account session
	sshd <<<"UsePAM yes
PasswordAuthentication no
$two
Match LocalPort 2299
	AuthenticationMethods publickey
Match Host somewhere.example
	AuthenticationMethods publickey"
	doctor
	clean
	found weak sshd-method-alone "$(at AuthenticationM 2)"
	found weak sshd-method-alone "$(at AuthenticationM 3)"
}

@test "a Match in an included file, and one around an Include" {
	open_walls sshd account session
	host_run mkdir /etc/ssh/sshd_config.d
	host_sh 'printf "%s\n" "Match User bob" "AuthenticationMethods publickey" \
		>/etc/ssh/sshd_config.d/a.conf
	    printf "%s\n" "AuthenticationMethods publickey" \
		>/etc/ssh/sshd_config.d/b'
	sshd <<<"Include sshd_config.d/*.conf
UsePAM yes
PasswordAuthentication no
$two
Match User alice LocalPort 22
	Include sshd_config.d/b"
	alone 22 bob
	alone 22 alice
	doctor
	found bypass sshd-method-alone /etc/ssh/sshd_config.d/a.conf:2
	found bypass sshd-method-alone /etc/ssh/sshd_config.d/b:1
	mend
	refused 22 bob
	refused 22 alice
	by_code 22 bob
	doctor
	clean
}

@test "who is not let in at all is no way in" {
	open_walls sshd account session
	sshd <<<"UsePAM yes
PasswordAuthentication no
AuthenticationMethods publickey
AllowUsers nobody-else bob@10.10.0.0/16
DenyUsers carol"
	refused 22 alice
	alone 22 bob -o HostName=10.10.0.5 -o BindAddress=10.10.0.5
	doctor
	jq -e '.findings | map(select(.id == "sshd-method-alone")) |
	    length == 1 and (.[0].what | contains(": bob from 10.10."))' \
	    "$HOST/state/json"
	host_run sed -i 's/ bob@.*//' /etc/ssh/sshd_config
	doctor
	clean
}

@test "root: two steps need PermitRootLogin yes" {
	open_walls sshd account session
	host_sh 'cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys'
	sshd <<<"UsePAM yes
PasswordAuthentication no
PermitRootLogin prohibit-password
$two
Match User root
	AuthenticationMethods publickey"
	alone 22 root
	doctor
	found bypass sshd-method-alone "$(at AuthenticationM 2)"
	host_run sed -i 's/^PermitRoot.*/PermitRootLogin no/' \
	    /etc/ssh/sshd_config
	host_sh 'kill -HUP $(cat /run/sshd.pid)'
	doctor
	clean
}

@test "an sshd under another name has another service" {
	host_sh 'ln -sf /usr/sbin/sshd /usr/local/sbin/backdoor
	    for p in auth account session; do echo "@include common-$p"; done \
		>/etc/pam.d/other
	    printf "%s\n" "HostKey /etc/ssh/ssh_host_ed25519_key" "Port 2299" \
		"PidFile /run/other.pid" "UsePAM yes" \
		"PasswordAuthentication no" >/root/other'
	sshd <<<"UsePAM yes
$two"
	host_sh '/usr/local/sbin/backdoor -f /root/other
	    until [ -s /run/other.pid ]; do sleep 0.01; done'
	alone 2299 alice
	doctor
	jq -e '.findings | map(select(.id == "sshd-service-open")) |
	    length == 1 and (.[0].what | contains("PAM service backdoor"))' \
	    "$HOST/state/json"
	jq -r '.findings[] | select(.id == "sshd-service-open") | .fix' \
	    "$HOST/state/json" >"$(host_path /tmp)/fix"
	host_run touch /run/before
	host_run bash -e /tmp/fix
	host_sh 'until [ /run/other.pid -nt /run/before ]; do sleep 0.01; done'
	refused 2299 alice
	by_code 2299 alice
	doctor
	clean
}

@test "an sshd with files of its own can't be judged" {
	sshd <<<"UsePAM yes
$two"
	host_sh 'printf "%s\n" "HostKey /etc/ssh/ssh_host_ed25519_key" \
	    "Port 2299" "PidFile /run/other.pid" >/root/other
	    unshare -m bash -c "mount -t tmpfs tmpfs /etc/pam.d
		/usr/sbin/sshd -f /root/other"
	    until [ -s /run/other.pid ]; do sleep 0.01; done'
	doctor
	[ "$status" = 1 ]
	found unknown sshd-out-of-sight "process $(host_run cat /run/other.pid)"
}

@test "somebody else's sshd can't be judged" {
	sshd <<<"UsePAM yes
$two"
	host_sh 'cd /home/bob; ssh-keygen -q -t ed25519 -N "" -f hostkey
	    printf "%s\n" "HostKey /home/bob/hostkey" "Port 2299" \
		"PidFile /home/bob/pid" >config; chown -R bob: /home/bob'
	host_as bob /usr/sbin/sshd -f /home/bob/config
	host_sh 'until [ -s /home/bob/pid ]; do sleep 0.01; done'
	alone 2299 bob
	doctor
	found unknown sshd-out-of-sight "process $(host_run cat /home/bob/pid)"
	host_sh 'kill $(cat /home/bob/pid); rm /home/bob/pid'
}

@test "for every point that line takes effect which was worked out" {
	install -m 755 "$BH_BUILD/tests/system/sshdpoints" \
	    "$(host_path /run/host/bin)/sshdpoints"
	host_sh 'usermod -aG mail alice; mkdir /etc/ssh/sshd_config.d
	    printf "%s\n" "AuthorizedKeysFile /in/head" "Match User bob" \
		"AuthorizedKeysFile /in/bob" "Match Group mail LocalPort 22" \
		"AuthorizedKeysFile /in/mail" >/etc/ssh/sshd_config.d/a.conf'
	sshd <<<"Port 22
Port 2222
ListenAddress 127.0.0.1
ListenAddress [::1]:2223
AuthorizedKeysFile /outside
Match Address 10.0.0.0/8,!10.1.0.0/16,fd00::/8 User *,!carol
	AuthorizedKeysFile /one
Match Group \"mail\" LocalAddress 127.0.0.0/8
	AuthorizedKeysFile /two
Match Host 10.1.* LocalPort 2222 # not a name
	AuthorizedKeysFile /three
Match User=al?ce,b*
	Include sshd_config.d/*.conf
	AuthorizedKeysFile /four
Match RDomain * Address 10.1.2.3,::1
	AuthorizedKeysFile /five
Match Group *,!mail
	AuthorizedKeysFile /six
Match all
	AuthorizedKeysFile /seven
	AllowUsers alice bob@10.2.0.0/16"
	run host_run sshdpoints alice bob carol root nobody-at-all
	[ "$status" = 0 ]
	[[ ${lines[-1]} =~ ^[0-9]{2,}\ asked,\ 0\ differ$ ]]
	host_run gpasswd -d alice mail
}

@test "what would be started has options of its own" {
	sshd <<<"UsePAM yes"
	host_sh 'rm -f /etc/rc?.d/S*ssh /etc/systemd/system/*/ssh*
	    mkdir -p /etc/rc2.d /etc/systemd/system/a.service.d
	    echo "SSHD_OPTS=\"-o UsePAM=no\"" >/etc/default/ssh
	    printf "%s\n" "[Service]" "ExecStart=" \
		"ExecStart=@/usr/sbin/sshd a -D -f /root/a" \
		>/etc/systemd/system/a.service.d/b.conf
	    printf "%s\n" "UsePAM no" \
		"HostKey /etc/ssh/ssh_host_ed25519_key" >/root/a'
	doctor
	clean
	found weak sshd-no-pam "the options of ssh"
	host_run ln -s ../init.d/ssh /etc/rc2.d/S01ssh
	doctor
	found bypass sshd-no-pam "the options of ssh"
	jq -e '.findings | map(select(.what | contains("PAM service a"))) |
	    length > 0' "$HOST/state/json"
	host_sh 'rm -r /etc/default/ssh /etc/systemd/system/a.service.d \
	    /etc/rc2.d/S01ssh'
}

@test "a file that was changed after sshd read it" {
	sshd <<<"UsePAM yes
$two"
	doctor
	unsaid weak sshd-not-reloaded /etc/ssh/sshd_config
	host_run touch -d '+1 hour' /etc/ssh/sshd_config
	doctor
	found weak sshd-not-reloaded /etc/ssh/sshd_config
}

@test "a file that can't be read leaves it unknown" {
	host_run mkdir /etc/ssh/sshd_config.d
	host_sh 'echo "PermitTTY yes" >/root/part
	    ln -s /root/part /etc/ssh/sshd_config.d/a.conf'
	sshd <<<"Include sshd_config.d/*.conf
UsePAM yes
$two"
	doctor
	clean
	host_run rm /etc/ssh/sshd_config
	doctor
	[ "$status" = 1 ]
	found unknown sshd-no-answer "process $(host_run cat /run/sshd.pid)"
}
