#!/usr/bin/env bats
# bulkhead doctor, sshd: which logins Match tells apart, and which sshd there
# are on a host.

load lib
load doctor_sshd
load machine

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
	host_sh 'sed -i "s/ bob@.*//" /etc/ssh/sshd_config
	    pid=$(cat /run/sshd.pid); rm /run/sshd.pid; kill -HUP "$pid"
	    until [ -s /run/sshd.pid ]; do sleep 0.01; done'
	doctor
	clean
}

@test "a machine account's key alone is right for it, and for nobody else" {
	host_sh 'mkdir -p -m 755 /etc/ssh/bulkhead.d'
	sshd <<<"Include /etc/ssh/bulkhead.d/*.conf
UsePAM yes
$two"
	machine_job
	machine_user puller
	machine_add puller /usr/local/bin/job
	host_sh 'touch /run/before; kill -HUP $(cat /run/sshd.pid)
	    until [ /run/sshd.pid -nt /run/before ]; do sleep 0.01; done'
	as_machine puller | grep -q "job ran"
	doctor
	clean
	jq -e '.findings | map(select(.theme == "sshd" and
	    (.what | contains("puller")))) | length == 0' "$HOST/state/json"
	open_walls sshd account session
	host_sh 'sed "s/puller/bob/; /AuthorizedKeysFile/d" \
	    /etc/ssh/bulkhead.d/puller.conf >/etc/ssh/bulkhead.d/x.conf'
	doctor
	jq -e '.findings | map(select(.severity == "bypass" and
	    .theme == "sshd")) | length == 1 and
	    (.[0].what | contains(": bob"))' "$HOST/state/json"
	host_run bulkhead machine revoke puller --reason done
	host_run rm -r /etc/ssh/bulkhead.d
	host_run userdel -r puller 2>/dev/null
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
	host_sh 'kill $(cat /home/bob/pid); rm -f /home/bob/pid'
}

@test "a setuid program that anybody gave sshd's title is not run as one" {
	local pid

	sshd <<<"UsePAM yes
$two"
	# as sudo is, while what somebody may run by it runs
	host_run install -m 4755 /bin/sleep /usr/local/bin/doze
	pid=$(host_run bash -c 'exec -a "$1" doze 60 >/dev/null 2>&1 & echo $!' \
	    - "sshd: sshd -f /home/bob/x [listener] 0 of 10-100 startups")
	host_wait 5 host_run grep -q '^sshd:' "/proc/$pid/cmdline"
	doctor
	host_sh 'kill "$1"; rm /usr/local/bin/doze' "$pid"
	found unknown sshd-out-of-sight "process $pid"
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

@test "a file that was changed after sshd read it: nobody knows what holds" {
	sshd <<<"UsePAM yes
$two"
	doctor
	unsaid unknown sshd-not-reloaded /etc/ssh/sshd_config
	host_run touch -d '+1 hour' /etc/ssh/sshd_config
	doctor
	[ "$status" = 1 ]
	found unknown sshd-not-reloaded /etc/ssh/sshd_config
}

@test "a part of the configuration that is gone since sshd read it" {
	host_run mkdir -p /etc/ssh/sshd_config.d
	sshd <<<"UsePAM yes
$two"
	doctor
	unsaid unknown sshd-not-reloaded /etc/ssh/sshd_config.d
	host_run touch -d '+1 hour' /etc/ssh/sshd_config.d
	doctor
	found unknown sshd-not-reloaded /etc/ssh/sshd_config.d
	host_run rmdir /etc/ssh/sshd_config.d
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

# A key alone is enough for one account: weak LOGIN LINES LINES-OF-THE-MATCH
weak() {
	open_walls sshd account session
	sshd <<<"UsePAM yes
PasswordAuthentication no
$two
$2
Match User $1
	AuthenticationMethods publickey
	$3"
}

@test "without a shell and a password: in by a key that lies elsewhere" {
	local at

	host_sh 'useradd -M -d /nonexistent -s /usr/sbin/nologin svc
	    mkdir -m 755 /etc/ssh/keys'
	weak svc "" "AuthorizedKeysFile /etc/ssh/keys/%U"
	at=$(at "AuthenticationM" 2)
	doctor
	clean
	host_sh 'cp /root/.ssh/id_ed25519.pub "/etc/ssh/keys/$(id -u svc)"'
	host_run ssh -W 127.0.0.1:22 svc@host </dev/null | grep -q SSH-2
	doctor
	found bypass sshd-method-alone "$at"
	host_sh 'sed -i "s/AuthorizedKeysFile.*/TrustedUserCAKeys \/root\/ca.pub/" \
	    /etc/ssh/sshd_config; kill -HUP $(cat /run/sshd.pid)'
	doctor
	found bypass sshd-method-alone "$at"
	host_sh 'userdel svc 2>/dev/null; rm -r /etc/ssh/keys'
}

@test "where root alone lays keys, and has laid none, no key leads in" {
	weak alice "" "AuthorizedKeysFile /etc/ssh/keys/%u"
	refused 22 alice
	doctor
	clean
	host_sh 'mkdir /etc/ssh/keys; cp /root/.ssh/id_ed25519.pub /etc/ssh/keys/alice'
	alone 22 alice
	doctor
	found bypass sshd-method-alone "$(at AuthenticationM 2)"
	host_run rm -r /etc/ssh/keys
}

@test "root by forced commands only: a key without one is refused" {
	weak root "PermitRootLogin forced-commands-only" ""
	host_run cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
	refused 22 root
	doctor
	clean
	host_run sed -i 's/^/command="echo in as root" /' \
	    /root/.ssh/authorized_keys
	alone 22 root
	doctor
	found bypass sshd-method-alone "$(at AuthenticationM 2)"
	host_run rm /root/.ssh/authorized_keys
}

@test "an account that has run out is no way in, where pam_unix says so" {
	weak alice "" ""
	host_run usermod -e 2020-01-02 alice
	refused 22 alice
	doctor
	clean
	host_sh 'echo "account sufficient pam_permit.so" >/etc/pam.d/common-account'
	alone 22 alice
	doctor
	found bypass sshd-method-alone "$(at AuthenticationM 2)"
	host_run usermod -e "" alice
}
