#!/bin/bash
# Run one test for prove, or for make check: programs, shell and bats files
# alike print TAP.
#
#	run.sh TEST
#
# A TEST that is a program lies in the build folder BH_SAN.  Real sshd and sudo
# bring no sanitizer, so what runs in them comes from BH_BUILD.
top=$(cd "$(dirname "$0")/.." && pwd)
: "${BH_SAN:=$PWD}" "${BH_BUILD:=$BH_SAN}"
export BH_SAN BH_BUILD top_srcdir="$top" srcdir="$top" \
    top_builddir="$BH_SAN" builddir="$BH_SAN" abs_top_builddir="$BH_SAN" \
    CMOCKA_MESSAGE_OUTPUT=TAP \
    ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}" \
    UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
limit=${TEST_LIMIT:-600}

absolute() {
	case $1 in
	/*) printf '%s\n' "$1" ;;
	*) if [ -e "$top/$1" ]; then printf '%s\n' "$top/$1"
	   else printf '%s\n' "$BH_SAN/$1"; fi ;;
	esac
}

file=$(absolute "$1")
case $file in
*/pam/module.sh) # about the module as shipped
	export builddir=$BH_BUILD ;;
esac
case $file in
*.bats)
	cd "$top" && exec timeout "$limit" bats --tap "$file" </dev/null ;;
*)
	cd "$BH_SAN" && exec timeout "$limit" "$file" </dev/null ;;
esac
