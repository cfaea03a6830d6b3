# shellcheck shell=sh
# To be sourced: take a folder out of its account's reach, and give it back.
#
# While it is taken nobody but root gets at it: the path that the forced
# command names is gone, what the account runs is killed, and the folder lies
# where only root may go.  So what is checked is what is then copied or pruned.

# take FOLDER PRIVATE ACCOUNT: PRIVATE is a folder of root's, mode 0700 (0710
# where the account's programs are to work on what was taken), in the same file
# system; sets $taken, and gives back when the script ends.
take() {
	take_from=$1
	taken=$2/.taken
	case $(stat -c '%u %a %d' "$2") in
	"0 700 $(stat -c %d "$(dirname "$1")")" | \
	"0 710 $(stat -c %d "$(dirname "$1")")") ;;
	*)
		echo "$2 must be root's, mode 0700, in the file system of $1" >&2
		return 1
		;;
	esac
	[ "$(stat -c %u "$(dirname "$1")")" = 0 ] || {
		echo "the folder that $1 lies in must be root's" >&2
		return 1
	}
	exec 9<"$2"
	flock -n 9 || {
		echo "another run is at work on $2" >&2
		return 1
	}
	# A run before was killed: it is still there.
	[ -e "$taken" ] || mv -T "$take_from" "$taken"
	trap give_back EXIT
	trap 'exit 1' HUP INT TERM
	take_tries=0
	while pgrep -u "$3" >/dev/null; do
		pkill -KILL -u "$3" || :
		take_tries=$((take_tries + 1))
		[ "$take_tries" -lt 100 ] || return 1
		sleep 0.05
	done
}

give_back() {
	[ ! -e "$taken" ] || mv -T "$taken" "$take_from"
}
