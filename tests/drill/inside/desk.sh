#!/bin/bash
# The administrator's own machine: her keys are in its agent.
. /run/host/drill/common.sh

only desk
client
printf '10.20.1.2 vault\n10.20.2.2 vault-usual\n10.20.3.2 prod\n' >>/etc/hosts
for name in admin admin-vault; do
	ssh-keygen -q -t ed25519 -N '' -C "$name" -f "/root/.ssh/$name"
done
ssh-agent -a /run/agent >/dev/null
SSH_AUTH_SOCK=/run/agent ssh-add -q /root/.ssh/admin /root/.ssh/admin-vault
