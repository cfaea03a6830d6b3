# Benchmarks: `make bench`, as root; what they measure is in bench.py.
check_PROGRAMS += tests/bench/bench tests/bench/populate
tests_bench_bench_SOURCES = tests/bench/bench.c \
	tests/bench/login.c tests/bench/login.h \
	tests/bench/measure.c tests/bench/measure.h
tests_bench_bench_CPPFLAGS = $(AM_CPPFLAGS) $(OATH_CFLAGS)
tests_bench_bench_LDADD = $(OATH_LIBS) $(PAM_LIBS)
tests_bench_populate_SOURCES = tests/bench/populate.c
tests_bench_populate_LDADD = libcore.la
check_LTLIBRARIES += synctime.la
synctime_la_SOURCES = tests/bench/synctime.c
synctime_la_LDFLAGS = -module -avoid-version -rpath /nowhere
EXTRA_DIST += tests/bench/gatehost.sh tests/bench/bench.py

.PHONY: bench
bench: all tests/bench/bench$(EXEEXT) tests/bench/populate$(EXEEXT) \
    synctime.la tests/storm/pamtry$(EXEEXT) tests/system/forge$(EXEEXT)
	bash -c '. $(srcdir)/tests/packages.sh && \
	    packages_install $$packages_bench'
	top_builddir=$(abs_builddir) $(srcdir)/tests/bench/bench.py
	top_builddir=$(abs_builddir) $(srcdir)/tests/storm/import.py --bench
