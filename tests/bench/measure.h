/*
 * What is compared, and one block of measurements of it.
 */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SEED_LEN    16
#define SECRET_LEN  20
#define USERS_MAX   64
#define SAMPLES_MAX 4096
#define FLOOR_MAX   65536

/*
 * A PAM service and its users PREFIX0, PREFIX1, ...  User i's HOTP secret is
 * the seed and i as four bytes, big-endian.  With service "-N" it is a floor:
 * N bytes written and synced to the file named by prefix.
 */
struct subject {
	char name[64];
	char service[64];
	char prefix[256];
	uint8_t seed[SEED_LEN];
	pid_t daemon;		 /* whose CPU time counts too; 0 = none */
	const uint64_t *sync_ns; /* its CPU time in fdatasync; see synctime.c */
	const char *confdir;
	uint64_t counter[USERS_MAX]; /* next HOTP counter of each user */
	int floor_fd;		     /* -1: no floor */
	size_t floor_len;
};

/* The samples of one block, in nanoseconds. */
struct block {
	size_t n;
	uint64_t auth_ns[SAMPLES_MAX]; /* pam_authenticate alone */
	uint64_t all_ns[SAMPLES_MAX];  /* from pam_start to pam_end */
	size_t denied;
	uint64_t cpu_ns[SAMPLES_MAX]; /* of the driver in pam_authenticate */
	uint64_t daemon_ns; /* CPU time of the daemon, all n together */
	uint64_t sync_ns;   /* what of it was fdatasync's */
};

/* n logins of user 0, in this process; the floor likewise. */
void measure_loop(struct subject *s, size_t n, struct block *b);

/* The same, each in a process of its own. */
void measure_fresh(struct subject *s, size_t n, struct block *b);

/* n logins in each of p processes, user i in process i; nanoseconds from the
 * first to the last of them all, and how many were denied. */
uint64_t measure_parallel(
    struct subject *s, size_t p, size_t n, size_t *deniedp);

uint64_t median_ns(const uint64_t *samples, size_t n);
uint64_t quantile_ns(const uint64_t *samples, size_t n, unsigned per_mille);

#endif
