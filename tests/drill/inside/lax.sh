#!/bin/bash
# The usual vault with its doors open, for the test of the attacks themselves.
. /run/host/drill/common.sh

sed -i -e '/^AuthenticationMethods/d' -e '/^Match/,$d' -e '/^PermitRootLogin/d' \
    /etc/ssh/sshd_config
cat >>/etc/ssh/sshd_config <<'CONFIG'
PermitRootLogin yes
TrustedUserCAKeys /run/host/drill/ca.pub
HostbasedAuthentication yes
HostbasedUsesNameFromPacketOnly yes
IgnoreRhosts no
IgnoreUserKnownHosts yes
CONFIG
install -d -m 700 /root/.ssh
cp /run/host/drill/admin.pub /root/.ssh/authorized_keys
cp /run/host/drill/known_hosts /etc/ssh/ssh_known_hosts
cut -d ' ' -f 1 /run/host/drill/known_hosts | tr , '\n' | sed 's/$/ root/' \
    >/home/alice/.shosts
chown alice: /home/alice/.shosts
authorize push-prod </run/host/drill/push_usual.pub
rm -f /tmp/rc-ran /home/push-prod/.ssh/rc
grep -q push-prod /etc/sudoers ||
    echo 'push-prod ALL=(ALL) NOPASSWD: ALL' >>/etc/sudoers
kill -HUP "$(cat /run/sshd.pid)"
