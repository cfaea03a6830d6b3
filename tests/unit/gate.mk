# The verdict, grants and the gate on a real store.
if HAVE_CMOCKA
gate_tests = \
	tests/unit/test_authinfo \
	tests/unit/test_decide \
	tests/unit/test_gate \
	tests/unit/test_gate_faults \
	tests/unit/test_gate_fulldisk \
	tests/unit/test_gate_limits \
	tests/unit/test_gate_realms \
	tests/unit/test_grants
check_PROGRAMS += $(gate_tests)
TESTS += $(gate_tests)

tests_unit_test_authinfo_SOURCES = tests/unit/test_authinfo.c \
	tests/unit/unit.h
tests_unit_test_authinfo_LDADD = libcore.la libbase.la $(CMOCKA_LIBS)
tests_unit_test_decide_SOURCES = tests/unit/test_decide.c tests/unit/unit.h
tests_unit_test_decide_LDADD = libcore.la libbase.la $(CMOCKA_LIBS)
GATE_FIXTURE = tests/unit/gate_fixture.c tests/unit/gate_fixture.h \
	tests/unit/store_fixture.c tests/unit/store_fixture.h \
	tests/unit/unit.h
tests_unit_test_gate_SOURCES = tests/unit/test_gate.c $(GATE_FIXTURE)
tests_unit_test_gate_LDADD = libcore.la libbase.la $(CMOCKA_LIBS)
tests_unit_test_gate_faults_SOURCES = tests/unit/test_gate_faults.c \
	$(GATE_FIXTURE)
tests_unit_test_gate_faults_LDADD = libcore.la libbase.la $(CMOCKA_LIBS) \
	$(OATH_LIBS)
tests_unit_test_gate_fulldisk_SOURCES = tests/unit/test_gate_fulldisk.c \
	$(GATE_FIXTURE)
tests_unit_test_gate_fulldisk_LDADD = libcore.la libbase.la $(CMOCKA_LIBS)
tests_unit_test_gate_limits_SOURCES = tests/unit/test_gate_limits.c \
	$(GATE_FIXTURE)
tests_unit_test_gate_limits_LDADD = libcore.la libbase.la $(CMOCKA_LIBS) \
	$(OATH_LIBS)
tests_unit_test_gate_realms_SOURCES = tests/unit/test_gate_realms.c \
	$(GATE_FIXTURE)
tests_unit_test_gate_realms_LDADD = libcore.la libbase.la $(CMOCKA_LIBS)
tests_unit_test_grants_SOURCES = tests/unit/test_grants.c tests/unit/unit.h
tests_unit_test_grants_LDADD = libcore.la libbase.la $(CMOCKA_LIBS)
endif
