/*
 * The log sink: RFC 3164 lines to /dev/log, and to stderr when asked for.
 *
 * The socket is not connected.  Each line names its address, so a log daemon
 * that restarts is found again without socket() or connect(), which the
 * sandbox forbids by then.
 */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FACILITY_AUTHPRIV 10
#define IDENT_MAX	  32
#define TEXT_MAX	  1024 /* before escaping; RFC 3164 has 1024 in all */
#define LINE_MAX_LEN	  (TEXT_MAX * 4 + 128)

static const struct sockaddr_un log_address = {
    .sun_family = AF_UNIX,
    .sun_path = "/dev/log",
};

static struct {
	int fd; /* -1: none */
	bool to_stderr;
	char ident[IDENT_MAX];
} sink = {.fd = -1, .ident = "bulkhead"};

void
log_open(const char *ident, bool to_syslog, bool to_stderr)
{
	log_close();
	(void)snprintf(sink.ident, sizeof(sink.ident), "%s", ident);
	sink.to_stderr = to_stderr;
	if (to_syslog)
		sink.fd = socket(
		    AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void
log_close(void)
{
	if (sink.fd != -1)
		(void)close(sink.fd);
	sink.fd = -1;
	sink.to_stderr = false;
}

void
log_set_stderr(bool to_stderr)
{
	sink.to_stderr = to_stderr;
}

/*
 * Append byte c to dst[*lenp..size) as itself or as \xNN; false if it does
 * not fit with a NUL behind.
 */
static bool
put_escaped(char *dst, size_t size, size_t *lenp, char c, const char *special)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)c;
	bool plain = byte >= 0x20 && byte < 0x7f &&
		     (special[0] == '\0' || strchr(special, c) == NULL);

	if (*lenp + (plain ? 1 : 4) >= size)
		return false;
	if (!plain) {
		dst[(*lenp)++] = '\\';
		dst[(*lenp)++] = 'x';
		dst[(*lenp)++] = hex[byte >> 4];
		c = hex[byte & 0xf];
	}
	dst[(*lenp)++] = c;
	dst[*lenp] = '\0';
	return true;
}

/* "Jan  2 03:04:05", in UTC and in English whatever the locale. */
static void
put_time(char *dst, size_t size)
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct tm tm = {.tm_mday = 1};
	time_t now = time(NULL);

	(void)gmtime_r(&now, &tm);
	(void)snprintf(dst, size, "%s %2d %02d:%02d:%02d", months[tm.tm_mon],
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void
send_line(enum log_level level, const char *text)
{
	char line[LINE_MAX_LEN];
	char when[32];
	int len;

	put_time(when, sizeof(when));
	len = snprintf(line, sizeof(line), "<%d>%s %s[%ld]: %s",
	    FACILITY_AUTHPRIV * 8 + (int)level, when, sink.ident,
	    (long)getpid(), text);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(line))
		len = (int)sizeof(line) - 1;
	/* Nobody could be told that the log does not take a line. */
	(void)sendto(sink.fd, line, (size_t)len, MSG_NOSIGNAL,
	    (const struct sockaddr *)&log_address, sizeof(log_address));
}

static void __attribute__((format(printf, 2, 0)))
log_line(enum log_level level, const char *fmt, va_list ap, const char *tail)
{
	char raw[TEXT_MAX];
	char text[LINE_MAX_LEN - 128];
	int saved_errno = errno;
	size_t len = 0, i;
	int n;

	if ((n = vsnprintf(raw, sizeof(raw), fmt, ap)) < 0)
		n = 0;
	if (tail != NULL && (size_t)n < sizeof(raw))
		(void)snprintf(raw + n, sizeof(raw) - (size_t)n, ": %s", tail);
	text[0] = '\0';
	for (i = 0; raw[i] != '\0'; i++) {
		if (!put_escaped(text, sizeof(text), &len, raw[i], ""))
			break;
	}
	if (sink.fd != -1)
		send_line(level, text);
	if (sink.to_stderr)
		(void)fprintf(stderr, "%s: %s\n", sink.ident, text);
	errno = saved_errno;
}

void
log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(level, fmt, ap, NULL);
	va_end(ap);
}

void
log_err(enum bh_err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_line(LOG_LEVEL_ERR, fmt, ap, err_text(e));
	va_end(ap);
}

char *
log_printable(char *dst, size_t size, const char *src)
{
	static const char cut[] = "...";
	size_t len = 0, keep = 0;

	if (size == 0)
		return dst;
	dst[0] = '\0';
	for (; *src != '\0'; src++) {
		if (!put_escaped(dst, size, &len, *src, "\"'\\")) {
			(void)snprintf(dst + keep, size - keep, "%s", cut);
			break;
		}
		/* The last place where the mark of a cut still fits. */
		if (len + sizeof(cut) <= size)
			keep = len;
	}
	return dst;
}
