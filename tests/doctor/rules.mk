# tests/doctor: hosts on which bulkhead doctor's word is held against real
# logins.  hosts/ has a file for each, lay/ the PAM files of other systems.
check_LTLIBRARIES += standin.la
standin_la_SOURCES = tests/doctor/standin.c
standin_la_LDFLAGS = -module -avoid-version -shared -rpath /nowhere

doctor_hosts = \
	tests/doctor/systems.sh \
	tests/doctor/pam.sh \
	tests/doctor/sshd.sh \
	tests/doctor/sudo.sh
TESTS += $(doctor_hosts)

EXTRA_DIST += $(doctor_hosts) tests/doctor/corpus.bash tests/doctor/standins \
	tests/doctor/inside tests/doctor/hosts tests/doctor/lay
