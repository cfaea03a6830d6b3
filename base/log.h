/*
 * The log sink of daemon and tools: syslog over a datagram socket that needs
 * no reconnecting when the log daemon restarts, and stderr when asked for.
 * The module does not use it: it has pam_syslog.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Syslog severities (RFC 5424, 6.2.1). */
enum log_level {
	LOG_LEVEL_ALERT = 1,
	LOG_LEVEL_ERR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

/*
 * Open the sink once, before any sandbox: ident is the program's name, to
 * the facility AUTHPRIV.  Without /dev/log, messages go where stderr says.
 */
void log_open(const char *ident, bool to_syslog, bool to_stderr);
void log_close(void);

/* From here on, with or without stderr. */
void log_set_stderr(bool to_stderr);

/* One line.  Control bytes in it are written as \xNN: nothing forges a line. */
void log_msg(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* As log_msg at ERR, with ": " and the error's text behind. */
void log_err(enum bh_err e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Write src as one printable ASCII token into dst[size]: quotes, backslash,
 * control and non-ASCII bytes as \xNN.  Cut with "..." when it is too long.
 * Returns dst.
 */
char *log_printable(char *dst, size_t size, const char *src);

#endif
