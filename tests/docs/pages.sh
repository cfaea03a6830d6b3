#!/bin/bash
# The manual says what the tables say: commands, options and keys stand in the
# pages and the pages name no other ones; examples are what the program takes.
# TAP; run from the folder of the build, with srcdir set.
set -u
man=${srcdir:-.}/docs/man
pages="docs/man/bulkhead.8 $man/bulkheadd.8 $man/pam_bulkhead.8
    $man/bulkhead.conf.5"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0

# result STATUS NAME: one line of TAP, with what $tmp/out says if it failed.
result()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$tmp/out"
	fi
	: > "$tmp/out"
}

lint()
{
	if ! command -v mandoc > /dev/null; then
		count=$((count + 1))
		echo "ok $count - pages pass mandoc's lint # SKIP no mandoc"
		return
	fi
	# shellcheck disable=SC2086 # a list of files
	mandoc -T lint -W warning $pages > "$tmp/out" 2>&1
	result $? "pages pass mandoc's lint"
}

# The keys of bulkhead.conf(5), as "gen keys" prints them.
page_keys()
{
	awk '
	/^\.Ss Section \[/ { section = $3; gsub(/[][]/, "", section) }
	/^\.It Ic / { key = $3 }
	/^Value: / { type = substr($0, 8); sub(/\.$/, "", type) }
	/^Default: / {
		preset = substr($0, 10)
		sub(/\.$/, "", preset)
		printf("%s\t%s\t%s\t%s\n", section, key, type, preset)
	}' "$man/bulkhead.conf.5"
}

keys()
{
	./tools/gen keys > "$tmp/table"
	page_keys > "$tmp/page"
	diff "$tmp/table" "$tmp/page" > "$tmp/out"
	result $? "keys, values and defaults are those of bulkhead.conf(5)"
}

commands()
{
	./tools/gen commands | grep -v -e ' --' | sort > "$tmp/table"
	awk '/^\.It Xo$/ { getline; print substr($0, 5) }' \
	    docs/man/bulkhead.8 | sort > "$tmp/page"
	diff "$tmp/table" "$tmp/page" > "$tmp/out"
	result $? "commands are those of bulkhead(8)"
}

# The rows of the table in distinct.md: "| ID | statement | numbers | ...".
statements()
{
	./tools/gen statements > "$tmp/table"
	awk -F ' *\\| *' '$2 ~ /^[DT][0-9]+$/ {
		printf("%s\t%s\t%s\n", $2, $3, $4)
	}' "$man/../distinct.md" > "$tmp/page"
	diff "$tmp/table" "$tmp/page" > "$tmp/out"
	result $? "statements are those of distinct.md"
}

options()
{
	local missing=0 command option
	while read -r line; do
		command=${line% --*}
		option=${line##* --}
		awk -v c=".Cm $command" '
		$0 == c { on = 1 } /^\.It Xo$/ { if (on) exit } on' \
		    docs/man/bulkhead.8 | grep -q -e "Fl -$option\b" ||
		    { echo "$line"; missing=1; }
	done < <(./tools/gen commands | grep -e ' --') > "$tmp/out"
	result $missing "options are those of bulkhead(8)"
}

# Every command line in the pages is one that the program can read.
examples()
{
	local bad=0 line words
	while read -r line; do
		eval "words=($line)"
		./tools/bulkhead "${words[@]}" --help > "$tmp/said" 2>&1 ||
		    { echo "bulkhead $line: $(cat "$tmp/said")"; bad=1; }
	done < <(
		# shellcheck disable=SC2086
		sed -n -e 's/^# bulkhead //p' \
		    -e 's/^\.Ic bulkhead \([a-z ]*\).*/\1/p' $pages
	) > "$tmp/out"
	result $bad "command lines in the pages are right"
}

sample()
{
	sed -n '/^\.Bd/,/^\.Ed/p' "$man/bulkhead.conf.5" |
	    grep -v '^\.' > "$tmp/sample.conf"
	./tools/bulkhead config check "$tmp/sample.conf" > "$tmp/out" 2>&1
	result $? "the sample of bulkhead.conf(5) is right"
}

# complete WANT WORD...: what bash offers behind these words.
complete_words()
{
	local want=$1
	shift
	(
		# shellcheck disable=SC1091
		. ./tools/completion/bulkhead
		COMP_WORDS=(bulkhead "$@")
		COMP_CWORD=$#
		_bulkhead
		echo "${COMPREPLY[*]}"
	) > "$tmp/offer" 2> "$tmp/out"
	grep -q -e "$want" "$tmp/offer" && [ ! -s "$tmp/out" ]
	local rv=$?
	cat "$tmp/offer" >> "$tmp/out"
	result $rv "completion of '$*' offers '$want'"
}

lint
keys
commands
statements
options
examples
sample
complete_words '^doctor$' doc
complete_words '^check show$' config ''
complete_words '^show$' -c /x config s
complete_words '--json' config show --
complete_words 'tools/gen' config check tools/ge
echo "1..$count"
