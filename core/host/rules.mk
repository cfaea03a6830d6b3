# What this host's own files and programs say: for the tool, run as root.
libcore_la_SOURCES += \
	core/host/key_file.c \
	core/host/key_line.c core/host/key_line.h \
	core/host/keys.c core/host/keys.h core/host/keys_internal.h \
	core/host/pam.c core/host/pam.h core/host/pam_internal.h \
	core/host/pam_line.c \
	core/host/pam_object.c \
	core/host/pam_read.c \
	core/host/pam_walk.c \
	core/host/pam_way.c \
	core/host/private.c core/host/private.h \
	core/host/process.c core/host/process.h \
	core/host/program.c core/host/program.h \
	core/host/sshd.c core/host/sshd.h core/host/sshd_internal.h \
	core/host/sshd_boot.c core/host/sshd_find.c core/host/sshd_listener.c \
	core/host/sshd_key.c core/host/sshd_key.h \
	core/host/sshd_match.c core/host/sshd_match.h \
	core/host/sshd_methods.c core/host/sshd_methods.h \
	core/host/sshd_pattern.c core/host/sshd_pattern.h \
	core/host/sshd_points.c core/host/sshd_points.h \
	core/host/sshd_texts.c core/host/sshd_texts.h \
	core/host/sshd_text.c \
	core/host/sudoers.c core/host/sudoers.h \
	core/host/sudoers_match.c \
	core/host/sudoers_named.c \
	core/host/sudoers_rules.c core/host/sudoers_rules.h \
	core/host/textfile.c core/host/textfile.h

# Laying the gate into the files of this host.
libcore_la_SOURCES += \
	core/host/linediff.c core/host/linediff.h \
	core/host/pamfile.c core/host/pamfile.h core/host/pamfile_line.c \
	core/host/pamfile_line.h core/host/sshd_reload.c \
	core/host/sshdfile.c core/host/sshdfile.h
