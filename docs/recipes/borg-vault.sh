#!/bin/sh
# A borg repository that production pushes to, from the vault's side: check,
# then record, then prune.  Run by root on the vault, from a timer, more often
# than production pushes.
#
#	borg-vault.sh record REPOSITORY STATE ACCOUNT
#	borg-vault.sh prune REPOSITORY STATE ACCOUNT DAYS
#	borg-vault.sh rollback REPOSITORY STATE ACCOUNT
#
# STATE is a folder of root's with the account's group, mode 0710, in the
# repository's file system.
# STATE/passphrase opens the repository, and STATE/base holds the key file
# (BORG_BASE_DIR).  STATE/known has a line for each archive: when the vault
# first saw it, its id, its name.  What is pruned is decided by that alone:
# times and names in the repository are the pusher's to choose.
set -eu
umask 077
export LC_ALL=C
. "$(dirname "$0")/take.sh"

verb=$1 repository=$2 state=$3 account=$4 days=${5:-}

# borg reads what strangers wrote: as the pusher's account, not as root.  The
# key is handed to it for as long as the repository is taken.
as_account() {
	setpriv --reuid "$account" --regid "$account" --clear-groups \
	    env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME="$run" \
	    BORG_BASE_DIR="$run" BORG_PASSPHRASE_FD=8 \
	    BORG_RELOCATED_REPO_ACCESS_IS_OK=yes "$@" 8<"$state/passphrase"
}

# The base folder for the account: a copy, since a cache that the account
# wrote is nothing to come back to.
prepare() {
	run=$(mktemp -d)
	trap 'rm -rf "$run"; give_back' EXIT
	cp -r "$state/base/." "$run/"
	chown -R "$account:" "$run"
}

last_segment() {
	find "$taken/data" -type f -printf '%f\n' | grep -x '[0-9]*' |
	    sort -n | tail -n 1
}

# Archives as "ID NAME".
archives() {
	as_account borg list --format '{id} {archive}{NL}' "$taken"
}

refuse() {
	echo "$repository: $*. Nothing was pruned or recorded. Look why; then" \
	    "borg-vault.sh rollback takes it back to what was recorded" >&2
	exit 1
}

# Every archive that was recorded is there by name and id, and all data is
# what its id says.  An archive's id covers all that it holds.
check() {
	archives >"$run/now" || refuse "the archives can't be listed"
	! grep -vEx '[0-9a-f]{64} [A-Za-z0-9._:+-]+' "$run/now" ||
	    refuse "an archive has a name that no honest pusher gives"
	cut -d ' ' -f 2- "$state/known" | sort >"$run/known"
	sort "$run/now" >"$run/sorted"
	missing=$(comm -23 "$run/known" "$run/sorted")
	[ -z "$missing" ] || refuse "archives are gone or were replaced: $missing"
	as_account borg check --verify-data "$taken" ||
	    refuse "the data is damaged"
}

# What the vault has seen, with the time it saw it first.
record() {
	now=$(date +%s)
	awk -v now="$now" 'FILENAME == ARGV[1] { first[$2] = $1; next }
	    { print ($1 in first ? first[$1] : now), $0 }' \
	    "$state/known" "$run/now" >"$state/known.new"
	last_segment >"$state/segment.new"
	sync -f "$state"
	mv "$state/segment.new" "$state/segment"
	mv "$state/known.new" "$state/known"
}

# The record goes first: what a run leaves undone that is killed here is then
# merely kept longer.  From the first delete on there is nothing to roll back
# to, until the next record.
prune() {
	oldest=$(($(date +%s) - days * 86400))
	awk -v oldest="$oldest" '$1 < oldest { print $3 }' "$state/known" \
	    >"$run/old"
	awk -v oldest="$oldest" '$1 >= oldest' "$state/known" \
	    >"$state/known.new"
	rm -f "$state/segment"
	mv "$state/known.new" "$state/known"
	sync -f "$state"
	while read -r name; do
		as_account borg delete "$taken::$name" </dev/null
		echo "pruned $name"
	done <"$run/old"
	as_account borg compact "$taken"
	archives >"$run/now"
}

# Cut off all that came behind what was recorded (borg's manual, "Append-only
# mode"): segments are only ever added while the pusher is at work.
rollback() {
	segment=$(cat "$state/segment") || refuse "there is no record to go back to"
	find "$taken/data" -type f -printf '%f %p\n' |
	    awk -v last="$segment" '$1 > last + 0 { print $2 }' |
	    while read -r path; do rm -f "$path"; done
	rm -f "$taken"/index.* "$taken"/hints.* "$taken"/integrity.*
	check
}

[ -e "$state/known" ] || : >"$state/known"
take "$repository" "$state" "$account"
prepare
case $verb in
record) check && record ;;
prune) check && prune && record ;;
rollback) rollback && record ;;
*) echo "record, prune or rollback" >&2; exit 2 ;;
esac
