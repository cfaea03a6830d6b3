#!/bin/bash
# make dist: the same tarball wherever it is made, with all that the project
# has, and enough to build and test without git.  TAP; from the build folder.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
git -C "$top" rev-parse -q --git-dir >/dev/null 2>&1 ||
    { echo "1..0 # SKIP no git: this is the tarball"; exit 0; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
count=0

result() {
	count=$((count + 1))
	[ "$1" = 0 ] || { sed 's/^/# /' "$work/out"; printf 'not '; }
	echo "ok $count - $2"
}

# A checkout of the sources as they are now, and its tarball: tarball NAME UMASK
tarball() {
	umask "$2"
	mkdir -p "$work/$1/build" && cd "$top" || return
	git ls-files -z -co --exclude-standard |
	    xargs -0 cp -a --parents -t "$work/$1" && cd "$work/$1" &&
	    { [ "$2" = 022 ] || chmod -R go= .; } && autoreconf -i && cd build &&
	    ../configure -q --disable-maintainer-mode &&
	    SOURCE_DATE_EPOCH=1700000000 make -s dist
}

files() {
	tar -tzf "$1"/build/bulkhead-*.tar.gz | sed 's,^[^/]*/,,' |
	    grep -v '/$' | sort
}

complete() {
	(cd "$top" && git ls-files | grep -vxF .gitignore | sort) >"$work/git"
	files "$work/one" | comm -13 - "$work/git" >"$work/out"
	[ ! -s "$work/out" ]
}

builds() {
	mkdir "$work/from" && tar -C "$work/from" --strip-components=1 -xzf \
	    "$work"/one/build/bulkhead-*.tar.gz && mkdir "$work/from/build" &&
	    cd "$work/from/build" &&
	    ../configure -q --disable-maintainer-mode CFLAGS=-O0 &&
	    make -s -j"$(nproc)" all tests/unit/test_tree tests/unit/test_otp &&
	    ../tests/run.sh tests/unit/test_tree &&
	    ../tests/run.sh tests/unit/test_otp && ../tests/run.sh tests/rooms.sh
}

echo 1..4
(tarball one 022 && tarball another/folder 077) >"$work/out" 2>&1
result $? "a tarball is made"
cmp "$work"/one/build/*.tar.gz "$work"/another/folder/build/*.tar.gz \
    >"$work/out" 2>&1
result $? "the same in two folders, under two umasks"
complete
result $? "it has every file of the project"
(builds) >"$work/out" 2>&1
result $? "it builds and passes tests of its own"
