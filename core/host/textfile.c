/*
 * Bounded reading of other programs' text files.
 */
#include "core/host/textfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct text {
	struct buf *data;
	char *next; /* NULL: behind the last line */
	unsigned int number;
};

static enum bh_err
read_all(int fd, struct buf **datap)
{
	struct buf *b;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode))
		return BH_ERR_UNSAFE;
	if (st.st_size > TEXT_FILE_MAX)
		return BH_ERR_FULL;
	/* One byte more tells whether it grew; one for the NUL. */
	if ((b = buf_new((size_t)st.st_size + 2)) == NULL)
		return BH_ERR_NOMEM;
	while (b->len < b->max - 1) {
		n = read(fd, b->data + b->len, b->max - 1 - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			buf_free(b);
			return BH_ERR_IO;
		}
		if (n == 0)
			break;
		b->len += (size_t)n;
	}
	if (b->len > (size_t)st.st_size)
		b->len = (size_t)st.st_size;
	b->data[b->len++] = '\0';
	*datap = b;
	return BH_OK;
}

static enum bh_err
open_error(void)
{
	return errno == ENOTDIR ? BH_ERR_NOTFOUND : err_from_errno(errno);
}

/* Owns fd. */
static enum bh_err
text_of(int fd, struct text **tp)
{
	struct text *t;
	enum bh_err e;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		e = BH_ERR_NOMEM;
	else if ((e = read_all(fd, &t->data)) != BH_OK)
		free(t);
	(void)close(fd);
	if (e != BH_OK)
		return e;
	t->next = (char *)t->data->data;
	*tp = t;
	return BH_OK;
}

enum bh_err
text_open(const char *path, struct text **tp)
{
	int fd;

	/* O_NONBLOCK: a FIFO must not make us wait for a writer. */
	fd = open(
	    path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd == -1 ? open_error() : text_of(fd, tp);
}

enum bh_err
text_open_linked(const char *path, struct text **tp)
{
	char again[32];
	struct stat st;
	enum bh_err e;
	int at, fd;

	if ((at = open(path, O_PATH | O_CLOEXEC)) == -1)
		return open_error();
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", at);
	if (fstat(at, &st) == -1)
		e = err_from_errno(errno);
	else if (!S_ISREG(st.st_mode))
		e = BH_ERR_UNSAFE;
	else if ((fd = open(again, O_RDONLY | O_CLOEXEC)) == -1)
		e = err_from_errno(errno);
	else
		e = text_of(fd, tp);
	(void)close(at);
	return e;
}

void
text_close(struct text *t)
{
	if (t == NULL)
		return;
	buf_free(t->data);
	free(t);
}

const char *
text_bytes(const struct text *t, size_t *lenp)
{
	*lenp = t->data->len - 1;
	return (const char *)t->data->data;
}

bool
text_next(struct text *t, char **linep, unsigned int *numberp)
{
	/* The last byte is the NUL that was put behind the text. */
	char *end = (char *)t->data->data + t->data->len - 1;
	char *line = t->next, *stop;
	size_t len;

	if (line == NULL || line == end)
		return false;
	stop = memchr(line, '\n', (size_t)(end - line));
	t->next = stop != NULL ? stop + 1 : NULL;
	if (stop == NULL)
		stop = end;
	len = (size_t)(stop - line);
	*numberp = ++t->number;
	*stop = '\0';
	if (len > 0 && line[len - 1] == '\r')
		line[len - 1] = '\0';
	*linep = len > TEXT_LINE_MAX ? NULL : line;
	return true;
}

bool
text_next_entry(struct text *t, char **linep, unsigned int *numberp)
{
	while (text_next(t, linep, numberp)) {
		if (*linep == NULL)
			return true;
		*linep += strspn(*linep, " \t");
		if (**linep != '\0' && **linep != '#')
			return true;
	}
	return false;
}

const char *
text_why(enum bh_err e)
{
	switch (e) {
	case BH_ERR_NOTFOUND:
		return "there is no such file";
	case BH_ERR_UNSAFE:
		return "it is a symbolic link or no plain file";
	case BH_ERR_FULL:
		return "it is too long";
	case BH_ERR_IO:
	case BH_ERR_SYSTEM:
		return "it can't be read";
	default:
		return err_text(e);
	}
}

char *
text_word(char **restp, const char *separators)
{
	char *in = *restp, *word, *out;
	bool quoted = false;

	in += strspn(in, separators);
	if (*in == '\0')
		return NULL;
	for (word = out = in; *in != '\0'; in++) {
		if (*in == '"')
			quoted = !quoted;
		else if (!quoted && strchr(separators, *in) != NULL)
			break;
		else
			*out++ = *in;
	}
	*restp = *in != '\0' ? in + 1 : in;
	*out = '\0';
	return word;
}
