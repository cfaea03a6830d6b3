#!/bin/sh
# The built module: what it exports, what it needs, what it may write to.
so="${builddir:-.}/.libs/pam_bulkhead.so"
status=0
number=0

# check NAME WANT GOT
check() {
	number=$((number + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $number - $1"
	else
		status=1
		echo "not ok $number - $1"
		printf '%s\n' "want: $2" "got: $3" | sed 's/^/# /'
	fi
}

if [ ! -f "$so" ]; then
	echo "1..0 # SKIP $so is not built"
	exit 0
fi
if nm -D "$so" | grep -q '__\(asan\|ubsan\|gcov\|sanitizer\)_'; then
	echo "1..0 # SKIP built for tests, not for use"
	exit 0
fi
echo "1..7"

check "exports the six entry points only" \
    "$(printf 'pam_sm_%s\n' acct_mgmt authenticate chauthtok close_session \
    open_session setcred)" \
    "$(nm -D --defined-only "$so" | awk '{ print $3 }' | sort)"
check "needs libpam and libc only" \
    "$(printf '%s\n' libc.so.6 libpam.so.0)" \
    "$(objdump -p "$so" | awk '$1 == "NEEDED" { print $2 }' | sort)"
check "carries no search path of its own" "" \
    "$(objdump -p "$so" | awk '$1 ~ /^(RPATH|RUNPATH)$/')"
check "has no writable data of its own" "" \
    "$(nm "$so" | awk '$2 ~ /^[bBdDC]$/ { print $3 }' | grep -v -e '^_' \
    -e '^completed\.' -e '^permits$' -e '^rows$' -e '^texts$')"
# Process-wide state of the caller, and its environment, stay untouched.
check "calls nothing that changes the caller" "" \
    "$(nm -D --undefined-only "$so" | awk '{ sub(/@.*/, "", $2); print $2 }' |
    grep -x -e signal -e sigaction -e sigprocmask -e umask -e setlocale \
    -e chdir -e setenv -e putenv -e getenv -e secure_getenv -e unsetenv \
    -e setrlimit -e fork -e vfork -e execve -e posix_spawn -e system \
    -e popen -e open -e open64 -e openat -e fopen -e setuid -e seteuid \
    -e setresuid -e alarm -e wait -e waitpid -e longjmp -e exit -e abort)"

stage=$(mktemp -d) || exit 1
trap 'rm -rf "$stage"' EXIT
# What of the module lies there after a goal of make: module_make GOAL
module_make() {
	make -s -C "${builddir:-.}" "$1" DESTDIR="$stage" >"$stage/log" 2>&1 ||
	    sed 's/^/# /' "$stage/log"
	find "$stage" -name 'pam_bulkhead*' ! -path '*/man*' |
	    sed 's,.*/,,'
}
check "make install puts the module alone into PAM's folder" \
    pam_bulkhead.so "$(module_make install)"
check "make uninstall takes it away" "" "$(module_make uninstall)"
exit $status
