#!/usr/bin/env bats
# The theme "ways" of bulkhead doctor: daemons, consoles, groups, setuid
# programs and the like.  What can be tried is tried before and after the mend;
# a daemon that is not to be had is a program of its name that listens.

load lib
load doctor

setup_file() {
	gate_up production
	[ "$(id -u)" != 0 ] || host_sh 'cp -a /etc/pam.d /root/pam.d
	    rm -f /etc/polkit-1/rules.d/*
	    printf "@include common-%s\n" auth account session >/etc/pam.d/cockpit
	    cp /etc/pam.d/cockpit /etc/pam.d/login
	    { echo "auth requisite pam_bulkhead.so"; cat /etc/pam.d/cockpit; } \
		>/etc/pam.d/gated'
}

teardown_file() {
	gate_down
}

setup() {
	gate_needs_root
}

# stand_in NAME [WORD...]: a process of that name listens on a port.
stand_in() {
	host_sh 'name=$1; shift; rm -f /tmp/up
	    (exec -a "$name" python3 -c "
import socket, sys
s = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.listen()
open(\"/tmp/up\", \"w\").close()
s.accept()" "$@" >/dev/null 2>&1 &)
	    for _ in $(seq 500); do [ -e /tmp/up ] && exit; sleep 0.01; done
	    exit 1' "$@"
}

end_stand_ins() {
	host_sh 'for p in /proc/[0-9]*; do
		if [ "$(readlink $p/exe)" = "$(readlink -f "$(command -v python3)")" ]
		then kill -KILL "${p#/proc/}"; fi; done; :'
}

# is ID SEVERITY: doctor finds that, and nothing of it when it is mended.
is() {
	doctor
	finding "$1" ".theme == \"ways\" and .severity == \"$2\"" || return 1
	[ "$2" != bypass ] || mend ways
}

@test "a clean host has none" {
	doctor
	[ "$(verdict ways)" = out ] || { doctor_show ways; false; }
	jq -e '[.findings[] | select(.theme == "ways"
	    and .severity != "note")] == []' "$HOST/state/doctor" ||
	    { doctor_show ways; false; }
}

@test "a daemon that asks no PAM: while it runs, and when it lies ready" {
	stand_in dropbear
	is other-login bypass
	host_sh 'printf "#!/bin/sh\n" >/usr/local/sbin/tinysshd
	    chmod +x /usr/local/sbin/tinysshd'
	is other-login-ready weak
	host_run rm /usr/local/sbin/tinysshd
	stand_in /usr/bin/socat TCP-LISTEN:1 EXEC:/bin/sh
	is other-login bypass
	stand_in nc -e /bin/sh
	is other-login bypass
	stand_in ncat -lk 1 --sh-exec /bin/sh
	is other-login bypass
	stand_in busybox telnetd -p 1
	is other-login bypass
	stand_in podman system service tcp:127.0.0.1:1
	is other-login bypass
	stand_in dockerd -H fd:// -H=tcp://0.0.0.0:2375
	is other-login bypass
	host_sh 'mkdir -p /etc/docker
	    echo "{ \"hosts\": [\"tcp://0.0.0.0:2375\"] }" >/etc/docker/daemon.json'
	stand_in dockerd -H fd://
	is other-login bypass
	host_run rm -r /etc/docker
	stand_in dockerd -H fd://
	# The same programs without such words are none.
	stand_in nc -v
	doctor
	[ "$(verdict ways)" = out ]
	end_stand_ins
}

@test "a daemon that asks PAM is judged by its stack" {
	stand_in cockpit-ws
	is other-login bypass
	stand_in cockpit-ws
	host_run cp /etc/pam.d/cockpit /root/cockpit
	host_run cp /etc/pam.d/gated /etc/pam.d/cockpit
	doctor
	[ "$(verdict ways)" = out ]
	host_run cp /root/cockpit /etc/pam.d/cockpit
	end_stand_ins
	# Not running, but the service manager starts it at a knock.
	host_sh 'mkdir -p /etc/systemd/system/sockets.target.wants
	    ln -s /x/cockpit.socket /etc/systemd/system/sockets.target.wants/
	    printf "#!/bin/sh\n" >/usr/local/bin/cockpit-ws
	    chmod +x /usr/local/bin/cockpit-ws'
	doctor
	finding other-login '.severity == "bypass"'
	host_run rm -r /etc/systemd/system/sockets.target.wants
	is other-login-ready weak
	host_run rm /usr/local/bin/cockpit-ws
}

@test "vsftpd counts if it lets the host's accounts in" {
	stand_in vsftpd
	doctor
	[ "$(verdict ways)" = out ]
	host_sh 'printf "local_enable=YES\npam_service_name=cockpit\n" \
	    >/etc/vsftpd.conf'
	is other-login bypass
	host_run rm /etc/vsftpd.conf
}

@test "inetd and xinetd" {
	host_sh 'echo "telnet stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.telnetd" \
	    >/etc/inetd.conf
	    echo "echo stream tcp nowait root internal" >>/etc/inetd.conf'
	is other-login-ready weak
	stand_in inetd
	is other-login bypass
	host_sh 'rm /etc/inetd.conf; mkdir -p /etc/xinetd.d
	    printf "service shell\n{\n\tserver = /usr/sbin/in.rshd\n}\n" \
		>/etc/xinetd.d/rsh
	    printf "service shell\n{\n\tdisable = yes\n\tserver = /usr/sbin/in.rshd\n}\n" \
		>/etc/xinetd.d/off
	    cp /root/pam.d/other /root/other
	    cp /etc/pam.d/cockpit /etc/pam.d/rsh'
	stand_in xinetd
	doctor
	finding other-login '.where == "/etc/xinetd.d/rsh:3"'
	mend ways
	host_sh 'rm -r /etc/xinetd.d /etc/pam.d/rsh'
	end_stand_ins
}

@test "a console that logs somebody in by itself" {
	stand_in agetty --autologin alice tty1
	is console-autologin bypass
	stand_in agetty -o '-p -- \u' --noclear tty1
	doctor
	[ "$(verdict ways)" = out ]
	end_stand_ins
	host_sh 'mkdir -p /etc/systemd/system/getty@tty1.service.d
	    printf "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin alice --noclear %%I\n" \
		>/etc/systemd/system/getty@tty1.service.d/a.conf'
	is console-autologin bypass
	host_run grep -q 'agetty --noclear' \
	    '/etc/systemd/system/getty@tty1.service.d/a.conf'
	host_sh 'printf "[Service]\nExecStart=-/sbin/agetty -a root %%I\n" \
	    >/etc/systemd/system/serial.service'
	is console-autologin bypass
	host_sh 'printf "[Service]\nEnvironment=SYSTEMD_SULOGIN_FORCE=1\n" \
	    >/etc/systemd/system/getty@tty1.service.d/a.conf'
	is console-rescue weak
	host_sh 'rm -r /etc/systemd/system/getty@tty1.service.d
	    mkdir -p /etc/systemd/system/sysinit.target.wants
	    ln -s /x /etc/systemd/system/sysinit.target.wants/debug-shell.service'
	is console-debug-shell bypass
}

@test "a desktop that logs somebody in by itself" {
	host_sh 'mkdir -p /etc/gdm3
	    printf "[daemon]\nAutomaticLoginEnable = true\n" >/etc/gdm3/daemon.conf
	    cp /etc/pam.d/cockpit /etc/pam.d/gdm-autologin'
	is desktop-autologin weak
	host_sh 'printf "#!/bin/sh\n" >/usr/local/sbin/gdm3
	    chmod +x /usr/local/sbin/gdm3'
	is desktop-autologin bypass
	host_run rm -r /etc/gdm3 /usr/local/sbin/gdm3 /etc/pam.d/gdm-autologin
}

# Can LOGIN write to the socket?
can_write() {
	host_as "$1" python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' /run/docker.sock 2>/dev/null
}

@test "a group that is root in disguise" {
	host_sh 'groupadd -f docker; gpasswd -a alice docker >/dev/null'
	is group-is-root weak
	host_sh '(exec python3 -c "
import socket, time, os
s = socket.socket(socket.AF_UNIX); s.bind(\"/run/docker.sock\"); s.listen(9)
os.chmod(\"/run/docker.sock\", 0o660)
os.system(\"chgrp docker /run/docker.sock\")
open(\"/tmp/sock\", \"w\").close()
time.sleep(1000)" >/dev/null 2>&1 &)
	    for _ in $(seq 500); do [ -e /tmp/sock ] && exit; sleep 0.01; done
	    exit 1'
	can_write alice
	is group-is-root bypass
	run can_write alice
	[ "$status" != 0 ]
	# Nobody is in it: it may be there.
	doctor
	[ "$(verdict ways)" = out ]
	host_run chmod 666 /run/docker.sock
	can_write bob
	is group-is-root bypass
	run can_write bob
	[ "$status" != 0 ]
	end_stand_ins
	host_run rm /run/docker.sock
}

@test "the group disk, where it may write one" {
	host_run gpasswd -a bob disk
	is group-is-root weak
	host_sh 'mknod -m 660 /dev/vdz b 7 99 && chgrp disk /dev/vdz' ||
	    skip "no block device can be made here"
	is group-is-root bypass
	host_sh 'rm /dev/vdz'
}

@test "a setuid shell, also under another name" {
	host_sh 'install -m 4755 /bin/bash /home/alice/.x
	    install -m 4755 /usr/bin/env /usr/local/bin/env'
	[ "$(host_as bob /usr/local/bin/env id -un)" = root ]
	[ "$(host_as alice /home/alice/.x -p -c 'id -un')" = root ]
	doctor
	finding setuid-root-shell '.where == "/home/alice/.x"'
	finding setuid-root-shell '.where == "/usr/local/bin/env"'
	mend ways
	[ "$(host_as alice /home/alice/.x -p -c 'id -un')" = alice ]
	[ "$(host_as bob /usr/local/bin/env id -un)" = bob ]
	host_sh 'rm /home/alice/.x /usr/local/bin/env
	    install -m 4755 /bin/true /usr/local/bin/mystery'
	is setuid-unknown weak
	host_sh 'rm /usr/local/bin/mystery; install -m 4755 /usr/bin/sudo /usr/local/bin/again'
	doctor
	[ "$(verdict ways)" = out ]
	host_run rm /usr/local/bin/again
}

@test "a file's name is never shell text of a fix" {
	host_sh 'mkdir "/home/alice/a'"'"'; touch was-run; : '"'"'" &&
	    install -m 4755 /bin/bash "$_/bash"'
	doctor
	finding setuid-root-shell '(.where | test("was-run")) and .fix == null'
	host_sh 'rm -r /home/alice/a*'
}

@test "nor is an account's" {
	host_sh 'cp -p /etc/passwd /root/passwd
	    echo "x\$(touch ran):x:4242:$(getent group disk | cut -d : -f 3)::/:/bin/sh" \
		>>/etc/passwd'
	doctor
	host_run mv /root/passwd /etc/passwd
	finding group-is-root '(.what | contains("touch ran")) and .fix == null'
}

@test "capabilities are root's, but not those of a user namespace" {
	host_sh 'install /usr/bin/env /usr/local/bin/env
	    setcap cap_setuid+ep /usr/local/bin/env'
	is setuid-root-shell bypass
	# what unshare -U and setcap give to a file of one's own
	host_run python3 -c 'import os, struct
os.setxattr("/usr/local/bin/env", "security.capability",
    struct.pack("<6I", 3 << 24 | 1, 1 << 7, 0, 0, 0, 1000))'
	doctor
	[ "$(verdict ways)" = out ] || { doctor_show ways; false; }
	host_run rm /usr/local/bin/env
}

@test "doas: nopass and persist, where its account lines are open" {
	host_sh 'install -m 4755 /bin/true /usr/local/bin/doas
	    cp /etc/pam.d/gated /etc/pam.d/doas
	    echo "permit nopass root" >/etc/doas.conf'
	doctor
	[ "$(verdict ways)" = out ]
	host_sh 'echo "permit nopass keepenv alice as root cmd id" >/etc/doas.conf'
	is doas-past-gate bypass
	finding doas-code-alone '.severity == "note"'
	host_sh 'echo "permit alice" >/etc/doas.conf
	    cp /etc/pam.d/gated /etc/pam.d/doas'
	doctor
	[ "$(verdict ways)" = out ]
	host_sh 'echo "permit persist setenv { X=nopass } :alice" >/etc/doas.conf'
	is doas-past-gate bypass
	host_sh 'echo "permit alice" >/etc/doas.conf
	    cp /etc/pam.d/cockpit /etc/pam.d/doas'
	is doas-past-gate bypass
	host_run rm /etc/doas.conf /usr/local/bin/doas /etc/pam.d/doas
}

@test "a polkit rule that says yes is weak, or unknown where polkit runs" {
	host_sh 'printf "polkit.addRule(function(a, s) {\n  return polkit.Result.YES;\n});\n" \
	    >/etc/polkit-1/rules.d/x.rules'
	is polkit-rule weak
	stand_in polkitd
	is polkit-rule unknown
	end_stand_ins
	host_sh 'rm /etc/polkit-1/rules.d/x.rules'
}

@test "jobs that outlive a token are noted" {
	host_sh 'mkdir -p /var/spool/cron/crontabs
	    echo "@reboot true" >/var/spool/cron/crontabs/bob'
	is jobs note
	host_run rm /var/spool/cron/crontabs/bob
}
