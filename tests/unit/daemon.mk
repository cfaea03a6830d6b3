# Tests of the daemon's parts that need no daemon.
DAEMON_TEST_LIBS = libdaemon.la libcore.la libbase.la $(SECCOMP_LIBS) \
	$(CMOCKA_LIBS)

if HAVE_CMOCKA
daemon_tests = \
	tests/unit/test_conversation \
	tests/unit/test_grid \
	tests/unit/test_listener \
	tests/unit/test_peer \
	tests/unit/test_sandbox
check_PROGRAMS += $(daemon_tests)
TESTS += $(daemon_tests)

tests_unit_test_conversation_SOURCES = tests/unit/test_conversation.c
tests_unit_test_conversation_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_test_grid_SOURCES = tests/unit/test_grid.c
tests_unit_test_grid_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_test_listener_SOURCES = tests/unit/test_listener.c
tests_unit_test_listener_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_test_peer_SOURCES = tests/unit/test_peer.c
tests_unit_test_peer_LDADD = $(DAEMON_TEST_LIBS)
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c
tests_unit_test_sandbox_LDADD = $(DAEMON_TEST_LIBS)
endif

# The daemon by itself, in a mount namespace of its own.
check_PROGRAMS += tests/daemon/mkrealm
tests_daemon_mkrealm_SOURCES = tests/daemon/mkrealm.c
tests_daemon_mkrealm_LDADD = libcore.la libbase.la
TESTS += tests/daemon/daemon.sh
EXTRA_DIST += tests/daemon/daemon.sh tests/daemon/host.sh \
	tests/daemon/talk.py
