/*
 * Decoding in tests.
 */
#include "tests/unit/unit.h"

#include "base/buf.h"
#include "tests/unit/manifest_text.h"

struct manifest *
manifest_decoded(const void *text, size_t len)
{
	struct manifest *m = NULL;
	const char *why = "";
	enum bh_err e = manifest_decode(text, len, &m, &why);

	if (e != BH_OK)
		fail_msg("%s: %s", err_text(e), why);
	return m;
}

void
manifest_refused(
    const char *rule, const char *text, size_t len, enum bh_err want)
{
	struct manifest *m = NULL;
	const char *why = NULL;
	/* a copy, so that a sanitizer sees a byte read behind its end */
	struct buf *b = buf_new_from(text, len);
	enum bh_err e;

	assert_non_null(b);
	e = manifest_decode(b->data, b->len, &m, &why);
	buf_free(b);
	if (e != want)
		fail_msg("%s: %s, not %s", rule, err_text(e), err_text(want));
	assert_null(m);
	assert_non_null(why);
	assert_true(strlen(why) > 10);
}
