/*
 * sshd's patterns.
 */
#include "core/host/sshd_pattern.h"

#include "core/netaddr.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#define PATTERN_MAX 1024 /* sshd's own limit */

bool
sshd_pattern_match(const char *text, const char *pattern)
{
	const char *star = NULL, *from = NULL;

	/* Back to the last star only: linear where a recursion is not. */
	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool
sshd_pattern_next(const char **listp, char *text, int size, bool *negatedp)
{
	const char *at = *listp;
	size_t len;

	while (*at != '\0') {
		*negatedp = *at == '!';
		at += *negatedp ? 1 : 0;
		len = strcspn(at, ",");
		*listp = at + len + (at[len] == ',' ? 1 : 0);
		if (len < (size_t)size) {
			memcpy(text, at, len);
			text[len] = '\0';
			return true;
		}
		at = *listp;
	}
	return false;
}

static void
lower(char *text)
{
	for (; *text != '\0'; text++)
		*text = (char)tolower((unsigned char)*text);
}

static enum pattern_said
list_says(const char *text, const char *list, bool small)
{
	enum pattern_said said = PATTERN_NO;
	char pattern[PATTERN_MAX];
	bool negated;

	while (sshd_pattern_next(&list, pattern, sizeof(pattern), &negated)) {
		if (small)
			lower(pattern);
		if (!sshd_pattern_match(text, pattern))
			continue;
		if (negated)
			return PATTERN_NEVER;
		said = PATTERN_YES;
	}
	return said;
}

enum pattern_said
sshd_pattern_list(const char *text, const char *list)
{
	return list_says(text, list, false);
}

enum pattern_said
sshd_pattern_host(const char *host, const char *list)
{
	char small[PATTERN_MAX];
	size_t len = strlen(host);

	if (len >= sizeof(small))
		return PATTERN_NO;
	memcpy(small, host, len + 1);
	lower(small);
	return list_says(small, list, true);
}

static bool
address_matches(const char *text, const struct netaddr *addr, const char *one)
{
	struct netaddr net;

	if (netaddr_parse(one, &net) == BH_OK)
		return addr->family != 0 && netaddr_in(addr, &net);
	return sshd_pattern_match(text, one);
}

enum pattern_said
sshd_pattern_address(const char *addr, const char *list)
{
	enum pattern_said said = PATTERN_NO;
	struct netaddr number = {.family = 0};
	char pattern[PATTERN_MAX];
	bool negated;

	if (netaddr_parse(addr, &number) != BH_OK)
		number.family = 0;
	while (sshd_pattern_next(&list, pattern, sizeof(pattern), &negated)) {
		if (!address_matches(addr, &number, pattern))
			continue;
		if (negated)
			return PATTERN_NEVER;
		said = PATTERN_YES;
	}
	return said;
}

bool
sshd_pattern_peer(const char *host, const char *addr, const char *list)
{
	enum pattern_said by_addr = sshd_pattern_address(addr, list);
	enum pattern_said by_host = sshd_pattern_host(host, list);

	return by_addr != PATTERN_NEVER && by_host != PATTERN_NEVER &&
	       (by_addr == PATTERN_YES || by_host == PATTERN_YES);
}
