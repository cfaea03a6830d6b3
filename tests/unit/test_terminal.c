/*
 * Asking at the terminal: no echo, and the terminal is put back on every way
 * out.  A child asks on a pseudo terminal, and this test is the person.
 */
#include "tests/unit/unit.h"
#include "tools/terminal.h"

#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PROMPT "Code: "

struct person {
	pid_t child;
	int tty;
	int answers; /* what the child got */
};

/* The child: ask once, tell what came of it. */
static void
ask(int out, bool echo, size_t max)
{
	struct buf *line = NULL;
	enum bh_err e;

	e = terminal_ask(PROMPT, echo, max, &line);
	if (dprintf(out, "%d:%s", (int)e,
		line != NULL ? (const char *)line->data : "") < 0)
		_exit(2);
	buf_free(line);
	_exit(0);
}

static void
start(struct person *p, bool echo, size_t max)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	p->child = forkpty(&p->tty, NULL, NULL, NULL);
	assert_true(p->child != -1);
	if (p->child == 0)
		ask(fds[1], echo, max);
	(void)close(fds[1]);
	p->answers = fds[0];
}

/* Read what the terminal shows until text stands there. */
static void
expect(struct person *p, const char *text)
{
	char seen[1024] = "";
	size_t len = 0;
	ssize_t n;

	while (strstr(seen, text) == NULL) {
		n = read(p->tty, seen + len, sizeof(seen) - len - 1);
		assert_true(n > 0);
		len += (size_t)n;
		seen[len] = '\0';
	}
}

static void
type(struct person *p, const char *keys)
{
	assert_int_equal(write(p->tty, keys, strlen(keys)), strlen(keys));
}

static bool
echoes(struct person *p)
{
	struct termios t;

	assert_int_equal(tcgetattr(p->tty, &t), 0);
	return (t.c_lflag & ECHO) != 0;
}

/* What the child told, what the terminal showed since, how it ended. */
static int
finish(struct person *p, char told[256], char shown[256])
{
	ssize_t n;
	int status;

	n = read(p->answers, told, 255);
	told[n > 0 ? n : 0] = '\0';
	assert_int_equal(waitpid(p->child, &status, 0), p->child);
	assert_true(echoes(p));
	n = read(p->tty, shown, 255);
	shown[n > 0 ? n : 0] = '\0';
	(void)close(p->answers);
	(void)close(p->tty);
	return status;
}

static void
test_no_echo(void **state)
{
	char told[256], shown[256];
	struct person p;

	(void)state;
	start(&p, false, 64);
	expect(&p, PROMPT);
	assert_false(echoes(&p));
	type(&p, "123456\n");
	assert_int_equal(finish(&p, told, shown), 0);
	assert_string_equal(told, "0:123456");
	assert_null(strstr(shown, "123456"));
}

static void
test_echo(void **state)
{
	char told[256], shown[256];
	struct person p;

	(void)state;
	start(&p, true, 64);
	expect(&p, PROMPT);
	assert_true(echoes(&p));
	type(&p, "yes\n");
	assert_int_equal(finish(&p, told, shown), 0);
	assert_string_equal(told, "0:yes");
	assert_non_null(strstr(shown, "yes"));
}

static void
test_empty_and_end(void **state)
{
	char told[256], shown[256];
	struct person p;

	(void)state;
	start(&p, false, 64);
	expect(&p, PROMPT);
	type(&p, "\n");
	assert_int_equal(finish(&p, told, shown), 0);
	assert_string_equal(told, "0:");
	start(&p, false, 64);
	expect(&p, PROMPT);
	type(&p, "\x04"); /* Ctrl-D */
	assert_int_equal(finish(&p, told, shown), 0);
	assert_int_equal(atoi(told), BH_ERR_CLOSED);
}

static void
test_longest_line(void **state)
{
	char told[256], shown[256];
	struct person p;

	(void)state;
	start(&p, false, 6);
	expect(&p, PROMPT);
	type(&p, "123456\n");
	assert_int_equal(finish(&p, told, shown), 0);
	assert_string_equal(told, "0:123456");
	start(&p, false, 6);
	expect(&p, PROMPT);
	type(&p, "1234567\n");
	assert_int_equal(finish(&p, told, shown), 0);
	assert_int_equal(atoi(told), BH_ERR_RANGE);
}

/* Ctrl-C and the others end the program as ever, the terminal put back. */
static void
test_signals(void **state)
{
	static const struct {
		const char *key;
		int signal;
	} rows[] = {{"\x03", SIGINT}, {"\x1c", SIGQUIT}, {NULL, SIGTERM},
	    {NULL, SIGHUP}};
	char told[256], shown[256];
	struct person p;
	int status;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		start(&p, false, 64);
		expect(&p, PROMPT);
		assert_false(echoes(&p));
		type(&p, "12");
		if (rows[i].key != NULL)
			type(&p, rows[i].key);
		else
			assert_int_equal(kill(p.child, rows[i].signal), 0);
		status = finish(&p, told, shown);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), rows[i].signal);
		assert_string_equal(told, "");
	}
}

/* Stopped and let go on, it asks again. */
static void
test_stop(void **state)
{
	char told[256], shown[256];
	struct person p;
	int status;

	(void)state;
	start(&p, false, 64);
	expect(&p, PROMPT);
	assert_int_equal(kill(p.child, SIGSTOP), 0);
	assert_int_equal(waitpid(p.child, &status, WUNTRACED), p.child);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(p.child, SIGCONT), 0);
	type(&p, "9\n");
	assert_int_equal(finish(&p, told, shown), 0);
	assert_string_equal(told, "0:9");
}

static void
test_no_terminal(void **state)
{
	struct buf *line = NULL;
	int status;
	pid_t child;

	(void)state;
	if ((child = fork()) == 0) {
		(void)setsid();
		if (terminal_there())
			_exit(1);
		_exit(terminal_ask(PROMPT, false, 9, &line) != BH_ERR_NOTFOUND);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void
test_secret_files(void **state)
{
	static const struct {
		const char *text;
		enum bh_err want;
		const char *secret;
	} rows[] = {
	    {"abc\n", BH_OK, "abc"},
	    {"abc", BH_OK, "abc"},
	    {"abc\r\n", BH_OK, "abc"},
	    {"abc\n\n", BH_OK, "abc\n"},
	    {"\n", BH_ERR_INPUT, NULL},
	    {"", BH_ERR_INPUT, NULL},
	};
	char path[] = "/tmp/test_terminal.XXXXXX", *big;
	struct buf *b;
	int fd = mkstemp(path);
	size_t i;

	(void)state;
	assert_true(fd != -1);
	for (i = 0; i < nitems(rows); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(
		    pwrite(fd, rows[i].text, strlen(rows[i].text), 0),
		    strlen(rows[i].text));
		b = NULL;
		assert_int_equal(terminal_read_file(path, &b), rows[i].want);
		if (b != NULL)
			assert_string_equal((const char *)b->data,
			    rows[i].secret);
		buf_free(b);
	}
	big = calloc(1, TERMINAL_SECRET_MAX + 1);
	assert_non_null(big);
	memset(big, 'x', TERMINAL_SECRET_MAX + 1);
	b = NULL;
	assert_int_equal(
	    pwrite(fd, big, TERMINAL_SECRET_MAX, 0), TERMINAL_SECRET_MAX);
	assert_int_equal(terminal_read_file(path, &b), BH_OK);
	buf_free(b);
	assert_int_equal(pwrite(fd, big, TERMINAL_SECRET_MAX + 1, 0),
	    TERMINAL_SECRET_MAX + 1);
	assert_int_equal(terminal_read_file(path, &b), BH_ERR_RANGE);
	free(big);
	(void)close(fd);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(terminal_read_file(path, &b), BH_ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_echo),
	    cmocka_unit_test(test_echo),
	    cmocka_unit_test(test_empty_and_end),
	    cmocka_unit_test(test_longest_line),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_stop),
	    cmocka_unit_test(test_no_terminal),
	    cmocka_unit_test(test_secret_files),
	};

	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
