# shellcheck shell=bash
# A Debian of its own, for trying packages: bash functions.
#
#	. tests/packages/root.bash
#	root_make SUITE FOLDER PACKAGE...	from the machine's mirrors
#	root_run FOLDER CMD...		run CMD in it, the network is the machine's
#	root_boot FOLDER		start its systemd, in namespaces and a cgroup
#	root_in CMD...			run CMD in what was booted
#	root_apt ARG...			apt-get there, with the machine's network
#	root_down			end it
#
# What root_make made is kept as a tar beside FOLDER, for the next time.

# Only what apt needs of the environment.
root_env() {
	env | grep -iE '^(http|https|no)_proxy=' || :
}

root_make() {
	local suite=$1 folder=$2 tar=$2.tar packages

	shift 2
	packages=$(printf '%s,' "$@")
	if [ ! -e "$tar" ]; then
		mkdir -p "$(dirname "$tar")"
		mmdebstrap -q --variant=minbase --include="${packages%,}" \
		    "$suite" "$folder.new.tar" && mv "$folder.new.tar" "$tar" || return
	fi
	rm -rf "$folder"
	mkdir -p "$folder" && tar -C "$folder" -xf "$tar" &&
	    cp -L /etc/resolv.conf /etc/hosts "$folder/etc/" &&
	    mkdir -p "$folder/old"
}

# Namespaces of its own; `enter` then makes FOLDER the root.
root_enter='
	mount --bind "$0" "$0"
	cd "$0"
	mount -t proc proc proc
	pivot() {
		pivot_root . old
		cd /
		umount -l /old
	}
'

root_run() {
	local folder=$1

	shift
	# shellcheck disable=SC2046,SC2016
	env -i $(root_env) PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
	    unshare -m -p -f -u -i --kill-child --propagation private \
	    bash -ec "$root_enter"'
		mount --rbind /dev dev
		pivot
		exec "$@"' "$folder" "$@"
}

# The cgroup that its systemd takes for the whole tree.
root_cgroup() {
	local tree

	tree=$(mktemp -d) && mount -t cgroup2 cgroup2 "$tree" || return
	"$1" "$tree/bulkhead-$ROOT_NAME"
	umount "$tree"
	rmdir "$tree"
}

root_cgroup_make() {
	mkdir -p "$1" && echo "$BASHPID" >"$1/cgroup.procs"
}

# Its last processes may still be ending.
root_cgroup_clear() {
	local left=250

	while [ -d "$1" ] && [ "$left" -gt 0 ]; do
		find "$1" -depth -type d -exec rmdir {} \; 2>/dev/null
		left=$((left - 1))
		sleep 0.02
	done
}

root_boot_script="$root_enter"'
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs dev
	mkdir dev/pts dev/shm
	for node in null:3 zero:5 full:7 random:8 urandom:9; do
		mknod -m 666 "dev/${node%:*}" c 1 "${node#*:}"
	done
	mknod -m 666 dev/tty c 5 0
	ln -s /proc/self/fd dev/fd
	ln -s pts/ptmx dev/ptmx
	mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts dev/pts
	mount -t tmpfs -o mode=755 tmpfs run
	mount -t tmpfs -o mode=1777 tmpfs tmp
	ip link set lo up
	hostname host.test
	pivot
	exec /lib/systemd/systemd --system --unit=multi-user.target'

root_boot() {
	local folder=$1 outer left=500

	ROOT_NAME=$$
	rm -f "$folder/run/systemd/private"
	(
		root_cgroup root_cgroup_make || exit
		exec env -i container=bulkhead-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		    unshare -m -p -f -u -i -n -C --kill-child \
		    --propagation private bash -ec "$root_boot_script" "$folder"
	) >"$folder.boot" 2>&1 </dev/null &
	outer=$!
	ROOT_OUTER=$outer
	until ROOT_PID=$(pgrep -P "$outer") &&
	    [[ $(root_in systemctl is-system-running 2>&1) =~ running|degraded ]]; do
		left=$((left - 1))
		if [ "$left" = 0 ] || ! kill -0 "$outer" 2>/dev/null; then
			cat "$folder.boot" >&2
			return 1
		fi
		sleep 0.05
	done
}

# root_join MORE-NSENTER-OPTIONS -- CMD...
root_join() {
	local more=()

	while [ "$1" != -- ]; do
		more+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2046
	nsenter -t "$ROOT_PID" -m -p -u -i -C -r -w "${more[@]}" -- \
	    env -i $(root_env) PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	    LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

root_in() {
	root_join -n -- "$@"
}

root_apt() {
	root_join -- apt-get -y -q --no-install-recommends "$@"
}

root_down() {
	[ -n "${ROOT_OUTER:-}" ] || return 0
	kill -KILL "$ROOT_OUTER" 2>/dev/null
	wait "$ROOT_OUTER" 2>/dev/null
	ROOT_OUTER=
	root_cgroup root_cgroup_clear
}
