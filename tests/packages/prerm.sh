#!/bin/bash
# What the removal of libpam-bulkhead leaves of PAM files, and a purge of
# bulkhead of a realm: their scripts, run over folders of their own.  TAP; root.
set -u
debian=$(cd "$(dirname "$0")/../.." && pwd)/debian
prerm=$debian/libpam-bulkhead.prerm
[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP not root"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0

# remove ARG...: the script as dpkg calls it, upon $work/pam.d
remove() {
	mkdir -p "$work/backups" "$work/bin"
	# shellcheck disable=SC2016
	unshare -m --propagation private bash -ec '
		mount --bind "$0/pam.d" /etc/pam.d
		mount --bind "$0/backups" /var/backups
		shift
		exec env PATH="$0/bin:/usr/sbin:/usr/bin:/sbin:/bin" sh "$@"' \
	    "$work" x "$prerm" "$@"
}

# The keys that are left after two realms, one after the other, with stores
# elsewhere, and a purge after each, and one more of a host without a realm.
purges() {
	# shellcheck disable=SC2016
	unshare -m --propagation private bash -ec '
		for folder in /etc /var/lib /run; do mount -t tmpfs x $folder; done
		for realm in one two; do
			mkdir /etc/bulkhead
			echo conf >/etc/bulkhead/bulkhead.conf
			echo $realm >/etc/bulkhead/realm.key
			sh "$0" purge >/dev/null
		done
		sh "$0" purge >/dev/null
		cat /var/lib/bulkhead/purged/realm.key*' "$debian/bulkhead.postrm"
}

# check NAME WANT GOT
check() {
	count=$((count + 1))
	[ "$2" = "$3" ] || {
		printf '%s\n' "wanted: $2" "got: $3" | sed 's/^/# /'
		printf 'not '
	}
	echo "ok $count - $1"
}

# gone NAME BEFORE AFTER: a file that says BEFORE says AFTER when removed
gone() {
	local before after

	printf -v before '%b' "$2"
	printf -v after '%b' "$3"
	rm -rf "$work/pam.d" "$work/backups"
	mkdir "$work/pam.d"
	printf %s "$before" >"$work/pam.d/svc"
	chmod 640 "$work/pam.d/svc"
	remove remove >"$work/out" 2>&1
	check "$1" "0 640 ${after%$'\n'}" \
	    "$? $(stat -c %a "$work/pam.d/svc") $(cat "$work/pam.d/svc")"
	[ "$before" = "$after" ] ||
	    check "$1: a copy is kept" "${before%$'\n'}" \
		"$(cat "$work/backups/bulkhead/svc")"
}

gone "our lines go, all else stays" \
    'auth requisite pam_bulkhead.so\nauth required pam_unix.so\n' \
    'auth required pam_unix.so\n'
gone "with a path and options" \
    'account required /lib/security/pam_bulkhead.so realm=x\n@include y\n' \
    '@include y\n'
gone "a line over two lines" \
    'auth \\\n requisite pam_bulkhead.so\nauth required \\\n pam_unix.so\n' \
    'auth required \\\n pam_unix.so\n'
gone "a comment stays, and does not go on in the next line" \
    '# pam_bulkhead.so \\\nauth required pam_unix.so # not pam_bulkhead.so\n' \
    '# pam_bulkhead.so \\\nauth required pam_unix.so # not pam_bulkhead.so\n'
gone "a comment that ends in a backslash hides nothing" \
    '# x \\\nauth required pam_bulkhead.so\n' '# x \\\n'
gone "jumps over us still land where they did" \
    'auth [success=2 default=ignore] pam_a.so\nauth requisite pam_bulkhead.so\nauth required pam_deny.so\nauth required pam_b.so\n' \
    'auth [success=2 default=ignore] pam_a.so\nauth [default=ignore] pam_permit.so\nauth required pam_deny.so\nauth required pam_b.so\n'

rm -rf "$work/pam.d"
mkdir "$work/pam.d"
echo 'auth requisite pam_bulkhead.so' >"$work/pam.d/svc"
remove upgrade 0.2 >/dev/null
check "an upgrade touches nothing" 'auth requisite pam_bulkhead.so' \
    "$(cat "$work/pam.d/svc")"
DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=2 remove remove >/dev/null
check "nor does the removal of one of two architectures" \
    'auth requisite pam_bulkhead.so' "$(cat "$work/pam.d/svc")"
printf '#!/bin/sh\nrm -f /etc/pam.d/svc; echo asked\n' >"$work/bin/bulkhead"
chmod 755 "$work/bin/bulkhead"
check "bulkhead uninstall goes first, where there is one" asked \
    "$(remove remove | tail -n 1)"
check "a purge keeps the key of each realm that there was" "one two" \
    "$(purges 2>&1 | sort | paste -sd ' ')"
echo "1..$count"
