# shellcheck shell=bash
# What host_up runs inside the new namespaces: lays out the host, starts its
# log and sshd, then waits as its first process.
#
#	guest.sh FOLDER BUILD PAMDIR CHECKOUT
set -eu

dir=$1 build=$2 pamdir=$3 top=$4
here=$top/tests/system
ns=$dir/ns

# Lay a writable layer over a folder; STAGED, if there, lies in between.
overlay() {
	local name=$1 folder=$2 lower=$2

	[ -z "${3:-}" ] || [ ! -d "$3" ] || lower=$3:$2
	mkdir -p "$ns/$name/up" "$ns/$name/work"
	mount -t overlay "host-$name" -o \
	    "lowerdir=$lower,upperdir=$ns/$name/up,workdir=$ns/$name/work" \
	    "$folder"
}

private_dev() {
	local node

	mkdir -p "$ns/dev/pts" "$ns/dev/shm"
	for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
		mknod -m 666 "$ns/dev/${node%%:*}" c \
		    "$(echo "$node" | cut -d: -f2)" "${node##*:}"
	done
	ln -s /proc/self/fd "$ns/dev/fd"
	ln -s /proc/self/fd/0 "$ns/dev/stdin"
	ln -s /proc/self/fd/1 "$ns/dev/stdout"
	ln -s /proc/self/fd/2 "$ns/dev/stderr"
	ln -s pts/ptmx "$ns/dev/ptmx"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts \
	    "$ns/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$ns/dev/shm"
	mount --rbind "$ns/dev" /dev
}

# Programs that tests use inside, out of the way of what is hidden below.
tools() {
	local file

	mkdir -p "$ns/run/host/bin" "$ns/run/sshd" "$ns/run/lock"
	for file in "$here"/bin/* "$build"/tests/system/forge \
	    "$build"/tests/system/logsink \
	    "$build"/tests/system/ykotp "$build"/daemon/bulkheadd_clock \
	    "$build"/bulkheadd_clock; do
		[ ! -f "$file" ] || install -m 755 "$file" "$ns/run/host/bin/"
	done
}

folders() {
	mkdir -p "$ns"
	mount -t tmpfs -o mode=755,size=512m tmpfs "$ns"
	overlay etc /etc
	overlay var /var
	overlay local /usr/local "$build/stage/usr/local"
	overlay pam "$pamdir" "$build/stage$pamdir"
	# Where these are not installed: see tests/packages.sh.
	overlay sbin /usr/sbin "$build/../private/usr/sbin"
	overlay openssh /usr/lib/openssh "$build/../private/usr/lib/openssh"
	private_dev
	tools
	mkdir -p "$ns/stacks"
	cp "$here"/pam.d/* "$top"/docs/pam/* "$ns/stacks/"
	mkdir -p "$ns/home" "$ns/root" "$ns/tmp" "$ns/srv"
	chmod 700 "$ns/root"
	chmod 1777 "$ns/tmp"
	mkdir -p "$ns/log"
	mount --bind "$ns/log" /var/log
	mount --bind "$ns/run" /run
	mount --bind "$ns/home" /home
	mount --bind "$ns/root" /root
	mount --bind "$ns/srv" /srv
	mount -t proc proc /proc
}

network() {
	ip link set lo up
	ip addr add 10.99.0.1/24 dev lo
	ip addr add 10.99.0.2/24 dev lo
	ip addr add 10.10.0.5/24 dev lo
}

user() {
	useradd -m -s /bin/bash "$1"
	printf '%s:%s\n' "$1" "$2" | chpasswd
	install -d -m 700 -o "$1" -g "$1" "/home/$1/.ssh"
	install -m 600 -o "$1" -g "$1" /root/.ssh/id_ed25519.pub \
	    "/home/$1/.ssh/authorized_keys"
}

people() {
	local name

	getent passwd bulkhead >/dev/null ||
	    useradd -r -M -d /nonexistent -s /usr/sbin/nologin bulkhead
	getent passwd sshd >/dev/null ||
	    useradd -r -M -d /run/sshd -s /usr/sbin/nologin sshd
	printf 'root:root-password\n' | chpasswd
	install -d -m 700 /root/.ssh
	ssh-keygen -q -t ed25519 -N '' -C key -f /root/.ssh/id_ed25519
	for name in alice bob carol dave erin; do
		user "$name" "$name-password"
	done
}

configure() {
	head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >/etc/machine-id
	hostname host.test
	echo host.test >/etc/hostname
	printf '127.0.0.1 localhost host.test\n' >/etc/hosts
	printf 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n' \
	    >/etc/nsswitch.conf
	install -m 644 "$ns"/stacks/* /etc/pam.d/
	cat >/etc/sudoers <<-'END'
	Defaults env_reset, !mail_badpass
	Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
	root ALL=(ALL:ALL) ALL
	alice, carol, dave ALL=(ALL:ALL) ALL
	bob ALL=(ALL:ALL) NOPASSWD: ALL
	END
	chmod 440 /etc/sudoers
	rm -rf /etc/sudoers.d /etc/ssh /etc/cron.d /etc/crontab
	mkdir -p /etc/sudoers.d /etc/ssh /etc/cron.d
	ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
	sshd_config >/etc/ssh/sshd_config
	ssh_config >/root/.ssh/config
}

# One sshd, a port for each way to lay out its methods.  2203 and 2206 have
# no AuthenticationMethods: any one method is enough for sshd.
sshd_config() {
	cat <<-'END'
	HostKey /etc/ssh/ssh_host_ed25519_key
	PidFile /run/sshd.pid
	UsePAM yes
	KbdInteractiveAuthentication yes
	PasswordAuthentication no
	PubkeyAuthentication yes
	PermitRootLogin no
	PermitUserEnvironment no
	UseDNS no
	LogLevel VERBOSE
	LoginGraceTime 20
	MaxStartups 100
	MaxAuthTries 6
	AllowTcpForwarding yes
	Subsystem sftp internal-sftp
	END
	# PerSourcePenalties came with a later release; it would judge a test's
	# many wrong codes before the gate does.
	if sshd_knows PerSourcePenalties no; then
		echo "PerSourcePenalties no"
	fi
	for row in 22 2201 2202 2203 2204 2205 2206; do
		echo "Port $row"
	done
	cat <<-'END'
	Match LocalPort 22
		AuthenticationMethods keyboard-interactive:pam
	Match LocalPort 2201
		AuthenticationMethods publickey,keyboard-interactive:pam
	Match LocalPort 2202
		AuthenticationMethods publickey
	Match LocalPort 2204
		AuthenticationMethods password
		PasswordAuthentication yes
	Match LocalPort 2205
		AuthenticationMethods publickey,password
		PasswordAuthentication yes
	Match LocalPort 2206
		PasswordAuthentication yes
	END
}

sshd_knows() {
	echo "$1 $2" >/etc/ssh/probe
	echo "HostKey /etc/ssh/ssh_host_ed25519_key" >>/etc/ssh/probe
	/usr/sbin/sshd -t -f /etc/ssh/probe >/dev/null 2>&1
}

ssh_config() {
	cat <<-'END'
	Host *
		HostName 127.0.0.1
		UserKnownHostsFile /dev/null
		StrictHostKeyChecking no
		LogLevel ERROR
		NumberOfPasswordPrompts 1
		IdentityFile /root/.ssh/id_ed25519
		IdentitiesOnly yes
		ConnectTimeout 10
	END
}

hidden() {
	# Last, since the checkout or the build may lie in one of these.
	cd /
	mount --bind "$ns/tmp" /tmp
}

folders
network
people
configure
/run/host/bin/logsink /dev/log /var/log/sink &
until [ -S /dev/log ]; do sleep 0.01; done
/usr/sbin/sshd -D &
touch "$dir/ready"
hidden
while :; do
	wait || :
done
