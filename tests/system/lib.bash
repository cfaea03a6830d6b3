# shellcheck shell=bash
# For the bats files of this folder: a host with the gate in its PAM files,
# people with tokens, and a clock in the test's hand.
#
# The daemon of most tests is bulkheadd_clock: its time is the machine's plus
# an offset that lies in a file, so a test that needs the next code moves the
# clock by one step and never waits for it.

. "$(dirname "${BASH_SOURCE[0]}")/host.sh"

BH_BUILD=${BH_BUILD:-$host_top/build/plain}
gate_clock_file=/etc/host-clock
gate_log=/var/log/sink

# For setup(): what needs root is skipped by name.
gate_needs_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}

# For setup_file(): gate_up CLASS [LINE-OF-CONFIGURATION...]
gate_up() {
	local class=$1

	[ "$(id -u)" = 0 ] || return 0
	shift
	host_up "$BH_BUILD" || return 1
	mkdir "$HOST/secret" "$HOST/state"
	gate_init "$class" "$@" && gate_clock_set 0 && gate_start
}

gate_down() {
	[ "$(id -u)" = 0 ] || return 0
	host_down
}

# A realm of this class; each further word is SECTION.KEY=VALUE.
gate_init() {
	local class=$1 word

	shift
	host_run bulkhead init --realm "${GATE_REALM:-lab}" --class "$class" >/dev/null || return
	for word in "$@"; do
		gate_config "${word%%.*}" "${word#*.}"
	done
}

# Set a key: gate_config SECTION KEY=VALUE (a section with a space is fine).
gate_config() {
	host_run set-config /etc/bulkhead/bulkhead.conf "$1" "$2"
}

gate_start() {
	local daemon=${1:-bulkheadd_clock}

	HOST_ENV="BULKHEAD_TEST_CLOCK=$gate_clock_file" \
	    host_run start-daemon "$daemon" --foreground
}

# End the daemon: gate_stop [SIGNAL]
gate_stop() {
	host_sh 'pid=$(cat /run/host/daemon.pid) || exit 0
	    kill -"$1" "$pid"
	    for _ in $(seq 500); do kill -0 "$pid" 2>/dev/null || exit 0
	    sleep 0.01; done; exit 1' "${1:-TERM}"
}

gate_restart() {
	gate_stop && gate_start "$@"
}

# The daemon's clocks, in seconds ahead of the machine's: the wall clock, the
# time since boot, and another boot id from the daemon's next start on.  The
# file is read anew each time, so it is overwritten in place.
gate_clock_set() {
	local boot=${2:-0} id=${3:-}

	echo "$1" >"$HOST/state/wall"
	echo "$boot" >"$HOST/state/boot"
	echo "$id" >"$HOST/state/boot_id"
	host_sh 'printf "%-100s\n" "$1" 1<>'"$gate_clock_file" "$1 $boot $id"
}

# Time goes by: both clocks go on.
gate_clock_move() {
	gate_clock_set $(($(cat "$HOST/state/wall") + $1)) \
	    $(($(cat "$HOST/state/boot") + $1)) "$(cat "$HOST/state/boot_id")"
}

# Somebody sets the wall clock: gate_wall_move SECONDS
gate_wall_move() {
	gate_clock_set $(($(cat "$HOST/state/wall") + $1)) \
	    "$(cat "$HOST/state/boot")" "$(cat "$HOST/state/boot_id")"
}

gate_now() {
	echo $(($(date +%s) + $(cat "$HOST/state/wall")))
}

# A person, her account and a first TOTP token: person LOGIN
person() {
	host_run bulkhead person add "p-$1" --name "Person $1" >/dev/null &&
	    host_run bulkhead account add "$1" --person "p-$1" >/dev/null
}

# enrol LOGIN [OPTION...]: a TOTP token.  The confirming code is the one of
# the step before, so this step's is still to be used.  Where the step ends
# before the daemon has read it, it is too old, and another seed is tried.
enrol() {
	local login=$1 secret=$HOST/secret/$1 _

	shift
	person "$login" || return 1
	for _ in 1 2 3; do
		seed >"$secret"
		host_run bulkhead enroll "$login" totp --no-qr --secret-file - \
		    --confirm "$(code_of "$login" $(($(gate_now) - 30)))" "$@" \
		    <"$secret" >"$HOST/state/enrol.$login" 2>&1 && return
		grep -q 'not confirmed' "$HOST/state/enrol.$login" || break
	done
	cat "$HOST/state/enrol.$login" >&2
	return 1
}

# Where the test has the clock: at the beginning of a step, which a code of the
# step before must not outlive on a busy machine.
step_begins() {
	gate_clock_move $((30 - $(gate_now) % 30))
}

seed() {
	head -c 20 /dev/urandom | base32
}

# Recovery codes of an account, one a line, in secret/LOGIN.recovery.
recovery() {
	host_run bulkhead enroll "$1" recovery >"$HOST/state/recovery.$1" 2>&1
	grep -Eo '\b([A-Z2-7]{4}-?){4}\b' "$HOST/state/recovery.$1" \
	    >"$HOST/secret/$1.recovery"
	[ -s "$HOST/secret/$1.recovery" ]
}

# code_of LOGIN TIME
code_of() {
	oathtool --totp -b - --now "@$2" <"$HOST/secret/$1"
}

# The code that is due now, used or not.
code() {
	code_of "$1" "$(gate_now)"
}

# A code never due before: the clock goes one step on.
fresh() {
	gate_clock_move 30
	code "$1"
}

# Six digits that are not a code of any near step.
wrong() {
	local now digits

	now=$(gate_now)
	for digits in 000000 111111 222222 333333; do
		case " $(code_of "$1" $((now - 30))) $(code_of "$1" "$now") \
$(code_of "$1" $((now + 30))) $(code_of "$1" $((now + 60))) " in
		*" $digits "*) ;;
		*)
			echo "$digits"
			return
			;;
		esac
	done
}

# A login by code and password, the first way: try PORT LOGIN CODE,PASSWORD
# [COMMAND...].  NAME-password is everybody's password.
try() {
	local port=$1 login=$2 answers=$3

	shift 3
	host_run ssh-try "$answers" ssh ${SSH_OPTIONS:-} -p "$port" \
	    "$login@host" "${@:-echo in as \$USER}"
}

# What the ledger has, as JSON lines, newest last.
records() {
	host_run records
}

# There is a record that a jq expression holds for: recorded 'EXPRESSION'
recorded() {
	records | jq -e -s "map(select($1)) | length > 0" >/dev/null || {
		echo "no record with: $1" >&2
		records_short >&2
		return 1
	}
}

records_short() {
	records | tail -n 14 | jq -r '[.seq, .time[11:19], .action, .outcome,
	    .reason, .subject.name, .service, .share, .token, .detail]
	    | map(select(. != null) | tostring) | join(" ")'
}

# For setup(): what was wrong before counts no more, every lock is over.
gate_calm() {
	gate_needs_root
	gate_clock_move 7200
	mark_log
}

mark_log() {
	host_run wc -l "$gate_log" | cut -d ' ' -f 1 >"$HOST/state/mark"
}

log_since() {
	host_run tail -n +$(($(cat "$HOST/state/mark") + 1)) "$gate_log"
}

logged() {
	log_since | grep -q -- "$1" || {
		echo "the log does not say: $1" >&2
		log_since | tail -n 20 >&2
		return 1
	}
}

# What a failed test wants to show.
gate_show() {
	[ "$(id -u)" = 0 ] || return 0
	echo "--- log"
	log_since | grep -v ' sshd\[' | tail -n 25
	echo "--- records"
	records_short
}
