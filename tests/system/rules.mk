# tests/system: real sshd, sudo, su and cron on throw-away hosts.
check_PROGRAMS += tests/system/forge tests/system/logsink tests/system/ykotp
tests_system_forge_SOURCES = tests/system/forge.c
tests_system_forge_CFLAGS = $(AM_CFLAGS)
tests_system_forge_LDADD = libcore.la libbase.la
tests_system_logsink_SOURCES = tests/system/logsink.c
tests_system_logsink_CFLAGS = $(AM_CFLAGS)
tests_system_ykotp_SOURCES = tests/system/ykotp.c
tests_system_ykotp_CFLAGS = $(AM_CFLAGS)
tests_system_ykotp_LDADD = $(YUBIKEY_LIBS)

TESTS += \
	tests/system/clock.bats \
	tests/system/commands.bats \
	tests/system/daemonlife.bats \
	tests/system/distinct.bats \
	tests/system/doctor_pam.bats \
	tests/system/doctor_accounts.bats \
	tests/system/doctor_gate.bats \
	tests/system/doctor_sudo.bats \
	tests/system/doctor_ways.bats \
	tests/system/doctor_sshd.bats \
	tests/system/doctor_sshd_match.bats \
	tests/system/drill.sh \
	tests/system/guides.bats \
	tests/system/hostkeys.bats \
	tests/system/install.bats \
	tests/system/kinds.bats \
	tests/system/lock.bats \
	tests/system/lockedout.bats \
	tests/system/manifest.bats \
	tests/system/realms.bats \
	tests/system/machine.bats \
	tests/system/machinefiles.bats \
	tests/system/password.bats \
	tests/system/recipes.bats \
	tests/system/secrets.bats \
	tests/system/ssh.bats \
	tests/system/store.bats \
	tests/system/su.bats \
	tests/system/sudo.bats

EXTRA_DIST += \
	tests/system/clock.bats \
	tests/system/commands.bats \
	tests/system/daemonlife.bats \
	tests/system/distinct.bats \
	tests/system/doctor_pam.bats \
	tests/system/doctor_accounts.bats \
	tests/system/doctor_gate.bats \
	tests/system/doctor_sudo.bats \
	tests/system/doctor_ways.bats \
	tests/system/doctor_sshd.bats \
	tests/system/doctor_sshd_match.bats \
	tests/system/drill.sh \
	tests/system/guides.bats \
	tests/system/hostkeys.bats \
	tests/system/install.bats \
	tests/system/kinds.bats \
	tests/system/lock.bats \
	tests/system/lockedout.bats \
	tests/system/manifest.bats \
	tests/system/realms.bats \
	tests/system/machine.bats \
	tests/system/machinefiles.bats \
	tests/system/password.bats \
	tests/system/recipes.bats \
	tests/system/secrets.bats \
	tests/system/ssh.bats \
	tests/system/store.bats \
	tests/system/su.bats \
	tests/system/sudo.bats \
	tests/system/findings.bash \
	tests/system/doctor.bash \
	tests/system/guest.sh tests/system/host.sh tests/system/lib.bash \
	tests/system/realms.bash \
	tests/system/doctor_sshd.bash \
	tests/system/install.bash \
	tests/system/machine.bash \
	tests/system/bin/askpass tests/system/bin/askpass-never \
	tests/system/bin/login-try tests/system/bin/records \
	tests/system/bin/set-config tests/system/bin/ssh-try \
	tests/system/bin/start-daemon tests/system/bin/console \
	tests/system/pam.d/common-account tests/system/pam.d/common-auth \
	tests/system/pam.d/common-password \
	tests/system/pam.d/common-session \
	tests/system/pam.d/common-session-noninteractive \
	tests/system/pam.d/cron tests/system/pam.d/login \
	tests/system/pam.d/other \
	docs/pam/passwd docs/pam/sshd docs/pam/su docs/pam/su-l docs/pam/sudo docs/pam/sudo-i
