# base: libc only.  Everything else stands on it, the PAM module too.
noinst_LTLIBRARIES += libbase.la
libbase_la_SOURCES = \
	base/buf.c base/buf.h \
	base/deadline.c base/deadline.h \
	base/err.c base/err.h \
	base/hex.c base/hex.h \
	base/log.c base/log.h \
	base/msg.c base/msg.h \
	base/verdict.h
libbase_la_CFLAGS = $(BH_CFLAGS) -fPIC -fvisibility=hidden
