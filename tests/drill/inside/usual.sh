#!/bin/bash
# A vault as it is usually protected: key, code by pam_google_authenticator
# with the entry that the phone has anyway, and the password of everywhere; a
# push account that may run rsync and nothing else.
. /run/host/drill/common.sh

only vault-usual
client
server >/etc/ssh/sshd_config
cat >/etc/pam.d/sshd <<'PAM'
auth       required     pam_google_authenticator.so
@include common-auth
account    required     pam_nologin.so
@include common-account
session    required     pam_loginuid.so
@include common-session
session    required     pam_env.so user_readenv=1
@include common-password
PAM
sed -i '/pam_bulkhead/d' /etc/pam.d/sudo /etc/pam.d/sudo-i /etc/pam.d/su \
    /etc/pam.d/login
echo "alice:$1" | chpasswd
authorize alice </run/host/drill/admin.pub
install -m 400 -o alice -g alice /run/host/drill/phone \
    /home/alice/.google_authenticator
mkdir -p /srv/backups
mount -t tmpfs -o size=48m,mode=755 tmpfs /srv/backups
for name in push-prod:push_usual:prod push-old:push_old:old; do
	login=${name%%:*} folder=/srv/backups/${name##*:} key=${name#*:}
	useradd -m -s /bin/sh "$login"
	install -d -m 700 -o "$login" -g "$login" "$folder"
	key=$(cat "/run/host/drill/${key%:*}.pub")
	echo "command=\"/usr/bin/env rrsync $folder\",restrict $key" |
	    authorize "$login"
done
cat >>/etc/ssh/sshd_config <<'CONFIG'
Match User push-prod,push-old
	AuthenticationMethods publickey
CONFIG
inner_service
serve
