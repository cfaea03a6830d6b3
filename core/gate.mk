libcore_la_SOURCES += \
	core/authinfo.c core/authinfo.h \
	core/base64.c core/base64.h \
	core/decide.c core/decide.h \
	core/gate.c core/gate.h core/gate_internal.h \
	core/gate_batch.c \
	core/gate_clock.c \
	core/gate_carry.c \
	core/grants.c core/grants_carry.c core/grants.h core/grants_internal.h \
	core/login.c \
	core/login_decide.c \
	core/login_listed.c \
	core/login_machine.c \
	core/login_record.c \
	core/login_tokens.c
