libcore_la_SOURCES += core/crypto/crypto.c core/crypto/crypto.h
