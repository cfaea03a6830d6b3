/*
 * Public halves of private keys' files.
 */
#include "tests/unit/unit.h"

#include "core/base64.h"
#include "core/host/private.h"
#include "tests/unit/file_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define BEGIN	 "-----BEGIN OPENSSH PRIVATE KEY-----\n"
#define END	 "-----END OPENSSH PRIVATE KEY-----\n"
#define BLOB	 "\0\0\0\013ssh-ed25519\0\0\0\040xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define BLOB_LEN (sizeof(BLOB) - 1)

/* PROTOCOL.key up to the public half; the private one is not looked at. */
static const char head[] =
    "openssh-key-v1\0\0\0\0\004none\0\0\0\004none\0\0\0\0"
    "\0\0\0\001\0\0\0\063" BLOB "\0\0\0\004priv";

/* A key's file around those bytes, in lines of 70 as ssh-keygen writes. */
static const char *
write_key(const void *bytes, size_t len, const char *end)
{
	char base64[1024], text[2048];
	size_t n, i;

	assert_int_equal(
	    base64_encode(bytes, len, base64, sizeof(base64)), BH_OK);
	n = (size_t)snprintf(text, sizeof(text), "%s", BEGIN);
	for (i = 0; i < strlen(base64); i += 70)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "%.70s\n", base64 + i);
	(void)snprintf(text + n, sizeof(text) - n, "%s", end);
	return file_text("key", text);
}

static void
test_openssh(void **state)
{
	struct buf *blob;

	(void)state;
	assert_int_equal(
	    private_public(write_key(head, sizeof(head) - 1, END), &blob),
	    BH_OK);
	assert_int_equal(blob->len, BLOB_LEN);
	assert_memory_equal(blob->data, BLOB, BLOB_LEN);
	buf_free(blob);
}

/* Cut anywhere it is a private key whose public half can't be told. */
static void
test_truncated(void **state)
{
	size_t whole = sizeof(head) - 1 - 8, len;
	struct buf *blob;

	(void)state;
	for (len = 0; len < whole; len++)
		assert_int_equal(
		    private_public(write_key(head, len, END), &blob),
		    BH_ERR_INPUT);
	assert_int_equal(
	    private_public(write_key(head, whole, END), &blob), BH_OK);
	buf_free(blob);
	assert_int_equal(
	    private_public(write_key(head, whole, ""), &blob), BH_ERR_INPUT);
}

static void
test_malformed(void **state)
{
	static const struct {
		const char *rule;
		size_t at;
		char byte;
	} rows[] = {
	    {"another magic", 0, 'x'},
	    {"a cipher's name that runs over", 15, '\377'},
	    {"a kdf's name that runs over", 23, '\377'},
	    {"kdf options that run over", 31, '\177'},
	    {"no key", 38, 0},
	    {"a public half that runs over", 39, '\1'},
	};
	char bytes[sizeof(head)];
	struct buf *blob;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		print_message("# %s\n", rows[i].rule);
		memcpy(bytes, head, sizeof(head));
		assert_int_not_equal(bytes[rows[i].at], rows[i].byte);
		bytes[rows[i].at] = rows[i].byte;
		assert_int_equal(
		    private_public(
			write_key(bytes, sizeof(head) - 1, END), &blob),
		    BH_ERR_INPUT);
	}
	assert_int_equal(
	    private_public(file_text("key", BEGIN "!!!!\n" END), &blob),
	    BH_ERR_INPUT);
}

/* What is no private key, and what only NAME.pub tells. */
static void
test_others(void **state)
{
	static const char *const none[] = {"", "hello\n",
	    "ssh-ed25519 AAAA x\n", "-----BEGIN CERTIFICATE-----\n"};
	char base64[256], pub[512];
	struct buf *blob;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(none); i++)
		assert_int_equal(
		    private_public(file_text("other", none[i]), &blob),
		    BH_ERR_NOTFOUND);
	assert_int_equal(
	    private_public(file_path("none"), &blob), BH_ERR_NOTFOUND);
	assert_int_equal(mkfifo(file_path("fifo"), 0600), 0);
	assert_int_equal(
	    private_public(file_path("fifo"), &blob), BH_ERR_UNSAFE);

	(void)file_text("pem", "-----BEGIN RSA PRIVATE KEY-----\njunk\n");
	assert_int_equal(private_public(file_path("pem"), &blob), BH_ERR_INPUT);
	assert_int_equal(
	    base64_encode(BLOB, BLOB_LEN, base64, sizeof(base64)), BH_OK);
	(void)snprintf(pub, sizeof(pub), "ssh-ed25519 %s me\n", base64);
	(void)file_text("pem.pub", pub);
	assert_int_equal(private_public(file_path("pem"), &blob), BH_OK);
	assert_memory_equal(blob->data, BLOB, BLOB_LEN);
	buf_free(blob);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_openssh),
	    cmocka_unit_test(test_truncated),
	    cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, file_rig_up, file_rig_down);
}
