#!/usr/bin/env bats
# install, confirm and uninstall on a host as Debian leaves it: real sshd and
# sudo, and /etc as it was afterwards.

load lib
load install

setup_file() {
	stock_up production policy.freshness=0
}

teardown_file() {
	gate_down
}

setup() {
	gate_calm
}

teardown() {
	gate_show
	[ "$(id -u)" != 0 ] ||
	    host_run bulkhead uninstall --yes >/dev/null 2>&1 || :
}

refused() {
	run host_run bulkhead install --yes
	[ "$status" = 1 ]
	[[ $output == *"$1"* ]] || { echo "does not say: $1"; return 1; }
	[ ! -e "$(host_path /var/lib/bulkhead-install)" ]
	[ "$(etc_snapshot | sha256sum)" = "$before" ]
}

# Give one answer to the question of install on a terminal.
answer() {
	host_run expect -c "spawn -noecho bulkhead install
	    expect {\[y/N\]}
	    send \"$1\"
	    expect eof
	    exit [lindex [wait] 3]"
}

@test "refused where nobody who can administer has a working token" {
	before=$(etc_snapshot | sha256sum)
	refused "nobody who can administer"
	# a token alone: erin may not become root
	enrol erin
	refused "erin may not become root"
	# one who may, but whose token nobody has confirmed
	person dave
	host_run bulkhead enroll dave totp --no-qr --secret-file - \
	    <<<"$(seed)" >/dev/null
	refused "nobody who can administer"
	# one who may, but has no password to give after the code
	enrol carol
	host_run passwd -q -l carol
	before=$(etc_snapshot | sha256sum)
	refused "carol has no password"
	host_run passwd -q -u carol
	# root has a token, but sshd can't ask root for it
	enrol root
	before=$(etc_snapshot | sha256sum)
	host_run passwd -q -l carol
	before=$(etc_snapshot | sha256sum)
	refused "PermitRootLogin must be yes"
	enrol alice
	run host_run bulkhead install --dry-run
	[ "$status" = 0 ]
}

@test "refused without an emergency path, without a daemon" {
	gate_config emergency path=
	before=$(etc_snapshot | sha256sum)
	refused "no emergency path"
	gate_config emergency path=console
	host_run passwd -q -l root
	before=$(etc_snapshot | sha256sum)
	refused "root has no password"
	host_run passwd -q -u root
	gate_stop
	before=$(etc_snapshot | sha256sum)
	refused "nobody answers"
	gate_start
	host_sh 'cp -p /etc/sudoers /root/; echo "no rule" >>/etc/sudoers'
	before=$(etc_snapshot | sha256sum)
	refused "visudo"
	host_run mv /root/sudoers /etc/sudoers
}

@test "the changes are shown, and without --yes there is a question" {
	local before

	before=$(etc_snapshot | sha256sum)
	run host_run bulkhead install --dry-run
	[ "$status" = 0 ]
	[[ $output == *"+auth       requisite    pam_bulkhead.so"* ]]
	[[ $output == *"+++ /etc/pam.d/su"* ]]
	[[ $output == *"+AuthenticationMethods publickey,keyboard"* ]]
	[[ $output == *"refused from now on: bob"* ]]
	[[ $output == *"root can't log in by ssh any more"* ]]
	[[ $output != *"from now on: "*alice* ]]
	run host_run setsid -w bulkhead install
	[ "$status" = 2 ]
	[[ $output == *"--yes"* ]]
	run answer 'n\r'
	[ "$status" = 1 ]
	[[ $output == *"nothing was changed"* ]]
	run answer '\003'
	[[ $output == *"[y/N]"* && $output != *"Gated"* ]]
	[ "$(etc_snapshot | sha256sum)" = "$before" ]
	[ ! -e "$(host_path /var/lib/bulkhead-install)" ]
}

@test "without confirm everything is as it was, in time; no session is cut" {
	local before start

	before=$(etc_snapshot)
	session_open old ''
	start=$(date +%s)
	run host_run bulkhead install --yes --confirm-within 10s
	[ "$status" = 0 ]
	run session_run old 'echo still here'
	[[ $output == *"still here"* ]]
	host_wait 20 host_sh '! [ -e /var/lib/bulkhead-install ]'
	[ $(($(date +%s) - start)) -ge 10 ]
	diff <(echo "$before") <(etc_snapshot)
	key_alone
	run session_run old 'echo even now'
	[[ $output == *"even now"* ]]
	logged "not confirmed"
}

@test "while it waits: who is asked, and who may not confirm" {
	session_open old '' -o ControlMaster=yes -o ControlPath=/tmp/mux
	host_run bulkhead install --yes
	run key_alone
	[ "$status" != 0 ]
	run try 22 alice "$(fresh alice),alice-password"
	[ "$status" = 0 ]
	# not from the console, nor from the old session with a right code
	run host_run bulkhead confirm
	[ "$status" = 1 ]
	[[ $output == *"not a new session"* ]]
	run confirm_in old
	[ "$status" = 1 ]
	[[ $output == *"not a new session"* ]]
	# nor from a new one over the old connection, which asks for no code
	run host_run ssh -o ControlPath=/tmp/mux alice@host \
	    "printf '%s\n' $(fresh alice) alice-password |
	    sudo -k -S -p '' bulkhead confirm"
	[ "$status" = 1 ]
	[[ $output == *"not a new session"* ]]
	# a second one does not disturb it
	run host_run bulkhead install --yes
	[ "$status" = 1 ]
	[[ $output == *"waits to be confirmed"* ]]
	host_run bulkhead uninstall
}

@test "install, confirm, uninstall: /etc is byte for byte what it was" {
	local before between

	host_run chmod 640 /etc/pam.d/su
	host_run chgrp adm /etc/pam.d/su
	host_run python3 -c 'import os
os.setxattr("/etc/pam.d/sshd", "user.note", b"kept")'
	host_run touch -d 2001-02-03T04:05:06.789 /etc/pam.d/sudo
	before=$(etc_snapshot)
	run host_run bulkhead install --yes
	[ "$status" = 0 ]
	[[ $output != *"NOT gated"* ]]
	session_open new "$(fresh alice),alice-password"
	run confirm_in new
	[ "$status" = 0 ]
	[[ $output == *"alice came through it"* ]]
	host_wait 5 host_sh '! pgrep -x bulkhead'
	run host_run bulkhead doctor
	[ "$status" = 0 ]
	between=$(etc_snapshot)
	run host_run bulkhead install --yes
	[ "$status" = 0 ]
	[[ $output == *"Nothing to change"* ]]
	run host_run bulkhead confirm
	[ "$status" = 1 ]
	diff <(echo "$between") <(etc_snapshot)
	[[ $(host_run stat -c '%a %G' /etc/pam.d/su) == "640 adm" ]]
	etc_snapshot | grep "pam.d/sshd user.note b'kept'"
	run host_run bulkhead --json uninstall --yes
	[ "$status" = 0 ]
	jq -e '(.files | length) == 6 and .done' <<<"$output"
	recorded '.action == "gate.laid" and (.detail | test("sshd, sudo"))'
	recorded '.action == "gate.confirmed" and .subject.name == "alice"'
	recorded '.action == "gate.removed"'
	diff <(echo "$before") <(etc_snapshot)
	[ ! -e "$(host_path /var/lib/bulkhead-install)" ]
	key_alone
	run session_run new 'echo here'
	[[ $output == *"here"* ]]
}

@test "a file that was changed since loses our lines and keeps the rest" {
	run host_run bulkhead install --yes
	[ "$status" = 0 ]
	session_open new "$(fresh alice),alice-password"
	confirm_in new
	host_sh 'cp -p /etc/pam.d/sudo /root/sudo
	    echo "# mine" >>/etc/pam.d/sudo; chmod 600 /etc/pam.d/su'
	run host_run bulkhead uninstall --yes
	[ "$status" = 0 ]
	[[ $output == *"/etc/pam.d/sudo was changed since"* ]]
	[ "$(host_run stat -c %a /etc/pam.d/su)" = 600 ]
	host_run chmod 644 /etc/pam.d/su
	host_sh 'tail -n 1 /etc/pam.d/sudo | grep -x "# mine" &&
	    ! grep bulkhead /etc/pam.d/sudo &&
	    sed -i "\$d" /etc/pam.d/sudo'
}

@test "uninstall puts back at once what waits for confirm" {
	local before

	before=$(etc_snapshot)
	host_run bulkhead install --yes
	run host_run bulkhead uninstall
	[ "$status" = 0 ]
	diff <(echo "$before") <(etc_snapshot)
	host_wait 5 host_sh '! pgrep -x bulkhead'
}

@test "what somebody changed before confirm is kept, and said" {
	host_sh 'cp -p /etc/pam.d/sudo /root/sudo'
	host_run bulkhead install --yes
	host_sh 'kill -KILL $(pgrep -x bulkhead)
	    echo "# mine" >>/etc/pam.d/sudo; chmod 600 /etc/pam.d/su
	    cd /var/lib/bulkhead-install &&
	    jq -c ".pending.boot = \"another\"" state >s && cat s >state &&
	    rm s'
	run host_run bulkhead install --dry-run
	[ "$status" = 0 ]
	[[ $output == *"/etc/pam.d/sudo was changed by somebody since"* ]]
	host_run tail -n 1 /etc/pam.d/sudo | grep -x '# mine'
	[ "$(host_run stat -c %a /etc/pam.d/su)" = 600 ]
	host_sh '! grep bulkhead /etc/pam.d/su && chmod 644 /etc/pam.d/su &&
	    mv /root/sudo /etc/pam.d/sudo'
}

@test "no room to write down what would be undone: nothing is done" {
	local before

	before=$(etc_snapshot)
	host_sh 'mkdir -m 700 /var/lib/bulkhead-install &&
	    mount -t tmpfs -o size=8k,mode=700 tmpfs /var/lib/bulkhead-install'
	run host_run bulkhead install --yes
	host_sh 'umount /var/lib/bulkhead-install
	    rmdir /var/lib/bulkhead-install'
	[ "$status" = 3 ]
	[[ $output == *"state: no space left"* ]]
	diff <(echo "$before") <(etc_snapshot)
}

@test "Ctrl-Z in the middle does not leave it there" {
	host_sh 'set -m; s=/var/lib/bulkhead-install/state
	    bulkhead install --yes >/dev/null 2>&1 &
	    until grep -q laying $s 2>/dev/null; do :; done
	    kill -TSTP $!
	    for _ in $(seq 1000); do
		! grep -q "\"laid\"" $s || exit 0
		sleep 0.01
	    done
	    kill -CONT $!
	    exit 1'
	host_run bulkhead uninstall
}

@test "laying has an end, whatever it waits for" {
	host_run strace -o /tmp/calls -e 'trace=/^(alarm|setitimer|rename)' \
	    bulkhead install --yes
	host_run bulkhead uninstall
	run host_sh 'grep -o "^alarm\|^setitimer\|pam.d/sshd\"" /tmp/calls |
	    sed s/setitimer/alarm/ | tr "\n" " "'
	[ "$output" = 'alarm pam.d/sshd" alarm ' ]
}

@test "a reboot before confirm: the job at the boot puts everything back" {
	local before

	before=$(etc_snapshot)
	host_run bulkhead install --yes
	# in the same boot it goes on waiting, though its process was killed
	host_sh 'kill -KILL $(pgrep -x bulkhead)'
	run host_run bulkhead install --finish
	[ "$status" = 0 ]
	[[ $output == *"waits for"* ]]
	host_wait 5 host_sh 'pgrep -x bulkhead'
	host_sh 'kill -KILL $(pgrep -x bulkhead)
	    cd /var/lib/bulkhead-install &&
	    jq -c ".pending.boot = \"another\"" state >s && cat s >state &&
	    rm s'
	run host_run bulkhead install --finish
	[ "$status" = 0 ]
	diff <(echo "$before") <(etc_snapshot)
	run host_run bulkhead install --finish
	[ "$status" = 0 ]
	[[ $output == *"nothing is pending"* ]]
	key_alone
}

@test "a service that is left out is named; sshd can't be" {
	run host_run bulkhead install --yes --services sshd,sudo
	[ "$status" = 0 ]
	[[ $output == *"NOT gated, left out: su, su-l, polkit-1"* ]]
	run host_run grep -l bulkhead /etc/pam.d/su
	[ "$status" = 1 ]
	host_run bulkhead uninstall
	run host_run bulkhead install --yes --services sudo
	[ "$status" = 1 ]
	[[ $output == *"sshd must be among"* ]]
	run host_run bulkhead install --yes --services sshd,doas
	[ "$status" = 2 ]
}

@test "a main file without the folder's Include gets the lines on top" {
	host_sh 'cp -p /etc/ssh/sshd_config /root/config
	    sed -i "s,^Include.*,Include /etc/ssh/bulkhead.d/*.conf," \
		/etc/ssh/sshd_config'
	run host_run bulkhead install --yes
	[ "$status" = 0 ]
	host_sh 'grep -v "^#" /etc/ssh/sshd_config | grep . | head -n 2 | tr "\n" " "' |
	    grep 'bulkhead.d/\*.conf UsePAM yes'
	run key_alone
	[ "$status" != 0 ]
	host_run bulkhead uninstall
	host_run mv /root/config /etc/ssh/sshd_config
}

@test "a Match block that asks for no code is named" {
	host_sh 'cp -p /etc/ssh/sshd_config /root/config
	    printf "Match User bob\n\tAuthenticationMethods publickey\n" \
		>>/etc/ssh/sshd_config'
	run host_run bulkhead --json install --dry-run
	host_run mv /root/config /etc/ssh/sshd_config
	[ "$status" = 0 ]
	jq -e '.status == "dry-run" and (.changes | length) == 6 and
	    any(.notes[]; test("sshd_config:[0-9]+: a Match block asks for no"))' \
	    <<<"$output"
}

@test "sshd that does not take the settings: everything is as it was" {
	local before

	host_sh 'echo "AuthenticationMethods publickey" \
	    >/etc/ssh/sshd_config.d/00-a.conf'
	before=$(etc_snapshot)
	run host_run bulkhead install --yes
	[ "$status" = 1 ]
	[[ $output == *"read before ours"* ]]
	diff <(echo "$before") <(etc_snapshot)
	host_run rm /etc/ssh/sshd_config.d/00-a.conf
	host_wait 5 host_sh '! pgrep -x bulkhead'
}

@test "a package that replaces a file: install lays it anew, and that alone" {
	local before

	host_sh 'cp -p /etc/pam.d/sudo /root/sudo'
	run host_run bulkhead install --yes
	[ "$status" = 0 ]
	session_open new "$(fresh alice),alice-password"
	confirm_in new
	host_sh '{ echo "# of another version"; cat /root/sudo; } >/etc/pam.d/sudo'
	before=$(etc_snapshot)
	run host_run bulkhead --json install --yes
	[ "$status" = 0 ]
	jq -e '.files == ["/etc/pam.d/sudo"] and .confirm_by != null' \
	    <<<"$output"
	# not confirmed: what was confirmed before stays
	host_run bulkhead uninstall
	diff <(echo "$before") <(etc_snapshot)
	run key_alone
	[ "$status" != 0 ]
	host_run bulkhead install --yes
	confirm_in new && false # the session is older than this install
	session_open newer "$(fresh alice),alice-password"
	confirm_in newer
	host_run bulkhead uninstall --yes
	host_sh '! grep -r bulkhead /etc/pam.d /etc/ssh &&
	    head -n 1 /etc/pam.d/sudo | grep version &&
	    cp -p /root/sudo /etc/pam.d/sudo'
}

@test "a backup realm has a line in password too, and in passwd" {
	gate_config realm class=backup
	run host_run bulkhead install --dry-run
	gate_config realm class=production
	[ "$status" = 0 ]
	[[ $output == *"+++ /etc/pam.d/passwd"* ]]
	[ "$(grep -c '^+password   requisite    pam_bulkhead.so' <<<"$output")" = 6 ]
}
