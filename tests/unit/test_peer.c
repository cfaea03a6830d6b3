/*
 * What the kernel says of the process at the other end.
 */
#include "daemon/peer.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAIL " -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0"

static const struct row {
	const char *rule;
	const char *line;
	enum bh_err want;
	uint32_t tty, leader;
	uint64_t start;
} rows[] = {
    {"plain", "9 (sudo) S 1 9 7 34816" TAIL " 777 1 2\n", BH_OK, 34816, 7, 777},
    {"the command's name may hold what it likes",
	"9 (a) R 1 2 3 4 5) S 1 9 7 34816" TAIL " 777 1 2\n", BH_OK, 34816, 7,
	777},
    {"no terminal", "9 (cron) S 1 9 7 0" TAIL " 777 1\n", BH_OK, 0, 7, 777},
    {"no name", "9 sudo S 1 9 7 34816" TAIL " 777 1\n", BH_ERR_INPUT, 0, 0, 0},
    {"cut short", "9 (sudo) S 1 9 7 34816 0 -1", BH_ERR_INPUT, 0, 0, 0},
    {"cut in the name", "9 (sudo)", BH_ERR_INPUT, 0, 0, 0},
    {"no number", "9 (sudo) S 1 9 x 34816" TAIL " 777 1\n", BH_ERR_INPUT, 0, 0,
	0},
    {"negative terminal", "9 (sudo) S 1 9 7 -1" TAIL " 777 1\n", BH_ERR_INPUT,
	0, 0, 0},
    {"endless number",
	"9 (sudo) S 1 9 7 1" TAIL " 99999999999999999999999999999999 1\n",
	BH_ERR_INPUT, 0, 0, 0},
    {"empty", "", BH_ERR_INPUT, 0, 0, 0},
};

static void
test_stat(void **state)
{
	struct proc_stat s;
	enum bh_err e;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		memset(&s, 0, sizeof(s));
		e = peer_parse_stat(rows[i].line, &s);
		if ((e == BH_OK) != (rows[i].want == BH_OK) ||
		    s.tty != rows[i].tty || s.leader != rows[i].leader ||
		    s.start != rows[i].start)
			fail_msg("%s", rows[i].rule);
	}
}

static void
test_credentials(void **state)
{
	struct peer peer;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(peer_credentials(fds[0], &peer), BH_OK);
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.euid, geteuid());
	assert_int_equal(peer.auid, UINT32_MAX);
	assert_int_equal(peer.session.kind, SESSION_NONE);
	close(fds[0]);
	close(fds[1]);
}

/* Nobody is let in for having the daemon's own uid. */
static void
test_permitted(void **state)
{
	struct peer_names names = {.n = 1, .row = {{4711, "sso"}}};
	struct peer peer = {.euid = 0};

	(void)state;
	assert_true(peer_permitted(&names, &peer));
	assert_string_equal(peer.name, "");
	peer.euid = 4711;
	assert_true(peer_permitted(&names, &peer));
	assert_string_equal(peer.name, "sso");
	peer.euid = 4712;
	assert_false(peer_permitted(&names, &peer));
	assert_string_equal(peer.name, "");
	names.n = 0;
	peer.euid = geteuid() != 0 ? geteuid() : 4711;
	assert_false(peer_permitted(&names, &peer));
}

/* A process that is gone, or that we can't see, has no session. */
static void
test_nobody(void **state)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct peer peer = {.pid = 0, .auid = 5};

	(void)state;
	assert_int_not_equal(proc, -1);
	peer_look(proc, &peer);
	assert_int_equal(peer.auid, UINT32_MAX);
	assert_int_equal(peer.session.kind, SESSION_NONE);
	peer.pid = 0x7ffffff0;
	peer.session.kind = SESSION_AUDIT;
	peer_look(proc, &peer);
	assert_int_equal(peer.auid, UINT32_MAX);
	assert_int_equal(peer.session.kind, SESSION_NONE);
	close(proc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stat),
	    cmocka_unit_test(test_credentials),
	    cmocka_unit_test(test_permitted),
	    cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
