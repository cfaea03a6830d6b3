/*
 * The process that puts everything back unless it is confirmed: it has no
 * terminal, hangs on nobody, and works by what lies on disk alone.
 */
#include "tools/install.h"

#include "base/log.h"
#include "core/host/program.h"
#include "tools/client.h"
#include "tools/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PIPE	    3
#define LOOK_MS	    1000
#define AGAIN_S	    5
#define SYSTEMD	    "/run/systemd/system"
#define SYSTEMD_RUN "/usr/bin/systemd-run"

static void
say(const json_t *notes)
{
	const json_t *note;
	size_t i;

	json_array_foreach(notes, i, note)
	    log_msg(LOG_LEVEL_WARNING, "install: %s", json_string_value(note));
}

/* True: there is nothing more to watch. */
static bool
look(const char *id)
{
	struct install_why why = {""};
	json_t *state, *pending, *notes = json_array();
	bool over = true;
	enum bh_err e;
	int lock;

	/* confirmed and uninstalled: not to make the folder anew */
	if (access(INSTALL_STATE, F_OK) == -1 && errno == ENOENT) {
		json_decref(notes);
		return true;
	}
	if (install_open(true, &lock, &state, &why) != BH_OK) {
		log_msg(LOG_LEVEL_ERR, "install: %s", why.text);
		json_decref(notes);
		return false;
	}
	pending = install_pending(state);
	if (pending != NULL && strcmp(reply_text(pending, "id"), id) == 0) {
		over = install_expired(pending);
		if (over && (e = install_undo(state, notes, &why)) != BH_OK) {
			log_err(e, "install: can't put everything back: %s",
			    why.text);
			over = false;
			(void)sleep(AGAIN_S);
		} else if (over) {
			log_msg(LOG_LEVEL_WARNING,
			    "install: it was not confirmed, and everything is "
			    "put back as it was");
		}
	}
	say(notes);
	json_decref(notes);
	json_decref(state);
	install_unlock(lock);
	return over;
}

/* Until the next look, or the deadline if that comes first; a suspended host
 * has its time counted too. */
static void
nap(void)
{
	uint64_t ms = install_boot_ms() + LOOK_MS;
	struct timespec until = {.tv_sec = (time_t)(ms / 1000),
	    .tv_nsec = (long)(ms % 1000) * 1000000};

	(void)clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &until, NULL);
}

static void __attribute__((noreturn)) watch(int fd, const char *id)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE};
	sigset_t none;
	char byte;
	size_t i;
	int null;

	for (i = 0; i < nitems(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if ((null = open("/dev/null", O_RDWR)) == -1 || dup2(null, 0) == -1 ||
	    dup2(null, 1) == -1 || dup2(null, 2) == -1 ||
	    dup2(fd, PIPE) == -1 || chdir("/") == -1)
		_exit(1);
	(void)syscall(SYS_close_range, PIPE + 1, ~0U, 0);
	log_open("bulkhead", true, false);
	/* A byte, or the end of the one who would have written it. */
	while (read(PIPE, &byte, 1) == -1 && errno == EINTR)
		continue;
	(void)close(PIPE);
	while (!look(id))
		nap();
	_exit(0);
}

enum bh_err
install_watch(const char *id, int *tellp)
{
	int fd[2];
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) == -1)
		return err_from_errno(errno);
	/* What is buffered is the parent's to write. */
	(void)fflush(NULL);
	if ((pid = fork()) == 0) {
		(void)close(fd[1]);
		if (setsid() == -1)
			_exit(1);
		if ((pid = fork()) == 0)
			watch(fd[0], id);
		_exit(pid == -1);
	}
	(void)close(fd[0]);
	if (pid != -1) {
		int status = 0;

		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			continue;
		if (status == 0) {
			*tellp = fd[1];
			return BH_OK;
		}
	}
	(void)close(fd[1]);
	return BH_ERR_SYSTEM;
}

/* Where a service manager may end what a session leaves behind, it has a timer
 * of its own too. */
static enum bh_err
arm_systemd(const char *id, uint64_t within_s)
{
	char active[64], unit[64], self[4096];
	const char *argv[] = {SYSTEMD_RUN, "--quiet", "--collect", active, unit,
	    "--timer-property=AccuracySec=1s", self, "install", "--finish",
	    NULL};
	struct program_result r;
	enum bh_err e;
	ssize_t n;

	if (access(SYSTEMD, F_OK) == -1)
		return BH_OK;
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	(void)snprintf(active, sizeof(active), "--on-active=%llus",
	    (unsigned long long)within_s + 2);
	(void)snprintf(
	    unit, sizeof(unit), "--unit=bulkhead-rollback-%.16s", id);
	if ((e = program_run(argv, &r)) != BH_OK)
		return e;
	e = r.code == 0 ? BH_OK : BH_ERR_SYSTEM;
	program_free(&r);
	return e;
}

enum bh_err
install_watch_armed(int tell, const char *id, uint64_t within_s)
{
	enum bh_err e = arm_systemd(id, within_s);

	if (e == BH_OK && write(tell, "A", 1) != 1)
		e = BH_ERR_CLOSED; /* somebody has ended it */
	return e;
}

static int
finish_pending(struct invocation *inv, json_t *state, const char **didp)
{
	json_t *pending = install_pending(state), *notes = json_array(), *note;
	struct install_why why = {""};
	enum bh_err e = BH_OK;
	size_t i;
	int tell;

	if (pending == NULL) {
		*didp = "nothing is pending";
	} else if (!install_expired(pending)) {
		*didp = "it waits for 'bulkhead confirm'";
		e = install_watch(reply_text(pending, "id"), &tell);
		if (e == BH_OK)
			(void)close(tell);
	} else {
		*didp = strcmp(reply_text(pending, "kind"), "install") == 0
			    ? "the install was not confirmed: everything is "
			      "put back as it was"
			    : "the uninstall is finished";
		e = install_undo(state, notes, &why);
	}
	json_array_foreach(notes, i, note)
	    out_note("%s", json_string_value(note));
	json_decref(notes);
	if (e != BH_OK)
		return out_fail(inv, CLI_FAILED, "%s",
		    why.text[0] != '\0' ? why.text : err_text(e));
	return CLI_DONE;
}

int
install_finish(struct invocation *inv)
{
	struct install_why why = {""};
	const char *did = "";
	json_t *state;
	int lock, code;

	/* A boot without an install at work must not make the folder. */
	if (access(INSTALL_STATE, F_OK) == -1 && errno == ENOENT) {
		did = "nothing is pending";
	} else {
		if (install_open(true, &lock, &state, &why) != BH_OK)
			return out_fail(inv, CLI_FAILED, "%s", why.text);
		code = finish_pending(inv, state, &did);
		json_decref(state);
		install_unlock(lock);
		if (code != CLI_DONE)
			return code;
	}
	if (inv->json)
		return out_json(inv, json_pack("{s:s}", "did", did));
	out_text(inv, "%s\n", did);
	return CLI_DONE;
}
