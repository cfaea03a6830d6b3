# The drill (./demo --drill, tests/system/drill.sh).
check_LTLIBRARIES += movedtime.la
movedtime_la_SOURCES = tests/drill/movedtime.c
movedtime_la_LDFLAGS = -module -avoid-version -rpath /nowhere
