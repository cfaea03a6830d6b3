/*
 * Patterns as sshd compares them (OpenSSH match.c, addrmatch.c): what a Match
 * or an AllowUsers asks, answered without sshd.  No input and no output here.
 */
#ifndef CORE_HOST_SSHD_PATTERN_H
#define CORE_HOST_SSHD_PATTERN_H

#include <stdbool.h>

/* What a list with negated patterns says: a negated one that holds ends it. */
enum pattern_said {
	PATTERN_NO = 0,
	PATTERN_YES,
	PATTERN_NEVER,
};

/* "*" is any text, "?" any character. */
bool sshd_pattern_match(const char *text, const char *pattern);

/* Patterns with a comma between and "!" before the negated ones. */
enum pattern_said sshd_pattern_list(const char *text, const char *list);

/* The same for host names: capital letters are small ones. */
enum pattern_said sshd_pattern_host(const char *host, const char *list);

/* Networks ("10.0.0.0/8"), addresses, or patterns of an address's text. */
enum pattern_said sshd_pattern_address(const char *addr, const char *list);

/* The part behind "@" of AllowUsers: an address or a host, none negated. */
bool sshd_pattern_peer(const char *host, const char *addr, const char *list);

/*
 * Step through a list: the next pattern into text (without "!"), false at the
 * end.  One that is longer than the text is left out, as sshd refuses it.
 */
bool sshd_pattern_next(
    const char **listp, char *text, int size, bool *negatedp);

#endif
