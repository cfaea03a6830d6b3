/*
 * What a command says, as text or JSON.
 */
#include "tools/output.h"

#include "core/escape.h"

#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

/* Characters that turn the order of others round on a terminal, or have no
 * shape at all (Unicode Bidi_Control, line and paragraph separators, BOM). */
static bool
is_hidden(wchar_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0x061c || c == 0xfeff;
}

/* How many bytes at s a terminal of this locale shows as they are; 0: none. */
static size_t
printable_length(const char *s, size_t len)
{
	mbstate_t state;
	wchar_t c;
	size_t n;

	if ((unsigned char)*s < 0x80)
		return *s >= 0x20 && *s < 0x7f ? 1 : 0;
	/* In a terminal of another code such bytes may be controls. */
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return 0;
	memset(&state, 0, sizeof(state));
	n = mbrtowc(&c, s, len, &state);
	if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
		return 0;
	return iswprint((wint_t)c) && !is_hidden(c) ? n : 0;
}

char *
out_printable(const char *text, bool keep_newlines)
{
	static const char hex[] = "0123456789abcdef";
	size_t len = strlen(text), i = 0, n;
	char *copy, *out;

	if ((copy = malloc(len * 4 + 1)) == NULL)
		return NULL;
	out = copy;
	while (i < len) {
		n = printable_length(text + i, len - i);
		if (n == 0 && keep_newlines && text[i] == '\n')
			n = 1;
		if (n == 0) {
			*out++ = '\\';
			*out++ = 'x';
			*out++ = hex[(unsigned char)text[i] >> 4];
			*out++ = hex[(unsigned char)text[i] & 0xf];
			i++;
			continue;
		}
		memcpy(out, text + i, n);
		out += n;
		i += n;
	}
	*out = '\0';
	return copy;
}

static void
print_safe(FILE *out, const char *before, const char *text, const char *behind)
{
	char *safe;

	if ((safe = out_printable(text, true)) == NULL)
		return;
	(void)fprintf(out, "%s%s%s", before, safe, behind);
	free(safe);
}

/* JSON goes out in ASCII, and DEL is not left bare either. */
static int
dump_bytes(const char *bytes, size_t len, void *stream)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] == 0x7f)
			(void)fputs("\\u007f", stream);
		else
			(void)fputc(bytes[i], stream);
	}
	return ferror((FILE *)stream) ? -1 : 0;
}

static int
dump(json_t *doc)
{
	int rv;

	rv = json_dump_callback(doc, dump_bytes, stdout,
	    JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
	(void)fputc('\n', stdout);
	return rv == 0 && fflush(stdout) == 0 ? 0 : -1;
}

static void
fail_text(struct invocation *inv, const char *text)
{
	json_t *doc;

	print_safe(stderr, "bulkhead: ", text, "\n");
	if (!inv->json || inv->printed)
		return;
	inv->printed = true;
	doc = json_object();
	if (doc != NULL &&
	    json_object_set_new(doc, "error", out_json_string(text)) == 0)
		(void)dump(doc);
	json_decref(doc);
}

int
out_fail(struct invocation *inv, int code, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return CLI_FAILED;
	fail_text(inv, text);
	free(text);
	return code;
}

static int
exit_code(enum bh_err e)
{
	switch (e) {
	case BH_ERR_REFUSED:
	case BH_ERR_EXISTS:
	case BH_ERR_NOTFOUND:
	case BH_ERR_INPUT:
	case BH_ERR_RANGE:
		return CLI_NO;
	default:
		return CLI_FAILED;
	}
}

int
out_error(struct invocation *inv, enum bh_err e, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return CLI_FAILED;
	n = out_fail(inv, exit_code(e), "%s: %s", text, err_text(e));
	free(text);
	return n;
}

void
out_note(const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return;
	print_safe(stderr, "bulkhead: ", text, "\n");
	free(text);
}

void
out_text(const struct invocation *inv, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	if (inv->json)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return;
	print_safe(stdout, "", text, "");
	free(text);
}

int
out_json(struct invocation *inv, json_t *doc)
{
	int rv;

	if (doc == NULL)
		return out_fail(inv, CLI_FAILED, "out of memory");
	inv->printed = true;
	rv = dump(doc);
	json_decref(doc);
	if (rv == 0)
		return CLI_DONE;
	out_note("the JSON document can't be written");
	return CLI_FAILED;
}

json_t *
out_json_string(const char *s)
{
	json_t *value;
	char *escaped;

	if (s == NULL)
		return json_null();
	if ((escaped = escape_text(s, strlen(s))) == NULL)
		return NULL;
	value = json_string(escaped);
	free(escaped);
	return value;
}

const char *
out_time(uint64_t t_s, char text[32])
{
	time_t t = (time_t)t_s;
	struct tm tm;

	if (t_s == 0 || t_s > INT64_MAX || gmtime_r(&t, &tm) == NULL ||
	    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(text, 32, "never");
	return text;
}

json_t *
out_json_time(uint64_t t_s)
{
	char text[32];

	return t_s == 0 ? json_null() : json_string(out_time(t_s, text));
}

bool
out_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no == NULL || no[0] == '\0') && term != NULL &&
	       term[0] != '\0' && strcmp(term, "dumb") != 0 &&
	       isatty(STDOUT_FILENO) == 1;
}
