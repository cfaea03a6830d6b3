/*
 * A manifest comes back as it was written, and is acceptable in its time.
 */
#include "tests/unit/unit.h"

#include "core/digest.h"
#include "tests/unit/manifest_text.h"

#include <stdlib.h>

#define CREATED 1700000000
#define NOW	(CREATED + 3600)

static struct digest
digest_of(enum digest_kind kind, uint8_t byte)
{
	struct digest d = {.kind = kind};

	memset(d.bytes, byte, sizeof(d.bytes));
	return d;
}

static void
add(struct manifest *m, enum digest_kind kind, uint8_t byte)
{
	struct digest d = digest_of(kind, byte);

	assert_int_equal(manifest_add(m, &d), BH_OK);
}

/* WHOLE, without its lists. */
static struct manifest *
head(void)
{
	struct manifest *m = manifest_new();

	assert_non_null(m);
	memcpy(m->realm, "prod", 5);
	memcpy(m->host, "0123abcd", 9);
	m->serial = 7;
	m->created_s = CREATED;
	m->expires_s = CREATED + MANIFEST_LIFE_S;
	memset(m->recipient, 0xaa, sizeof(m->recipient));
	return m;
}

static void
test_encode(void **state)
{
	struct manifest *m = head();
	struct buf *b = NULL;

	(void)state;
	add(m, DIGEST_SSH_KEY, 1);
	add(m, DIGEST_OTP_KEY, 2);
	add(m, DIGEST_OTP_KEY, 1);
	add(m, DIGEST_OTP_KEY, 2);
	assert_int_equal(manifest_add_account(m, "root", ""), BH_OK);
	assert_int_equal(manifest_add_account(m, "alice", "P1"), BH_OK);
	assert_int_equal(manifest_add_account(m, "root", ""), BH_OK);
	assert_int_equal(
	    manifest_add_note(m, "sshd: a \"command\" gives keys"), BH_OK);
	assert_int_equal(manifest_encode(m, &b), BH_OK);
	assert_int_equal(m->n_entries, 3);
	assert_int_equal(m->n_accounts, 2);
	assert_int_equal(b->len, strlen(WHOLE));
	assert_memory_equal(b->data, WHOLE, b->len);
	buf_free(b);
	manifest_free(m);
	manifest_free(NULL);
}

static void
test_decode(void **state)
{
	struct manifest *m = manifest_decoded(WHOLE, strlen(WHOLE));
	struct digest want[] = {digest_of(DIGEST_OTP_KEY, 1),
	    digest_of(DIGEST_OTP_KEY, 2), digest_of(DIGEST_SSH_KEY, 1)};
	uint8_t ours[MODEL_DIGEST_LEN];
	size_t i;

	(void)state;
	memset(ours, 0xaa, sizeof(ours));
	assert_string_equal(m->realm, "prod");
	assert_string_equal(m->host, "0123abcd");
	assert_int_equal(m->serial, 7);
	assert_int_equal(m->created_s, CREATED);
	assert_int_equal(m->expires_s, CREATED + MANIFEST_LIFE_S);
	assert_memory_equal(m->recipient, ours, sizeof(ours));
	assert_int_equal(m->n_entries, nitems(want));
	for (i = 0; i < nitems(want); i++) {
		assert_int_equal(m->entry[i].kind, want[i].kind);
		assert_memory_equal(
		    m->entry[i].bytes, want[i].bytes, MODEL_DIGEST_LEN);
	}
	assert_int_equal(m->n_accounts, 2);
	assert_string_equal(m->account[0].login, "alice");
	assert_string_equal(m->account[0].person, "P1");
	assert_string_equal(m->account[1].login, "root");
	assert_string_equal(m->account[1].person, "");
	assert_int_equal(m->n_notes, 1);
	assert_string_equal(m->note[0], "sshd: a \"command\" gives keys");
	manifest_free(m);
}

static void
test_empty(void **state)
{
	struct manifest *m = head();
	struct buf *b = NULL;

	(void)state;
	assert_int_equal(manifest_encode(m, &b), BH_OK);
	manifest_free(m);
	m = manifest_decoded(b->data, b->len);
	assert_int_equal(m->n_entries + m->n_accounts + m->n_notes, 0);
	manifest_free(m);
	buf_free(b);
}

/* n different digests, in no order. */
static struct digest
scattered(size_t i)
{
	struct digest d = digest_of(
	    (enum digest_kind)(DIGEST_OTP_KEY + i % 7), (uint8_t)(i / 7));
	uint64_t x = (uint64_t)i * 0x9e3779b97f4a7c15;

	memcpy(d.bytes, &x, sizeof(x));
	return d;
}

static void
test_most(void **state)
{
	struct manifest *m = head(), *again;
	struct buf *b = NULL;
	size_t i, round;

	(void)state;
	/* three times each: doubles don't fill it up */
	for (round = 0; round < 3; round++) {
		for (i = 0; i < MANIFEST_ENTRIES_MAX; i++) {
			struct digest d = scattered(i);

			assert_int_equal(manifest_add(m, &d), BH_OK);
		}
	}
	assert_int_equal(manifest_encode(m, &b), BH_OK);
	assert_int_equal(m->n_entries, MANIFEST_ENTRIES_MAX);
	again = manifest_decoded(b->data, b->len);
	assert_int_equal(again->n_entries, m->n_entries);
	for (i = 0; i < m->n_entries; i++) {
		assert_int_equal(again->entry[i].kind, m->entry[i].kind);
		assert_memory_equal(
		    again->entry[i].bytes, m->entry[i].bytes, MODEL_DIGEST_LEN);
	}
	manifest_free(again);
	buf_free(b);
	b = NULL;
	for (; i <= MANIFEST_ENTRIES_MAX; i++) {
		struct digest d = scattered(i);

		assert_int_equal(manifest_add(m, &d), BH_OK);
	}
	assert_int_equal(manifest_encode(m, &b), BH_ERR_FULL);
	assert_null(b);
	manifest_free(m);
}

/* A builder who adds and adds is told while he does. */
static void
test_builder_is_told(void **state)
{
	struct manifest *m = head();
	enum bh_err e = BH_OK;
	size_t i;

	(void)state;
	for (i = 0; i < 1000000 && e == BH_OK; i++) {
		struct digest d = scattered(i);

		e = manifest_add(m, &d);
	}
	assert_int_equal(e, BH_ERR_FULL);
	manifest_free(m);
}

static void
test_add_refuses(void **state)
{
	struct manifest *m = head();
	struct digest d = digest_of(DIGEST_KIND_COUNT, 1);
	char longest[MODEL_NAME_MAX + 2];
	size_t i;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(manifest_add(m, &d), BH_ERR_INPUT);
	d.kind = (enum digest_kind)0;
	assert_int_equal(manifest_add(m, &d), BH_ERR_INPUT);
	assert_int_equal(manifest_add_account(m, "a b", ""), BH_ERR_INPUT);
	assert_int_equal(manifest_add_account(m, "", ""), BH_ERR_INPUT);
	assert_int_equal(manifest_add_account(m, longest, ""), BH_ERR_INPUT);
	assert_int_equal(manifest_add_account(m, "a", longest), BH_ERR_INPUT);
	assert_int_equal(manifest_add_note(m, ""), BH_ERR_INPUT);
	assert_int_equal(manifest_add_note(m, "a\nb"), BH_ERR_INPUT);
	for (i = 0; i < MANIFEST_NOTES_MAX; i++)
		assert_int_equal(manifest_add_note(m, "x"), BH_OK);
	assert_int_equal(manifest_add_note(m, "x"), BH_ERR_FULL);
	for (i = 0; i < MANIFEST_ACCOUNTS_MAX; i++)
		assert_int_equal(manifest_add_account(m, "a", ""), BH_OK);
	assert_int_equal(manifest_add_account(m, "a", ""), BH_ERR_FULL);
	assert_int_equal(m->n_entries, 0);
	manifest_free(m);
}

static void
test_encode_refuses(void **state)
{
	struct buf *b = NULL;
	struct manifest *m;
	int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		m = head();
		switch (i) {
		case 0:
			m->realm[0] = '\0';
			break;
		case 1:
			m->host[0] = '/';
			break;
		case 2:
			m->serial = 0;
			break;
		case 3:
			m->serial = (uint64_t)INT64_MAX + 1;
			break;
		case 4:
			m->expires_s = m->created_s;
			break;
		default:
			m->expires_s = UINT64_MAX;
			break;
		}
		assert_int_equal(manifest_encode(m, &b), BH_ERR_INPUT);
		assert_null(b);
		manifest_free(m);
	}
}

static void
test_acceptable(void **state)
{
	static const struct {
		const char *rule;
		uint64_t created_s, expires_s, now_s;
		uint8_t recipient;
		enum bh_err want;
	} rows[] = {
	    {"as it should be", CREATED, CREATED + 100, CREATED + 5, 0xaa,
		BH_OK},
	    {"its last second", CREATED, CREATED + 100, CREATED + 99, 0xaa,
		BH_OK},
	    {"P01 expired", CREATED, CREATED + 100, CREATED + 100, 0xaa,
		BH_ERR_REFUSED},
	    {"P01 expired long ago", CREATED, CREATED + 100, UINT64_MAX, 0xaa,
		BH_ERR_REFUSED},
	    {"as far ahead as may be", NOW + MANIFEST_AHEAD_S, NOW + 100000,
		NOW, 0xaa, BH_OK},
	    {"from the future", NOW + MANIFEST_AHEAD_S + 1, NOW + 100000, NOW,
		0xaa, BH_ERR_REFUSED},
	    {"P03 for another realm", CREATED, CREATED + 100, CREATED + 5, 0xab,
		BH_ERR_REFUSED},
	};
	uint8_t recipient[MODEL_DIGEST_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct manifest *m = head();
		const char *why = NULL;
		enum bh_err e;

		m->created_s = rows[i].created_s;
		m->expires_s = rows[i].expires_s;
		memset(recipient, rows[i].recipient, sizeof(recipient));
		e = manifest_acceptable(m, recipient, rows[i].now_s, &why);
		if (e != rows[i].want)
			fail_msg("%s: %s", rows[i].rule, err_text(e));
		assert_int_equal(why != NULL, rows[i].want != BH_OK);
		manifest_free(m);
	}
}

static void
test_kinds(void **state)
{
	enum digest_kind kind;

	(void)state;
	for (kind = DIGEST_OTP_KEY; kind < DIGEST_KIND_COUNT; kind++) {
		assert_string_not_equal(digest_kind_word(kind), "?");
		assert_string_not_equal(digest_kind_name(kind), "?");
	}
	assert_string_equal(digest_kind_word(DIGEST_OTP_KEY), "otp-key");
	assert_string_equal(digest_kind_name(DIGEST_SSH_KEY), "SSH key");
	assert_string_equal(digest_kind_word((enum digest_kind)0), "?");
	assert_string_equal(digest_kind_name(DIGEST_KIND_COUNT), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encode),
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_most),
	    cmocka_unit_test(test_builder_is_told),
	    cmocka_unit_test(test_add_refuses),
	    cmocka_unit_test(test_encode_refuses),
	    cmocka_unit_test(test_acceptable),
	    cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
