# shellcheck shell=bash
# For the tests of this folder: a host with the gate, and in it the
# configurations of hosts/TOPIC one after another (inside/corpus.py).
#
#	corpus_run TOPIC [NAME...]	all, or these alone
#
# Prints TAP.  CORPUS_KEEP=1 leaves the host as the last one left it, and says
# how to get in.

corpus_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../system/lib.bash
. "$corpus_here/../system/lib.bash"

corpus_run() {
	local program rc=0

	[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }
	for program in python3 rsync pamtester; do
		[ -x /usr/bin/$program ] ||
		    { echo "1..0 # SKIP no $program"; exit 0; }
	done
	[ "${CORPUS_KEEP:-}" ] || trap gate_down EXIT
	corpus_host || exit 3
	HOST_ENV="CORPUS_TIMES=${CORPUS_TIMES:-} CORPUS_TRUTH=${CORPUS_TRUTH:-}" \
	    HOST_LIMIT=580 host_run /usr/bin/python3 -B \
	    /run/corpus/inside/corpus.py "$@" || rc=$?
	[ -z "${CORPUS_KEEP:-}" ] ||
		echo "# . tests/system/host.sh; HOST=$HOST host_enter"
	exit $rc
}

corpus_host() {
	gate_up production policy.freshness=0 emergency.path=console &&
	    corpus_people && corpus_files && corpus_modules
}

# alice's key and password are known to those who try; dave has no token.
# The others come with right codes, each by another way.
corpus_people() {
	local name

	for name in frank grace; do
		host_sh 'useradd -m -s /bin/bash "$1"
		    echo "$1:$1-password" | chpasswd' "$name" || return
	done
	for name in alice bob carol erin frank grace; do
		enrol "$name" || return
	done
}

corpus_files() {
	local run

	run=$(host_path /run/corpus) || return
	mkdir -m 700 "$run" "$run/secret" &&
	    cp -R "$corpus_here"/inside "$corpus_here"/hosts \
		"$corpus_here"/lay "$run/" &&
	    cp "$HOST"/secret/* "$run/secret/" &&
	    host_run bash /run/corpus/inside/base.sh
}

# Modules of other systems, under their own names.
corpus_modules() {
	local name folder

	folder=$(host_path "$(host_pamdir)") || return
	while read -r name; do
		case $name in
		'' | '#'*) ;;
		*) install -m 644 "$BH_BUILD/.libs/standin.so" \
		    "$folder/$name.so" || return ;;
		esac
	done <"$corpus_here/standins"
}
