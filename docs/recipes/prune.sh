#!/bin/sh
# Remove generations beyond the newest KEEP, once those that came since the
# last time look like backups of the same thing.  Run by root on the vault.
#
#	prune.sh GENERATIONS KEEP [LIMIT]
#
# Each generation is compared with the one before it.  If more than LIMIT
# percent (20) of the files are gone or changed, nothing is pruned, this time
# and each time after, until somebody has looked and prunes with LIMIT 100.
set -eu
umask 077
export LC_ALL=C

generations=$1 keep=$2 limit=${3:-20}

list() {
	find "$generations" -mindepth 1 -maxdepth 1 -type d -name '2*' \
	    -printf '%f\n' | sort
}

# Files of a generation with their inodes; the same file has the same one.
files() {
	find "$generations/$1" -type f -printf '%i %P\0' | sort -z
}

count() {
	tr -dc '\0' | wc -c
}

# How many percent of OLD's files NEW does not have as they were.
changed() {
	files "$1" >"$work/old"
	files "$2" >"$work/new"
	total=$(count <"$work/old")
	same=$(comm -z -12 "$work/old" "$work/new" | count)
	[ "$total" -gt 0 ] || { echo 0; return; }
	echo $(((total - same) * 100 / total))
}

exec 9<"$generations"
flock -n 9 || { echo "another run is at work on $generations" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

checked=$(cat "$generations/.checked" 2>/dev/null || :)
before=
for name in $(list); do
	if [ -n "$before" ] && ! expr "$name" '<=' "$checked" >/dev/null; then
		percent=$(changed "$before" "$name")
		if [ "$percent" -gt "$limit" ]; then
			echo "$name differs from $before in $percent percent" \
			    "of its files: nothing was pruned. Look why, then" \
			    "prune with limit 100" >&2
			exit 1
		fi
	fi
	before=$name
done
[ -n "$before" ] || exit 0
echo "$before" >"$generations/.checked.new"
mv "$generations/.checked.new" "$generations/.checked"
list | head -n "-$keep" | while read -r name; do
	rm -rf --one-file-system "${generations:?}/$name"
	echo "pruned $name"
done
