#!/bin/bash
# Production: its administrator's account, what it serves, and its part in
# the nightly jobs.
. /run/host/drill/common.sh

only prod
client
{
	echo "Include /etc/ssh/bulkhead.d/*.conf"
	server
} >/etc/ssh/sshd_config
mkdir -p /etc/ssh/bulkhead.d
printf '10.10.1.2 vault\n10.10.2.2 vault-usual\n' >>/etc/hosts
echo "alice:$1" | chpasswd
authorize alice </run/host/drill/admin.pub
# She goes on from here to other hosts, so her key is here too, and an old
# file with her phone's entry.
install -m 600 -o alice -g alice /run/host/drill/admin \
    /home/alice/.ssh/id_ed25519
install -m 400 -o alice -g alice /run/host/drill/phone \
    /home/alice/.google_authenticator
for name in push_vault push_usual push_old ca; do
	ssh-keygen -q -t ed25519 -N '' -C "$name" -f "/root/.ssh/$name"
done
useradd --system -m -s /bin/sh -G alice pull-vault
useradd --system -m -s /bin/sh manifest
install -d -o manifest -m 755 /srv/manifest
mkdir -p /srv/data/letters /srv/db
for n in 1 2 3 4 5 6 7 8 9; do
	head -c 20000 /dev/urandom >"/srv/data/letters/$n"
done
chmod 640 /srv/data/letters/1
ln -s letters/1 /srv/data/first
echo "settings of production" >/srv/data/settings
for n in 1 2 3 4 5 6 7 8; do
	head -c 10000 /dev/urandom >"/srv/db/table-$n"
done
head -c 60000 /dev/urandom >/srv/db/dump
echo "table of accounts" >/srv/db/accounts
chown -R alice:alice /srv/data
serve
