#!/bin/sh
# Make a generation of what lies in a landing folder.  Run by root on the
# vault, from a timer of its own.
#
#	generation.sh LANDING GENERATIONS ACCOUNT
#
# A file that did not change is a hard link to the generation before; rsync
# never writes into a file that is there, so no older generation changes.
# "cp -al, then rsync into the copy" would not do: what is then written in
# place (rsync --inplace, dd, a truncated file) changes all generations at once.
# Whether a file changed is judged by size and time to the nanosecond.  Who sets
# times back hides his change from the new generation, and keeps the old file.
set -eu
umask 077
. "$(dirname "$0")/take.sh"

landing=$1 generations=$2 account=$3
name=$(date -u +%Y%m%dT%H%M%S.%NZ)

take "$landing" "$generations" "$account"
last=$(find "$generations" -mindepth 1 -maxdepth 1 -type d -name '2*' |
    sort | tail -n 1)
rm -rf "$generations/.new"
rsync -a --modify-window=-1 --numeric-ids --no-devices --no-specials \
    ${last:+--link-dest="$last/"} "$taken/" "$generations/.new/"
sync -f "$generations"
mv -T "$generations/.new" "$generations/$name"
sync -f "$generations"
echo "$name"
