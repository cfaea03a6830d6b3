# The module through real libpam, against scripted peers; no root, no preload.
# Two test builds: peers of our own uid are trusted, and short limits where a
# peer hangs.
check_LTLIBRARIES += pam_bulkhead_test.la pam_bulkhead_hang.la
pam_bulkhead_test_la_SOURCES = pam_module/limits.c tests/pam/trust_self.c
pam_bulkhead_test_la_CFLAGS = $(pam_module_cflags)
pam_bulkhead_test_la_LDFLAGS = $(pam_module_ldflags) -rpath /nowhere
pam_bulkhead_test_la_LIBADD = $(pam_module_libadd)
pam_bulkhead_test_la_DEPENDENCIES = $(pam_module_dependencies)
pam_bulkhead_hang_la_SOURCES = tests/pam/limits_short.c tests/pam/trust_self.c
pam_bulkhead_hang_la_CFLAGS = $(pam_module_cflags)
pam_bulkhead_hang_la_LDFLAGS = $(pam_module_ldflags) -rpath /nowhere
pam_bulkhead_hang_la_LIBADD = $(pam_module_libadd)
pam_bulkhead_hang_la_DEPENDENCIES = $(pam_module_dependencies)

# Answers what a test says, for libpam's own rules.
check_LTLIBRARIES += pam_standin.la
pam_standin_la_SOURCES = tests/pam/standin.c
pam_standin_la_CFLAGS = $(BH_CFLAGS) -fPIC -fvisibility=hidden
pam_standin_la_LDFLAGS = $(BH_LDFLAGS) -module -avoid-version -shared -rpath /nowhere
pam_standin_la_LIBADD = $(PAM_LIBS)

TESTS += tests/pam/module.sh tests/rooms.sh
EXTRA_DIST += tests/pam/module.sh tests/rooms.sh tests/pam/lsan.supp

if HAVE_CMOCKA
pam_tests = \
	tests/pam/test_caller \
	tests/pam/test_threads \
	tests/pam/test_conversation \
	tests/pam/test_differ \
	tests/pam/test_items \
	tests/pam/test_messages \
	tests/pam/test_replies \
	tests/pam/test_stacks
check_PROGRAMS += $(pam_tests)
TESTS += $(pam_tests)

pam_rig = tests/pam/rig.c tests/pam/rig.h tests/pam/peer.c tests/pam/peer.h \
	tests/pam/plays.c tests/pam/plays.h
pam_rig_libs = libbase.la $(PAM_LIBS) $(CMOCKA_LIBS)
tests_pam_test_caller_SOURCES = tests/pam/test_caller.c $(pam_rig)
tests_pam_test_caller_LDADD = $(pam_rig_libs)
tests_pam_test_threads_SOURCES = tests/pam/test_threads.c $(pam_rig)
tests_pam_test_threads_CFLAGS = $(AM_CFLAGS) -pthread
tests_pam_test_threads_LDADD = $(pam_rig_libs)
tests_pam_test_conversation_SOURCES = tests/pam/test_conversation.c $(pam_rig)
tests_pam_test_conversation_LDADD = $(pam_rig_libs)
tests_pam_test_differ_SOURCES = tests/pam/test_differ.c tests/pam/stacks.c \
	tests/pam/stacks.h tests/unit/unit.h
tests_pam_test_differ_LDADD = libcore.la libbase.la $(PAM_LIBS) $(CMOCKA_LIBS)
tests_pam_test_items_SOURCES = tests/pam/test_items.c $(pam_rig)
tests_pam_test_items_LDADD = $(pam_rig_libs)
tests_pam_test_messages_SOURCES = tests/pam/test_messages.c
tests_pam_test_messages_LDADD = libbase.la $(CMOCKA_LIBS)
tests_pam_test_replies_SOURCES = tests/pam/test_replies.c $(pam_rig)
tests_pam_test_replies_LDADD = $(pam_rig_libs)
tests_pam_test_stacks_SOURCES = tests/pam/test_stacks.c $(pam_rig)
tests_pam_test_stacks_LDADD = $(pam_rig_libs)
endif
