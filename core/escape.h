/*
 * Any bytes as UTF-8 text, and back (docs/ledger.md: Strings).  A byte that is
 * not part of valid UTF-8 is written \xNN with small letters, and so is a
 * backslash that stands before xNN; all else stays as it is.
 */
#ifndef CORE_ESCAPE_H
#define CORE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* How many bytes at s[0..len) make one UTF-8 character (RFC 3629); 0: none. */
size_t utf8_length(const char *s, size_t len);

/* Would escape_text change anything? */
bool escape_needed(const char *s, size_t len);

/* The text, NUL-terminated and the caller's to free; NULL: no memory. */
char *escape_text(const char *s, size_t len);

/* The bytes back from a text, likewise; *lenp says how many. */
char *escape_undo(const char *text, size_t *lenp);

#endif
