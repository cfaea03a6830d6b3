# core, the pure part: values in, values out (the clock hands them in).
libcore_la_SOURCES += \
	core/attempts.c core/attempts.h \
	core/clock.c core/clock.h \
	core/model.c core/model.h \
	core/netaddr.c core/netaddr.h \
	core/tree.c core/tree.h
