/*
 * Many logins at one moment: worker processes that stand at the prompt
 * together and answer together.
 *
 *	pamtry [-m] [-s] CONFDIR SERVICE WORKERS
 *
 * reads "USER<TAB>RHOST<TAB>ANSWER" lines, at most WORKERS, up to an empty
 * line; runs them, one a worker; prints "RV ASKED MICROSECONDS" for each, in
 * their order, then an empty line; and so on to the end of the input.  RHOST
 * may be empty; ANSWER "-" hangs up at the prompt.  A line
 * "@yubikey<TAB>PUBLIC<TAB>KEY PRIVATE COUNTER USE" (hex) is answered by the
 * OTP at once.  With -s (straggle) nobody waits for the others; with -m a call
 *of getppid() marks where pam_authenticate begins and ends.
 */
#include "tests/bench/login.h"

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <signal.h>
#include <yubikey.h>

#define WORKERS_MAX 256
#define FIELD_MAX   1100000
#define WAIT_NS	    2000000000 /* for the others at the prompt, at most */

/* One order, in memory that parent and worker share. */
struct order {
	char user[8192];
	char rhost[512];
	char *answer; /* FIELD_MAX bytes, shared too */
	struct login_done done;
};

struct crowd {
	atomic_uint asked; /* how many of this round stand at the prompt */
	unsigned n;	   /* how many there are */
	bool straggle;
	bool mark;
	struct order order[WORKERS_MAX];
};

static void *
shared(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(2, "mmap");
	return p;
}

/* At the prompt: wait till all are, but not for one that never comes. */
static void
meet(void *arg)
{
	struct crowd *c = arg;
	const struct timespec nap = {.tv_nsec = 20000};
	uint64_t end = login_clock_ns() + WAIT_NS;

	atomic_fetch_add(&c->asked, 1);
	while (!c->straggle && atomic_load(&c->asked) < c->n &&
	       login_clock_ns() < end)
		(void)nanosleep(&nap, NULL);
}

/* A system call that nothing else makes, to find in a trace. */
static void
mark(void)
{
	(void)getppid();
}

static void
work(struct crowd *c, struct order *o, int fd, const char *confdir,
    const char *service)
{
	struct login_try t = {
	    .confdir = confdir,
	    .service = service,
	    .user = o->user,
	    .rhost = o->rhost,
	    .answer = o->answer,
	    .asked = meet,
	    .arg = c,
	    .around = c->mark ? mark : NULL,
	};
	char byte;

	while (read(fd, &byte, 1) == 1) {
		login_run(&t, &o->done);
		if (write(fd, &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static int
worker_start(struct crowd *c, struct order *o, char **argv)
{
	int fd[2];
	pid_t pid;

	o->answer = shared(FIELD_MAX);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) == -1)
		err(2, "socketpair");
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)close(fd[0]);
		work(c, o, fd[1], argv[0], argv[1]);
	}
	(void)close(fd[1]);
	return fd[0];
}

static void
put_field(char *field, size_t size, const char *s)
{
	if (strlen(s) >= size)
		errx(2, "a field is too long");
	memcpy(field, s, strlen(s) + 1);
}

/* "KEY PRIVATE COUNTER USE" behind the public id, all but that one hex. */
static void
print_yubikey(const char *public_id, const char *spec)
{
	uint8_t key[YUBIKEY_KEY_SIZE];
	char hex[2][64], otp[YUBIKEY_BLOCK_SIZE * 2 + 1];
	yubikey_token_st token;
	unsigned counter, use;

	memset(&token, 0, sizeof(token));
	if (sscanf(spec, "%32s %12s %x %x", hex[0], hex[1], &counter, &use) !=
	    4)
		errx(2, "not KEY PRIVATE COUNTER USE: %s", spec);
	yubikey_hex_decode((char *)key, hex[0], sizeof(key));
	yubikey_hex_decode((char *)token.uid, hex[1], sizeof(token.uid));
	token.ctr = (uint16_t)counter;
	token.use = (uint8_t)use;
	token.crc = (uint16_t)~yubikey_crc16(
	    (const uint8_t *)&token, sizeof(token) - sizeof(token.crc));
	yubikey_generate(&token, key, otp);
	printf("%s%s\n", public_id, otp);
	(void)fflush(stdout);
}

/* Read one round's orders; -1 at the end of the input. */
static int
read_round(struct crowd *c, unsigned workers)
{
	static char *line;
	static size_t size;
	char *rhost, *answer;
	unsigned n = 0;

	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '\0')
			return (int)n;
		if ((rhost = strchr(line, '\t')) == NULL ||
		    (answer = strchr(rhost + 1, '\t')) == NULL || n == workers)
			errx(2, "not USER RHOST ANSWER, or too many");
		*rhost++ = '\0';
		*answer++ = '\0';
		if (strcmp(line, "@yubikey") == 0) {
			print_yubikey(rhost, answer);
			continue;
		}
		put_field(c->order[n].user, sizeof(c->order[n].user), line);
		put_field(c->order[n].rhost, sizeof(c->order[n].rhost), rhost);
		put_field(c->order[n].answer, FIELD_MAX, answer);
		n++;
	}
	return -1;
}

static void
run_round(struct crowd *c, const int *fd, unsigned n)
{
	char byte = 'x';
	unsigned i;

	c->n = n;
	atomic_store(&c->asked, 0);
	for (i = 0; i < n; i++) {
		if (write(fd[i], &byte, 1) != 1)
			err(2, "worker %u", i);
	}
	for (i = 0; i < n; i++) {
		const struct login_done *d = &c->order[i].done;

		if (read(fd[i], &byte, 1) != 1)
			err(2, "worker %u died", i);
		printf("%d %u %llu\n", d->rv, d->asked,
		    (unsigned long long)(d->auth_ns / 1000));
	}
	printf("\n");
	(void)fflush(stdout);
}

int
main(int argc, char **argv)
{
	static int fd[WORKERS_MAX];
	struct crowd *c = shared(sizeof(*c));
	unsigned i, workers;
	int n;

	while ((n = getopt(argc, argv, "ms")) != -1) {
		c->mark |= n == 'm';
		c->straggle |= n == 's';
	}
	argv += optind;
	if (argc - optind != 3 || (workers = (unsigned)atoi(argv[2])) < 1 ||
	    workers > WORKERS_MAX)
		errx(2, "usage: pamtry [-m] [-s] CONFDIR SERVICE WORKERS");
	for (i = 0; i < workers; i++)
		fd[i] = worker_start(c, &c->order[i], argv);
	while ((n = read_round(c, workers)) >= 0)
		run_round(c, fd, (unsigned)n);
	return 0;
}
