# tests/system: real sshd, sudo, su and cron on throw-away hosts.
check_PROGRAMS += tests/system/logsink tests/system/ykotp
tests_system_logsink_SOURCES = tests/system/logsink.c
tests_system_logsink_CFLAGS = $(AM_CFLAGS)
tests_system_ykotp_SOURCES = tests/system/ykotp.c
tests_system_ykotp_CFLAGS = $(AM_CFLAGS)
tests_system_ykotp_LDADD = $(YUBIKEY_LIBS)
