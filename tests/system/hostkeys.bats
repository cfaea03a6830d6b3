#!/usr/bin/env bats
# What is seen of the SSH keys that a host's sshd accepts.

load lib

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	host_up "$BH_BUILD" || return 1
	install -m 755 "$BH_BUILD/tests/system/hostkeys" \
	    "$(host_path /run/host/bin)/hostkeys"
	host_sh '
	    mkdir -p /etc/keys /tmp/k
	    for name in alice bob carol ca one two; do
		ssh-keygen -q -t ed25519 -N "" -C "key-$name" -f /tmp/k/$name
	    done
	    cat /tmp/k/alice.pub >>/home/alice/.ssh/authorized_keys
	    cp /etc/ssh/sshd_config /root/sshd_config'
}

teardown_file() {
	[ "$(id -u)" = 0 ] || return 0
	host_down
}

setup() {
	gate_needs_root
	host_sh 'cp /root/sshd_config /etc/ssh/sshd_config
	    rm -rf /etc/ssh/more /etc/keys/*'
}

# A line of the configuration that comes before every Match.
config_first() {
	host_sh '{ printf "%s\n" "$@"; cat /root/sshd_config; } \
	    >/etc/ssh/sshd_config' "$@"
}

config_last() {
	host_sh 'printf "%s\n" "$@" >>/etc/ssh/sshd_config' "$@"
}

sees() {
	run host_run hostkeys
	[ "$status" = 0 ]
	[[ $output == *"$1"* ]]
}

sees_not() {
	[[ $output != *"$1"* ]]
}

@test "the sshd that runs is found, with its configuration" {
	sees "sshd runs, configuration /etc/ssh/sshd_config"
	sees_not unseen
}

@test "another -f and -o of the sshd that runs are its configuration" {
	host_sh 'cp /tmp/k/one.pub /etc/keys/one
	    { grep -v "^Port\|^PidFile" /root/sshd_config; echo; } \
		>/etc/ssh/second
	    kill $(cat /run/sshd.pid)
	    until ! ss -ltn | grep -q ":22 "; do sleep 0.02; done
	    /usr/sbin/sshd -o Port=2299 -o "AuthorizedKeysFile /etc/keys/one" \
		-f /etc/ssh/second'
	run host_wait 5 host_sh 'ss -ltn | grep -q :2299'
	run host_run hostkeys
	# Back to the first one, whatever was seen.
	host_sh 'kill $(cat /run/sshd.pid)
	    until ! ss -ltn | grep -q :2299; do sleep 0.02; done
	    /usr/sbin/sshd'
	[[ $output == *"sshd runs, configuration /etc/ssh/second"* ]]
	[[ $output == *"/etc/keys/one:1 alice key ssh-ed25519 key-one"* ]]
	sees_not /home/alice
}

@test "an sshd in a mount namespace of its own is this host's, in a container not" {
	host_sh 'cp /root/sshd_config /etc/ssh/own
	    sed -i "/^Port\|^PidFile\|^Match\|^	/d" /etc/ssh/own
	    kill $(cat /run/sshd.pid)
	    until ! ss -ltn | grep -q ":22 "; do sleep 0.02; done
	    unshare -m /usr/sbin/sshd -f /etc/ssh/own -o Port=2297 \
		-o PidFile=/run/own
	    unshare -p -f --kill-child --mount-proc /usr/sbin/sshd -D \
		-f /etc/ssh/own -o Port=2296 -o PidFile=/run/contained \
		>/dev/null 2>&1 &
	    echo $! >/run/container'
	run host_wait 5 host_sh 'ss -ltn | grep -q :2297 &&
	    ss -ltn | grep -q :2296'
	run host_run hostkeys
	host_sh 'kill $(cat /run/own); kill -KILL $(cat /run/container)
	    until ! ss -ltn | grep -q ":229[67] "; do sleep 0.02; done
	    /usr/sbin/sshd'
	[[ $output == *"sshd runs, configuration /etc/ssh/own"* ]]
	sees_not "more sshd"
}

@test "anybody's process with sshd's title is not run" {
	host_sh 'printf "#!/bin/sh\ntouch /tmp/was-run\n" >/tmp/evil
	    chmod 755 /tmp/evil'
	host_as bob python3 -c '
import ctypes, os, sys, time
if len(sys.argv) == 1:
    os.execv(sys.executable, ["sshd: /tmp/evil -D [listener] 0 of 10",
        "-c", open("/proc/self/cmdline").read().split("\0")[2], "x"])
ctypes.CDLL(None).prctl(4, 0)
print("up", flush=True)
time.sleep(20)' >"$HOST/state.evil" &
	host_wait 5 grep -q up "$HOST/state.evil"
	kill -0 %1
	grep -q up "$HOST/state.evil"
	sees "configuration /etc/ssh/sshd_config"
	# Not even as one more of them.
	sees_not "more sshd"
	run host_run test -e /tmp/was-run
	[ "$status" != 0 ]
	kill %1
}

@test "each account's authorized_keys, with file, line and account" {
	sees "/home/alice/.ssh/authorized_keys:2 alice key ssh-ed25519 key-alice"
	sees "/home/bob/.ssh/authorized_keys:1 bob key ssh-ed25519 key"
	sees_not "bob key ssh-ed25519 key-alice"
}

@test "the host's own keys" {
	sees "/etc/ssh/ssh_host_ed25519_key.pub:1 - host ssh-ed25519"
}

@test "AuthorizedKeysFile with %u, %h, %U, %% and relative paths" {
	config_first 'AuthorizedKeysFile /etc/keys/%u%% %h/k1 k2 /etc/keys/%U'
	host_sh 'cp /tmp/k/alice.pub "/etc/keys/alice%"
	    cp /tmp/k/one.pub /home/bob/k1; cp /tmp/k/two.pub /home/bob/k2
	    cp /tmp/k/carol.pub /etc/keys/$(id -u carol)'
	sees "/etc/keys/alice%:1 alice key ssh-ed25519 key-alice"
	sees "/home/bob/k1:1 bob key ssh-ed25519 key-one"
	sees "/home/bob/k2:1 bob key ssh-ed25519 key-two"
	sees " carol key ssh-ed25519 key-carol"
	sees_not .ssh/authorized_keys
}

@test "Match User is for that user" {
	config_last 'Match User bob' '	AuthorizedKeysFile /etc/keys/bob'
	host_sh 'cp /tmp/k/bob.pub /etc/keys/bob'
	sees "/etc/keys/bob:1 bob key ssh-ed25519 key-bob"
	sees_not "alice key ssh-ed25519 key-bob"
	sees_not /home/bob
	sees "/home/alice/.ssh/authorized_keys:2 alice"
}

@test "Match User in an Included file" {
	host_sh 'mkdir /etc/ssh/more; printf "%s\n" "match user BOB,bob" \
	    "AuthorizedKeysFile=/etc/keys/bob" >/etc/ssh/more/a.conf
	    grep -v "^Match\|^	" /root/sshd_config >/etc/ssh/sshd_config
	    echo "Include more/*.conf" >>/etc/ssh/sshd_config
	    cp /tmp/k/bob.pub /etc/keys/bob'
	sees "/etc/keys/bob:1 bob key ssh-ed25519 key-bob"
	sees "/home/alice/.ssh/authorized_keys:2 alice"
	sees_not "alice key ssh-ed25519 key-bob"
}

@test "what a Match by address, host, port or rdomain lets in is seen too" {
	host_sh 'cp /tmp/k/one.pub /etc/keys/one; cp /tmp/k/ca.pub /etc/keys/ca'
	config_last 'Match Address 192.0.2.0/24 User *' \
	    '	AuthorizedKeysFile /etc/keys/one' \
	    'Match Host *.example' '	TrustedUserCAKeys /etc/keys/ca' \
	    'Match LocalAddress 192.0.2.1 LocalPort 2201 RDomain 7' \
	    '	AuthorizedKeysCommand /bin/true' \
	    '	AuthorizedKeysCommandUser nobody'
	sees "/etc/keys/one:1 alice key ssh-ed25519 key-one"
	sees "/etc/keys/ca:1 - ca ssh-ed25519 key-ca"
	sees "unseen: AuthorizedKeysCommand /bin/true:"
}

@test "CAs: TrustedUserCAKeys and cert-authority lines" {
	host_sh 'cp /tmp/k/ca.pub /etc/keys/ca
	    { printf "cert-authority,principals=\"x y\" "; cat /tmp/k/two.pub; } \
		>/home/dave/.ssh/authorized_keys'
	config_first 'TrustedUserCAKeys /etc/keys/ca'
	sees "/etc/keys/ca:1 - ca ssh-ed25519 key-ca"
	sees "/home/dave/.ssh/authorized_keys:1 dave ca ssh-ed25519 key-two"
}

@test "commands that give keys or principals are named as not seen" {
	config_first 'AuthorizedKeysCommand /usr/bin/true %u' \
	    'AuthorizedKeysCommandUser nobody' \
	    'AuthorizedPrincipalsCommand /usr/bin/false' \
	    'AuthorizedPrincipalsCommandUser nobody'
	sees "unseen: AuthorizedKeysCommand /usr/bin/true %u:"
	sees "unseen: AuthorizedPrincipalsCommand /usr/bin/false:"
	[ "$(grep -c 'unseen: AuthorizedKeys' <<<"$output")" = 1 ]
}

@test "a FIFO and a file of the wrong kind are said, a link is followed" {
	host_sh 'rm /home/erin/.ssh/authorized_keys /home/dave/.ssh/authorized_keys
	    ln -s /home/alice/.ssh/authorized_keys /home/erin/.ssh/authorized_keys
	    mkfifo /home/dave/.ssh/authorized_keys
	    cp /dev/null /home/carol/.ssh/authorized_keys2
	    echo junk >/home/carol/.ssh/authorized_keys2'
	sees "unseen: /home/dave/.ssh/authorized_keys: not looked at: it is a symbolic link or no plain file"
	sees "unseen: /home/carol/.ssh/authorized_keys2:1: this line is no"
	sees "/home/erin/.ssh/authorized_keys:1 erin key ssh-ed25519"
}

@test "accounts of a directory that does not list them are said" {
	host_sh 'cp /etc/nsswitch.conf /root/ns
	    echo "passwd: files sss # x" >/etc/nsswitch.conf'
	run host_run hostkeys
	host_run cp /root/ns /etc/nsswitch.conf
	[[ $output == *"/etc/nsswitch.conf:1: accounts of 'sss'"* ]]
	[[ $output != *"of 'files'"* ]]
}

@test "a short name for a type: sshd does not take it, and it is said" {
	host_sh 'read -r _ blob _ </tmp/k/one.pub
	    echo "eD25519 $blob short" >/home/bob/.ssh/authorized_keys
	    chown bob: /home/bob/.ssh/authorized_keys
	    sed -i "1iStrictModes no" /etc/ssh/sshd_config
	    echo "UsePAM no" >/etc/ssh/plain
	    grep HostKey /root/sshd_config >>/etc/ssh/plain
	    /usr/sbin/sshd -f /etc/ssh/plain -o Port=2298 -o PidFile=/run/plain'
	run host_run ssh -p 2298 -i /tmp/k/one bob@host echo in as bob
	host_sh 'kill $(cat /run/plain)'
	[[ $output != *"in as bob"* ]]
	sees "unseen: /home/bob/.ssh/authorized_keys:1: this line is no"
}

@test "sshd's complaint is handed on: no privilege separation folder" {
	host_sh 'mv /run/sshd /run/sshd.away'
	run host_run hostkeys
	host_sh 'mv /run/sshd.away /run/sshd'
	[ "$status" = 1 ]
	[[ $output == *"Missing privilege separation directory: /run/sshd"* ]]
}

@test "sshd's complaint is handed on: a bad line" {
	config_first 'NoSuchKeyword yes'
	run host_run hostkeys
	[ "$status" = 1 ]
	[[ $output == *"sshd_config"*[Bb]"ad configuration"* ]]
}
