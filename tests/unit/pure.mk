# Tests of the pure part of core and of crypto; UNIT_LIBS fits any of core.
UNIT_LIBS = libcore.la libbase.la $(CMOCKA_LIBS)
UNIT_HEX = tests/unit/hex.c tests/unit/hex.h tests/unit/unit.h

if HAVE_CMOCKA
pure_tests = \
	tests/unit/test_attempts \
	tests/unit/test_base32 \
	tests/unit/test_crypto \
	tests/unit/test_digest \
	tests/unit/test_digest_ssh \
	tests/unit/test_factor \
	tests/unit/test_model \
	tests/unit/test_netaddr \
	tests/unit/test_hotp \
	tests/unit/test_otp \
	tests/unit/test_ration \
	tests/unit/test_recovery \
	tests/unit/test_throttle \
	tests/unit/test_tree \
	tests/unit/test_yubikey
check_PROGRAMS += $(pure_tests)
TESTS += $(pure_tests)

tests_unit_test_attempts_SOURCES = tests/unit/test_attempts.c \
	tests/unit/unit.h
tests_unit_test_attempts_LDADD = $(UNIT_LIBS)
tests_unit_test_crypto_SOURCES = tests/unit/test_crypto.c $(UNIT_HEX)
tests_unit_test_crypto_LDADD = $(UNIT_LIBS)
tests_unit_test_digest_SOURCES = tests/unit/test_digest.c $(UNIT_HEX)
tests_unit_test_digest_LDADD = $(UNIT_LIBS)
tests_unit_test_digest_ssh_SOURCES = tests/unit/test_digest_ssh.c \
	tests/unit/unit.h
tests_unit_test_digest_ssh_LDADD = $(UNIT_LIBS)
tests_unit_test_model_SOURCES = tests/unit/test_model.c tests/unit/unit.h
tests_unit_test_model_LDADD = $(UNIT_LIBS)
tests_unit_test_netaddr_SOURCES = tests/unit/test_netaddr.c tests/unit/unit.h
tests_unit_test_netaddr_LDADD = $(UNIT_LIBS)
tests_unit_test_tree_SOURCES = tests/unit/test_tree.c $(UNIT_HEX)
tests_unit_test_tree_LDADD = $(UNIT_LIBS)
tests_unit_test_base32_SOURCES = tests/unit/test_base32.c tests/unit/unit.h
tests_unit_test_base32_LDADD = $(UNIT_LIBS)
tests_unit_test_factor_SOURCES = tests/unit/test_factor.c tests/unit/unit.h
tests_unit_test_factor_LDADD = $(UNIT_LIBS)
OTP_RIG = tests/unit/otp_rig.c tests/unit/otp_rig.h tests/unit/unit.h
tests_unit_test_hotp_SOURCES = tests/unit/test_hotp.c $(OTP_RIG)
tests_unit_test_hotp_LDADD = $(UNIT_LIBS) $(OATH_LIBS)
tests_unit_test_otp_SOURCES = tests/unit/test_otp.c $(OTP_RIG)
tests_unit_test_otp_CPPFLAGS = $(AM_CPPFLAGS) $(OATH_CFLAGS)
tests_unit_test_otp_LDADD = $(UNIT_LIBS) $(OATH_LIBS)
tests_unit_test_ration_SOURCES = tests/unit/test_ration.c tests/unit/unit.h
tests_unit_test_ration_LDADD = $(UNIT_LIBS)
tests_unit_test_recovery_SOURCES = tests/unit/test_recovery.c \
	tests/unit/unit.h
tests_unit_test_recovery_LDADD = $(UNIT_LIBS)
tests_unit_test_throttle_SOURCES = tests/unit/test_throttle.c \
	tests/unit/unit.h
tests_unit_test_throttle_LDADD = $(UNIT_LIBS)
tests_unit_test_yubikey_SOURCES = tests/unit/test_yubikey.c $(UNIT_HEX)
tests_unit_test_yubikey_LDADD = $(UNIT_LIBS) $(YUBIKEY_LIBS)
endif
