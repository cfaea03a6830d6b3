#!/usr/bin/env bats
# bulkhead doctor, sshd: each verified way past the gate is found, a real login
# comes that way, and what doctor says mends it for both.

load lib
load doctor_sshd

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
