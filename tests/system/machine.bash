# shellcheck shell=bash
# For the bats files about machine accounts: sshd's configuration, a program's
# account with its key, and logins of it.

machine_from=10.99.0.0/24

# sshd reads its configuration anew; the listener is gone for a moment.
sshd_reload() {
	host_sh 'kill -HUP "$(cat /run/sshd.pid)"
	    for _ in $(seq 250); do
		sleep 0.02
		ssh-keyscan -t ed25519 -T 1 -p 22 10.99.0.1 2>/dev/null | grep -q . &&
		    exit 0
	    done; exit 1'
}

# The line that machine add asks for.
sshd_include() {
	host_sh 'grep -q bulkhead.d /etc/ssh/sshd_config ||
	    sed -i "1i Include /etc/ssh/bulkhead.d/*.conf" /etc/ssh/sshd_config
	    mkdir -p -m 755 /etc/ssh/bulkhead.d'
	sshd_reload
}

# A unix account and a key: machine_user NAME
machine_user() {
	host_sh 'useradd --system --create-home --shell /bin/sh "$1" &&
	    ssh-keygen -q -t ed25519 -N "" -C "$1" -f "/root/.ssh/$1"' "$1"
}

# machine_add NAME COMMAND [OPTION...]
machine_add() {
	local name=$1 command=$2

	shift 2
	host_run bulkhead machine add "$name" --key "/root/.ssh/$name.pub" \
	    --owner p-alice --ticket CHG-1 --expires 90d \
	    --from "$machine_from" --command "$command" --quota none "$@"
}

# A login of it from one of its addresses: as_machine NAME SSH-ARGUMENT...
as_machine() {
	local name=$1

	shift
	host_run timeout 20 ssh -o BatchMode=yes -o HostName=10.99.0.2 \
	    -b 10.99.0.1 -i "/root/.ssh/$name" "$name@host" "$@" </dev/null
}

# The program that most of them run: it says what it sees.
machine_job() {
	host_sh 'cat >/usr/local/bin/job <<-"END"
	#!/bin/sh
	echo "job ran as $(id -un)"
	echo "asked: $SSH_ORIGINAL_COMMAND"
	echo "agent: $SSH_AUTH_SOCK"
	echo "forged: $FORGED $LD_PRELOAD"
	tty -s && echo "on a terminal" || echo "no terminal"
	END
	chmod 755 /usr/local/bin/job'
}
