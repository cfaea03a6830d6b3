# shellcheck shell=bash
# Building the packages in folders of their own: bash functions.
packages_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# The sources alone, as package version VERSION: package_source FOLDER [VERSION]
package_source() {
	mkdir -p "$1" || return
	if git -C "$packages_top" rev-parse -q --git-dir >/dev/null 2>&1; then
		(cd "$packages_top" && git ls-files -z -co --exclude-standard |
		    xargs -0 cp -a --parents -t "$1")
	else
		tar -C "$packages_top" --exclude=./build -cf - . |
		    tar -C "$1" -xf -
	fi || return
	[ -z "${2:-}" ] || sed -i "1s/(.*)/($2)/" "$1/debian/changelog"
}

# package_build FOLDER ARG...: of the sources in FOLDER/src, into FOLDER
package_build() {
	local folder=$1

	shift
	(cd "$folder/src" && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
	    dpkg-buildpackage -us -uc -d "$@") >"$folder/log" 2>&1 ||
	    { tail -n 40 "$folder/log" >&2; return 1; }
}

# The same package as VERSION, without another build: package_bump DEB VERSION
package_bump() {
	local work

	work=$(mktemp -d) && dpkg-deb -R "$1" "$work/x" &&
	    sed -i "s/^Version: .*/Version: $2/
		s/^Pre-Depends: bulkhead (>= [^)]*)/Pre-Depends: bulkhead (>= $2)/" \
		"$work/x/DEBIAN/control" &&
	    dpkg-deb --root-owner-group -b "$work/x" \
		"$(dirname "$1")/$(dpkg-deb -f "$1" Package)_$2.deb" >/dev/null
	rm -rf "$work"
}
