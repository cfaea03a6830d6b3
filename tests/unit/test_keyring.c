/*
 * The realm's key as a file.
 */
#include "core/keyring.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define B64		 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" /* 0..31 */
#define LINE(generation) "bulkhead-key-v1 " generation " " B64 "\n"

struct place {
	char dir[PATH_MAX - 64];
	char path[PATH_MAX];
	char where[PATH_MAX + 8];
};

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	assert_int_equal(crypto_open(), BH_OK);
	snprintf(p->dir, sizeof(p->dir), "%s/bulkhead-key-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->path, sizeof(p->path), "%s/realm.key", p->dir);
	snprintf(p->where, sizeof(p->where), "file:%s", p->path);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	unlink(p->path);
	assert_int_equal(rmdir(p->dir), 0); /* nothing was left behind */
	free(p);
	return 0;
}

static void
put_file(const struct place *p, const char *text, size_t len, mode_t mode)
{
	int fd;

	unlink(p->path);
	fd = open(p->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

struct row {
	const char *rule;
	const char *text;
	enum bh_err want;
};

static const struct row rows[] = {
    {"one key", LINE("1"), BH_OK},
    {"two keys", LINE("1") LINE("4294967295"), BH_OK},
    {"three keys", LINE("1") LINE("2") LINE("3"), BH_ERR_INPUT},
    {"the same generation twice", LINE("1") LINE("1"), BH_ERR_INPUT},
    {"empty", "", BH_ERR_INPUT},
    {"a blank line behind", LINE("1") "\n", BH_ERR_INPUT},
    {"a byte behind", LINE("1") "x", BH_ERR_INPUT},
    {"no newline", "bulkhead-key-v1 1 " B64, BH_ERR_INPUT},
    {"generation 0", LINE("0"), BH_ERR_INPUT},
    {"generation 01", LINE("01"), BH_ERR_INPUT},
    {"generation -1", LINE("-1"), BH_ERR_INPUT},
    {"generation +1", LINE("+1"), BH_ERR_INPUT},
    {"generation 2^32", LINE("4294967296"), BH_ERR_RANGE},
    {"no generation", LINE(""), BH_ERR_INPUT},
    {"another version", "bulkhead-key-v2 1 " B64 "\n", BH_ERR_INPUT},
    {"a comment", "# key\n" LINE("1"), BH_ERR_INPUT},
    {"short key", "bulkhead-key-v1 1 AAECAwQFBgcICQoLDA0ODw==\n", BH_ERR_INPUT},
    {"no base64",
	"bulkhead-key-v1 1 !AECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	"\n",
	BH_ERR_INPUT},
    {"two blanks", "bulkhead-key-v1  1 " B64 "\n", BH_ERR_INPUT},
};

static void
the_text_is_strict(void **state)
{
	struct place *p = *state;
	struct keyring *k;
	enum bh_err e;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		k = NULL;
		put_file(p, rows[i].text, strlen(rows[i].text), 0400);
		if ((e = keyring_load(p->where, &k)) != rows[i].want)
			fail_msg("%s: %s", rows[i].rule, err_text(e));
		assert_true((k != NULL) == (e == BH_OK));
		if (k != NULL)
			assert_int_equal(k->key[0].bytes[31], 31);
		keyring_free(k);
	}
}

static void
cut_or_too_long_is_refused(void **state)
{
	static const char whole[] = LINE("1") LINE("2");
	const size_t one = sizeof(LINE("1")) - 1;
	struct place *p = *state;
	struct keyring *k = NULL;
	char many[4096];
	size_t len;

	for (len = 0; len < sizeof(whole) - 1; len++) {
		if (len == one)
			continue;
		put_file(p, whole, len, 0400);
		assert_int_not_equal(keyring_load(p->where, &k), BH_OK);
	}
	memset(many, 'b', sizeof(many));
	memcpy(many, whole, sizeof(whole) - 1);
	put_file(p, many, sizeof(many), 0400);
	assert_int_equal(keyring_load(p->where, &k), BH_ERR_INPUT);
}

static void
the_file_is_ours_alone(void **state)
{
	static const mode_t bad[] = {0440, 0404, 0644, 0420, 0410};
	struct place *p = *state;
	struct keyring *k = NULL;
	size_t i;

	assert_int_equal(keyring_load(p->where, &k), BH_ERR_NOTFOUND);
	for (i = 0; i < nitems(bad); i++) {
		put_file(p, LINE("1"), sizeof(LINE("1")) - 1, bad[i]);
		assert_int_equal(keyring_load(p->where, &k), BH_ERR_UNSAFE);
	}
	unlink(p->path);
	assert_int_equal(mkfifo(p->path, 0400), 0);
	assert_int_equal(keyring_load(p->where, &k), BH_ERR_UNSAFE);
	unlink(p->path);
	assert_int_equal(symlink("/etc/passwd", p->path), 0);
	assert_int_equal(keyring_load(p->where, &k), BH_ERR_UNSAFE);
	unlink(p->path);
	assert_int_equal(mkdir(p->path, 0700), 0);
	assert_int_equal(keyring_load(p->where, &k), BH_ERR_UNSAFE);
	assert_int_equal(rmdir(p->path), 0);
}

static void
another_users_file_is_refused(void **state)
{
	struct place *p = *state;
	struct keyring *k = NULL;

	if (geteuid() != 0) {
		print_message("another_users_file_is_refused needs root\n");
		skip();
	}
	put_file(p, LINE("1"), sizeof(LINE("1")) - 1, 0400);
	assert_int_equal(chown(p->path, 12345, 12345), 0);
	assert_int_equal(keyring_load(p->where, &k), BH_ERR_UNSAFE);
}

static void
where_is_a_file_or_a_credential(void **state)
{
	static const char *const bad[] = {"", "file:", "file:relative",
	    "/etc/key", "credential:", "credential:../x", "credential:a/b",
	    "credential:..", "tpm:1"};
	struct place *p = *state;
	struct keyring *k = NULL;
	size_t i;

	for (i = 0; i < nitems(bad); i++)
		assert_int_equal(keyring_load(bad[i], &k), BH_ERR_CONFIG);
	put_file(p, LINE("1"), sizeof(LINE("1")) - 1, 0400);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_int_equal(
	    keyring_load("credential:realm.key", &k), BH_ERR_NOTFOUND);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", p->dir, 1), 0);
	assert_int_equal(keyring_load("credential:realm.key", &k), BH_OK);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	keyring_free(k);
}

static void
what_is_written_is_read(void **state)
{
	struct place *p = *state;
	struct keyring *k = keyring_new(), *read = NULL;
	struct stat st;

	assert_non_null(k);
	assert_int_equal(keyring_write(k, p->path, 1), BH_ERR_RANGE);
	assert_int_equal(keyring_add(k, 0), BH_ERR_RANGE);
	assert_int_equal(keyring_add(k, 7), BH_OK);
	assert_int_equal(keyring_add(k, 7), BH_ERR_EXISTS);
	assert_int_equal(keyring_write(k, p->path, 1), BH_OK);
	assert_int_equal(keyring_write(k, p->path, 1), BH_ERR_EXISTS);
	assert_int_equal(keyring_add(k, 8), BH_OK);
	assert_int_equal(keyring_add(k, 9), BH_ERR_FULL);
	assert_int_equal(keyring_write(k, p->path, 0), BH_OK);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0400);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(keyring_load(p->where, &read), BH_OK);
	assert_int_equal(read->n, 2);
	assert_memory_equal(read->key, k->key, sizeof(k->key));
	assert_null(keyring_find(read, 1));
	assert_ptr_equal(keyring_find(read, 8), &read->key[1]);
	keyring_free(k);
	keyring_free(read);
	keyring_free(NULL);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(the_text_is_strict),
	    WITH(cut_or_too_long_is_refused),
	    WITH(the_file_is_ours_alone),
	    WITH(another_users_file_is_refused),
	    WITH(where_is_a_file_or_a_credential),
	    WITH(what_is_written_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
