# core: configuration and events.
libcore_la_SOURCES += \
	core/config.c core/config.h \
	core/config_parse.c core/config_parse.h \
	core/config_table.c core/config_table.h \
	core/config_value.c \
	core/escape.c core/escape.h \
	core/event.c core/event.h
