# tools: bulkhead(8), one file a command, and the generator that reads its
# table at build time.
noinst_LTLIBRARIES += libtools.la
libtools_la_SOURCES = \
	tools/account.h \
	tools/client.c tools/client.h \
	tools/cmd_account.c \
	tools/cmd_clock.c \
	tools/cmd_config.c \
	tools/cmd_distinct.c tools/distinct.h tools/distinct_check.c \
	tools/distinct_keys.c tools/distinct_register.c \
	tools/distinct_ssh.c tools/distinct_sudo.c tools/distinct_system.c \
	tools/distinct_table.c \
	tools/cmd_doctor.c tools/doctor.h tools/doctor_accounts.c \
	tools/doctor_accounts.h tools/doctor_daemon.c \
	tools/doctor_emergency.c tools/doctor_files.c tools/doctor_find.c \
	tools/doctor_gate.c tools/doctor_gate.h tools/doctor_idle.c \
	tools/doctor_machines.c tools/doctor_mend.c tools/doctor_mend.h \
	tools/doctor_package.c tools/doctor_pam.c tools/doctor_pam.h \
	tools/doctor_pam_find.c tools/doctor_pam_fix.c \
	tools/doctor_pam_table.c tools/doctor_sessions.c \
	tools/doctor_shadow.c tools/doctor_shadow.h tools/doctor_sshd.c \
	tools/doctor_sshd.h tools/doctor_sshd_fix.c \
	tools/doctor_sshd_judge.c tools/doctor_sshd_people.c \
	tools/doctor_sshd_tell.c tools/doctor_sudo.c tools/doctor_sudo.h \
	tools/doctor_sudo_host.c tools/doctor_sudo_net.c \
	tools/doctor_sudo_runas.c tools/doctor_sudo_say.c \
	tools/doctor_sudo_source.c tools/doctor_sudo_weak.c \
	tools/doctor_table.c tools/doctor_tokens.c tools/doctor_ways.c \
	tools/doctor_ways.h tools/doctor_ways_console.c \
	tools/doctor_ways_daemon.c tools/doctor_ways_doas.c \
	tools/doctor_ways_group.c tools/doctor_ways_inetd.c \
	tools/doctor_ways_jobs.c tools/doctor_ways_polkit.c \
	tools/doctor_ways_setuid.c \
	tools/cmd_enroll.c tools/enroll.h tools/enroll_secret.c \
	tools/cmd_init.c tools/init.h tools/init_store.c \
	tools/cmd_install.c tools/cmd_uninstall.c tools/install.h \
	tools/install_check.c tools/install_file.c tools/install_lay.c tools/install_plan.c \
	tools/install_notes.c \
	tools/install_rules.c tools/install_session.c tools/install_state.c \
	tools/install_watch.c \
	tools/cmd_key.c \
	tools/cmd_ledger.c \
	tools/cmd_manifest.c tools/manifest.h tools/manifest_export.c \
	tools/manifest_collide.c tools/manifest_file.c tools/manifest_here.c \
	tools/manifest_import.c \
	tools/manifest_import.h \
	tools/cmd_machine.c tools/machine.h tools/machine_check.c \
	tools/machine_files.c tools/machine_list.c tools/machine_quota.c \
	tools/cmd_password.c \
	tools/cmd_person.c \
	tools/cmd_selftest.c tools/selftest.h tools/selftest_gate.c \
	tools/selftest_realm.c \
	tools/cmd_status.c \
	tools/cmd_store.c \
	tools/cmd_token.c \
	tools/cmd_unlock.c \
	tools/command.c tools/command.h tools/commands.c \
	tools/completion.c \
	tools/help.c \
	tools/manual.c \
	tools/offline.c tools/offline.h \
	tools/options.c \
	tools/output.c tools/output.h tools/table.c \
	tools/qr.c tools/qr.h \
	tools/run.c \
	tools/since.c tools/since.h \
	tools/terminal.c tools/terminal.h
libtools_la_CPPFLAGS = $(AM_CPPFLAGS) -DPAM_MODULE_FOLDER='"$(pamdir)"' $(JANSSON_CFLAGS) $(QRENCODE_CFLAGS) \
	$(CRYPT_CFLAGS)
libtools_la_CFLAGS = $(AM_CFLAGS)
libtools_la_LIBADD = libcore.la $(JANSSON_LIBS) $(QRENCODE_LIBS) \
	$(CRYPT_LIBS)

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
