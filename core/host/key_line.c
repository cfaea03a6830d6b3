/*
 * One line of an authorized_keys file, as sshd(8) reads it.
 */
#include "core/host/key_line.h"

#include "core/base64.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

bool
key_blob_type(const void *blob, size_t len, char type[KEY_TYPE_MAX])
{
	const uint8_t *p = blob;
	size_t n, i;

	if (len < 4)
		return false;
	n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	/* A name alone is no key. */
	if (n == 0 || n >= KEY_TYPE_MAX || n >= len - 4)
		return false;
	for (i = 0; i < n; i++) {
		if (!isgraph(p[4 + i]))
			return false;
	}
	memcpy(type, p + 4, n);
	type[n] = '\0';
	return true;
}

/* "type base64 comment" at text: is it a key? */
static bool
parse_key(const char *text, char type[KEY_TYPE_MAX], struct key_line *k,
    struct buf **blobp)
{
	size_t typelen = strcspn(text, BLANKS);
	const char *base64 = text + typelen + strspn(text + typelen, BLANKS);
	size_t len = strcspn(base64, BLANKS);
	char word[KEY_TYPE_MAX];
	struct buf *blob;

	if (typelen >= sizeof(word) || len == 0 ||
	    base64_decode(base64, len, &blob) != BH_OK)
		return false;
	memcpy(word, text, typelen);
	word[typelen] = '\0';
	if (!key_blob_type(blob->data, blob->len, type) ||
	    strcmp(word, type) != 0) {
		buf_free(blob);
		return false;
	}
	k->type = type;
	k->blob = blob->data;
	k->bloblen = blob->len;
	k->comment = base64 + len + strspn(base64 + len, BLANKS);
	*blobp = blob;
	return true;
}

/* Where the options end: at the first blank outside of quotes. */
static char *
skip_options(char *s)
{
	bool quoted = false;

	for (; *s != '\0' && (quoted || strchr(BLANKS, *s) == NULL); s++) {
		if (s[0] == '\\' && s[1] == '"')
			s++;
		else if (*s == '"')
			quoted = !quoted;
	}
	return s;
}

/* Is this flag among the options?  "x=\"a,b\"" is one option. */
static bool
has_option(const char *options, const char *flag)
{
	const char *start = options, *s;
	size_t len = strlen(flag);
	bool quoted = false;

	for (s = options;; s++) {
		if (*s == '\0' || (*s == ',' && !quoted)) {
			if ((size_t)(s - start) == len &&
			    strncasecmp(start, flag, len) == 0)
				return true;
			if (*s == '\0')
				return false;
			start = s + 1;
		} else if (s[0] == '\\' && s[1] == '"') {
			s++;
		} else if (*s == '"') {
			quoted = !quoted;
		}
	}
}

enum bh_err
key_line_parse(
    char *line, char type[KEY_TYPE_MAX], struct key_line *k, struct buf **blobp)
{
	char *key;

	k->options = "";
	if (!parse_key(line, type, k, blobp)) {
		key = skip_options(line);
		if (*key == '\0')
			return BH_ERR_INPUT;
		*key++ = '\0';
		key += strspn(key, BLANKS);
		if (!parse_key(key, type, k, blobp))
			return BH_ERR_INPUT;
		k->options = line;
	}
	k->ca = has_option(k->options, "cert-authority");
	return BH_OK;
}

char *
key_text(const char *type, const void *blob, size_t len)
{
	size_t head = strlen(type) + 1, size = head + (len + 2) / 3 * 4 + 1;
	char *text = malloc(size);

	if (text == NULL)
		return NULL;
	(void)snprintf(text, size, "%s ", type);
	if (base64_encode(blob, len, text + head, size - head) != BH_OK) {
		free(text);
		return NULL;
	}
	return text;
}
