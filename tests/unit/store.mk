# Tests of the store, the realm's key and the anchor.
STORE_TEST_LIBS = libcore.la libbase.la $(SQLITE_LIBS) $(CMOCKA_LIBS)
STORE_FIXTURE = tests/unit/store_fixture.c tests/unit/store_fixture.h

if HAVE_CMOCKA
store_tests = \
	tests/unit/test_anchor \
	tests/unit/test_keyring \
	tests/unit/test_store \
	tests/unit/test_store_accept \
	tests/unit/test_store_change \
	tests/unit/test_store_commit \
	tests/unit/test_store_files \
	tests/unit/test_store_identity \
	tests/unit/test_store_machine \
	tests/unit/test_store_manifest \
	tests/unit/test_store_realms \
	tests/unit/test_store_tamper
check_PROGRAMS += $(store_tests)
TESTS += $(store_tests)

tests_unit_test_anchor_SOURCES = tests/unit/test_anchor.c $(STORE_FIXTURE)
tests_unit_test_anchor_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_keyring_SOURCES = tests/unit/test_keyring.c
tests_unit_test_keyring_LDADD = libcore.la libbase.la $(CMOCKA_LIBS)
tests_unit_test_store_SOURCES = tests/unit/test_store.c $(STORE_FIXTURE)
tests_unit_test_store_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_accept_SOURCES = tests/unit/test_store_accept.c \
	$(STORE_FIXTURE)
tests_unit_test_store_accept_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_change_SOURCES = tests/unit/test_store_change.c \
	$(STORE_FIXTURE)
tests_unit_test_store_change_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_commit_SOURCES = tests/unit/test_store_commit.c \
	$(STORE_FIXTURE)
tests_unit_test_store_commit_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_files_SOURCES = tests/unit/test_store_files.c \
	$(STORE_FIXTURE)
tests_unit_test_store_files_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_machine_SOURCES = tests/unit/test_store_machine.c \
	$(STORE_FIXTURE)
tests_unit_test_store_machine_LDADD = $(STORE_TEST_LIBS)
MANIFEST_FIXTURE = tests/unit/manifest_fixture.c \
	tests/unit/manifest_fixture.h $(STORE_FIXTURE)
tests_unit_test_store_manifest_SOURCES = tests/unit/test_store_manifest.c \
	$(MANIFEST_FIXTURE)
tests_unit_test_store_manifest_LDADD = $(STORE_TEST_LIBS)
REALM_FIXTURE = tests/unit/realm_fixture.c tests/unit/realm_fixture.h \
	$(MANIFEST_FIXTURE)
tests_unit_test_store_identity_SOURCES = tests/unit/test_store_identity.c \
	$(REALM_FIXTURE)
tests_unit_test_store_identity_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_realms_SOURCES = tests/unit/test_store_realms.c \
	$(REALM_FIXTURE)
tests_unit_test_store_realms_LDADD = $(STORE_TEST_LIBS)
tests_unit_test_store_tamper_SOURCES = tests/unit/test_store_tamper.c \
	$(STORE_FIXTURE)
tests_unit_test_store_tamper_LDADD = $(STORE_TEST_LIBS)
endif
