#!/bin/sh
# Runs a command in a mount namespace of its own with /etc, /var/lib and /run
# that nobody else sees, and a user bulkhead in it.  Needs root.
#
#	host.sh COMMAND...
set -eu

if [ "${DAEMON_HOST:-}" != inside ]; then
	scratch=$(mktemp -d)
	trap 'rmdir "$scratch"' EXIT
	DAEMON_HOST=inside DAEMON_SCRATCH=$scratch \
	    unshare --mount --propagation private -- "$0" "$@"
	exit
fi

mount -t tmpfs -o mode=755 tmpfs "$DAEMON_SCRATCH"
cd "$DAEMON_SCRATCH"
mkdir upper work
mount -t overlay -o "lowerdir=/etc,upperdir=$DAEMON_SCRATCH/upper,workdir=$DAEMON_SCRATCH/work" \
    overlay /etc
mount -t tmpfs -o mode=755 tmpfs /var/lib
mount -t tmpfs -o mode=755 tmpfs /run
grep -v '^bulkhead:' /etc/passwd >passwd
echo 'bulkhead:x:64001:64001::/nonexistent:/usr/sbin/nologin' >>passwd
grep -v '^bulkhead:' /etc/group >group
echo 'bulkhead:x:64001:' >>group
cat passwd >/etc/passwd
cat group >/etc/group
mkdir -m 755 /etc/bulkhead /run/bulkhead
install -d -m 700 -o 64001 -g 64001 /var/lib/bulkhead /var/lib/bulkhead-anchor
cat >/etc/bulkhead/bulkhead.conf <<CONF
[realm]
name = vault
class = production
CONF
chmod 644 /etc/bulkhead/bulkhead.conf
"$DAEMON_MKREALM" /etc/bulkhead/bulkhead.conf 64001 64001
cd /
exec "$@"
