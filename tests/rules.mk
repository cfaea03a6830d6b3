# tests: units by cmocka, commands and real programs by bats.  tests/run.sh
# runs one of either kind; prove reads them all (./check), or automake does
# (make check).
TEST_EXTENSIONS = .sh .bats
TEST_RUN = env BH_SAN=$(abs_builddir) $(SHELL) $(srcdir)/tests/run.sh
LOG_COMPILER = $(TEST_RUN)
SH_LOG_COMPILER = $(TEST_RUN)
BATS_LOG_COMPILER = $(TEST_RUN)
EXTRA_DIST += tests/run.sh tests/packages.sh tests/limits.sh tests/valgrind.sh
TESTS += tests/limits.sh tests/valgrind.sh

include tests/unit/pure.mk
include tests/unit/config.mk
include tests/unit/gate.mk
include tests/unit/admin.mk
include tests/unit/store.mk
include tests/unit/daemon.mk
include tests/unit/host.mk
include tests/unit/manifest.mk
include tests/pam/rules.mk
include tests/system/rules.mk
include tests/drill/rules.mk
include tests/bench/rules.mk
include tests/storm/rules.mk
include tests/packages/rules.mk
include tests/doctor/rules.mk

.PHONY: test-programs list-tests
test-programs: $(check_PROGRAMS) $(check_LTLIBRARIES)
list-tests:
	@printf '%s\n' $(TESTS) >tests/list
