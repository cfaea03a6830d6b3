# shellcheck shell=bash
# For bats files about bulkhead doctor: look, and mend by what it says.

# Enrol at the beginning of a step: enrols LOGIN [OPTION...]
enrols() {
	step_begins && enrol "$@"
}

# Look, and keep what was found: look [OPTION...]
look() {
	local rc=0

	host_run bulkhead --json doctor "$@" >"$HOST/state/found" || rc=$?
	[ "$rc" -le 1 ] && jq -e .findings "$HOST/state/found" >/dev/null
}

# The findings of this kind at that place, as JSON lines: found ID [WHERE]
found() {
	jq -c --arg id "$1" --arg where "${2:-}" '.findings[]
	    | select(.id == $id and ($where == "" or .where == $where))' \
	    "$HOST/state/found"
}

# The last look found it, with this severity: finds SEVERITY ID [WHERE]
finds() {
	found "${@:2}" | jq -e -s --arg s "$1" \
	    'length > 0 and all(.[]; .severity == $s and .what != "" and
	    .mend != "" and .number != null and .show != null)' >/dev/null || {
		echo "not found as told: $*" >&2
		found_short >&2
		return 1
	}
}

# It was not: finds_no ID [WHERE]
finds_no() {
	[ -z "$(found "$@")" ] || {
		echo "found: $*" >&2
		found "$@" >&2
		return 1
	}
}

found_short() {
	jq -r '.findings[] | [.severity, .id, .where, .what] | join(" | ")' \
	    "$HOST/state/found"
}

# Do what its fix says; then it must be gone: mends ID WHERE [OPTION...]
mends() {
	local id=$1 where=$2 fix

	shift 2
	fix=$(found "$id" "$where" | head -n 1 | jq -r '.fix // empty')
	[ -n "$fix" ] || {
		echo "no fix: $id $where" >&2
		return 1
	}
	host_sh "$fix" || {
		echo "the fix fails: $fix" >&2
		return 1
	}
	look "$@" && finds_no "$id" "$where"
}
