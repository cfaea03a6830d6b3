# shellcheck shell=bash
# A throw-away host for real sshd, sudo, su and cron: bash functions.
#
# The host has its own mount, pid, net, uts and ipc namespaces, overlays over
# /etc, /var, /usr/local and the PAM module folder, and its own /dev, /run,
# /home, /root, /srv and /tmp.  All that it writes lies in memory and is gone with
# it.
#
#	. tests/system/host.sh
#	host_up BUILD		an out-of-tree build that is ready
#	host_run CMD...		run CMD inside as root
#	host_as alice CMD...	run CMD inside as alice
#	host_down
#
# host_up sets and exports HOST (a folder with the host's pid in it), so that
# a child process, or host_enter from another terminal, finds the host too.

host_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
host_top=$(cd "$host_here/../.." && pwd)

# Longest life of a host, for the case that nobody takes it down.
: "${HOST_LIFE:=1200}"

host_die() {
	printf 'host: %s\n' "$*" >&2
	return 1
}

# Where this system keeps PAM modules; the same way as configure is told.
host_pamdir() {
	local unix_so

	for unix_so in /usr/lib/*/security/pam_unix.so \
	    /lib/*/security/pam_unix.so /usr/lib*/security/pam_unix.so; do
		if [ -e "$unix_so" ]; then
			dirname "$unix_so"
			return 0
		fi
	done
	host_die "no pam_unix.so found"
}

# Is there a stage, and is it of this build?
host_staged() {
	[ -e "$1/stage/.done" ] &&
	    [ -z "$(find "$1/.libs" "$1"/bulkhead "$1"/bulkheadd \
		-newer "$1/stage/.done" 2>/dev/null)" ]
}

# Put what `make install` lays out under BUILD/stage; once for a build.
host_stage() {
	local build=$1

	host_staged "$build" && return 0
	(
		flock 9
		# another one may have done it, and its host stands on it
		! host_staged "$build" || exit 0
		rm -rf "$build/stage"
		make -s -C "$build" install DESTDIR="$build/stage" \
		    >"$build/stage.log" 2>&1 9>&- &&
		    touch "$build/stage/.done"
	) 9>"$build/.stage.lock" || {
		cat "$build/stage.log" >&2
		return 1
	}
}

# The pid of a process's first child.
host_child() {
	local pid=

	# No newline ends this file, so read says "no" though it has read.
	read -r pid _ 2>/dev/null <"/proc/$1/task/$1/children" || :
	[ -n "$pid" ] && printf '%s\n' "$pid"
}

# Wait until a command holds: at most SECONDS, in steps of 20 ms.
host_wait() {
	local left=$(($1 * 50))

	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.02
	done
}

host_up() {
	local build pamdir outer

	build=$(cd "$1" && pwd) && pamdir=$(host_pamdir) &&
	    host_stage "$build" || return 1
	HOST=$(mktemp -d "${TMPDIR:-/tmp}/bulkhead-host.XXXXXX") || return 1
	export HOST
	timeout --kill-after=5 "$HOST_LIFE" \
	    unshare -m -p -f -n -u -i --kill-child --propagation private \
	    bash "$host_here/guest.sh" "$HOST" "$build" "$pamdir" "$host_top" \
	    </dev/null >"$HOST/boot.log" 2>&1 3>&- &
	outer=$!
	disown "$outer" 2>/dev/null || :
	echo "$outer" >"$HOST/outer"
	if ! host_wait 20 host_settled "$outer" || ! host_booted "$outer"; then
		cat "$HOST/boot.log" >&2
		host_down
		host_die "the throw-away host did not come up"
		return 1
	fi
}

# guest.sh is done, or it failed.
host_settled() {
	[ -e "$HOST/ready" ] || host_gone "$1"
}

host_booted() {
	[ -e "$HOST/ready" ] || return 1
	host_child "$(host_child "$1")" >"$HOST/pid"
}

# End everything in the host; its files go with its last process.
host_down() {
	local pid outer

	[ -n "${HOST:-}" ] && [ -d "$HOST" ] || return 0
	pid=$(cat "$HOST/pid" 2>/dev/null)
	outer=$(cat "$HOST/outer" 2>/dev/null)
	[ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
	[ -n "$outer" ] && kill -TERM "$outer" 2>/dev/null
	[ -n "$pid" ] && host_wait 5 host_gone "$pid"
	[ -n "$outer" ] && host_wait 5 host_gone "$outer"
	rm -rf "$HOST"
	unset HOST
}

host_gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"
}

# Bounded: nothing that is run in the host takes longer than HOST_LIMIT.
host_run() {
	timeout --kill-after=2 "${HOST_LIMIT:-30}" \
	    nsenter -t "$(cat "$HOST/pid")" -m -p -n -u -i -r -w -- \
	    env -i PATH=/run/host/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    HOME=/root TERM=dumb LC_ALL=C.UTF-8 ${HOST_ENV:-} "$@" 3>&-
}

host_as() {
	local user=$1

	shift
	host_run setpriv --reuid "$user" --regid "$user" --init-groups \
	    env HOME="/home/$user" USER="$user" "$@"
}

# A shell text inside, as root: host_sh 'echo $0 > /etc/foo' ARG
host_sh() {
	host_run bash -c "$1" host "${@:2}"
}

host_enter() {
	nsenter -t "$(cat "$HOST/pid")" -m -p -n -u -i -r -w -- \
	    env -i PATH=/run/host/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    HOME=/root TERM="${TERM:-dumb}" "${@:-bash}"
}

# A file of the host, seen from outside.
host_path() {
	printf '/proc/%s/root%s\n' "$(cat "$HOST/pid")" "$1"
}
