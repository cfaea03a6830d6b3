/*
 * Compare PAM modules: the same logins through each, in interleaved rounds,
 * in one run on one file system.
 *
 *	bench [-r ROUNDS] [-n LOGINS] [-P] CONFDIR PLAN
 *
 * The plan has a line for each subject: NAME SERVICE PREFIX SEED PID SYNC (see
 * measure.h; SEED in hex, PID 0 = no daemon, SYNC a file or "-"), and "ratio A
 * B" for each pair of names to compare.  Output is a table; with -P rates of
 *parallel processes.
 */
#include "tests/bench/measure.h"

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SUBJECTS_MAX 12
#define RATIOS_MAX   12
#define ROUNDS_MAX   200

/* The medians of each round, and what all rounds have in sum. */
struct column {
	uint64_t auth[ROUNDS_MAX]; /* loop, pam_authenticate */
	uint64_t all[ROUNDS_MAX];  /* loop, whole login */
	uint64_t fresh[ROUNDS_MAX];
	uint64_t cpu[ROUNDS_MAX]; /* loop, the driver's in pam_authenticate */
	uint64_t daemon[ROUNDS_MAX]; /* and the daemon's, */
	uint64_t sync[ROUNDS_MAX];   /* of which in fdatasync */
	uint64_t worst[ROUNDS_MAX];  /* loop, p99 of pam_authenticate */
	size_t logins;
	size_t denied;
};

struct plan {
	size_t n;
	struct subject subject[SUBJECTS_MAX];
	struct column column[SUBJECTS_MAX];
	size_t n_ratios;
	size_t ratio[RATIOS_MAX][2];
	size_t rounds;
	size_t logins;
};

static size_t
find(const struct plan *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (strcmp(p->subject[i].name, name) == 0)
			return i;
	}
	errx(2, "no subject \"%s\" in the plan", name);
}

static void
parse_seed(const char *hex, uint8_t seed[SEED_LEN])
{
	unsigned byte;
	size_t i;

	for (i = 0; i < SEED_LEN; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			errx(2, "bad seed %s", hex);
		seed[i] = (uint8_t)byte;
	}
}

static void
open_floor(struct subject *s)
{
	unsigned len;

	s->floor_fd = -1;
	if (sscanf(s->service, "-%u", &len) != 1)
		return;
	if (len > FLOOR_MAX)
		errx(2, "a floor of %u bytes is too much", len);
	s->floor_len = len;
	s->floor_fd = open(s->prefix, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->floor_fd == -1)
		err(2, "%s", s->prefix);
}

/* Where the daemon's synctime.so sums up. */
static const uint64_t *
open_sync(const char *path)
{
	void *p;
	int fd;

	if (strcmp(path, "-") == 0)
		return NULL;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		err(2, "%s", path);
	p = mmap(NULL, sizeof(uint64_t), PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		err(2, "%s", path);
	(void)close(fd);
	return p;
}

static void
parse_subject(struct plan *p, const char *line, const char *confdir)
{
	struct subject *s = &p->subject[p->n];
	char hex[2 * SEED_LEN + 1], sync[256];
	size_t i;
	int pid;

	if (p->n == SUBJECTS_MAX ||
	    sscanf(line, "%63s %63s %255s %32s %d %255s", s->name, s->service,
		s->prefix, hex, &pid, sync) != 6 ||
	    strlen(hex) != 2 * SEED_LEN)
		errx(2, "bad line in the plan: %s", line);
	parse_seed(hex, s->seed);
	s->daemon = pid;
	s->sync_ns = open_sync(sync);
	s->confdir = confdir;
	open_floor(s);
	for (i = 0; i < USERS_MAX; i++)
		s->counter[i] = 1; /* pam_google_authenticator knows no 0 */
	p->n++;
}

static void
parse_plan(struct plan *p, const char *path, const char *confdir)
{
	char line[1024], a[64], b[64];
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		err(2, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "ratio %63s %63s", a, b) == 2 &&
		    p->n_ratios < RATIOS_MAX) {
			p->ratio[p->n_ratios][0] = find(p, a);
			p->ratio[p->n_ratios++][1] = find(p, b);
		} else {
			parse_subject(p, line, confdir);
		}
	}
	(void)fclose(f);
}

static void
run_round(struct plan *p, size_t round)
{
	static struct block b;
	size_t i;

	for (i = 0; i < p->n; i++) {
		size_t who = (i + round) % p->n; /* nobody is always first */
		struct subject *s = &p->subject[who];
		struct column *c = &p->column[who];

		measure_loop(s, p->logins, &b);
		c->auth[round] = median_ns(b.auth_ns, b.n);
		c->all[round] = median_ns(b.all_ns, b.n);
		c->worst[round] = quantile_ns(b.auth_ns, b.n, 990);
		c->cpu[round] = median_ns(b.cpu_ns, b.n);
		c->daemon[round] = b.daemon_ns / b.n;
		c->sync[round] = b.sync_ns / b.n;
		c->logins += b.n;
		c->denied += b.denied;
		measure_fresh(s, p->logins / 4 + 1, &b);
		c->fresh[round] = median_ns(b.all_ns, b.n);
		c->logins += b.n;
		c->denied += b.denied;
	}
}

static double
ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static double
middle_ms(const uint64_t *rounds, size_t n)
{
	return ms(median_ns(rounds, n));
}

static void
print_table(const struct plan *p)
{
	size_t i, n = p->rounds;

	printf("%-24s %8s %8s %8s %8s %8s %8s %8s %7s %6s\n",
	    "ms, median of rounds", "auth", "auth p99", "login", "fresh", "CPU",
	    "daemon", "sync", "logins", "denied");
	for (i = 0; i < p->n; i++) {
		const struct column *c = &p->column[i];

		printf("%-24s %8.3f %8.3f %8.3f %8.3f %8.3f %8.3f %8.3f %7zu "
		       "%6zu"
		       "\n",
		    p->subject[i].name, middle_ms(c->auth, n),
		    middle_ms(c->worst, n), middle_ms(c->all, n),
		    middle_ms(c->fresh, n), middle_ms(c->cpu, n),
		    middle_ms(c->daemon, n), middle_ms(c->sync, n), c->logins,
		    c->denied);
	}
}

/* The median of the rounds' ratios, in thousandths. */
static double
paired(const uint64_t *a, const uint64_t *b, size_t n)
{
	uint64_t r[ROUNDS_MAX];
	size_t i;

	for (i = 0; i < n; i++)
		r[i] = a[i] * 1000000 / (b[i] != 0 ? b[i] : 1);
	return ms(median_ns(r, n)); /* millionths, as ms() counts */
}

static void
print_ratios(const struct plan *p)
{
	size_t i;

	printf("\n%-45s %9s %9s\n", "ratio, paired in rounds", "auth", "fresh");
	for (i = 0; i < p->n_ratios; i++) {
		size_t a = p->ratio[i][0], b = p->ratio[i][1];
		const struct column *x = &p->column[a], *y = &p->column[b];

		printf("%-22s %-22s %9.3f %9.3f\n", p->subject[a].name,
		    p->subject[b].name, paired(x->auth, y->auth, p->rounds),
		    paired(x->fresh, y->fresh, p->rounds));
	}
}

static void
print_parallel(struct plan *p)
{
	static const size_t crowds[] = {1, 2, 8, 32};
	size_t i, k, denied;
	uint64_t ns;

	printf("\n%-22s", "logins/s in parallel");
	for (k = 0; k < 4; k++)
		printf("   P=%-8zu", crowds[k]);
	printf("\n");
	for (i = 0; i < p->n; i++) {
		if (p->subject[i].floor_fd != -1)
			continue;
		printf("%-22s", p->subject[i].name);
		for (k = 0; k < 4; k++) {
			ns = measure_parallel(
			    &p->subject[i], crowds[k], p->logins, &denied);
			printf(" %7.0f (-%zu)",
			    (double)(crowds[k] * p->logins) * 1e9 / (double)ns,
			    denied);
		}
		printf("\n");
	}
}

int
main(int argc, char **argv)
{
	static struct plan p = {.rounds = 15, .logins = 40};
	bool parallel = false;
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "r:n:P")) != -1) {
		if (c == 'r')
			p.rounds = (size_t)atoi(optarg);
		else if (c == 'n')
			p.logins = (size_t)atoi(optarg);
		else if (c == 'P')
			parallel = true;
		else
			return 2;
	}
	if (argc - optind != 2 || p.rounds < 1 || p.rounds > ROUNDS_MAX ||
	    p.logins < 1 || p.logins > SAMPLES_MAX)
		errx(2, "usage: bench [-r ROUNDS] [-n LOGINS] [-P] CONFDIR "
			"PLAN");
	parse_plan(&p, argv[optind + 1], argv[optind]);
	for (i = 0; i < p.rounds; i++)
		run_round(&p, i);
	print_table(&p);
	print_ratios(&p);
	if (parallel)
		print_parallel(&p);
	return 0;
}
