# shellcheck shell=bash
# A host as a distribution leaves it: its own PAM files and sshd_config, no
# gate in them, and a realm that is ready.  Source lib.bash first.

# What packages put there: of this machine, or of build/private.
stock_file() {
	local private=$host_top/build/private

	if [ -e "$private/$1" ]; then
		cat "$private/$1"
	else
		cat "/$1"
	fi
}

# The stock files into the host, in place of those with the gate.
stock_lay() {
	local name

	for name in sshd sudo sudo-i su su-l passwd login; do
		stock_file "etc/pam.d/$name" |
		    host_sh 'cat >"/etc/pam.d/$1"' "$name" || return 1
	done
	host_sh 'for f in /etc/pam.d/polkit-1; do
		printf "%s\n" "#%PAM-1.0" "" "@include common-auth" \
		    "@include common-account" "@include common-password" \
		    "session required pam_env.so readenv=1 user_readenv=0" \
		    "@include common-session" >"$f"; done
	    mkdir -p /etc/ssh/sshd_config.d'
	stock_file usr/share/openssh/sshd_config |
	    host_sh 'cat >/etc/ssh/sshd_config'
}

# stock_up CLASS [LINE-OF-CONFIGURATION...]: as gate_up, on a stock host.
stock_up() {
	gate_up "$@" || return 1
	stock_lay && stock_sshd &&
	    gate_config emergency path=console && gate_restart
}

# The host's sshd reads the stock configuration: it is there when the ports of
# the other one are closed and its own is open.
stock_sshd() {
	host_sh 'kill -HUP "$(cat /run/sshd.pid)"
	    open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
	    for _ in $(seq 500); do
		open 2205 || ! open 22 || exit 0
		sleep 0.01
	    done
	    exit 1'
}

# Each file of /etc: kind, mode, owner, time, what a link leads to, attributes,
# bytes.  Not the test's clock.
etc_snapshot() {
	host_sh 'cd /etc && find . ! -type d ! -name host-clock \
	    -printf "%p %y %m %u %g %T@ %l\n" | sort
	    find . -type d -printf "%p %y %m %u %g\n" | sort
	    find . -type f ! -name host-clock -exec sha256sum {} + | sort -k 2
	    python3 -c "import os
for at, _, names in sorted(os.walk(\".\")):
    for path in sorted(os.path.join(at, name) for name in names):
        if not os.path.islink(path):
            for attr in sorted(os.listxattr(path)):
                print(path, attr, os.getxattr(path, attr))"'
}

# A login that stays open: session_open NAME ANSWERS [SSH-OPTION...].  What it
# is told by session_run is run in it, there.
session_open() {
	local name=$1 answers=$2

	shift 2
	host_sh 'name=$1 answers=$2; shift 2
	    rm -f "/tmp/$name".*; mkfifo "/tmp/$name.in"
	    SSH_TRY_LIMIT=600 setsid ssh-try "$answers" bash -c \
		"exec ssh -p 22 $* alice@host bash 0<>/tmp/$name.in" \
		>"/tmp/$name.out" 2>"/tmp/$name.err" &' \
	    "$name" "$answers" "$@"
	session_run "$name" 'echo open'
}

# Run a line of shell in it: its output, and its status as ours.
session_run() {
	host_sh 'name=$1 n=$(cat "/tmp/$1.n" 2>/dev/null || echo 0)
	    n=$((n + 1)); echo "$n" >"/tmp/$name.n"
	    printf "{ %s\n} 2>&1; echo end-%s=\$?\n" "$2" "$n" \
		>"/tmp/$name.in"
	    for _ in $(seq 1000); do
		line=$(grep -o "end-$n=[0-9]*" "/tmp/$name.out") && break
		sleep 0.01
	    done
	    [ -n "$line" ] || { cat "/tmp/$name.err"; exit 99; }
	    sed "/end-$n=/,\$d; 1,/end-$((n - 1))=/d" "/tmp/$name.out"
	    exit "${line##*=}"' "$1" "$2"
}

# By key alone.
key_alone() {
	host_run ssh -o BatchMode=yes -p 22 alice@host echo in
}

# confirm, by sudo with a fresh code, inside an open session.
confirm_in() {
	session_run "$1" "printf '%s\n' $(fresh alice) alice-password |
	    sudo -k -S -p '' bulkhead confirm"
}

# The install's own process that waits for its time.
watcher() {
	host_run pgrep -x bulkhead
}
