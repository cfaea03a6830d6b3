#!/bin/bash
# The guides say what there is: each "bulkhead ..." in them is a command line
# that the program can read, and each file that they name is there.
# TAP; run from the folder of the build, with srcdir set.
set -u
top=$(cd "${srcdir:-.}" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0

# result NAME: no line in $tmp/out means that it holds.
result()
{
	count=$((count + 1))
	if [ -s "$tmp/out" ]; then
		echo "not ok $count - $1"
		sed 's/^/# /' "$tmp/out"
	else
		echo "ok $count - $1"
	fi
}

# PAGE<tab>COMMAND-LINE, what follows bulkhead in code, on one line or in a
# block, where a backslash goes on in the next one.
command_lines()
{
	perl -0777 -ne '
	sub say_each {
		for (split /[|;&]+|\s>\S*|\s+#\s/, $_[0]) {
			s/^\s*(\w*[#\$]\s+)?((sudo|setsid -w)\s+)*//;
			print "$ARGV\t$1\n" if /^bulkhead\s+([a-z-].*)$/;
		}
	}
	s/\\\n\s*/ /g;
	s{^[ ]*```\n(.*?)^[ ]*```}{ say_each($_) for split /\n/, $1; "" }gmse;
	say_each($1) while /^ {4,}(\S.*)$/gm;
	while (/`([^`]+)`/g) {
		(my $code = $1) =~ s/\s+/ /g;
		say_each($code) unless $code =~ /\.\.\.|FILE/;
	}' "$top/README.md" "$top"/docs/*.md
}

known()
{
	local page line words
	while IFS=$'\t' read -r page line; do
		eval "words=($line)"
		./tools/bulkhead "${words[@]}" --help > "$tmp/said" 2>&1 ||
		    echo "$(basename "$page"): bulkhead $line: $(cat "$tmp/said")"
	done > "$tmp/out" < <(command_lines)
	[ "$(command_lines | wc -l)" -gt 60 ] || echo "found too few" >> "$tmp/out"
	result "command lines in the guides are right"
}

# Files by [text](page#place), from the page's folder, and headings in them.
links()
{
	perl -ne '
	sub anchors {
		open my $f, "<", $_[0] or return;
		my %has;
		while (<$f>) {
			next unless /^#+ (.*)/;
			(my $a = lc $1) =~ s/[^\w\- ]//g;
			$has{$a =~ tr/ /-/r} = 1;
		}
		return \%has;
	}
	(my $dir = $ARGV) =~ s{[^/]*$}{};
	while (/\]\(([^)\s]+)\)/g) {
		my ($file, $place) = split /#/, $1;
		next if $file =~ /^https?:/;
		my $path = $file eq "" ? $ARGV : "$dir$file";
		print "$ARGV:$.: no $file\n" unless -e $path;
		print "$ARGV:$.: no heading $place\n"
		    if defined $place && -e $path && !anchors($path)->{$place};
	}
	close ARGV if eof' "$top/README.md" "$top"/docs/*.md > "$tmp/out" 2>&1
	result "links lead to files and headings that are there"
}

# `core/store/vfs.c`, `tests/system/ssh.bats`: what is named lies there.
paths()
{
	perl -ne '
	while (m{`((?:base|core|daemon|tools|tests|docs|pam_module)/\w[\w./-]+)`}g) {
		print "$ARGV: $1\n" unless -e "'"$top"'/$1";
	}' "$top/README.md" "$top"/docs/*.md > "$tmp/out" 2>&1
	result "files of the checkout that are named are there"
}

# Each theme of doctor has its paragraph.
themes()
{
	sed -n 's/^[^"]*{"\([a-z]*\)", ".*/\1/p' "$top/tools/doctor_table.c" \
	    > "$tmp/table"
	sed -n 's/^### //p' "$top/docs/doctor.md" > "$tmp/page"
	diff "$tmp/table" "$tmp/page" > "$tmp/out"
	[ -s "$tmp/table" ] || echo "no themes" >> "$tmp/out"
	result "themes are those of doctor.md"
}

# A page of ours, under the number that it has.
references()
{
	grep -hoE '^\.Xr (pam_)?bulkhead[^ ]* [0-9]' "$top"/docs/man/* |
	    sort -u | while read -r _ name section; do
		[ -e "$top/docs/man/$name.$section" ] ||
		    [ -e "$top/docs/man/$name.$section.in" ] ||
		    echo ".Xr $name $section"
	done > "$tmp/out"
	result "manual pages refer to pages that are there"
}

known
links
paths
themes
references
echo "1..$count"
