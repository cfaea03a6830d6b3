#!/bin/bash
# The packages on a fresh Debian with its own systemd: install, set up, log in,
# upgrade while people log in, remove, purge.  TAP; as root, some minutes, needs
# mmdebstrap and the mirrors; not part of ./check.
#
#	tests/packages/chroot.sh bookworm|trixie
set -u
suite=${1:?bookworm or trixie}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/root.bash"
. "$here/build.bash"

work=$packages_top/build/packages/$suite
root=$work/host
people='ann ben cid dot'
upgrades='0.1.2 0.1.3 0.1.4 0.1.5'
count=0

result() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		[ ! -e "$work/out" ] || sed 's/^/# /' "$work/out"
	fi
}

# try NAME CMD...: a test that CMD succeeds
try() {
	local name=$1

	shift
	"$@" >"$work/out" 2>&1
	result $? "$name"
}

note() {
	printf '# %s\n' "$*"
}

give_up() {
	echo "Bail out! $*"
	exit 1
}

# Build in the suite itself, in a root that is thrown away.
build() {
	local builder=$work/builder version

	root_make "$suite" "$builder" build-essential ca-certificates \
	    debhelper dh-apparmor pkg-config libcrypt-dev libinih-dev \
	    libjansson-dev liboath-dev libpam0g-dev libqrencode-dev \
	    libseccomp-dev libsqlite3-dev libssl-dev libyubikey-dev \
	    "$(unit_folder_package)" || return
	for version in 0.1.0 0.1.1; do
		package_source "$builder/b/$version/src" "$version" &&
		    root_run "$builder" bash -ec "cd /b/$version/src
			DEB_BUILD_OPTIONS='nocheck parallel=$(nproc)' \
			dpkg-buildpackage -us -uc -b -Pnocheck" || return
	done
	rm -rf "$work/debs"
	mkdir -p "$work/debs" &&
	    cp "$builder"/b/*/{,libpam-}bulkhead_*.deb "$work/debs/" || return
	for version in $upgrades; do
		package_bump "$work"/debs/bulkhead_0.1.1_*.deb "$version" &&
		    package_bump "$work"/debs/libpam-bulkhead_0.1.1_*.deb \
			"$version" || return
	done
	rm -rf "$builder"
}

# Who says where units belong.
unit_folder_package() {
	[ "$suite" = bookworm ] && echo systemd || echo systemd-dev
}

host() {
	root_make "$suite" "$root" ca-certificates systemd systemd-sysv dbus \
	    openssh-server openssh-client sudo oathtool procps iproute2 \
	    libpam-systemd apparmor || return
	root_run "$root" apt-get -q update || return
	mkdir -p "$root/root/inside" "$root/root/debs" "$root/root/load"
	cp "$here"/inside/* "$root/root/inside/" &&
	    cp "$work"/debs/*.deb "$root/root/debs/" &&
	    gate_sshd >"$root/etc/ssh/sshd_config.d/gate.conf" &&
	    echo 'ann ALL=(ALL:ALL) ALL' >"$root/etc/sudoers.d/ann" &&
	    chmod 440 "$root/etc/sudoers.d/ann" &&
	    echo root:root-password | chroot "$root" chpasswd &&
	    root_boot "$root"
}

gate_sshd() {
	cat <<-'TEXT'
	Port 22
	Port 2202
	KbdInteractiveAuthentication yes
	PasswordAuthentication no
	MaxStartups 100
	LoginGraceTime 60
	TEXT
	# Else it shuts out the one address that all of them come from.
	[ "$suite" = bookworm ] || echo "PerSourcePenalties no"
	cat <<-'TEXT'
	Match LocalPort 22
		AuthenticationMethods publickey,keyboard-interactive
	Match LocalPort 2202
		AuthenticationMethods publickey
	Match All
	TEXT
}

# Everything below /etc that decides about a login.
login_files() {
	root_in bash -c 'cd /etc && find pam.d pam.conf ssh sudoers sudoers.d \
	    -type f -exec md5sum {} + | sort -k2'
}

install_version() {
	# shellcheck disable=SC2016
	root_apt -o Dpkg::Options::=--force-confold --allow-downgrades install \
	    "$(root_in bash -c 'ls /root/debs/bulkhead_$0*.deb' "$1")" \
	    "$(root_in bash -c 'ls /root/debs/libpam-bulkhead_$0*.deb' "$1")"
}

modes() {
	local want='/run/bulkhead 755 root
/var/lib/bulkhead 700 bulkhead
/var/lib/bulkhead-anchor 700 bulkhead'

	[ "$(root_in stat -c '%n %a %U' /run/bulkhead /var/lib/bulkhead \
	    /var/lib/bulkhead-anchor)" = "$want" ]
}

nothing_runs() {
	! root_in pgrep -x bulkheadd && ! root_in test -e /etc/bulkhead &&
	    ! root_in systemctl is-failed bulkheadd.service \
		bulkheadd-gate.socket bulkheadd-admin.socket
}

realm() {
	root_in bulkhead init --realm prod --class production &&
	    root_in systemctl start bulkheadd.service &&
	    root_in bulkhead status
}

# By the command, where there is one, else as docs/pam says.
lay_gate() {
	if root_in bulkhead install --help >/dev/null 2>&1; then
		root_in sed -i -e '/^path *=/d' \
		    -e '/^\[emergency\]/a path = console' \
		    /etc/bulkhead/bulkhead.conf &&
		    root_in systemctl reload bulkheadd &&
		    root_in bulkhead install --yes &&
		    root_in /root/inside/confirm ann
		return
	fi
	root_in bash -ec 'cp -p /etc/pam.d/sshd /etc/pam.d/su /root/
	    zcat -f /usr/share/doc/bulkhead/pam/sshd >/etc/pam.d/sshd
	    zcat -f /usr/share/doc/bulkhead/pam/su >/etc/pam.d/su
	    systemctl restart ssh'
}

# log_in PATTERN NAME [PORT]: what login says of it matches
log_in() {
	local pattern=$1

	shift
	root_in /root/inside/login "$@" | tee /dev/stderr | grep -q "$pattern"
}

is_in='rc 0 .* in '
is_out='rc 255 .* out '

gate() {
	# shellcheck disable=SC2016
	log_in "$is_in" ann && root_in bash -c '
	    cd /root/load/ann && n=$(cat counter) && echo $((n - 1)) >counter' &&
	    log_in "$is_out" mal && log_in "$is_out" ann 2202 || return
	# a replay is out too; its later, right code is in
	log_in 'rc 0 asked [23] in' ann
}

# Until so many logins of people have come to an end: more_logins N
more_logins() {
	local left=1200 want

	want=$(($(tally "$people" . 2>/dev/null) + $1))
	until [ "$(tally "$people" . 2>/dev/null)" -ge "$want" ]; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return
		sleep 0.1
	done
}

# One version after the other; each restarts the daemon.
upgrade_all() {
	local version before after

	more_logins 8 && before=$(root_in pgrep -x bulkheadd) || return
	for version in 0.1.1 $upgrades; do
		install_version "$version" && more_logins 10 || return
		after=$(root_in pgrep -x bulkheadd)
		[ "$after" != "$before" ] || return
		before=$after
	done
}

# A crowd logs in while one version follows the other.
upgrade_under_load() {
	local name rc

	root_in rm -f /root/load/stop
	for name in $people mal; do
		root_in /root/inside/load "$name" 2>/dev/null &
	done
	root_in /root/inside/load eve 2202 2>/dev/null &
	upgrade_all
	rc=$?
	root_in touch /root/load/stop
	wait_load
	return "$rc"
}

wait_load() {
	local job

	for job in $(jobs -p); do
		[ "$job" = "$ROOT_OUTER" ] || wait "$job"
	done
}

# tally NAMES PATTERN: how many lines of their logs match
tally() {
	local name

	for name in $1; do
		cat "$root/root/load/$name/log"
	done | grep -c "$2"
}

judge_load() {
	note "right codes: $(tally "$people" .) logins," \
	    "$(tally "$people" 'rc 0 asked 1 in') in," \
	    "$(tally "$people" 'rc 0 asked [2-9] in') in when asked again," \
	    "$(tally "$people" 'asked [01] out') out and not asked again," \
	    "$(tally "$people" 'asked [2-9] out') out though asked again"
	note "wrong codes: $(tally mal .) logins, $(tally mal ' in ') in;" \
	    "key alone: $(tally eve .) logins, $(tally eve ' in ') in"
	for name in $people; do
		grep ' out ' "$root/root/load/$name/log" | sed 's/^/# /'
	done
}

removed() {
	root_apt remove bulkhead libpam-bulkhead
}

no_line() {
	! root_in grep -r '^[^#]*pam_bulkhead' /etc/pam.d
}

# What install has laid is taken back whole; by hand, sed has done it.
put_back() {
	login_files >"$work/after"
	[ -e "$root/root/sshd" ] || diff "$work/before" "$work/after"
}

without_systemd() {
	root_make "$suite" "$work/bare" ca-certificates \
	    systemd-standalone-sysusers || return
	mkdir -p "$work/bare/root/debs"
	cp "$work"/debs/*.deb "$here/inside/bare" "$work/bare/root/debs/" &&
	    root_run "$work/bare" /root/debs/bare
}

main() {
	trap root_down EXIT
	mkdir -p "$work"
	# PACKAGES_KEEP=1: those of the last run
	[ -n "${PACKAGES_KEEP:-}" ] || build >"$work/build.log" 2>&1 || {
		tail -n 40 "$work/build.log"
		give_up "no packages"
	}
	host >"$work/host.log" 2>&1 || {
		tail -n 40 "$work/host.log"
		give_up "no host"
	}
	note "$suite: $(root_in systemctl --version | head -n 1)"
	login_files >"$work/before"
	try "the packages install" install_version 0.1.0
	[ -e "$root/usr/sbin/bulkheadd" ] || give_up "not installed"
	login_files >"$work/after"
	try "no file that decides about a login has changed" \
	    diff "$work/before" "$work/after"
	try "nothing runs and nothing failed" nothing_runs
	try "folders have their modes" modes
	try "a realm is made, and its daemon runs" realm
	try "the daemon takes a reload" root_in systemctl reload bulkheadd
	try "the daemon's sandbox works under systemd's" root_in bulkhead selftest
	# shellcheck disable=SC2086
	try "people have their tokens" root_in /root/inside/people $people mal eve
	root_in touch /root/load/mal/wrong
	try "the gate is laid" lay_gate
	no_line >/dev/null && give_up "it is not laid"
	try "right code in; wrong code, used code and key alone out" gate
	try "an upgrade follows the other while people log in" upgrade_under_load
	judge_load
	try "there was a load" test "$(tally "$people" ' in ')" -ge 20 -a \
	    "$(tally mal ' out ')" -ge 5 -a "$(tally eve ' out ')" -ge 5
	try "nobody was admitted wrongly" \
	    test "$(tally 'mal eve' ' in ')" = 0
	try "nobody was denied who was not asked again" \
	    test "$(tally "$people" 'asked [01] out')" = 0
	try "nobody was denied who was" \
	    test "$(tally "$people" 'asked [2-9] out')" = 0
	try "the ledger holds" root_in bulkhead status
	try "removal works" removed
	cp "$work/out" "$work/said"
	try "and leaves no PAM line" no_line
	try "and puts back what install has laid" put_back
	try "and says what it kept" grep -q 'kept: /etc/bulkhead' "$work/said"
	try "key and password are enough without the gate" \
	    log_in 'rc 0 asked 0 in' ann
	try "the packages come back" install_version 0.1.5
	try "to the realm that was kept" root_in bulkhead account show ann
	try "purge works" root_apt purge bulkhead libpam-bulkhead
	cp "$work/out" "$work/said"
	try "and takes the configuration" root_in test ! -e /etc/bulkhead
	try "and keeps the evidence, with its key" root_in test -s \
	    /var/lib/bulkhead/store.db -a -s /var/lib/bulkhead/purged/realm.key
	try "and says how to destroy it" grep -q 'rm -r /var/lib' "$work/said"
	try "without systemd they install, run, upgrade and leave" \
	    without_systemd
	echo "1..$count"
}

main
