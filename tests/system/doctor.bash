# shellcheck shell=bash
# For the bats files of bulkhead doctor: what it says of the throw-away host.

# Run it; its findings lie in a file.
doctor() {
	local rc=0

	host_run bulkhead --json doctor >"$HOST/state/doctor" \
	    2>"$HOST/state/doctor.err" || rc=$?
	case $rc in
	0 | 1) jq -e .findings "$HOST/state/doctor" >/dev/null ;;
	*) cat "$HOST/state/doctor.err"; return 1 ;;
	esac
}

# What a theme says: "in" if it knows a way past the gate.
verdict() {
	jq -r --arg theme "$1" '[.findings[] | select(.theme == $theme and
	    .severity == "bypass")] | if length > 0 then "in" else "out" end' \
	    "$HOST/state/doctor"
}

doctor_show() {
	jq -c --arg theme "$1" '.findings[] | select(.theme == $theme)' \
	    "$HOST/state/doctor"
}

# There is a finding of that id for which a jq expression holds.
finding() {
	jq -e --arg id "$1" "[.findings[] | select(.id == \$id)
	    | select(${2:-true})] | length > 0" "$HOST/state/doctor" >/dev/null || {
		echo "no finding $1 with: ${2:-}"
		jq -c '.findings[]' "$HOST/state/doctor"
		return 1
	}
}

# Apply the mends of a theme's bypasses as they are written, until there is
# none; one may lay another one bare.
mend() {
	local round

	for round in 1 2 3; do
		jq -r --arg theme "$1" '.findings[] | select(.theme == $theme
		    and .severity == "bypass") | .fix // "false"' \
		    "$HOST/state/doctor" >"$HOST/state/fix"
		host_run sh -e <"$HOST/state/fix" || { cat "$HOST/state/fix"; return 1; }
		doctor || return 1
		[ "$(verdict "$1")" = in ] || return 0
	done
	doctor_show "$1"
	return 1
}
