#!/usr/bin/env bats
# The recipes of docs/recipes.md against somebody who holds production's key:
# each generation stored before comes back byte-identical after the vault's
# next prune.
#
# One host plays both sides; the sides meet in sshd alone.

load lib
load machine

setup_file() {
	gate_up backup
	[ "$(id -u)" = 0 ] || return 0
	person alice
	sshd_include
	mkdir "$(host_path /usr/local/lib/recipes)"
	cp "$host_top"/docs/recipes/*.sh "$(host_path /usr/local/lib/recipes)/"
	machine_user reader
	machine_user pusher
	machine_user borgpush
	machine_add reader 'rrsync -ro /home/prod' >/dev/null
	machine_add pusher 'rrsync -wo /home/landing/pusher' >/dev/null
	machine_add borgpush 'borg serve --append-only --restrict-to-repository /home/push/repo --storage-quota 50M' >/dev/null
	sshd_reload
	host_sh 'useradd --system --create-home --shell /usr/sbin/nologin fetch
	    install -d -m 700 -o fetch -g fetch /home/fetch/.ssh
	    install -m 600 -o fetch -g fetch /root/.ssh/reader \
		/home/fetch/.ssh/reader
	    install -m 600 -o fetch -g fetch /root/.ssh/config \
		/home/fetch/.ssh/config
	    sed -i "/IdentityFile/d" /home/fetch/.ssh/config'
}

teardown_file() {
	gate_down
}

# Production's data, a landing folder for each side, an empty vault.
setup() {
	gate_needs_root
	command -v rsync >/dev/null || skip "no rsync"
	mark_log
	host_sh 'rm -rf /home/prod /home/landing /home/generations /home/push \
		/home/vault /home/attacker
	    mkdir -p /home/prod/etc /home/landing /home/push /home/attacker
	    for i in $(seq 30); do head -c 3000 /dev/urandom >/home/prod/f$i; done
	    echo one >/home/prod/etc/conf; ln -s f1 /home/prod/link
	    chmod 640 /home/prod/f2
	    chmod -R a+rX /home/prod
	    install -d -m 700 /home/generations
	    install -d -m 755 -o pusher -g pusher /home/landing/pusher
	    install -d -m 755 -o fetch -g fetch /home/landing/fetch'
}

teardown() {
	gate_show
}

recipe() {
	local name=$1

	shift
	HOST_LIMIT=60 host_run "/usr/local/lib/recipes/$name.sh" "$@"
}

# What a tree holds: names, kinds, modes, targets and contents.
tree() {
	host_sh 'cd "$1" && find . -printf "%P %y %m %l\n" | sort
	    find . -type f -print0 | sort -z | xargs -0r sha256sum' "$1"
}

pull() {
	host_run setpriv --reuid fetch --regid fetch --init-groups \
	    env HOME=/home/fetch /usr/local/lib/recipes/pull-rsync.sh \
	    reader@host:/ /home/landing/fetch \
	    -F /home/fetch/.ssh/config -i /home/fetch/.ssh/reader \
	    -o HostName=10.99.0.2 -b 10.99.0.1
}

# rsync by the key of one of them: by_key NAME RSYNC-ARGUMENT...
by_key() {
	local rsh="ssh -F /root/.ssh/config -o BatchMode=yes -b 10.99.0.1"

	rsh="$rsh -o HostName=10.99.0.2 -i /root/.ssh/$1"
	host_run rsync -a -e "$rsh" "${@:2}"
}

# push SOURCE TARGET [OPTION...]
push() {
	by_key pusher "${@:3}" "$1" "pusher@host:$2"
}

generation() {
	recipe generation "/home/landing/$1" /home/generations "$1"
}

# Two generations of honest work: honest ACCOUNT TAKE-COMMAND...
honest() {
	local account=$1

	shift
	"$@"
	first=$(generation "$account")
	host_sh 'echo two >/home/prod/etc/conf; echo new >/home/prod/new'
	"$@"
	second=$(generation "$account")
	[ "$first" != "$second" ]
	tree "/home/generations/$first" >"$HOST/state/first"
	tree "/home/generations/$second" >"$HOST/state/second"
	tree /home/prod >"$HOST/state/prod"
	diff "$HOST/state/second" "$HOST/state/prod"
	run recipe prune /home/generations 2
	[ "$status" = 0 ]
}

as_stored() {
	tree "/home/generations/$first" | diff "$HOST/state/first" -
	tree "/home/generations/$second" | diff "$HOST/state/second" -
}

@test "pull: generations are production's, unchanged files lie there once" {
	honest fetch pull
	as_stored
	[ "$(host_run stat -c %i "/home/generations/$first/f9")" = \
	    "$(host_run stat -c %i "/home/generations/$second/f9")" ]
	[ "$(host_run stat -c '%U %a' /home/generations)" = "root 700" ]
}

@test "pull: production destroyed, pulled and pruned: the old ones stay" {
	honest fetch pull
	host_sh 'cd /home/prod; rm -f f1*; for f in f2*; do echo x >$f; done'
	pull
	generation fetch
	run recipe prune /home/generations 1
	[ "$status" = 1 ]
	[[ $output == *"nothing was pruned"* ]]
	as_stored
	# A second one like it doesn't make it right.
	pull
	generation fetch
	run recipe prune /home/generations 1
	[ "$status" = 1 ]
	as_stored
	# Control: somebody who has looked says so.
	run recipe prune /home/generations 1 100
	[ "$status" = 0 ]
	[ -z "$(host_run find /home/generations -maxdepth 1 -name "$first")" ]
}

@test "pull: the reader's key writes nothing and reads nothing else" {
	run by_key reader /etc/hostname reader@host:/new
	[ "$status" != 0 ]
	[ -z "$(host_run find /home/prod -name new)" ]
	for path in /etc/passwd ../../etc/passwd /home/prod/../../etc/passwd; do
		run by_key reader -L "reader@host:$path" /tmp/got
		[ -z "$(host_run find /tmp -name got)" ]
	done
	# Control: what it is for.
	by_key reader reader@host:/etc/conf /tmp/got
	[ "$(host_run cat /tmp/got)" = one ]
	host_run rm /tmp/got
}

@test "pull by borg: what was fetched goes into a repository of the vault's" {
	command -v borg >/dev/null || skip "no borg"
	host_sh 'export BORG_BASE_DIR=/root/borg
	    borg init -e none /home/vault && pwd'
	pull
	tree /home/landing/fetch >"$HOST/state/first"
	host_sh 'export BORG_BASE_DIR=/root/borg \
	    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
	    /usr/local/lib/recipes/pull-borg.sh /home/landing/fetch \
		/home/generations fetch /home/vault
	    mkdir /home/attacker/out; cd /home/attacker/out
	    borg extract "/home/vault::$(borg list --short /home/vault)"'
	tree /home/attacker/out | diff "$HOST/state/first" -
}

@test "push by rsync: everything the key can send loses no generation" {
	honest pusher push /home/prod/ / --delete --checksum
	# All that was pushed goes, and is written over in place.
	push /home/attacker/ / --delete
	host_sh 'cd /home/attacker; for i in $(seq 30); do echo x >f$i; done
	    ln -s /home/generations gen; ln -s ../../generations gen2
	    ln -s / root'
	run push /home/attacker/ / --inplace
	run push /home/attacker/ / --inplace --append-verify
	# Through links, and out of the folder.
	for target in gen/x gen2/x root/home/generations/x ../x \
	    ../../generations/x /home/generations/x; do
		run push /etc/hostname "$target" -K --mkpath
		run push /etc/hostname "$target/" --inplace
	done
	for option in --backup-dir=/home/generations --temp-dir=/home/generations \
	    --partial-dir=/home/generations --link-dest=/home/generations \
	    --copy-dest=/home/generations --remove-source-files \
	    --write-devices -M--log-file=/home/generations/log; do
		run push /home/attacker/ / "$option" --inplace
	done
	as_stored
	[ "$(host_run ls /home/generations | wc -l)" = 2 ]
	run generation pusher
	echo "$output"
	run recipe prune /home/generations 1
	[ "$status" = 1 ]
	as_stored
}

@test "push by rsync: while a generation is taken nobody writes into it" {
	push /home/prod/ /
	host_sh 'setpriv --reuid pusher --regid pusher --clear-groups \
	    sleep 600 & echo $! >/tmp/pid'
	run generation pusher
	[ "$status" = 0 ]
	run host_sh 'pgrep -u pusher'
	[ "$status" = 1 ]
	[ "$(host_run stat -c %U /home/landing/pusher)" = pusher ]
}

@test "a run that was killed: the next one goes on, the landing is back" {
	push /home/prod/ /
	host_sh 'mv /home/landing/pusher /home/generations/.taken
	    mkdir /home/generations/.new; echo half >/home/generations/.new/f1'
	first=$(generation pusher)
	tree /home/prod >"$HOST/state/prod"
	tree "/home/generations/$first" | diff "$HOST/state/prod" -
	[ "$(host_run stat -c %U /home/landing/pusher)" = pusher ]
	[ "$(host_run ls /home/generations)" = "$first" ]
}

@test "no generation where others than root may write" {
	push /home/prod/ /
	host_run chmod 755 /home/generations
	run generation pusher
	[ "$status" != 0 ]
	host_run chmod 700 /home/generations
	host_run chown pusher /home/landing
	run generation pusher
	[ "$status" != 0 ]
	host_run chown root /home/landing
}

# The repository is made on the vault; production has a copy of its key.
borg_up() {
	host_sh 'set -e
	    install -d -m 710 -g borgpush /home/vault
	    mkdir /home/vault/base; echo passphrase >/home/vault/passphrase
	    export BORG_BASE_DIR=/home/vault/base BORG_PASSPHRASE=passphrase
	    borg init -e keyfile-blake2 /home/push/repo
	    chown -R borgpush: /home/push/repo
	    rm -rf /root/prodborg; mkdir -p /root/prodborg/.config/borg
	    cp -r /home/vault/base/.config/borg/keys /root/prodborg/.config/borg/'
}

# borg on production: as_borg WORD...  (REPO is the repository)
as_borg() {
	host_run env BORG_BASE_DIR=/root/prodborg BORG_PASSPHRASE=passphrase \
	    BORG_REPO=ssh://borgpush@host/home/push/repo \
	    BORG_DELETE_I_KNOW_WHAT_I_AM_DOING=YES \
	    BORG_CHECK_I_KNOW_WHAT_I_AM_DOING=YES BORG_NEW_PASSPHRASE=other \
	    BORG_RSH='ssh -F /root/.ssh/config -o BatchMode=yes
	    -i /root/.ssh/borgpush -o HostName=10.99.0.2 -b 10.99.0.1' "$@"
}

vault() {
	recipe borg-vault "$1" /home/push/repo /home/vault borgpush "${@:2}"
}

# Two archives of honest work, seen by the vault.
borg_honest() {
	borg_up
	host_sh 'chown -R root: /home/prod'
	as_borg borg create ::one /home/prod
	tree /home/prod >"$HOST/state/first"
	vault record
	host_sh 'echo two >/home/prod/etc/conf; echo new >/home/prod/new'
	as_borg borg create ::two /home/prod
	tree /home/prod >"$HOST/state/second"
	run vault prune 30
	[ "$status" = 0 ]
	[ "$(host_run cat /home/vault/known | wc -l)" = 2 ]
}

# Restore with what the vault has, apart from production.
restored() {
	host_sh 'rm -rf /home/attacker/out; mkdir -p /home/attacker/out
	    cd /home/attacker/out
	    cp -r /home/vault/base /home/attacker/base
	    BORG_BASE_DIR=/home/attacker/base BORG_PASSPHRASE=passphrase \
	    BORG_RELOCATED_REPO_ACCESS_IS_OK=yes \
		borg extract "/home/push/repo::$1"
	    rm -rf /home/attacker/base; chown -R borgpush: /home/push/repo' "$1"
	tree /home/attacker/out/home/prod | diff "$2" -
}

borg_as_stored() {
	restored one "$HOST/state/first"
	restored two "$HOST/state/second"
}

@test "push by borg: deleted, pruned, compacted, repaired by the key's holder" {
	command -v borg >/dev/null || skip "no borg"
	borg_honest
	run as_borg borg delete ::one
	[ "$status" = 0 ]
	run as_borg borg prune --keep-last 1
	run as_borg borg compact --threshold 0
	run as_borg borg check --repair
	run as_borg borg delete ::two
	run as_borg borg key change-passphrase
	run as_borg borg compact
	# append-only protects the bytes, not the list: nothing is there now.
	[ -z "$(as_borg borg list --short)" ]
	run vault prune 0
	[ "$status" = 1 ]
	[[ $output == *"gone or were replaced"* ]]
	run vault rollback
	[ "$status" = 0 ]
	borg_as_stored
	run vault prune 30
	[ "$status" = 0 ]
	borg_as_stored
}

@test "push by borg: an archive put in another's place is noticed" {
	command -v borg >/dev/null || skip "no borg"
	borg_honest
	as_borg borg delete ::one
	as_borg borg create ::one /home/attacker
	run vault prune 0
	[ "$status" = 1 ]
	[[ $output == *"gone or were replaced"* ]]
	run vault rollback
	[ "$status" = 0 ]
	borg_as_stored
}

@test "push by borg: chunks written over with rubbish are noticed" {
	command -v borg >/dev/null || skip "no borg"
	borg_honest
	run as_borg python3 -c '
import sys
sys.path.insert(0, "/usr/lib/python3/dist-packages")
from borg.archiver import Archiver
from borg.logger import setup_logging
from borg.helpers import Location
from borg.remote import RemoteRepository
setup_logging()
args = Archiver().parse_args(["list", sys.argv[1]])
with RemoteRepository(Location(sys.argv[1]), exclusive=True, args=args) as r:
    ids = r.list(limit=1000)
    for i in ids:
        if i != b"\0" * 32:
            r.put(i, b"rubbish" * 20)
    r.commit(compact=False)
    print("written over:", len(ids))
' ssh://borgpush@host/home/push/repo
	echo "$output"
	[ "$status" = 0 ]
	[[ $output == *"written over"* ]]
	run vault prune 0
	[ "$status" = 1 ]
	run vault rollback
	[ "$status" = 0 ]
	borg_as_stored
}

@test "push by borg: many young archives push no old one out" {
	command -v borg >/dev/null || skip "no borg"
	borg_honest
	for i in 1 2 3 4; do
		as_borg borg create --timestamp "2030-01-0$i" "::z$i" \
		    /home/attacker
	done
	run vault prune 30
	[ "$status" = 0 ]
	borg_as_stored
	run as_borg borg create "::two words" /home/attacker
	run vault prune 30
	[[ $output == *"no honest pusher"* || $status = 0 ]]
	borg_as_stored
}

@test "push by borg: no other repository, no removal of the whole" {
	command -v borg >/dev/null || skip "no borg"
	borg_honest
	run as_borg borg delete ssh://borgpush@host/home/push/repo
	run as_borg borg init -e none ssh://borgpush@host/home/vault/new
	[ "$status" != 0 ]
	run as_borg borg list ssh://borgpush@host/home/vault/.taken
	[ "$status" != 0 ]
	vault rollback
	borg_as_stored
}

@test "push by borg: what is old by the vault's own record is pruned" {
	command -v borg >/dev/null || skip "no borg"
	borg_honest
	host_sh 'sed -i "/ one$/s/^[0-9]*/1000000000/" /home/vault/known'
	run vault prune 30
	[ "$status" = 0 ]
	[[ $output == *"pruned one"* ]]
	restored two "$HOST/state/second"
	run vault prune 30
	[ "$status" = 0 ]
}

@test "push by borg: a prune that was cut short goes on by record" {
	command -v borg >/dev/null || skip "no borg"
	borg_honest
	host_sh 'sed -i "/ one$/d" /home/vault/known; rm /home/vault/segment
	    mv /home/push/repo /home/vault/.taken'
	run vault rollback
	[ "$status" = 1 ]
	[[ $output == *"no record to go back to"* ]]
	run vault record
	[ "$status" = 0 ]
	borg_as_stored
	run vault prune 30
	[ "$status" = 0 ]
	borg_as_stored
}
