# tests: units by cmocka, commands and real programs by bats; prove reads both.
include tests/unit/pure.mk
include tests/unit/config.mk
include tests/unit/gate.mk
include tests/unit/store.mk
include tests/pam/rules.mk
include tests/system/rules.mk
include tests/bench/rules.mk
include tests/storm/rules.mk
