# Tests of what is read from this host's own files.
HOST_TEST_LIBS = libcore.la libbase.la $(CMOCKA_LIBS)
HOST_FILES = tests/unit/file_rig.c tests/unit/file_rig.h tests/unit/unit.h
PAM_FILES = tests/unit/pam_rig.c tests/unit/pam_rig.h \
	tests/unit/pam_systems.c tests/unit/pam_systems.h tests/unit/unit.h

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_pamfile
TESTS += tests/unit/test_pamfile
tests_unit_test_pamfile_SOURCES = tests/unit/test_pamfile.c \
	tests/unit/pam_shipped.h tests/unit/unit.h
tests_unit_test_pamfile_LDADD = $(HOST_TEST_LIBS)
endif

if HAVE_CMOCKA
host_tests = \
	tests/unit/test_keys \
	tests/unit/test_pam_fix \
	tests/unit/test_pam_hosts \
	tests/unit/test_pam_way \
	tests/unit/test_private \
	tests/unit/test_program \
	tests/unit/test_sudoers \
	tests/unit/test_sshd \
	tests/unit/test_sshd_methods \
	tests/unit/test_textfile
check_PROGRAMS += $(host_tests)
TESTS += $(host_tests)

tests_unit_test_keys_SOURCES = tests/unit/test_keys.c $(HOST_FILES)
tests_unit_test_keys_LDADD = $(HOST_TEST_LIBS)
tests_unit_test_pam_fix_SOURCES = tests/unit/test_pam_fix.c $(PAM_FILES) \
	tools/doctor_pam.h tools/doctor_pam_fix.c tools/doctor_pam_table.c
tests_unit_test_pam_fix_LDADD = $(HOST_TEST_LIBS)
tests_unit_test_pam_hosts_SOURCES = tests/unit/test_pam_hosts.c $(PAM_FILES)
tests_unit_test_pam_hosts_LDADD = $(HOST_TEST_LIBS)
tests_unit_test_pam_way_SOURCES = tests/unit/test_pam_way.c $(PAM_FILES)
tests_unit_test_pam_way_LDADD = $(HOST_TEST_LIBS)
tests_unit_test_private_SOURCES = tests/unit/test_private.c $(HOST_FILES)
tests_unit_test_private_LDADD = $(HOST_TEST_LIBS)
tests_unit_test_program_SOURCES = tests/unit/test_program.c tests/unit/unit.h
tests_unit_test_program_LDADD = $(HOST_TEST_LIBS)
tests_unit_test_sudoers_SOURCES = tests/unit/test_sudoers.c $(HOST_FILES)
tests_unit_test_sudoers_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_sudoers_LDADD = $(HOST_TEST_LIBS) $(JANSSON_LIBS)
tests_unit_test_sshd_SOURCES = tests/unit/test_sshd.c $(HOST_FILES)
tests_unit_test_sshd_LDADD = $(HOST_TEST_LIBS)
tests_unit_test_sshd_methods_SOURCES = tests/unit/test_sshd_methods.c \
	tests/unit/unit.h
tests_unit_test_sshd_methods_LDADD = $(HOST_TEST_LIBS)
tests_unit_test_textfile_SOURCES = tests/unit/test_textfile.c $(HOST_FILES)
tests_unit_test_textfile_LDADD = $(HOST_TEST_LIBS)
endif

# Shows what keys_accepted sees, in a throw-away host.
check_PROGRAMS += tests/system/hostkeys
tests_system_hostkeys_SOURCES = tests/system/hostkeys.c
tests_system_hostkeys_LDADD = libcore.la libbase.la

# Compares what is worked out of Match blocks with what sshd says.
check_PROGRAMS += tests/system/sshdpoints
tests_system_sshdpoints_SOURCES = tests/system/sshdpoints.c
tests_system_sshdpoints_LDADD = libcore.la libbase.la
