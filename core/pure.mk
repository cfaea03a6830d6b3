# Values in, values out: no store, no clock, no log.
libcore_la_SOURCES += \
	core/attempts.c core/attempts.h \
	core/base32.c \
	core/clock.c core/clock.h \
	core/digest.c core/digest.h core/digest_internal.h \
	core/digest_kind.c core/digest_ssh.c \
	core/factor.c core/factor.h core/factor_kinds.h \
	core/manifest.c core/manifest.h core/manifest_decode.c \
	core/manifest_internal.h \
	core/model.c core/model.h \
	core/netaddr.c core/netaddr.h \
	core/otp.c \
	core/otp_code.c \
	core/otpauth.c \
	core/ration.c core/ration.h \
	core/recovery.c \
	core/throttle.c core/throttle.h \
	core/tree.c core/tree.h \
	core/yubikey.c
