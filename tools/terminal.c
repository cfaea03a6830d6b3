/*
 * Asking the person at the terminal.  The signals that would end us wait in a
 * descriptor while echo is off, so that the terminal is always put back.
 */
#include "tools/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_LEN 4096 /* what a terminal gives at once */

struct ask {
	const char *prompt;
	bool echo;
	int tty;
	int signals;
	sigset_t held;
	sigset_t before;
	struct termios old;
};

bool
terminal_there(void)
{
	int fd;

	if ((fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) == -1)
		return false;
	(void)close(fd);
	return true;
}

/* What can't be written can't be helped: the person sees nothing. */
static void
show(int fd, const char *text)
{
	ssize_t n;

	do {
		n = write(fd, text, strlen(text));
	} while (n == -1 && errno == EINTR);
}

static enum bh_err
hold(struct ask *a)
{
	static const int ending[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP};
	struct termios quiet;
	size_t i;

	(void)sigemptyset(&a->held);
	for (i = 0; i < nitems(ending); i++)
		(void)sigaddset(&a->held, ending[i]);
	if (tcgetattr(a->tty, &a->old) == -1)
		return BH_ERR_NOTFOUND;
	if (sigprocmask(SIG_BLOCK, &a->held, &a->before) == -1)
		return BH_ERR_SYSTEM;
	quiet = a->old;
	if (!a->echo)
		quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK | ECHONL);
	if (tcsetattr(a->tty, TCSAFLUSH, &quiet) == -1) {
		(void)sigprocmask(SIG_SETMASK, &a->before, NULL);
		return BH_ERR_IO;
	}
	show(a->tty, a->prompt);
	return BH_OK;
}

/* Put the terminal back; a signal that waits does its work then. */
static void
release(struct ask *a)
{
	(void)tcsetattr(a->tty, TCSADRAIN, &a->old);
	if (!a->echo)
		show(a->tty, "\n");
	(void)sigprocmask(SIG_SETMASK, &a->before, NULL);
}

/* Take the signal that came and send it anew with the terminal put back. */
static enum bh_err
pass_signal(struct ask *a)
{
	struct signalfd_siginfo info;
	struct sigaction act;

	if (read(a->signals, &info, sizeof(info)) != sizeof(info))
		return BH_OK;
	(void)tcsetattr(a->tty, TCSADRAIN, &a->old);
	show(a->tty, "\n");
	(void)raise((int)info.ssi_signo);
	(void)sigprocmask(SIG_SETMASK, &a->before, NULL);
	/* Still there: it was SIGTSTP and we go on, or somebody ignores it;
	 * but one that the caller handles ends the asking. */
	if (sigaction((int)info.ssi_signo, NULL, &act) == 0 &&
	    act.sa_handler != SIG_IGN && act.sa_handler != SIG_DFL)
		return BH_ERR_CLOSED;
	return hold(a);
}

static enum bh_err
take_line(struct ask *a, struct buf *line, size_t max)
{
	ssize_t n;

	do {
		n = read(a->tty, line->data, LINE_MAX_LEN);
	} while (n == -1 && errno == EINTR);
	if (n <= 0)
		return BH_ERR_CLOSED;
	line->len = (size_t)n;
	if (line->data[line->len - 1] == '\n')
		line->len--;
	line->data[line->len] = '\0';
	return line->len > max ? BH_ERR_RANGE : BH_OK;
}

static enum bh_err
wait_line(struct ask *a, struct buf *line, size_t max)
{
	struct pollfd fds[2] = {
	    {.fd = a->tty, .events = POLLIN},
	    {.fd = a->signals, .events = POLLIN},
	};
	enum bh_err e;

	for (;;) {
		if (poll(fds, 2, -1) == -1 && errno != EINTR)
			return BH_ERR_SYSTEM;
		if ((fds[1].revents & POLLIN) != 0) {
			if ((e = pass_signal(a)) != BH_OK)
				return e;
			continue;
		}
		if (fds[0].revents != 0)
			return take_line(a, line, max);
	}
}

enum bh_err
terminal_ask(const char *prompt, bool echo, size_t max, struct buf **linep)
{
	struct ask a = {
	    .prompt = prompt, .echo = echo, .tty = -1, .signals = -1};
	struct buf *line = NULL;
	enum bh_err e = BH_ERR_NOTFOUND;

	if ((a.tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) == -1)
		goto out;
	e = BH_ERR_NOMEM;
	if ((line = buf_new(LINE_MAX_LEN + 1)) == NULL)
		goto out;
	if ((e = hold(&a)) != BH_OK)
		goto out;
	a.signals = signalfd(-1, &a.held, SFD_CLOEXEC | SFD_NONBLOCK);
	e = a.signals == -1 ? BH_ERR_SYSTEM : wait_line(&a, line, max);
	release(&a);
	if (e == BH_OK) {
		*linep = line;
		line = NULL;
	}
out:
	buf_free(line);
	if (a.signals != -1)
		(void)close(a.signals);
	if (a.tty != -1)
		(void)close(a.tty);
	return e;
}

static enum bh_err
read_whole(int fd, struct buf *b)
{
	ssize_t n;

	for (;;) {
		n = read(fd, b->data + b->len, b->max - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return BH_ERR_IO;
		if (n == 0)
			return BH_OK;
		b->len += (size_t)n;
		if (b->len > TERMINAL_SECRET_MAX)
			return BH_ERR_RANGE;
	}
}

enum bh_err
terminal_read_file(const char *path, struct buf **secretp)
{
	bool is_stdin = strcmp(path, "-") == 0;
	struct buf *b = NULL;
	int fd = STDIN_FILENO;
	enum bh_err e;

	if (!is_stdin && (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return err_from_errno(errno);
	e = BH_ERR_NOMEM;
	if ((b = buf_new(TERMINAL_SECRET_MAX + 2)) == NULL)
		goto out;
	if ((e = read_whole(fd, b)) != BH_OK)
		goto out;
	if (b->len > 0 && b->data[b->len - 1] == '\n')
		b->len--;
	if (b->len > 0 && b->data[b->len - 1] == '\r')
		b->len--;
	b->data[b->len] = '\0';
	e = b->len > 0 ? BH_OK : BH_ERR_INPUT;
	if (e == BH_OK) {
		*secretp = b;
		b = NULL;
	}
out:
	buf_free(b);
	if (!is_stdin)
		(void)close(fd);
	return e;
}

static bool
can_show_progress(void)
{
	const char *term = getenv("TERM");

	return term != NULL && strcmp(term, "dumb") != 0 &&
	       isatty(STDERR_FILENO) == 1;
}

void
progress(const char *fmt, ...)
{
	va_list ap;

	if (!can_show_progress())
		return;
	(void)fputs("\r\033[K", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fflush(stderr);
}

void
progress_end(void)
{
	if (can_show_progress())
		(void)fputs("\r\033[K", stderr);
}
