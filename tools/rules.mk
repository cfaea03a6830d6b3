# tools: bulkhead(8), one file a command, and the generator that reads its
# table at build time.
noinst_LTLIBRARIES += libtools.la
libtools_la_SOURCES = \
	tools/cmd_config.c \
	tools/command.c tools/command.h tools/commands.c \
	tools/completion.c \
	tools/help.c \
	tools/manual.c \
	tools/options.c \
	tools/output.c tools/output.h tools/table.c \
	tools/run.c \
	tools/terminal.c tools/terminal.h
libtools_la_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(QRENCODE_CFLAGS)
libtools_la_CFLAGS = $(AM_CFLAGS)
libtools_la_LIBADD = libcore.la $(JANSSON_LIBS) $(QRENCODE_LIBS)

sbin_PROGRAMS += tools/bulkhead
tools_bulkhead_SOURCES = tools/bulkhead.c
tools_bulkhead_LDFLAGS = $(AM_LDFLAGS) -pie
tools_bulkhead_LDADD = libtools.la

noinst_PROGRAMS += tools/gen
tools_gen_SOURCES = tools/gen.c
tools_gen_LDFLAGS = $(AM_LDFLAGS) -pie
tools_gen_LDADD = libtools.la

bashcomp_DATA = tools/completion/bulkhead
CLEANFILES += $(bashcomp_DATA)
tools/completion/bulkhead: tools/gen$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) tools/completion && \
	    ./tools/gen completion > $@.new && mv $@.new $@
