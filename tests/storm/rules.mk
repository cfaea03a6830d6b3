# Storms: many logins at one moment, kills, power cuts, a look into memory.
check_PROGRAMS += tests/storm/pamtry
tests_storm_pamtry_SOURCES = tests/storm/pamtry.c \
	tests/bench/login.c tests/bench/login.h
tests_storm_pamtry_LDADD = $(PAM_LIBS) $(YUBIKEY_LIBS)

# Modules to compare ours with.
check_LTLIBRARIES += ref_ask.la ref_getpwnam.la
storm_ref_flags = -module -avoid-version -shared -rpath /nowhere
ref_ask_la_SOURCES = tests/pam/ref_ask.c
ref_ask_la_CFLAGS = $(BH_CFLAGS) -fPIC
ref_ask_la_LDFLAGS = $(BH_LDFLAGS) $(storm_ref_flags)
ref_ask_la_LIBADD = $(PAM_LIBS)
ref_getpwnam_la_SOURCES = tests/pam/ref_getpwnam.c
ref_getpwnam_la_CFLAGS = $(BH_CFLAGS) -fPIC
ref_getpwnam_la_LDFLAGS = $(BH_LDFLAGS) $(storm_ref_flags)
ref_getpwnam_la_LIBADD = $(PAM_LIBS)

storm_tests = \
	tests/storm/once.py \
	tests/storm/kill.py \
	tests/storm/powercut.py \
	tests/storm/restart.py \
	tests/storm/memory.py \
	tests/storm/caller.py \
	tests/storm/import.py \
	tests/storm/install.py \
	tests/storm/realms.py
TESTS += $(storm_tests)
EXTRA_DIST += $(storm_tests) tests/storm/gatelib.py \
	tests/storm/callers.py tests/storm/cutlog.py tests/storm/memscan.py \
	tests/storm/realmkinds.py tests/storm/realmkit.py
