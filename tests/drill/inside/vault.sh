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
# What is stored lies on a file system of its own: filled, it stops nothing
# but the next night.  Only root reaches the generations.
mkdir -p /srv/backups
mount -t tmpfs -o size=48m,mode=755 tmpfs /srv/backups
useradd -M -d /srv/backups/landing -s /bin/sh push-prod
install -d -m 755 /srv/backups/landing
install -d -m 700 -o push-prod -g push-prod /srv/backups/landing/prod
install -d -m 700 /srv/backups/generations /srv/backups/generations/pull \
    /srv/backups/generations/push
ssh-keygen -q -t ed25519 -N '' -C pull -f /root/.ssh/pull
inner_service
serve
