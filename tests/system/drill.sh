#!/bin/bash
# The drill (tests/drill): each attack at both vaults is one line.  Bulkhead's
# holds against all; the usual one is lost to the classic ones, else the drill
# would prove nothing.
top=${top_srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}

[ "$(id -u)" = 0 ] || { echo "1..0 # SKIP needs root"; exit 0; }
command -v python3 >/dev/null || { echo "1..0 # SKIP no python3"; exit 0; }
for root in "$top/build/private" ""; do
	[ ! -e "$root/usr/bin/rsync" ] || there=yes
done
[ -n "${there:-}" ] || { echo "1..0 # SKIP no rsync"; exit 0; }
exec python3 -B "$top/tests/drill/drill.py" --tap \
    "${BH_BUILD:-${top_builddir:-$PWD}}"
