/*
 * The secret of a new token, where the administrator has one: from a file, or
 * asked at the terminal.
 */
#include "tools/enroll.h"

#include "core/base64.h"
#include "core/factor.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <ctype.h>
#include <string.h>

#define HEX_PREFIX  "hex:"
#define BASE64_SIZE ((MODEL_SECRET_MAX + 2) / 3 * 4 + 1)
#define YUBIKEY_MAX 64

static enum bh_err
hex_decode(const char *text, struct buf **datap)
{
	static const char digits[] = "0123456789abcdef";
	const char *high, *low;
	struct buf *b;
	enum bh_err e = BH_OK;

	if ((b = buf_new(strlen(text) / 2 + 1)) == NULL)
		return BH_ERR_NOMEM;
	for (; e == BH_OK && *text != '\0'; text += 2) {
		high = strchr(digits, tolower((unsigned char)text[0]));
		low = text[1] != '\0'
			  ? strchr(digits, tolower((unsigned char)text[1]))
			  : NULL;
		if (high == NULL || low == NULL)
			e = BH_ERR_INPUT;
		else
			e = buf_put_u8(b,
			    (uint8_t)((high - digits) << 4 | (low - digits)));
		if (low == NULL)
			break;
	}
	if (e == BH_OK)
		*datap = b;
	else
		buf_free(b);
	return e;
}

static enum bh_err
put_base64(json_t *request, const struct buf *secret)
{
	struct buf *text;
	enum bh_err e;

	if ((text = buf_new(BASE64_SIZE)) == NULL)
		return BH_ERR_NOMEM;
	e = base64_encode(
	    secret->data, secret->len, (char *)text->data, text->max);
	if (e == BH_OK && json_object_set_new(request, "secret",
			      json_string((char *)text->data)) != 0)
		e = BH_ERR_NOMEM;
	buf_free(text);
	return e;
}

static int
otp_file(struct invocation *inv, json_t *request, const struct buf *file)
{
	const char *text = (const char *)file->data;
	struct buf *secret = NULL;
	enum bh_err e;

	if (strlen(text) != file->len)
		e = BH_ERR_INPUT;
	else if (strncmp(text, HEX_PREFIX, strlen(HEX_PREFIX)) == 0)
		e = hex_decode(text + strlen(HEX_PREFIX), &secret);
	else
		e = base32_decode(text, file->len, &secret);
	if (e == BH_OK)
		e = put_base64(request, secret);
	buf_free(secret);
	if (e == BH_ERR_INPUT)
		return out_fail(inv, CLI_USAGE,
		    "the secret is not base32, nor hexadecimal behind hex:");
	return e == BH_OK ? CLI_DONE : out_error(inv, e, "the secret");
}

static int
put_line(struct invocation *inv, json_t *request, const char *key,
    const char *line, size_t len)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0 ||
	    json_object_set_new(request, key, json_stringn(line, len)) != 0)
		return out_fail(inv, CLI_USAGE,
		    "the YubiKey's file holds one line of CSV, or three: "
		    "public id, private id, key");
	return CLI_DONE;
}

/* One line is CSV, three are the values. */
static int
yubikey_file(struct invocation *inv, json_t *request, const struct buf *file)
{
	static const char *const keys[] = {"public_id", "private_id", "key"};
	const char *line = (const char *)file->data;
	size_t i;
	int code;

	if (strchr(line, '\n') == NULL)
		return put_line(inv, request, "csv", line, strlen(line));
	for (i = 0; i < nitems(keys); i++) {
		size_t len = strcspn(line, "\n");

		code = put_line(inv, request, keys[i], line, len);
		if (code != CLI_DONE)
			return code;
		line += len + (line[len] == '\n' ? 1 : 0);
	}
	return *line == '\0' ? CLI_DONE
			     : out_fail(inv, CLI_USAGE,
				   "the YubiKey's file has more than three "
				   "lines");
}

static int
yubikey_ask(struct invocation *inv, json_t *request)
{
	static const struct {
		const char *key;
		const char *prompt;
		bool echo;
	} rows[] = {
	    {"public_id", "Public id (modhex): ", true},
	    {"private_id", "Private id (12 hex digits): ", false},
	    {"key", "AES key (32 hex digits): ", false},
	};
	struct buf *line = NULL;
	enum bh_err e;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		e = terminal_ask(
		    rows[i].prompt, rows[i].echo, YUBIKEY_MAX, &line);
		if (e == BH_ERR_NOTFOUND)
			return out_fail(inv, CLI_USAGE,
			    "no terminal to ask at; give --secret-file");
		if (e != BH_OK)
			return out_fail(inv, CLI_NO, "nothing was enrolled");
		if (json_object_set_new(request, rows[i].key,
			json_string((char *)line->data)) != 0)
			e = BH_ERR_INPUT;
		buf_free(line);
		line = NULL;
		if (e != BH_OK)
			return out_error(inv, e, "the YubiKey's values");
	}
	return CLI_DONE;
}

int
enroll_secret(struct invocation *inv, json_t *request, const char *kind)
{
	const char *path = inv_value(inv, "secret-file");
	bool yubikey = strcmp(kind, "yubikey") == 0;
	struct buf *file = NULL;
	enum bh_err e;
	int code;

	if (path == NULL)
		return yubikey ? yubikey_ask(inv, request) : CLI_DONE;
	if (strcmp(kind, "recovery") == 0)
		return out_fail(inv, CLI_USAGE,
		    "recovery codes are made here; leave --secret-file out");
	if ((e = terminal_read_file(path, &file)) != BH_OK)
		return out_fail(
		    inv, CLI_FAILED, "secret file %s: %s", path, err_text(e));
	code = yubikey ? yubikey_file(inv, request, file)
		       : otp_file(inv, request, file);
	buf_free(file);
	return code;
}
