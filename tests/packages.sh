# shellcheck shell=bash disable=SC2034  # the lists are for who reads this
# What ./demo, ./check and the make targets need from Debian, and how they get it: functions.
#
# Packages with a service in them are not installed: that would leave an sshd
# or a cron behind that starts at the next boot.  They are unpacked into
# build/private, and only the throw-away host sees them.

packages_build='gcc make autoconf automake libtool pkg-config libc6-dev
	libpam0g-dev libssl-dev libsqlite3-dev libseccomp-dev liboath-dev
	libyubikey-dev libinih-dev libjansson-dev libqrencode-dev libcrypt-dev'
packages_host='openssh-client sudo oathtool iproute2 util-linux passwd login
	libpam-modules libpam-runtime procps openssl'
packages_test='bats perl libcmocka-dev clang valgrind universal-ctags expect
	strace sqlite3 jq pamtester python3 rsync borgbackup libcap2-bin'
packages_bench='libpam-google-authenticator libpam-oath strace python3'
packages_drill='python3 rsync'
packages_debian='debhelper dh-apparmor dpkg-dev lintian apparmor mmdebstrap'
services_host='openssh-server'
services_test='openssh-server cron'
# What may not come into the machine's own PAM files, or starts at a boot.
services_drill='libpam-google-authenticator'

package_is_there() {
	[ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]
}

packages_missing() {
	local name

	for name in "$@"; do
		package_is_there "$name" || printf '%s\n' "$name"
	done
}

# apt-get, quiet unless it fails; lists are fetched where there are none.
packages_apt() {
	local log rc=0

	log=$(mktemp)
	DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -y -q "$@" \
	    >"$log" 2>&1 </dev/null || rc=$?
	[ "$rc" = 0 ] || cat "$log" >&2
	rm -f "$log"
	return "$rc"
}

packages_install() {
	local missing

	missing=$(packages_missing "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		printf 'missing packages (install them, or run as root):%s\n' \
		    "$(printf ' %s' $missing)" >&2
		return 1
	fi
	printf 'Installing:%s\n' "$(printf ' %s' $missing)"
	# shellcheck disable=SC2086  # one word a package
	packages_apt install --no-install-recommends $missing 2>/dev/null ||
	    { packages_apt update && packages_apt install \
		--no-install-recommends $missing; }
}

# The libraries that an unpacked package needs.
package_libraries() {
	dpkg-deb -f "$1" Depends | tr ',' '\n' | sed -n 's/^ *\(lib[^ :|]*\).*/\1/p'
}

# apt-get download as the user that apt drops to expects it: into a folder of
# its own, which is then printed.
package_fetch() {
	local work

	work=$(mktemp -d) && chmod 755 "$work" || return
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$1") \
	    >&2 || { rm -rf "$work"; return 1; }
	printf '%s\n' "$work"
}

# Unpack packages with a service in them into a folder, unless the system
# has them anyway: packages_unpack FOLDER NAME...
packages_unpack() {
	local folder name work rc=0

	folder=$(mkdir -p "$1" && cd "$1" && pwd) || return
	shift
	for name in "$@"; do
		! package_is_there "$name" && [ ! -e "$folder/.$name" ] ||
		    continue
		printf 'Unpacking for the throw-away host alone: %s\n' "$name"
		work=$(package_fetch "$name" 2>/dev/null) ||
		    { packages_apt update && work=$(package_fetch "$name"); } ||
		    return
		# shellcheck disable=SC2046  # one word a package
		packages_install $(package_libraries "$work"/*.deb) &&
		    dpkg-deb -x "$work"/*.deb "$folder" &&
		    touch "$folder/.$name" || rc=1
		rm -rf "$work"
		[ "$rc" = 0 ] || return
	done
}
