/*
 * The throw-away realm of the self-test: folders, configuration, daemon.
 */
#include "tools/selftest.h"

#include "base/deadline.h"
#include "tools/offline.h"
#include "tools/output.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_MS  20000
#define WORDS_MAX 16

/* Beside us, or a folder above where we were built. */
static bool
find_daemon(struct selftest *t)
{
	static const char *const places[] = {"", "../"};
	char folder[PATH_MAX];
	ssize_t n;
	size_t i;

	n = readlink("/proc/self/exe", t->self, sizeof(t->self) - 1);
	if (n <= 0)
		return false;
	t->self[n] = '\0';
	(void)snprintf(folder, sizeof(folder), "%s", t->self);
	(void)dirname(folder);
	for (i = 0; i < nitems(places); i++) {
		n = snprintf(t->bulkheadd, sizeof(t->bulkheadd),
		    "%s/%sbulkheadd", folder, places[i]);
		if (n > 0 && (size_t)n < sizeof(t->bulkheadd) &&
		    access(t->bulkheadd, X_OK) == 0)
			return true;
	}
	(void)out_fail(t->inv, CLI_FAILED,
	    "there is no bulkheadd beside %s; install both", t->self);
	return false;
}

static bool
write_config(struct selftest *t)
{
	FILE *f;
	int fd;

	fd = open(t->config, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1 || (f = fdopen(fd, "w")) == NULL)
		return false;
	(void)fprintf(f,
	    "[realm]\nname = selftest\nclass = production\n"
	    "[gate]\nsocket = %s\nadmin = %s/run/admin.sock\n"
	    "store = sqlite:%s/store/store.db\nanchor = %s/anchor/head\n"
	    "key = file:%s/realm.key\n"
	    "[policy]\nfreshness = 0\n",
	    t->socket, t->folder, t->folder, t->folder, t->folder);
	return fclose(f) == 0 && chmod(t->config, 0644) == 0;
}

bool
selftest_make(struct selftest *t)
{
	uid_t uid;
	gid_t gid;

	if (!offline_user(t->inv, &uid, &gid) || !find_daemon(t))
		return false;
	(void)umask(022);
	(void)snprintf(t->folder, sizeof(t->folder), "%s",
	    access("/run", W_OK) == 0 ? "/run/bulkhead-selftest.XXXXXX"
				      : "/tmp/bulkhead-selftest.XXXXXX");
	if (mkdtemp(t->folder) == NULL || chmod(t->folder, 0755) == -1) {
		(void)out_fail(
		    t->inv, CLI_FAILED, "%s: %s", t->folder, strerror(errno));
		t->folder[0] = '\0';
		return false;
	}
	(void)snprintf(
	    t->config, sizeof(t->config), "%s/bulkhead.conf", t->folder);
	(void)snprintf(
	    t->socket, sizeof(t->socket), "%s/run/gate.sock", t->folder);
	if (write_config(t))
		return true;
	(void)out_fail(
	    t->inv, CLI_FAILED, "%s: %s", t->config, strerror(errno));
	return false;
}

/* What a child says on stderr is in the way of our lines; it is kept and shown
 * if something fails. */
static void
child_files(const struct selftest *t, int in, int out, const char *name)
{
	char path[128];
	int err;

	(void)snprintf(path, sizeof(path), "%s/%s", t->folder, name);
	err = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	(void)dup2(in, STDIN_FILENO);
	(void)dup2(out, STDOUT_FILENO);
	if (err != -1)
		(void)dup2(err, STDERR_FILENO);
}

static void
show_errors(const struct selftest *t, const char *name)
{
	char path[128], line[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", t->folder, name);
	if ((f = fopen(path, "re")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		out_note("  %s", line);
	}
	(void)fclose(f);
}

/* Its one line says that it is ready; at its death the pipe ends. */
static bool
wait_ready(int fd)
{
	char line[128];
	ssize_t n = 0;

	if (deadline_wait_read(fd, deadline_in_ms(START_MS)) != BH_OK)
		return false;
	n = read(fd, line, sizeof(line) - 1);
	line[n > 0 ? n : 0] = '\0';
	return strstr(line, "ready") != NULL;
}

bool
selftest_start(struct selftest *t)
{
	char word[] = "bulkheadd", c[] = "-c", fore[] = "--foreground";
	char *argv[] = {word, c, t->config, fore, NULL};
	int fds[2], null;
	bool ready;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return false;
	(void)fflush(stdout);
	if ((t->daemon = fork()) == 0) {
		(void)setpgid(0, 0); /* Ctrl-C is ours; we end it */
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		child_files(t, null, fds[1], "daemon.log");
		(void)execv(t->bulkheadd, argv);
		_exit(127);
	}
	(void)close(fds[1]);
	ready = t->daemon > 0 && wait_ready(fds[0]);
	(void)close(fds[0]);
	if (!ready)
		show_errors(t, "daemon.log");
	return ready;
}

bool
selftest_stop(struct selftest *t)
{
	uint64_t deadline = deadline_in_ms(START_MS);
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	int status = -1;
	pid_t pid;

	if (t->daemon <= 0)
		return false;
	(void)kill(t->daemon, SIGTERM);
	while ((pid = waitpid(t->daemon, &status, WNOHANG)) == 0 &&
	       deadline_left_ms(deadline) > 0)
		(void)nanosleep(&pause, NULL);
	if (pid == 0) {
		(void)kill(t->daemon, SIGKILL);
		(void)waitpid(t->daemon, NULL, 0);
	}
	t->daemon = 0;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void
selftest_clean(struct selftest *t)
{
	if (t->daemon > 0)
		(void)selftest_stop(t);
	if (t->folder[0] != '\0' &&
	    nftw(t->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		out_note("%s could not be removed; remove it", t->folder);
	json_decref(t->steps);
}

static json_t *
read_output(int fd)
{
	struct buf *b;
	json_t *doc;
	ssize_t n;

	if ((b = buf_new(SELFTEST_OUTPUT_MAX)) == NULL)
		return NULL;
	while (b->len < b->max &&
	       ((n = read(fd, b->data + b->len, b->max - b->len)) > 0 ||
		   (n == -1 && errno == EINTR)))
		b->len += n > 0 ? (size_t)n : 0;
	doc = json_loadb((const char *)b->data, b->len, 0, NULL);
	buf_free(b);
	return doc;
}

static void
exec_self(struct selftest *t, int in, int out, const char *const *words)
{
	char *argv[WORDS_MAX + 5] = {NULL};
	size_t i, n = 0;

	argv[n++] = strdup("bulkhead");
	argv[n++] = strdup("-c");
	argv[n++] = strdup(t->config);
	argv[n++] = strdup("--json");
	for (i = 0; words[i] != NULL && i < WORDS_MAX; i++)
		argv[n++] = strdup(words[i]);
	child_files(t, in, out, "command.log");
	(void)execv(t->self, argv);
	_exit(127);
}

json_t *
selftest_run(
    struct selftest *t, int want, const char *input, const char *const *words)
{
	json_t *doc = NULL;
	int in[2], out[2], status = 0;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) == -1)
		return NULL;
	if (pipe2(out, O_CLOEXEC) == -1) {
		(void)close(in[0]);
		(void)close(in[1]);
		return NULL;
	}
	(void)fflush(stdout);
	if ((pid = fork()) == 0)
		exec_self(t, in[0], out[1], words);
	(void)close(in[0]);
	(void)close(out[1]);
	/* a pipe holds more than any of these inputs */
	if (input != NULL && write(in[1], input, strlen(input)) == -1)
		want = -1;
	(void)close(in[1]);
	if (pid > 0)
		doc = read_output(out[0]);
	(void)close(out[0]);
	while (pid > 0 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == want)
		return doc;
	show_errors(t, "command.log");
	json_decref(doc);
	return NULL;
}
