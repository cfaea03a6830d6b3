#!/bin/bash
# The host that each configuration starts from: nothing leads past the gate.
set -eu

# A program more or less in /usr/bin is a matter of this host alone.
mkdir -p /run/corpus/bin/up /run/corpus/bin/work
mount -t overlay corpus-bin -o \
    lowerdir=/usr/bin,upperdir=/run/corpus/bin/up,workdir=/run/corpus/bin/work \
    /usr/bin
cd /etc

# docs/pam lies there already; where polkit is, its own file has no gate.
cat >pam.d/polkit-1 <<'END'
auth       requisite  pam_bulkhead.so
@include common-auth
account    required   pam_bulkhead.so
@include common-account
session    required   pam_bulkhead.so
@include common-session-noninteractive
password   requisite  pam_bulkhead.so
@include common-password
END

mkdir -p ssh/sshd_config.d ssh/bulkhead.d
cat >ssh/sshd_config <<'END'
Include /etc/ssh/bulkhead.d/*.conf
Include /etc/ssh/sshd_config.d/*.conf
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
UsePAM yes
AuthenticationMethods publickey,keyboard-interactive:pam
KbdInteractiveAuthentication yes
PasswordAuthentication no
PermitRootLogin no
UseDNS no
LogLevel VERBOSE
MaxStartups 100
X11Forwarding no
Subsystem sftp internal-sftp
END
if sshd -t -o 'PerSourcePenalties no' 2>/dev/null; then
	echo 'PerSourcePenalties no' >>ssh/sshd_config
fi

cat >sudoers <<'END'
Defaults env_reset, !mail_badpass, passwd_tries=1
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
%staff ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
END
chmod 440 sudoers
for name in alice dave erin frank; do
	usermod -a -G staff "$name"
done
printf 'nodelay\n' >security/faillock.conf

install -m 600 /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
# An authority that a configuration may trust, and a key that it signed.
ssh-keygen -q -t ed25519 -N '' -f /run/corpus/ca
ssh-keygen -q -t ed25519 -N '' -f /run/corpus/signed
ssh-keygen -q -s /run/corpus/ca -I corpus -n alice,bob,carol,dave,root \
    /run/corpus/signed.pub
cp /run/corpus/ca.pub ssh/ca.pub

rsync -a /etc/ /run/corpus/etc/
rsync -a /home/ /run/corpus/home/
rsync -a /root/ /run/corpus/root/
