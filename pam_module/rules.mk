# pam_module: pam_bulkhead.so.  It needs libpam and libc, nothing else; what
# it uses of base is compiled in, without the log sink's static state.
pam_LTLIBRARIES = pam_bulkhead.la

# All but limits.c and trust.c, which a test build replaces.
noinst_LTLIBRARIES += libpammodule.la
libpammodule_la_SOURCES = \
	base/buf.c base/buf.h \
	base/deadline.c base/deadline.h \
	base/err.c base/err.h \
	base/msg.c base/msg.h \
	base/verdict.h \
	pam_module/ask.c pam_module/ask.h \
	pam_module/caller.c pam_module/caller.h \
	pam_module/gate.c pam_module/gate.h \
	pam_module/grant.c pam_module/grant.h \
	pam_module/limits.h \
	pam_module/lookup.c pam_module/lookup.h \
	pam_module/options.c pam_module/options.h \
	pam_module/pam_bulkhead.c \
	pam_module/relay.c pam_module/relay.h \
	pam_module/trust.h
libpammodule_la_CFLAGS = $(pam_module_cflags)

pam_module_cflags = $(BH_CFLAGS) -fPIC -fvisibility=hidden
pam_module_ldflags = $(BH_LDFLAGS) -module -avoid-version -shared \
	-Wl,--version-script=$(srcdir)/pam_module/pam_bulkhead.map
pam_module_libadd = libpammodule.la $(PAM_LIBS)
pam_module_dependencies = libpammodule.la pam_module/pam_bulkhead.map

# Sanitizers leave their symbols to the program.
if !SANITIZERS
pam_module_ldflags += -Wl,-z,defs -Wl,--as-needed
endif

pam_bulkhead_la_SOURCES = pam_module/limits.c pam_module/trust.c
pam_bulkhead_la_CFLAGS = $(pam_module_cflags)
pam_bulkhead_la_LDFLAGS = $(pam_module_ldflags)
pam_bulkhead_la_LIBADD = $(pam_module_libadd)
pam_bulkhead_la_DEPENDENCIES = $(pam_module_dependencies)
EXTRA_DIST += pam_module/pam_bulkhead.map

# libtool's notes are nothing for the folder that PAM loads from.
install-data-hook:
	rm -f $(DESTDIR)$(pamdir)/pam_bulkhead.la
uninstall-hook:
	rm -f $(DESTDIR)$(pamdir)/pam_bulkhead.so
