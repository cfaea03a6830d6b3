/*
 * Files with SSH public keys.
 */
#include "core/host/keys_internal.h"

#include "core/host/key_line.h"
#include "core/host/textfile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(KEY_LINE_MAX == TEXT_LINE_MAX, "a key's line is a text's line");

void
key_say_unseen(key_unseen unseen, void *arg, const char *fmt, ...)
{
	va_list ap;
	char *what;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&what, fmt, ap);
	va_end(ap);
	unseen(arg, n == -1 ? "memory is out" : what);
	if (n != -1)
		free(what);
}

enum bh_err
key_file_read(const char *path, const char *account, bool ca, bool host,
    key_each each, key_unseen unseen, void *arg)
{
	char type[KEY_TYPE_MAX], *line;
	struct key_line k;
	struct buf *blob;
	struct text *t;
	unsigned int number;
	enum bh_err e;

	/* sshd follows links to keys it accepts: not to see those would let a
	 * manifest lock out who uses them */
	if (account != NULL || ca || host)
		e = text_open_linked(path, &t);
	else
		e = text_open(path, &t);
	if (e != BH_OK)
		return e;
	while (e == BH_OK && text_next_entry(t, &line, &number)) {
		k = (struct key_line){
		    .file = path, .line = number, .account = account};
		if (line == NULL) {
			key_say_unseen(unseen, arg,
			    "%s:%u: the line is longer than %d bytes", path,
			    number, KEY_LINE_MAX);
			continue;
		}
		e = key_line_parse(line, type, &k, &blob);
		if (e == BH_ERR_INPUT) {
			key_say_unseen(unseen, arg,
			    "%s:%u: this line is no SSH public key", path,
			    number);
			e = BH_OK;
			continue;
		}
		if (e != BH_OK)
			break;
		k.ca = k.ca || ca;
		k.host = host;
		e = each(arg, &k);
		buf_free(blob);
	}
	text_close(t);
	return e;
}

enum bh_err
keys_read_file(const char *path, const char *account, key_each each,
    key_unseen unseen, void *arg)
{
	return key_file_read(path, account, false, false, each, unseen, arg);
}

struct one {
	size_t n;
	bool options, junk;
	char *line;
	struct buf *blob;
};

static enum bh_err
take_one(void *arg, const struct key_line *k)
{
	struct one *o = arg;

	if (o->n++ > 0)
		return BH_OK;
	o->options = k->options[0] != '\0';
	o->blob = buf_new_from(k->blob, k->bloblen);
	o->line = key_text(k->type, k->blob, k->bloblen);
	return o->blob != NULL && o->line != NULL ? BH_OK : BH_ERR_NOMEM;
}

static void
take_junk(void *arg, const char *what)
{
	(void)what;
	((struct one *)arg)->junk = true;
}

enum bh_err
keys_read_one(
    const char *path, char **linep, struct buf **blobp, const char **whyp)
{
	struct one o = {0};
	enum bh_err e;

	*whyp = NULL;
	e = key_file_read(path, NULL, false, false, take_one, take_junk, &o);
	if (e == BH_OK && o.junk)
		*whyp = "there is a line in it that is no SSH public key";
	else if (e == BH_OK && o.n == 0)
		*whyp = "there is no SSH public key in it";
	else if (e == BH_OK && o.n > 1)
		*whyp = "there is more than one key in it";
	else if (e == BH_OK && o.options)
		*whyp = "options stand before the key; only the key may be "
			"in it";
	if (*whyp != NULL)
		e = BH_ERR_INPUT;
	if (e == BH_OK) {
		*linep = o.line;
		*blobp = o.blob;
	} else {
		free(o.line);
		buf_free(o.blob);
	}
	return e;
}
