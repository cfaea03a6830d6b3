#!/bin/bash
# The unit tests once more under valgrind, from the build without sanitizers:
# it sees reads of memory that was never written, which ASan does not.
build=${BH_BUILD:-.}
command -v valgrind >/dev/null || { echo "1..0 # SKIP no valgrind"; exit 0; }
if nm -D "$build"/tests/unit/test_* 2>/dev/null | grep -q __asan_init; then
	echo "1..0 # SKIP built with sanitizers"
	exit 0
fi
# The sandbox would end valgrind too.
programs=$(find "$build/tests/unit" -maxdepth 1 -type f -name 'test_*' \
    ! -name test_sandbox -perm -u+x | sort)
# A turn of a loop takes fifty times as long here; the build with sanitizers
# takes every one.
export UNIT_STRIDE=7
log=$(mktemp)
trap 'rm -f "$log"' EXIT

n=0
for program in $programs; do
	n=$((n + 1))
	# libtool's wrapper is a script; what it starts is looked into too.
	if ! timeout 300 valgrind -q --error-exitcode=9 --leak-check=full \
	    --errors-for-leak-kinds=definite --trace-children=yes \
	    --trace-children-skip='/usr/*,/bin/*' --child-silent-after-fork=yes \
	    "$program" >"$log" 2>&1; then
		grep -v '^ok' "$log" | sed 's/^/# /'
		printf 'not '
	fi
	echo "ok $n - valgrind ${program##*/}"
done
[ "$n" -gt 0 ] || echo "not ok - there are programs to look into"
echo "1..$n"
