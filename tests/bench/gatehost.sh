#!/bin/sh
# A host that is thrown away: run a command where /etc, /run and /var/lib are
# private, with a user "bulkhead", and no process outlives it.
#
#	gatehost.sh DIR COMMAND [ARGUMENT...]
#
# The store lies in DIR/lib, on DIR's own file system.  Nothing outside of DIR
# is changed.  Needs root.
set -eu

if [ "${1-}" = --inside ]; then
	dir=$2
	shift 2
	mount -t overlay overlay -o \
	    "lowerdir=/etc,upperdir=$dir/etc,workdir=$dir/etc.work" /etc
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=755 tmpfs /var/lib
	mkdir -p /var/lib/bulkhead /var/lib/bulkhead-anchor
	mount --bind "$dir/lib" /var/lib/bulkhead
	mount --bind "$dir/anchor" /var/lib/bulkhead-anchor
	mkdir -p /etc/bulkhead /run/bulkhead
	# An sshd that is unpacked and not installed: see tests/packages.sh.
	private=${BH_BUILD:-$PWD}/../private
	for there in /usr/sbin /usr/lib/openssh; do
		[ -d "$private$there" ] || continue
		mkdir -p "$there"
		mount -t overlay overlay -o "lowerdir=$private$there:$there" \
		    "$there"
	done
	id sshd >/dev/null 2>&1 ||
	    useradd --system --no-create-home --home-dir /run/sshd \
	    --shell /usr/sbin/nologin sshd
	id bulkhead >/dev/null 2>&1 ||
	    useradd --system --no-create-home --home-dir /nonexistent \
	    --shell /usr/sbin/nologin bulkhead
	chown bulkhead:bulkhead /var/lib/bulkhead /var/lib/bulkhead-anchor
	chmod 0700 /var/lib/bulkhead /var/lib/bulkhead-anchor
	# Without a syslog daemon libc would write to the (slow) console.
	mount --bind /dev/null /dev/console 2>/dev/null || :
	ip link set lo up 2>/dev/null || :
	GATEHOST=inside exec "$@"
fi

[ "$(id -u)" = 0 ] || {
	echo "gatehost.sh: needs root" >&2
	exit 77
}
dir=$(realpath -m "$1")
shift
mkdir -p "$dir/etc" "$dir/etc.work" "$dir/lib" "$dir/anchor"
exec unshare --mount --propagation private --pid --fork --kill-child \
    --mount-proc --net --ipc "$0" --inside "$dir" "$@"
