# daemon: bulkheadd.  All but main.c is a library, for the tests.
noinst_LTLIBRARIES += libdaemon.la
libdaemon_la_SOURCES = \
	daemon/admin_socket.c daemon/admin_socket.h \
	daemon/carry.c daemon/carry.h \
	daemon/conversation.c daemon/conversation.h \
	daemon/daemon.h \
	daemon/grid.c daemon/grid.h \
	daemon/landlock.c daemon/landlock.h \
	daemon/listener.c daemon/listener.h \
	daemon/loop.c daemon/loop.h \
	daemon/loop_accept.c daemon/loop_internal.h \
	daemon/notify.c daemon/notify.h \
	daemon/peer.c daemon/peer.h \
	daemon/record.c \
	daemon/reload.c \
	daemon/sandbox.c daemon/sandbox.h \
	daemon/seldom.c daemon/seldom.h \
	daemon/startup.c
libdaemon_la_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS) $(JANSSON_CFLAGS)
libdaemon_la_CFLAGS = $(AM_CFLAGS)

sbin_PROGRAMS += bulkheadd
bulkheadd_SOURCES = daemon/main.c
bulkheadd_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
bulkheadd_CFLAGS = $(AM_CFLAGS)
bulkheadd_LDFLAGS = $(AM_LDFLAGS) -pie
bulkheadd_LDADD = libdaemon.la libcore.la $(SECCOMP_LIBS)

# The same daemon with another clock: clock_file.o stands before the library,
# so that the library's clock is not taken from it.
check_PROGRAMS += bulkheadd_clock
bulkheadd_clock_SOURCES = daemon/main.c tests/system/clock_file.c
bulkheadd_clock_CPPFLAGS = $(bulkheadd_CPPFLAGS)
bulkheadd_clock_CFLAGS = $(AM_CFLAGS)
bulkheadd_clock_LDFLAGS = $(bulkheadd_LDFLAGS)
bulkheadd_clock_LDADD = $(bulkheadd_LDADD)

# The leak checker starts a child at exit, which the sandbox kills.
if SANITIZERS
bulkheadd_SOURCES += daemon/sanitizer.c
bulkheadd_clock_SOURCES += daemon/sanitizer.c
endif
EXTRA_DIST += daemon/sanitizer.c

systemdsystemunit_DATA = daemon/bulkheadd.service \
	daemon/bulkheadd-gate.socket daemon/bulkheadd-admin.socket \
	daemon/bulkhead-manifest@.service daemon/bulkhead-manifest@.timer \
	daemon/bulkhead-install.service
daemon/bulkhead-install.service: daemon/bulkhead-install.service.in Makefile
	@$(MKDIR_P) daemon
	$(AM_V_GEN)$(SED) 's,[@]sbindir[@],$(sbindir),g' \
		$(srcdir)/daemon/bulkhead-install.service.in >$@.tmp && \
		mv $@.tmp $@
daemon/bulkhead-manifest@.service: daemon/bulkhead-manifest@.service.in Makefile
	@$(MKDIR_P) daemon
	$(AM_V_GEN)$(SED) 's,[@]sbindir[@],$(sbindir),g' \
		$(srcdir)/daemon/bulkhead-manifest@.service.in >$@.tmp && \
		mv $@.tmp $@
daemon/bulkheadd.service: daemon/bulkheadd.service.in Makefile
	@$(MKDIR_P) daemon
	$(AM_V_GEN)$(SED) 's,[@]sbindir[@],$(sbindir),g' \
		$(srcdir)/daemon/bulkheadd.service.in >$@.tmp && mv $@.tmp $@
CLEANFILES += daemon/bulkheadd.service daemon/bulkhead-install.service daemon/bulkhead-manifest@.service
EXTRA_DIST += daemon/bulkhead-install.service.in daemon/bulkhead-manifest@.service.in \
	daemon/bulkhead-manifest@.timer daemon/bulkheadd.service.in daemon/bulkheadd-gate.socket \
	daemon/bulkheadd-admin.socket daemon/bulkhead.sysusers \
	daemon/bulkhead.tmpfiles daemon/bulkheadd.apparmor docs/protocol.md

# Their names differ where they are installed.
install-data-local: install-daemon-data
install-daemon-data:
	$(MKDIR_P) $(DESTDIR)$(sysusersdir) $(DESTDIR)$(tmpfilesdir)
	$(INSTALL_DATA) $(srcdir)/daemon/bulkhead.sysusers \
		$(DESTDIR)$(sysusersdir)/bulkhead.conf
	$(INSTALL_DATA) $(srcdir)/daemon/bulkhead.tmpfiles \
		$(DESTDIR)$(tmpfilesdir)/bulkhead.conf
uninstall-local: uninstall-daemon-data
uninstall-daemon-data:
	rm -f $(DESTDIR)$(sysusersdir)/bulkhead.conf \
		$(DESTDIR)$(tmpfilesdir)/bulkhead.conf
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
.PHONY: install-daemon-data uninstall-daemon-data
