/*
 * Other programs: spawned with clean hands, read within bounds.
 */
#include "core/host/program.h"

#include "base/buf.h"
#include "base/deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct stream {
	int fd[2]; /* ours to read, the program's to write */
	struct buf *said;
	bool cut; /* what is too much is thrown away, not an error */
};

static enum bh_err
stream_open(struct stream *s, size_t max, bool cut)
{
	s->cut = cut;
	if ((s->said = buf_new(max + 1)) == NULL)
		return BH_ERR_NOMEM;
	if (pipe2(s->fd, O_CLOEXEC) == -1)
		return err_from_errno(errno);
	return BH_OK;
}

static void
stream_end(int *fd)
{
	if (*fd != -1)
		(void)close(*fd);
	*fd = -1;
}

static void
stream_close(struct stream *s)
{
	stream_end(&s->fd[0]);
	stream_end(&s->fd[1]);
	buf_free(s->said);
}

/* One read; the stream's end closes it. */
static enum bh_err
stream_read(struct stream *s)
{
	uint8_t piece[16384];
	size_t room = s->said->max - 1 - s->said->len;
	ssize_t n;

	n = read(s->fd[0], piece, sizeof(piece));
	if (n == -1)
		return errno == EINTR ? BH_OK : BH_ERR_IO;
	if (n == 0) {
		stream_end(&s->fd[0]);
		return BH_OK;
	}
	if ((size_t)n > room && !s->cut)
		return BH_ERR_FULL;
	return buf_put(s->said, piece, (size_t)n > room ? room : (size_t)n);
}

static enum bh_err
read_both(struct stream *out, struct stream *err)
{
	uint64_t deadline = deadline_in_ms(PROGRAM_MS);
	enum bh_err e = BH_OK;
	int n;

	while (e == BH_OK && (out->fd[0] != -1 || err->fd[0] != -1)) {
		/* poll() passes over -1 */
		struct pollfd wait[] = {{.fd = out->fd[0], .events = POLLIN},
		    {.fd = err->fd[0], .events = POLLIN}};

		n = poll(wait, nitems(wait), deadline_left_ms(deadline));
		if (n == 0)
			return BH_ERR_TIMEOUT;
		if (n == -1 && errno != EINTR)
			return BH_ERR_SYSTEM;
		if (n > 0 && wait[0].revents != 0)
			e = stream_read(out);
		if (n > 0 && e == BH_OK && wait[1].revents != 0)
			e = stream_read(err);
	}
	return e;
}

static int
prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attr,
    const struct stream *out, const struct stream *err)
{
	sigset_t all, none;
	int rv;

	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	if ((rv = posix_spawn_file_actions_addopen(
		 files, 0, "/dev/null", O_RDONLY, 0)) != 0 ||
	    (rv = posix_spawn_file_actions_adddup2(files, out->fd[1], 1)) !=
		0 ||
	    (rv = posix_spawn_file_actions_adddup2(files, err->fd[1], 2)) !=
		0 ||
	    (rv = posix_spawn_file_actions_addclosefrom_np(files, 3)) != 0 ||
	    (rv = posix_spawn_file_actions_addchdir_np(files, "/")) != 0 ||
	    (rv = posix_spawnattr_setflags(
		 attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)) != 0 ||
	    (rv = posix_spawnattr_setsigdefault(attr, &all)) != 0)
		return rv;
	return posix_spawnattr_setsigmask(attr, &none);
}

static enum bh_err
spawn(const char *const *argv, const struct stream *out,
    const struct stream *err, pid_t *pidp)
{
	static const char *const env[] = {
	    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rv;

	if (access(argv[0], X_OK) == -1) /* there may be no such program */
		return err_from_errno(errno);
	if (posix_spawn_file_actions_init(&files) != 0)
		return BH_ERR_NOMEM;
	if (posix_spawnattr_init(&attr) != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return BH_ERR_NOMEM;
	}
	rv = prepare(&files, &attr, out, err);
	if (rv == 0)
		rv = posix_spawn(pidp, argv[0], &files, &attr,
		    (char *const *)(uintptr_t)argv,
		    (char *const *)(uintptr_t)env);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	return err_from_errno(rv);
}

static enum bh_err
wait_for(pid_t pid, int *codep)
{
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return BH_ERR_SYSTEM;
	}
	*codep =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return BH_OK;
}

static enum bh_err
take(struct stream *s, char **textp)
{
	*textp = strndup((const char *)s->said->data, s->said->len);
	return *textp != NULL ? BH_OK : BH_ERR_NOMEM;
}

enum bh_err
program_run(const char *const *argv, struct program_result *r)
{
	struct stream out = {.fd = {-1, -1}}, err = {.fd = {-1, -1}};
	struct program_result got = {0};
	enum bh_err e, waited;
	pid_t pid;

	if ((e = stream_open(&out, PROGRAM_OUT_MAX, false)) != BH_OK ||
	    (e = stream_open(&err, PROGRAM_ERR_MAX, true)) != BH_OK ||
	    (e = spawn(argv, &out, &err, &pid)) != BH_OK)
		goto done;
	stream_end(&out.fd[1]);
	stream_end(&err.fd[1]);
	if ((e = read_both(&out, &err)) != BH_OK)
		(void)kill(pid, SIGKILL);
	waited = wait_for(pid, &got.code);
	if (e == BH_OK && (e = waited) == BH_OK &&
	    (e = take(&out, &got.out)) == BH_OK)
		e = take(&err, &got.err);
done:
	stream_close(&out);
	stream_close(&err);
	if (e == BH_OK)
		*r = got;
	else
		program_free(&got);
	return e;
}

void
program_free(struct program_result *r)
{
	free(r->out);
	free(r->err);
	r->out = r->err = NULL;
}
