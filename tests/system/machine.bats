#!/usr/bin/env bats
# What a machine account can do with a real sshd, and what it can't.

load lib
load machine

setup_file() {
	gate_up backup
	[ "$(id -u)" = 0 ] || return 0
	enrol alice
	machine_job
	sshd_include
	machine_user puller
	machine_user sender
	machine_add puller /usr/local/bin/job >/dev/null
	machine_add sender internal-sftp >/dev/null
	sshd_reload
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

works() {
	run as_machine "$1"
	[ "$status" = 0 ]
	[[ $output == *"job ran as $1"* ]]
}

is_out() {
	run as_machine "$@"
	[ "$status" != 0 ]
	[[ $output != *"job ran"* ]]
}

@test "it works unattended, and each session is a record" {
	works puller
	recorded '.subject.name == "puller" and .action == "session.open"
	    and .outcome == "success"'
	run host_run bulkhead machine list
	[ "$status" = 0 ]
	[[ $output == *puller*"in force"*CHG-1*"$machine_from"*job* ]]
}

@test "another command is what the program is told, and not run" {
	run as_machine puller id
	[ "$status" = 0 ]
	[[ $output == *"job ran"*"asked: id"* ]]
	[[ $output != *"uid="* ]]
	run as_machine puller -- '; id' '$(id)'
	[[ $output != *"uid="* ]]
}

@test "no shell and no terminal" {
	run host_sh 'echo "id; exit" | ssh -tt -o BatchMode=yes -b 10.99.0.1 \
	    -o HostName=10.99.0.2 -i /root/.ssh/puller puller@host'
	[[ $output == *"PTY allocation request failed"* ]]
	[[ $output != *"on a terminal"* ]]
	[[ $output != *"uid="* ]]
	run host_sh 'echo "id; exit" | ssh -T -o BatchMode=yes -b 10.99.0.1 \
	    -o HostName=10.99.0.2 -i /root/.ssh/puller puller@host'
	[[ $output == *"no terminal"* ]]
	[[ $output != *"uid="* ]]
}

# What comes through a forward that ssh -N lays: through OPTION PORT.
through() {
	host_sh '
	    ssh -N -o BatchMode=yes -b 10.99.0.1 -o HostName=10.99.0.2 \
		-i "$3" "$4@host" -p "$5" $1 >/tmp/forward.log 2>&1 &
	    forward=$!
	    for _ in $(seq 60); do
		if exec 5<>/dev/tcp/127.0.0.1/"$2"; then
		    read -r -t 2 banner <&5 && echo "far end: $banner"
		    break
		fi 2>/dev/null
		kill -0 $forward 2>/dev/null || break
		sleep 0.05
	    done
	    kill $forward; wait; cat /tmp/forward.log' "$@"
}

@test "no port forward: -L, -R, -W, -D" {
	run through "-L 127.0.0.1:4101:127.0.0.1:22" 4101 /root/.ssh/puller \
	    puller 22
	[[ $output != *"far end"* ]]
	run through "-R 127.0.0.1:4102:127.0.0.1:22" 4102 /root/.ssh/puller \
	    puller 22
	[[ $output != *"far end"* ]]
	run as_machine puller -W 127.0.0.1:22
	[[ $output != *SSH-2* ]]
	[ "$status" != 0 ]
	run host_sh '
	    ssh -N -o BatchMode=yes -b 10.99.0.1 -o HostName=10.99.0.2 \
		-i /root/.ssh/puller puller@host -D 127.0.0.1:4103 &
	    forward=$!
	    for _ in $(seq 60); do
		exec 5<>/dev/tcp/127.0.0.1/4103 && break
		sleep 0.05
	    done 2>/dev/null
	    printf "\005\001\000" >&5
	    printf "\005\001\000\001\177\000\000\001\000\026" >&5
	    timeout 2 head -c 30 <&5 | strings
	    kill $forward; wait'
	[[ $output != *SSH-2* ]]
}

@test "a person's forward passes bytes (control)" {
	gate_clock_move 3600
	run host_sh '
	    ssh-try "$1,alice-password" ssh -N -p 2201 \
		-L 127.0.0.1:4104:127.0.0.1:22 alice@host >/dev/null 2>&1 &
	    for _ in $(seq 60); do
		if exec 5<>/dev/tcp/127.0.0.1/4104; then
		    read -r -t 2 banner <&5 && echo "far end: $banner"
		    break
		fi 2>/dev/null
		sleep 0.05
	    done
	    pkill -P $!; kill $!; wait' "$(fresh alice)"
	[[ $output == *"far end: SSH-2"* ]]
}

@test "no agent is forwarded" {
	run host_sh 'eval "$(ssh-agent)" >/dev/null
	    ssh-add -q /root/.ssh/puller
	    ssh -A -o BatchMode=yes -b 10.99.0.1 -o HostName=10.99.0.2 \
		-i /root/.ssh/puller puller@host
	    kill "$SSH_AGENT_PID"'
	[[ $output == *"job ran"* ]]
	[[ $output == *"agent: "$'\n'* ]]
}

@test "no sftp and no scp, unless that is the command" {
	host_sh 'echo content >/home/sender/file; chown sender: /home/sender/file'
	run host_sh 'echo "get file /tmp/got" | sftp -b - -o BatchMode=yes \
	    -o BindAddress=10.99.0.1 -o HostName=10.99.0.2 \
	    -i /root/.ssh/puller puller@host'
	[ "$status" != 0 ]
	run host_sh 'scp -o BatchMode=yes -o BindAddress=10.99.0.1 \
	    -o HostName=10.99.0.2 -i /root/.ssh/puller \
	    /etc/hostname puller@host:new && ls /home/puller/new'
	[ "$status" != 0 ]
	run host_sh 'echo "get file /tmp/got" | sftp -b - -o BatchMode=yes \
	    -o BindAddress=10.99.0.1 -o HostName=10.99.0.2 \
	    -i /root/.ssh/sender sender@host && cat /tmp/got'
	[ "$status" = 0 ]
	[[ $output == *content* ]]
	run as_machine sender id
	[[ $output != *"uid="* ]]
}

@test "no sudo and no su, whatever sudoers says" {
	host_sh 'echo "puller ALL=(ALL:ALL) NOPASSWD: ALL" >/etc/sudoers.d/puller
	    chmod 440 /etc/sudoers.d/puller'
	run host_as puller sudo -n id
	host_run rm /etc/sudoers.d/puller
	[ "$status" != 0 ]
	[[ $output != *"uid=0"* ]]
	gate_clock_move 3600
	run host_sh 'printf "%s\nalice-password\n" "$1" |
	    setpriv --reuid puller --regid puller --init-groups \
	    su alice -c id' "$(fresh alice)"
	[ "$status" != 0 ]
	[[ $output != *"uid="* ]]
}

@test "from no other source" {
	run host_run ssh -o BatchMode=yes -i /root/.ssh/puller puller@host
	[ "$status" != 0 ]
	run host_run ssh -o BatchMode=yes -o HostName=10.99.0.2 -b 10.10.0.5 \
	    -i /root/.ssh/puller puller@host
	[ "$status" != 0 ]
	works puller
}

@test "by no other key, no password, no code" {
	run host_run ssh -o BatchMode=yes -o HostName=10.99.0.2 -b 10.99.0.1 \
	    -i /root/.ssh/sender puller@host
	[ "$status" != 0 ]
	host_sh 'echo puller:puller-password | chpasswd'
	for port in 22 2204 2206; do
		run host_run ssh-try "puller-password,puller-password" ssh \
		    -o HostName=10.99.0.2 -b 10.99.0.1 \
		    -o PubkeyAuthentication=no -p "$port" puller@host
		[ "$status" != 0 ]
		[[ $output != *"asked"* ]]
	done
	host_run usermod --password '*' puller
	works puller
}

# What somebody who writes into the home leaves there.
forge() {
	host_sh 'cd /home/puller && mkdir -p .ssh && chmod 700 .ssh
	    printf "%s\n" "FORGED DEFAULT=yes" "LD_PRELOAD DEFAULT=/tmp/x.so" \
		"SSH_AUTH_INFO_0 DEFAULT=password" >.pam_environment
	    echo "touch /tmp/rc-ran" >.ssh/rc
	    echo "FORGED=yes" >.ssh/environment
	    cp /root/.ssh/sender.pub .ssh/authorized_keys
	    echo "touch /tmp/profile-ran" >.profile
	    chown -R puller: .ssh .pam_environment .profile; chmod 600 .ssh/*'
}

@test "P10: forged ~/.pam_environment, ~/.ssh/rc, environment, keys: nothing" {
	forge
	run as_machine puller
	[ "$status" = 0 ]
	[[ $output == *"forged:  "* ]]
	run host_sh 'ls /tmp/rc-ran /tmp/profile-ran'
	[ "$status" != 0 ]
	run host_run ssh -o BatchMode=yes -o HostName=10.99.0.2 -b 10.99.0.1 \
	    -i /root/.ssh/sender puller@host
	[ "$status" != 0 ]
	run host_run bulkhead machine list
	[ "$status" = 1 ]
	[[ $output == *"authorized_keys of its own"* ]]
	host_run rm -r /home/puller/.ssh /home/puller/.pam_environment
	works puller
}

@test "where pam_env reads the home, the key is proved all the same" {
	host_sh 'cp /etc/pam.d/sshd /tmp/sshd.pam
	    sed -i "s/pam_env.so envfile/pam_env.so user_readenv=1 envfile/" \
		/etc/pam.d/sshd
	    echo "SSH_AUTH_INFO_0 DEFAULT=password" >/home/puller/.pam_environment'
	works puller
	host_run cp /tmp/sshd.pam /etc/pam.d/sshd
	host_run rm /home/puller/.pam_environment
	recorded '.subject.name == "puller" and .action == "session.open"
	    and (tostring | contains("publickey"))'
}

@test "a block that sshd does not know yet: the gate proves the key" {
	# sshd takes another key of the account; the register has one.
	host_sh 'cp /etc/ssh/bulkhead.d/puller.keys /root/keys
	    sed "s/^\(restrict.*\) ssh-ed25519 .*/\1/" /root/keys | tr -d "\n" \
		>/etc/ssh/bulkhead.d/puller.keys
	    echo " $(cut -d " " -f 1,2 /root/.ssh/sender.pub)" \
		>>/etc/ssh/bulkhead.d/puller.keys'
	run host_run ssh -o BatchMode=yes -o HostName=10.99.0.2 -b 10.99.0.1 \
	    -i /root/.ssh/sender puller@host
	host_sh 'cat /root/keys >/etc/ssh/bulkhead.d/puller.keys'
	[ "$status" != 0 ]
	[[ $output != *"job ran"* ]]
	works puller
}

@test "an account that is in no register is out, whatever sshd takes" {
	machine_user stray
	host_sh 'sed "s/puller/stray/g" /etc/ssh/bulkhead.d/puller.conf \
		>/etc/ssh/bulkhead.d/stray.conf
	    echo "restrict $(cat /root/.ssh/stray.pub)" \
		>/etc/ssh/bulkhead.d/stray.keys'
	sshd_reload
	is_out stray
	host_run rm /etc/ssh/bulkhead.d/stray.conf /etc/ssh/bulkhead.d/stray.keys
}

@test "revoked is out, though sshd still knows the block" {
	machine_user gone
	machine_add gone /usr/local/bin/job
	sshd_reload
	works gone
	host_sh 'cp /etc/ssh/bulkhead.d/gone.* /root/'
	run host_run bulkhead machine revoke gone --reason 'host is gone'
	[ "$status" = 0 ]
	[ -z "$(host_run find /etc/ssh/bulkhead.d -name 'gone*')" ]
	host_sh 'cp /root/gone.* /etc/ssh/bulkhead.d/'
	is_out gone
	host_sh 'rm /etc/ssh/bulkhead.d/gone.*'
	sshd_reload
	recorded '.action == "machine.revoke" and .subject.name == "gone"
	    and .note == "host is gone"'
}

@test "N02: expired is out, and stays out when the clock is set back" {
	local wall

	works puller
	gate_clock_move 60
	wall=$(cat "$HOST/state/wall")
	gate_clock_move $((91 * 86400))
	is_out puller
	gate_clock_set "$wall" "$(cat "$HOST/state/boot")"
	is_out puller
	run host_run bulkhead machine list
	[[ $output == *puller*expired* ]]
	# Control: the owner says that the clock once ran ahead.
	host_run bulkhead clock accept --reason 'clock was wrong'
	works puller
}
