# shellcheck shell=bash
# What every host of the drill has in common; sourced by the other files here,
# which run inside as root.
set -eu
shopt -s nullglob
if ! mountpoint -q /srv || ! mountpoint -q /root; then
	echo "not on a throw-away host" >&2
	exit 1
fi

# People of the host's tests have no part in this.
only() {
	local name

	for name in bob carol dave erin; do
		userdel -r "$name" 2>/dev/null
	done
	rm -f /root/.ssh/*
	hostname "$1.test"
	echo "$1.test" >/etc/hostname
	echo "127.0.0.1 localhost $1.test" >/etc/hosts
}

# A client that a person or a job uses: known hosts are not the matter here.
client() {
	install -d -m 755 /etc/ssh
	cat >/etc/ssh/ssh_config <<-'END'
	Host *
		UserKnownHostsFile /dev/null
		StrictHostKeyChecking no
		LogLevel ERROR
		NumberOfPasswordPrompts 1
		ConnectTimeout 5
	END
}

# The daemon side, as an administrator who wants two factors sets it.
server() {
	cat <<-'END'
	Port 22
	HostKey /etc/ssh/ssh_host_ed25519_key
	PidFile /run/sshd.pid
	UsePAM yes
	KbdInteractiveAuthentication yes
	PasswordAuthentication no
	PubkeyAuthentication yes
	AuthenticationMethods publickey,keyboard-interactive:pam
	PermitRootLogin no
	UseDNS no
	LogLevel VERBOSE
	Subsystem sftp internal-sftp
	END
	# A later sshd has this, and would judge production's address as a whole:
	# after one attack the next ones would not be looked at.
	cat >/etc/ssh/probe <<-'END'
	HostKey /etc/ssh/ssh_host_ed25519_key
	PerSourcePenalties no
	END
	! /usr/sbin/sshd -t -f /etc/ssh/probe >/dev/null 2>&1 ||
	    echo "PerSourcePenalties no"
}

# sshd anew, on the drill's clock.
serve() {
	local old

	old=$(cat /run/sshd.pid)
	kill "$old"
	while kill -0 "$old" 2>/dev/null; do sleep 0.01; done
	LD_PRELOAD=/run/host/movedtime.so DRILL_CLOCK=/etc/drill-clock \
	    setsid /usr/sbin/sshd -E /var/log/sshd </dev/null >/dev/null 2>&1
}

# Something on the loopback, and on a socket, that is nobody's business outside.
inner_service() {
	setsid python3 -c '
import os, select, socket
listeners = [socket.socket(), socket.socket(socket.AF_UNIX)]
listeners[0].bind(("127.0.0.1", 8080))
listeners[1].bind("/run/inner.sock")
os.chmod("/run/inner.sock", 0o666)
for s in listeners:
    s.listen()
while True:
    for s in select.select(listeners, [], [])[0]:
        c, _ = s.accept()
        c.sendall(b"inner service of " + socket.gethostname().encode() + b"\n")
        c.close()' </dev/null >/dev/null 2>&1 &
}

authorize() {
	local login=$1 home

	home=$(getent passwd "$login" | cut -d : -f 6)
	install -d -m 700 -o "$login" -g "$login" "$home/.ssh"
	cat >"$home/.ssh/authorized_keys"
	chown "$login:" "$home/.ssh/authorized_keys"
	chmod 600 "$home/.ssh/authorized_keys"
}
