# Tests of the pure part of core and of crypto; UNIT_LIBS fits any of core.
UNIT_LIBS = libcore.la libbase.la $(CMOCKA_LIBS)
UNIT_HEX = tests/unit/hex.c tests/unit/hex.h tests/unit/unit.h

if HAVE_CMOCKA
pure_tests = \
	tests/unit/test_attempts \
	tests/unit/test_crypto \
	tests/unit/test_model \
	tests/unit/test_netaddr \
	tests/unit/test_tree
check_PROGRAMS += $(pure_tests)
TESTS += $(pure_tests)

tests_unit_test_attempts_SOURCES = tests/unit/test_attempts.c \
	tests/unit/unit.h
tests_unit_test_attempts_LDADD = $(UNIT_LIBS)
tests_unit_test_crypto_SOURCES = tests/unit/test_crypto.c $(UNIT_HEX)
tests_unit_test_crypto_LDADD = $(UNIT_LIBS)
tests_unit_test_model_SOURCES = tests/unit/test_model.c tests/unit/unit.h
tests_unit_test_model_LDADD = $(UNIT_LIBS)
tests_unit_test_netaddr_SOURCES = tests/unit/test_netaddr.c tests/unit/unit.h
tests_unit_test_netaddr_LDADD = $(UNIT_LIBS)
tests_unit_test_tree_SOURCES = tests/unit/test_tree.c $(UNIT_HEX)
tests_unit_test_tree_LDADD = $(UNIT_LIBS)
endif
