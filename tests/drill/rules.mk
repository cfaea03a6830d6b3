# The drill (./demo --drill, tests/system/drill.sh).
check_LTLIBRARIES += movedtime.la
movedtime_la_SOURCES = tests/drill/movedtime.c
movedtime_la_LDFLAGS = -module -avoid-version -rpath /nowhere
EXTRA_DIST += tests/drill/drill.py tests/drill/attacks.py \
	tests/drill/attempt.py tests/drill/bychannel.py \
	tests/drill/bylockout.py tests/drill/bylogin.py \
	tests/drill/bynight.py tests/drill/codes.py tests/drill/machines.py \
	tests/drill/scene.py tests/drill/vaults.py \
	tests/drill/inside/common.sh tests/drill/inside/desk.sh \
	tests/drill/inside/lax.sh \
	tests/drill/inside/prod.sh tests/drill/inside/usual.sh \
	tests/drill/inside/vault.sh tests/drill/inside/fetch-manifest \
	tests/drill/inside/prune-usual tests/drill/inside/trojan-ssh
