/*
 * Measuring blocks of logins.
 */
#include "tests/bench/measure.h"

#include "tests/bench/login.h"

#include <dirent.h>
#include <err.h>
#include <liboath/oath.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CODE_LEN 6

static void
next_code(struct subject *s, size_t user, char code[CODE_LEN + 1])
{
	uint8_t secret[SECRET_LEN];
	size_t i;

	memcpy(secret, s->seed, SEED_LEN);
	for (i = 0; i < SECRET_LEN - SEED_LEN; i++)
		secret[SECRET_LEN - 1 - i] = (uint8_t)(user >> (8 * i));
	if (oath_hotp_generate((const char *)secret, sizeof(secret),
		s->counter[user]++, CODE_LEN, false,
		OATH_HOTP_DYNAMIC_TRUNCATION, code) != OATH_OK)
		errx(2, "oath_hotp_generate");
}

static void
floor_once(struct subject *s, struct login_done *d)
{
	static char bytes[FLOOR_MAX];
	uint64_t start = login_clock_ns(), cpu = login_cpu_ns();

	memset(bytes, (int)s->counter[0]++ & 0xff, s->floor_len);
	if (pwrite(s->floor_fd, bytes, s->floor_len, 0) !=
		(ssize_t)s->floor_len ||
	    fdatasync(s->floor_fd) == -1)
		err(2, "%s", s->prefix);
	d->rv = PAM_SUCCESS;
	d->auth_ns = d->all_ns = login_clock_ns() - start;
	d->cpu_ns = login_cpu_ns() - cpu;
}

static void
once(struct subject *s, size_t user, struct login_done *d)
{
	char name[sizeof(s->prefix) + 24], code[CODE_LEN + 1];
	const struct login_try t = {
	    .confdir = s->confdir,
	    .service = s->service,
	    .user = name,
	    .rhost = "127.0.0.1",
	    .answer = code,
	};

	if (s->floor_fd != -1) {
		floor_once(s, d);
		return;
	}
	(void)snprintf(name, sizeof(name), "%s%zu", s->prefix, user);
	next_code(s, user, code);
	login_run(&t, d);
}

/* Nanoseconds on a CPU of one thread; 0 if it is gone. */
static uint64_t
thread_cpu_ns(pid_t pid, const char *tid)
{
	char path[300];
	unsigned long long ns = 0;
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, tid);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	if (fscanf(f, "%llu", &ns) != 1)
		ns = 0;
	(void)fclose(f);
	return ns;
}

static uint64_t
daemon_cpu_ns(pid_t pid)
{
	char path[64];
	struct dirent *de;
	uint64_t sum = 0;
	DIR *d;

	if (pid == 0)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	if ((d = opendir(path)) == NULL)
		err(2, "%s", path);
	while ((de = readdir(d)) != NULL) {
		if (de->d_name[0] != '.')
			sum += thread_cpu_ns(pid, de->d_name);
	}
	(void)closedir(d);
	return sum;
}

static void
keep(struct block *b, const struct login_done *d)
{
	if (d->rv != PAM_SUCCESS)
		b->denied++;
	b->cpu_ns[b->n] = d->cpu_ns;
	b->auth_ns[b->n] = d->auth_ns;
	b->all_ns[b->n++] = d->all_ns;
}

static uint64_t
daemon_sync_ns(const struct subject *s)
{
	return s->sync_ns != NULL ? *(const volatile uint64_t *)s->sync_ns : 0;
}

void
measure_loop(struct subject *s, size_t n, struct block *b)
{
	struct login_done d;
	uint64_t daemon = daemon_cpu_ns(s->daemon);
	uint64_t sync = daemon_sync_ns(s);

	memset(b, 0, sizeof(*b));
	while (b->n < n && b->n < SAMPLES_MAX) {
		once(s, 0, &d);
		keep(b, &d);
	}
	b->daemon_ns = daemon_cpu_ns(s->daemon) - daemon;
	b->sync_ns = daemon_sync_ns(s) - sync;
}

static pid_t
start_child(void)
{
	pid_t pid = fork();

	if (pid == -1)
		err(2, "fork");
	return pid;
}

static void
await(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		errx(2, "a login's process ended with status %d", status);
}

static void *
shared(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		err(2, "mmap");
	return p;
}

void
measure_fresh(struct subject *s, size_t n, struct block *b)
{
	struct login_done *d = shared(sizeof(*d));
	uint64_t daemon = daemon_cpu_ns(s->daemon);
	pid_t pid;

	memset(b, 0, sizeof(*b));
	while (b->n < n && b->n < SAMPLES_MAX) {
		if ((pid = start_child()) == 0) {
			once(s, 0, d);
			_exit(0);
		}
		await(pid);
		s->counter[0]++; /* the child's copy was raised */
		keep(b, d);
	}
	b->daemon_ns = daemon_cpu_ns(s->daemon) - daemon;
	(void)munmap(d, sizeof(*d));
}

static void
crowd_member(struct subject *s, size_t user, size_t n, size_t *denied)
{
	struct login_done d;

	for (*denied = 0; n > 0; n--) {
		once(s, user, &d);
		if (d.rv != PAM_SUCCESS)
			(*denied)++;
	}
	_exit(0);
}

uint64_t
measure_parallel(struct subject *s, size_t p, size_t n, size_t *deniedp)
{
	size_t *denied = shared(p * sizeof(*denied));
	pid_t pid[USERS_MAX];
	uint64_t ns, start = login_clock_ns();
	size_t i;

	for (i = 0; i < p; i++) {
		if ((pid[i] = start_child()) == 0)
			crowd_member(s, i, n, &denied[i]);
	}
	for (*deniedp = 0, i = 0; i < p; i++) {
		await(pid[i]);
		s->counter[i] += n;
		*deniedp += denied[i];
	}
	ns = login_clock_ns() - start;
	(void)munmap(denied, p * sizeof(*denied));
	return ns;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

uint64_t
quantile_ns(const uint64_t *samples, size_t n, unsigned per_mille)
{
	static uint64_t sorted[SAMPLES_MAX];

	if (n == 0)
		return 0;
	memcpy(sorted, samples, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	return sorted[(n - 1) * per_mille / 1000];
}

uint64_t
median_ns(const uint64_t *samples, size_t n)
{
	return quantile_ns(samples, n, 500);
}
