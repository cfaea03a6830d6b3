libcore_la_SOURCES += \
	core/crypto/cms.c core/crypto/cms.h core/crypto/cms_internal.h \
	core/crypto/crypto.c core/crypto/crypto.h \
	core/crypto/envelope.c \
	core/crypto/identity.c
