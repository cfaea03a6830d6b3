#!/bin/sh
# Put what was fetched into an archive of a borg repository that production
# can't reach.  Run by root on the vault, behind pull-rsync.sh.
#
#	pull-borg.sh LANDING PRIVATE ACCOUNT REPOSITORY
set -eu
umask 077
. "$(dirname "$0")/take.sh"

take "$1" "$2" "$3"
cd "$taken"
borg create --numeric-ids "$4::$(date -u +%Y%m%dT%H%M%S.%NZ)" .
