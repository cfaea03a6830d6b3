#!/bin/bash
# No function over 60 lines, no source file over 500: the longest ones stand
# for all, so that a failure names them.
cd "$(dirname "$0")/.." || exit 1
command -v ctags >/dev/null || { echo "1..0 # SKIP no ctags"; exit 0; }
rooms='base pam_module core daemon tools tests'

echo 1..2

# shellcheck disable=SC2086  # a list of folders
long=$(find $rooms \( -name '*.[ch]' -o -name '*.sh' -o -name '*.bats' \
    -o -name '*.py' \) -exec wc -l {} + |
    awk '$2 != "total" && $1 > 500 { print "# " $2 ": " $1 " lines" }')
[ -z "$long" ] || { echo "$long"; printf 'not '; }
echo "ok 1 - no file over 500 lines"

# shellcheck disable=SC2086
long=$(ctags -R --languages=C,Sh --kinds-C=f --kinds-Sh=f --fields=+ne \
    -f - --sort=no $rooms | awk -F '\t' '{
	from = to = 0
	for (i = 4; i <= NF; i++) {
		if ($i ~ /^line:/) from = substr($i, 6)
		if ($i ~ /^end:/) to = substr($i, 5)
	}
	if (to - from + 1 > 60)
		print "# " $2 ":" from ": " $1 "() is " to - from + 1 " lines"
}')
[ -z "$long" ] || { echo "$long"; printf 'not '; }
echo "ok 2 - no function over 60 lines"
