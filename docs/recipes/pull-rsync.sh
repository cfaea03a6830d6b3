#!/bin/sh
# Fetch production's files into the landing folder.  Run on the vault by an
# account of the vault that may do nothing else, from a timer.
#
#	pull-rsync.sh LOGIN@HOST:FOLDER LANDING SSH-OPTION...
#
# It is not run by root: what answers may be an attacker, and a hole in the
# client would then be his way in.
set -eu
source=$1 landing=$2
shift 2
exec rsync -a --modify-window=-1 --delete --no-devices --no-specials \
    -e "ssh -o BatchMode=yes -o ForwardAgent=no -o ClearAllForwardings=yes $*" \
    "$source" "$landing/"
