/*
 * The calling process: nothing in it bends the gate, and it finds all of its
 * own state as it was.
 */
#include "tests/pam/rig.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define FDS	  64
#define STATE_LEN 65536

extern char **environ;

/* Append to a NUL-terminated text of STATE_LEN bytes. */
static void __attribute__((format(printf, 2, 3)))
add(char *text, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text + len, STATE_LEN - len, fmt, ap);
	va_end(ap);
}

static void
add_fds(char *text)
{
	char path[64], target[PATH_MAX];
	ssize_t n;
	int fd;

	for (fd = 0; fd < FDS; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n >= 0)
			add(text, "%d %.*s\n", fd, (int)n, target);
	}
}

static void
add_signals(char *text)
{
	struct sigaction sa;
	sigset_t mask;
	int sig;

	(void)sigprocmask(SIG_BLOCK, NULL, &mask);
	for (sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &sa) == -1)
			continue;
		add(text, "%d %d %x %p\n", sig, sigismember(&mask, sig),
		    (unsigned int)sa.sa_flags, *(void **)&sa.sa_handler);
	}
}

/* All of the process that a module could spoil. */
static char *
snapshot(void)
{
	char *text = calloc(1, STATE_LEN);
	char cwd[PATH_MAX];
	struct rlimit limit;
	mode_t mode;
	int i;

	assert_non_null(text);
	add_fds(text);
	add_signals(text);
	for (i = 0; i < RLIM_NLIMITS; i++) {
		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			add(text, "%d %ju %ju\n", i, (uintmax_t)limit.rlim_cur,
			    (uintmax_t)limit.rlim_max);
	}
	mode = umask(0);
	(void)umask(mode);
	add(text, "%o %s %s\n", (unsigned int)mode, getcwd(cwd, sizeof(cwd)),
	    setlocale(LC_ALL, NULL));
	for (i = 0; environ[i] != NULL; i++)
		add(text, "%s\n", environ[i]);
	return text;
}

/* The usual rig, with libc's own log socket open already. */
static int
setup(void **state)
{
	openlog("test", LOG_NDELAY, LOG_AUTHPRIV);
	return rig_setup(state);
}

static void
test_state_is_unchanged(void **state)
{
	struct rig *r = *state;
	char *before, *after;
	size_t i, j;

	for (i = 0; i < nplays; i++) {
		if (plays[i].hangs)
			continue;
		rig_peer(r, plays[i].play);
		before = snapshot();
		for (j = 0; j < nitems(entries); j++)
			(void)entries[j].call(r->pamh, 0);
		after = snapshot();
		assert_string_equal(before, after);
		free(before);
		free(after);
	}
}

/*
 * A login in a child that prepare() has bent.  Returns its exit status:
 * PAM's code, or 99 if the child found fault itself.
 */
static int
login_in_child(struct rig *r, void (*prepare)(int), int arg, int (*check)(void))
{
	int status = 0, rv;
	pid_t pid;

	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0) {
		prepare(arg);
		rv = pam_authenticate(r->pamh, 0);
		if (check != NULL && check() != 0)
			rv = 99;
		_exit(rv);
	}
	while (waitpid(pid, &status, 0) == -1)
		continue;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
close_standard(int arg)
{
	(void)arg;
	(void)close(0);
	(void)close(1);
	(void)close(2);
}

static int
check_standard_closed(void)
{
	return fcntl(0, F_GETFD) != -1 || fcntl(1, F_GETFD) != -1 ||
	       fcntl(2, F_GETFD) != -1;
}

static int hooked_fault;

/* At the prompt: none of ours among the standard descriptors. */
static void
hook_standard_closed(void *arg)
{
	(void)arg;
	hooked_fault = check_standard_closed();
}

static int
check_hooked(void)
{
	return hooked_fault != 0 || check_standard_closed();
}

static void
test_b01_closed_standard_descriptors(void **state)
{
	struct rig *r = *state;

	r->person.hook = hook_standard_closed;
	assert_int_equal(
	    login_in_child(r, close_standard, 0, check_hooked), PAM_SUCCESS);
}

static void
limit_files(int n)
{
	const struct rlimit limit = {(rlim_t)n, (rlim_t)n};

	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		_exit(98);
}

static void
test_b02_few_descriptors(void **state)
{
	struct rig *r = *state;
	int n, rv = -1;

	for (n = 3; n <= 32; n++) {
		int before = atomic_load(&r->peer->report->answers);

		rv = login_in_child(r, limit_files, n, NULL);
		if (rv == PAM_SUCCESS)
			assert_int_equal(
			    atomic_load(&r->peer->report->answers), before + 1);
		else if (rv != PAM_SYSTEM_ERR) /* libpam's, as it audits */
			assert_int_equal(rv, PAM_AUTH_ERR);
	}
	assert_int_equal(rv, PAM_SUCCESS);
}

static void
limit_file_size(int n)
{
	const struct rlimit limit = {(rlim_t)n, (rlim_t)n};

	if (setrlimit(RLIMIT_FSIZE, &limit) == -1)
		_exit(98);
}

static void
test_b03_no_file_size(void **state)
{
	struct rig *r = *state;

	assert_int_equal(
	    login_in_child(r, limit_file_size, 0, NULL), PAM_SUCCESS);
}

static void
hostile_environment(int arg)
{
	static const char *const names[] = {"LD_PRELOAD", "LD_LIBRARY_PATH",
	    "TZ", "LOCPATH", "OPENSSL_CONF", "http_proxy", "HOME",
	    "XDG_CONFIG_HOME", "TMPDIR", "BULKHEAD_SOCKET", "BULKHEAD_GRANT",
	    "BULKHEAD_REALM", "SSH_CONNECTION", "SSH_AUTH_INFO_0",
	    "NSS_WRAPPER_PASSWD"};
	size_t i;

	(void)arg;
	for (i = 0; i < nitems(names); i++)
		(void)setenv(names[i], "/tmp/evil", 1);
}

static void
test_b06_hostile_environment(void **state)
{
	struct rig *r = *state;
	const struct msg_start *m = &r->peer->report->start;

	assert_int_equal(
	    login_in_child(r, hostile_environment, 0, NULL), PAM_SUCCESS);
	assert_string_equal(m->connection, "");
	assert_string_equal(m->auth_info, "");
	assert_string_equal(m->realm, "vault");
	assert_int_equal(m->flags & MSG_F_GRANT, 0);
}

static void
reap_any(int sig)
{
	(void)sig;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

static void
bend_sigchld(int how)
{
	struct sigaction sa = {.sa_flags = 0};

	sa.sa_handler = how == 0 ? SIG_IGN : how == 1 ? SIG_DFL : reap_any;
	if (how == 1)
		sa.sa_flags = SA_NOCLDWAIT;
	(void)sigaction(SIGCHLD, &sa, NULL);
	if (fork() == 0)
		_exit(0);
}

static void
test_b07_children(void **state)
{
	struct rig *r = *state;
	int how;

	for (how = 0; how < 3; how++) {
		rig_peer(r, play_ask);
		assert_int_equal(
		    login_in_child(r, bend_sigchld, how, NULL), PAM_SUCCESS);
		rig_peer(r, play_deny);
		assert_int_equal(
		    login_in_child(r, bend_sigchld, how, NULL), PAM_AUTH_ERR);
	}
}

static void
default_sigpipe(int arg)
{
	(void)arg;
	(void)signal(SIGPIPE, SIG_DFL);
}

static void
play_close(struct talk *t)
{
	(void)t;
}

static struct peer *peer_to_stop;

static void
hook_stop_peer(void *arg)
{
	(void)arg;
	(void)kill(peer_to_stop->pid, SIGKILL);
	while (access("/proc/self", F_OK) == 0 &&
	       kill(peer_to_stop->pid, 0) == 0) {
		char path[64], state_letter = 'R';
		FILE *f;

		/* A dead peer stays a zombie until the test reaps it. */
		(void)snprintf(path, sizeof(path), "/proc/%ld/stat",
		    (long)peer_to_stop->pid);
		if ((f = fopen(path, "r")) == NULL)
			break;
		if (fscanf(f, "%*d %*s %c", &state_letter) != 1)
			state_letter = 'Z';
		(void)fclose(f);
		if (state_letter == 'Z')
			break;
	}
}

static void
test_b08_broken_pipe(void **state)
{
	struct rig *r = *state;

	rig_peer(r, play_close);
	assert_int_equal(
	    login_in_child(r, default_sigpipe, 0, NULL), PAM_AUTH_ERR);
	rig_peer(r, play_ask);
	peer_to_stop = r->peer;
	r->person.hook = hook_stop_peer;
	assert_int_equal(
	    login_in_child(r, default_sigpipe, 0, NULL), PAM_AUTH_ERR);
}

static void
set_umask(int mode)
{
	(void)umask((mode_t)mode);
}

static int
check_umask(void)
{
	mode_t mode = umask(0);

	return mode != 0 && mode != 0777;
}

static void
test_b11_umask(void **state)
{
	struct rig *r = *state;

	assert_int_equal(
	    login_in_child(r, set_umask, 0, check_umask), PAM_SUCCESS);
	assert_int_equal(
	    login_in_child(r, set_umask, 0777, check_umask), PAM_SUCCESS);
}

static void
test_b15_fork_before_the_end(void **state)
{
	struct rig *r = *state;
	int status = -1;
	pid_t pid;

	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		_exit(pam_end(r->pamh, PAM_SUCCESS) == PAM_SUCCESS ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	rig_pam_end(r);
	assert_int_equal(atomic_load(&r->peer->report->connections), 1);
}

/* How many sockets a program started now would inherit. */
static int
count_inherited_sockets(void)
{
	char line[16] = "";
	FILE *f;

	f = popen("n=0; for f in /proc/self/fd/*; do case $(readlink $f) in "
		  "socket:*) n=$((n+1));; esac; done; echo $n",
	    "r");
	if (f == NULL || fgets(line, sizeof(line), f) == NULL)
		line[0] = 'x';
	if (f != NULL)
		(void)pclose(f);
	return line[0] == 'x' ? -1 : atoi(line);
}

static void
hook_count(void *arg)
{
	*(int *)arg = count_inherited_sockets();
}

static void
test_b21_program_at_the_prompt(void **state)
{
	struct rig *r = *state;
	int before = count_inherited_sockets(), during = -1;

	r->person.hook = hook_count;
	r->person.hook_arg = &during;
	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	assert_int_not_equal(before, -1);
	assert_int_equal(during, before);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_state_is_unchanged),
	    TEST(test_b01_closed_standard_descriptors),
	    TEST(test_b02_few_descriptors),
	    TEST(test_b03_no_file_size),
	    TEST(test_b06_hostile_environment),
	    TEST(test_b07_children),
	    TEST(test_b08_broken_pipe),
	    TEST(test_b11_umask),
	    TEST(test_b15_fork_before_the_end),
	    TEST(test_b21_program_at_the_prompt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
