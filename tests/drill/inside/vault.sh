#!/bin/bash
# The vault behind Bulkhead's gate.
. /run/host/drill/common.sh

only vault
client
{
	# The blocks of machine accounts come first: sshd takes the first value.
	echo "Include /etc/ssh/bulkhead.d/*.conf"
	server
	# One address can't take all the places at the door.
	echo "PerSourceMaxStartups 8"
} >/etc/ssh/sshd_config
mkdir -p /etc/ssh/bulkhead.d
authorize alice </run/host/drill/admin-vault.pub
# What is pushed and what is fetched lies on a file system of its own: filled,
# it stops nothing but the next night.  Only root reaches the generations.
mkdir -p /srv/backups
mount -t tmpfs -o size=48m,mode=755 tmpfs /srv/backups
for login in push-prod push-old; do
	useradd --system -M -d /srv/backups/landing -s /bin/sh "$login"
done
useradd --system -m -d /home/fetch -s /usr/sbin/nologin fetch
install -d -m 755 /srv/backups/landing
install -d -m 700 /srv/backups/generations
for row in push:push-prod old:push-old pull:fetch; do
	install -d -m 700 -o "${row#*:}" -g "${row#*:}" \
	    "/srv/backups/landing/${row%:*}"
done
install -d -m 700 /srv/backups/generations/push /srv/backups/generations/pull
ssh-keygen -q -t ed25519 -N '' -C pull -f /home/fetch/pull
chown fetch: /home/fetch/pull
inner_service
serve
