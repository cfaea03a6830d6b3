#!/bin/sh
# Which room may include which: the arrows of the design, a row a room.
cd "${srcdir:-.}" || exit 1
status=0
number=0

# A room's files include only headers of these rooms ("..." includes).
rooms='
base		base/
pam_module	base/ pam_module/
core		base/ core/
daemon		base/ core/ daemon/
tools		base/ core/ tools/
'
# Library headers, and the one place that may know them.
libraries='
sqlite3\.h	core/store/
openssl/	core/crypto/
security/	pam_module/
seccomp\.h	daemon/
qrencode\.h	tools/
crypt\.h	tools/
'

report() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
	else
		status=1
		echo "not ok $number - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

# Included names, "file:name", of a room's files.
included() {
	# shellcheck disable=SC2086
	find $1 -name '*.[ch]' -exec grep -Ho "$2" {} + |
	    sed 's/#[[:space:]]*include[[:space:]]*[<"]//; s/[">]$//'
}

plan=$(printf '%s%s' "$rooms" "$libraries" | grep -c .)
echo "1..$((plan + 1))"
while read -r room allowed; do
	[ -n "$room" ] || continue
	pattern=$(echo "$allowed" | sed 's/ /|/g')
	report "$room includes only $allowed" \
	    "$(included "$room" '#[[:space:]]*include[[:space:]]*"[^"]*"' |
	    grep -Ev ":($pattern)")"
done <<END
$rooms
END
while read -r header place; do
	[ -n "$header" ] || continue
	report "$header only in $place" \
	    "$(included "base pam_module core daemon tools" \
	    "#[[:space:]]*include[[:space:]]*<[^>]*>" | grep ":$header" |
	    grep -v "^$place")"
done <<END
$libraries
END
report "base and pam_module know libc and libpam only" \
    "$(included "base pam_module" '#[[:space:]]*include[[:space:]]*<[^>]*>' |
    grep -Ev ':(security/pam_(appl|ext|modules)\.h|sys/[a-z]+\.h|(errno|fcntl|limits|poll|pwd|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|syslog|time|unistd)\.h)$')"
exit $status
