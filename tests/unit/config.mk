# Tests of configuration, events and the command line.
CONFIG_TEST_LIBS = libcore.la libbase.la $(CMOCKA_LIBS)

if HAVE_CMOCKA
config_tests = \
	tests/unit/test_config \
	tests/unit/test_config_keys \
	tests/unit/test_event \
	tests/unit/test_options \
	tests/unit/test_output \
	tests/unit/test_terminal
check_PROGRAMS += $(config_tests)
TESTS += $(config_tests)

tests_unit_test_config_SOURCES = tests/unit/test_config.c \
	tests/unit/config_text.c tests/unit/config_text.h
tests_unit_test_config_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_keys_SOURCES = tests/unit/test_config_keys.c \
	tests/unit/config_text.c tests/unit/config_text.h
tests_unit_test_config_keys_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_event_SOURCES = tests/unit/test_event.c tests/unit/unit.h
tests_unit_test_event_LDADD = $(CONFIG_TEST_LIBS) $(JANSSON_LIBS)
tests_unit_test_options_SOURCES = tests/unit/test_options.c \
	tests/unit/unit.h
tests_unit_test_options_LDADD = libtools.la libbase.la $(CMOCKA_LIBS)
tests_unit_test_output_SOURCES = tests/unit/test_output.c \
	tests/unit/unit.h
tests_unit_test_output_LDADD = libtools.la libbase.la $(JANSSON_LIBS) \
	$(CMOCKA_LIBS)
tests_unit_test_terminal_SOURCES = tests/unit/test_terminal.c \
	tests/unit/unit.h
tests_unit_test_terminal_LDADD = libtools.la libbase.la $(CMOCKA_LIBS)
endif

# The pages against the tables.
TESTS += tests/docs/guides.sh tests/docs/pages.sh
EXTRA_DIST += tests/docs/guides.sh tests/docs/pages.sh
