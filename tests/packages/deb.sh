#!/bin/bash
# The packages: they build, twice the same; lintian has nothing to say; what is
# in them, and what their scripts say to systemd.  TAP; needs debhelper.
#
# Two whole builds: `make packages-try`, not ./check.
set -u
here=$(cd "$(dirname "$0")" && pwd)
. "$here/build.bash"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0

result() {
	count=$((count + 1))
	[ "$1" = 0 ] || { sed 's/^/# /' "$work/out"; printf 'not '; }
	echo "ok $count - $2"
	: >"$work/out"
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# The second in another place, at another time, under another umask.
twice() {
	package_source "$work/one/src" && package_source "$work/two/deeper/src" &&
	    chmod -R go= "$work/two/deeper/src" &&
	    package_build "$work/one" -Pnocheck &&
	    (umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
		package_build "$work/two/deeper" -b -Pnocheck)
}

same() {
	local deb

	for deb in "$work"/one/*.deb; do
		cmp "$deb" "$work/two/deeper/${deb##*/}" || return
	done
}

clean() {
	lintian --allow-root --fail-on error,warning --tag-display-limit 0 \
	    "$work"/one/*.changes
}

# The files of a package, without folders: contents PACKAGE
contents() {
	dpkg-deb -c "$work"/one/"$1"_[0-9]*.deb | awk '!/^d/ { print $6 }' |
	    sed -e 's,^\./,/,' -e 's,^/lib/,/usr/lib/,'
}

module_package() {
	[ "$(contents libpam-bulkhead | grep -v /usr/share/doc)" = \
	    "/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)/security/pam_bulkhead.so
/usr/share/man/man8/pam_bulkhead.8.gz" ]
}

daemon_package() {
	local name

	contents bulkhead >"$work/list"
	for name in /usr/sbin/bulkhead /usr/sbin/bulkheadd \
	    /usr/lib/sysusers.d/bulkhead.conf /usr/lib/tmpfiles.d/bulkhead.conf \
	    /usr/lib/systemd/system/bulkhead{d.service,d-gate.socket,d-admin.socket} \
	    /usr/lib/systemd/system/bulkhead-manifest@.{service,timer} \
	    /usr/share/bash-completion/completions/bulkhead \
	    /usr/share/man/man8/bulkhead{,d}.8.gz \
	    /usr/share/man/man5/bulkhead.conf.5.gz \
	    /etc/apparmor.d/usr.sbin.bulkheadd; do
		grep -qxF "$name" "$work/list" || { echo "no $name"; return 1; }
	done
}

# Nothing in the way of `bulkhead init`, of PAM or of sshd.
keeps_out() {
	! dpkg-deb -c "$work"/one/bulkhead_[0-9]*.deb |
	    grep -E ' \./etc/(bulkhead|pam\.d|ssh|sudoers)' &&
	    ! contents libpam-bulkhead | grep ^/etc
}

restarts() {
	dpkg-deb -e "$work"/one/bulkhead_[0-9]*.deb "$work/scripts" &&
	    grep -q "_dh_action 'bulkheadd.service'" "$work/scripts/postinst" &&
	    ! grep -E 'restart.*socket|_dh_action.*socket' \
		"$work/scripts/postinst" &&
	    ! grep -q 'stop.*socket' "$work/scripts/preinst" 2>/dev/null
}

daemon_first() {
	dpkg-deb -f "$work"/one/libpam-bulkhead_[0-9]*.deb Pre-Depends |
	    grep -q '^bulkhead (>= '
}

command -v dh >/dev/null || { echo "1..0 # SKIP no debhelper"; exit 0; }
twice >"$work/out" 2>&1
result $? "the packages build"
same >"$work/out" 2>&1
result $? "two builds are the same, byte for byte"
if command -v lintian >/dev/null; then
	clean >"$work/out" 2>&1
	result $? "lintian has neither errors nor warnings"
else
	skip "lintian has neither errors nor warnings" "no lintian"
fi
module_package >"$work/out" 2>&1
result $? "libpam-bulkhead is the module and its page"
daemon_package >"$work/out" 2>&1
result $? "bulkhead is the daemon, the tool and what belongs to them"
keeps_out >"$work/out" 2>&1
result $? "no file of PAM, of sshd or of the realm is in them"
restarts >"$work/out" 2>&1
result $? "an upgrade restarts the daemon and leaves its sockets"
daemon_first >"$work/out" 2>&1
result $? "the daemon is set up before the module"
if command -v apparmor_parser >/dev/null; then
	apparmor_parser -Q -K "$packages_top/daemon/bulkheadd.apparmor" \
	    >"$work/out" 2>&1
	result $? "AppArmor's parser takes the profile"
else
	skip "AppArmor's parser takes the profile" "no apparmor_parser"
fi
echo "1..$count"
