# Administration on a real store.
if HAVE_CMOCKA
admin_tests = tests/unit/test_admin tests/unit/test_admin_machine \
	tests/unit/test_admin_manifest tests/unit/test_admin_realm
check_PROGRAMS += $(admin_tests)
TESTS += $(admin_tests)

ADMIN_FIXTURE = tests/unit/admin_fixture.c tests/unit/admin_fixture.h \
	tests/unit/gate_fixture.c tests/unit/gate_fixture.h \
	tests/unit/store_fixture.c tests/unit/store_fixture.h \
	tests/unit/unit.h
tests_unit_test_admin_SOURCES = tests/unit/test_admin.c $(ADMIN_FIXTURE)
tests_unit_test_admin_LDADD = libcore.la libbase.la $(CMOCKA_LIBS) \
	$(OATH_LIBS)
tests_unit_test_admin_manifest_SOURCES = tests/unit/test_admin_manifest.c \
	$(ADMIN_FIXTURE)
tests_unit_test_admin_manifest_LDADD = libcore.la libbase.la $(CMOCKA_LIBS) \
	$(OATH_LIBS)
tests_unit_test_admin_machine_SOURCES = tests/unit/test_admin_machine.c \
	$(ADMIN_FIXTURE)
tests_unit_test_admin_machine_LDADD = libcore.la libbase.la $(CMOCKA_LIBS) \
	$(OATH_LIBS)
tests_unit_test_admin_realm_SOURCES = tests/unit/test_admin_realm.c \
	$(ADMIN_FIXTURE)
tests_unit_test_admin_realm_LDADD = libcore.la libbase.la $(CMOCKA_LIBS) \
	$(OATH_LIBS)
endif
