#!/usr/bin/env bats
# bulkhead distinct: each violation is found where it was planted, and a clean
# host has none.

load lib

conf=/etc/bulkhead/bulkhead.conf

setup_file() {
	[ "$(id -u)" = 0 ] || return 0
	gate_up backup policy.sources=10.99.0.0/24 \
	    policy.forbidden_sources=10.10.0.0/16 || return 1
	enrol alice && enrol carol || return 1
	host_sh '
	    printf "%s\n" "AllowAgentForwarding no" "HostbasedAuthentication no" |
		cat - /etc/ssh/sshd_config >/root/sshd_config
	    sed "/NOPASSWD/d" /etc/sudoers >/root/sudoers
	    chmod 440 /root/sudoers
	    rm -f /etc/chrony* /etc/ntp.conf /etc/cloud/cloud.cfg
	    for name in alice carol; do usermod -p "*" $name; done
	    cp -a /etc/shadow /root/shadow
	    cp -a /etc/nsswitch.conf /root/nsswitch.conf
	    ssh-keygen -q -t ed25519 -N "" -C prod -f /tmp/prod
	    ssh-keygen -q -t ed25519 -N "" -C prod-ca -f /tmp/ca'
	host_run bulkhead --json distinct >"$HOST/state/before" || :
	production_lists "$HOST/state"
}

# A manifest of a production host that accepts the keys /tmp/prod and /tmp/ca.
production_lists() {
	local vault=$HOST state=$1 prod

	host_run bulkhead manifest cert >"$state/vault.pem" || return 1
	host_run cat /tmp/prod.pub >"$state/prod.pub"
	host_run cat /tmp/ca.pub >"$state/ca.pub"
	host_up "$BH_BUILD" || return 1
	prod=$HOST
	mkdir "$HOST/secret" "$HOST/state"
	host_run bulkhead init --realm shop --class production >/dev/null &&
	    gate_clock_set 0 && gate_start
	cp "$state"/*.pub "$state/vault.pem" "$(host_path /tmp)/"
	host_sh 'rm -f /home/*/.ssh/authorized_keys
	    cp /tmp/prod.pub /home/alice/.ssh/authorized_keys
	    echo "cert-authority $(cat /tmp/ca.pub)" \
		>>/home/alice/.ssh/authorized_keys
	    bulkhead manifest export --to /tmp/vault.pem -o /tmp/m' &&
	    cp "$(host_path /tmp)/m" "$state/m"
	HOST=$prod host_down
	export HOST=$vault
	cp "$state/m" "$(host_path /tmp)/m" &&
	    host_run bulkhead manifest import /tmp/m --yes
}

teardown_file() {
	gate_down
}

# As it should be: each test plants one thing.
setup() {
	gate_needs_root
	host_sh 'cp /root/sshd_config /etc/ssh/sshd_config
	    cp -a /root/sudoers /etc/sudoers; rm -rf /etc/sudoers.d/*
	    cp -a /root/shadow /etc/shadow
	    cp -a /root/nsswitch.conf /etc/nsswitch.conf
	    rm -rf /etc/ssh/ssh_config* /home/*/.ssh/id_* /root/.ssh/extra
	    for name in alice bob carol; do
		rm -f /home/$name/.[rs]hosts /home/$name/.ssh/config
		install -m 600 -o $name /root/.ssh/id_ed25519.pub \
		    /home/$name/.ssh/authorized_keys
	    done'
}

teardown() {
	jq -r '.statements[] | "\(.id) \(.result) \(.unseen[])",
	    "\(.id) \(.result) \(.findings[] | .where + " " + .what)"' \
	    <<<"${json:-}" 2>/dev/null || echo "${output:-}" | head -60
}

distinct() {
	run host_run bulkhead --json distinct
	json=$(sed -n '/^{/,$p' <<<"$output")
}

# Statement ID is broken, by a finding at that place: broken ID WHERE
broken() {
	distinct
	[ "$status" = 1 ]
	jq -e --arg id "$1" --arg where "$2" '.statements[] |
	    select(.id == $id) | .result == "broken" and
	    (.findings | map(.where == $where and (.what != "") and
	    (.mend != "")) | any)' <<<"$json"
}

result() {
	jq -r --arg id "$1" '.statements[] | select(.id == $id) | .result' \
	    <<<"$json"
}

# The line's number in a file of the host: line_of FILE PATTERN
line_of() {
	host_run grep -n -m 1 -- "$2" "$1" | cut -d : -f 1
}

@test "a clean host: nothing is broken, what can be checked holds" {
	distinct
	[ "$status" = 0 ]
	jq -e '.broken == 0 and .holds >= 14 and
	    (.holds + .broken + .not_checkable) == (.statements | length) and
	    (.statements | map(.id) | unique | length) == 29' <<<"$json"
	for id in D1 D2 D4 D5 D6 D9 D10 D14 D15 T1 T2 T3 T4 T5 T6 T7 T8; do
		[ "$(result $id)" = holds ]
	done
}

@test "the text ends with how many hold, and says who must show the rest" {
	run host_run bulkhead distinct
	[[ ${lines[-1]} =~ ^[0-9]+\ of\ [0-9]+\ checkable\ statements\ hold\;\ [0-9]+\ could\ not\ be\ checked\ by\ a\ tool\.$ ]]
	[[ $output == *"No tool sees: "* ]]
}

@test "D2: a password that nobody generated, by account and line" {
	host_sh 'printf "%s\n" alice:typed-in | chpasswd'
	broken D2 "/etc/shadow:$(line_of /etc/shadow ^alice:)"
	jq -e '.statements[] | select(.id == "D2") | .findings |
	    length == 1 and (.[0].what | contains("did not make"))' <<<"$json"
	host_run usermod -p '' alice
	broken D2 "/etc/shadow:$(line_of /etc/shadow ^alice:)"
}

@test "D2: another password than the generated one; the generated one holds" {
	host_run bulkhead password alice
	distinct
	[ "$(result D2)" = holds ]
	host_sh 'printf "%s\n" alice:typed-in | chpasswd'
	broken D2 "/etc/shadow:$(line_of /etc/shadow ^alice:)"
	jq -e '.statements[] | select(.id == "D2") |
	    .findings[0].what | contains("another password")' <<<"$json"
}

@test "D4, D11: a single administrator" {
	gate_config realm single_administrator=yes
	broken D4 $conf
	broken D11 $conf
	gate_config realm single_administrator=no
}

@test "D5: accounts from a directory" {
	host_sh 'sed -i "s/^group:.*/group: files sss/" /etc/nsswitch.conf'
	broken D5 "/etc/nsswitch.conf:$(line_of /etc/nsswitch.conf ^group)"
}

@test "D5: a directory's module in PAM, sssd, a keytab" {
	host_sh 'cp /etc/pam.d/other /tmp/other
	    echo "auth sufficient pam_krb5.so" >>/etc/pam.d/other'
	broken D5 "/etc/pam.d/other:$(line_of /etc/pam.d/other pam_krb5)"
	host_sh 'cp /tmp/other /etc/pam.d/other; mkdir -p /etc/sssd
	    touch /etc/krb5.keytab /etc/sssd/sssd.conf'
	broken D5 /etc/krb5.keytab
	broken D5 /etc/sssd/sssd.conf
	host_run rm /etc/krb5.keytab /etc/sssd/sssd.conf
}

@test "D6: a key of production in authorized_keys" {
	host_sh 'cat /tmp/prod.pub >>/home/bob/.ssh/authorized_keys'
	broken D6 /home/bob/.ssh/authorized_keys:2
	jq -e '.statements[] | select(.id == "D6") | .findings | length == 1
	    and (.[0].what | contains("bob"))' <<<"$json"
}

@test "D6: production's key as a CA, its CA as a key, its CA's certificate" {
	host_sh 'echo "cert-authority $(cat /tmp/ca.pub)" \
	    >/home/bob/.ssh/authorized_keys'
	broken D6 /home/bob/.ssh/authorized_keys:1
	host_sh 'cp /tmp/ca.pub /home/bob/.ssh/authorized_keys'
	broken D6 /home/bob/.ssh/authorized_keys:1
	host_sh 'cp /tmp/ca.pub /etc/ssh/ca.pub
	    sed -i "1iTrustedUserCAKeys /etc/ssh/ca.pub" /etc/ssh/sshd_config
	    cp /root/.ssh/id_ed25519.pub /home/bob/.ssh/authorized_keys'
	broken D6 /etc/ssh/ca.pub:1
	host_run rm /etc/ssh/ca.pub
}

@test "D6: keys that a command gives can't be checked" {
	host_sh 'sed -i "1iAuthorizedKeysCommand /bin/true\nAuthorizedKeysCommandUser nobody" \
	    /etc/ssh/sshd_config'
	distinct
	[ "$(result D6)" = "not checkable" ]
	[[ $json == *"AuthorizedKeysCommand /bin/true"* ]]
}

@test "D9: a management agent, by its file, its process, its cron line" {
	host_sh 'mkdir -p /etc/puppet; touch /etc/puppet/puppet.conf'
	broken D9 /etc/puppet/puppet.conf
	host_sh 'rm -r /etc/puppet
	    echo "* * * * * root ansible-pull -U x" >/etc/cron.d/pull'
	broken D9 /etc/cron.d/pull:1
	host_sh 'rm /etc/cron.d/pull; cp "$(command -v sleep)" /tmp/salt-minion
	    /tmp/salt-minion 60 >/dev/null 2>&1 & echo $! >/tmp/pid'
	broken D9 "process $(host_run cat /tmp/pid)"
	host_sh 'kill $(cat /tmp/pid)'
}

@test "D14: logins from anywhere" {
	gate_config policy sources=
	broken D14 $conf
	gate_config policy sources=0.0.0.0/0
	broken D14 $conf
	gate_config policy sources=10.99.0.0/24
}

@test "D15: NOPASSWD, with file and line, in an included file too" {
	host_sh 'printf "%s\n" "# NOPASSWD" "@includedir /etc/sudoers.d" \
		>>/etc/sudoers
	    printf "%s\n" "" "carol ALL=(ALL) NOPASSWD: ALL" \
		>/etc/sudoers.d/more; chmod 440 /etc/sudoers.d/more'
	broken D15 /etc/sudoers.d/more:2
	jq -e '.statements[] | select(.id == "D15") | .findings |
	    length == 1' <<<"$json"
}

@test "D15: !authenticate, exempt_group, !pam_acct_mgmt, a rule by uid" {
	host_sh 'printf "%s\n" "Defaults:bob !authenticate" \
	    "Defaults exempt_group=adm" "Defaults !pam_acct_mgmt" \
	    "#1000 ALL=NOPASSWD: ALL" >>/etc/sudoers'
	for word in '!authenticate' exempt_group '!pam_acct_mgmt' '^#1000'; do
		broken D15 "/etc/sudoers:$(line_of /etc/sudoers "$word")"
	done
}

@test "D15: root may log in, everywhere or from one network" {
	host_sh 'sed -i "s/^PermitRootLogin.*/PermitRootLogin yes/" \
	    /etc/ssh/sshd_config'
	broken D15 "/etc/ssh/sshd_config:$(line_of /etc/ssh/sshd_config PermitRoot)"
	host_sh 'cp /root/sshd_config /etc/ssh/sshd_config
	    printf "%s\n" "Match Address 192.0.2.0/24" \
		"PermitRootLogin prohibit-password" >>/etc/ssh/sshd_config'
	broken D15 "/etc/ssh/sshd_config:$(line_of /etc/ssh/sshd_config prohibit)"
}

@test "D15: sudo without the gate" {
	host_sh 'cp /etc/pam.d/sudo /tmp/sudo
	    sed -i "/^account.*pam_bulkhead/d" /etc/pam.d/sudo'
	broken D15 /etc/pam.d/sudo
	host_run cp /tmp/sudo /etc/pam.d/sudo
}

@test "D20: a time source in a forbidden network; others are named" {
	host_sh 'mkdir -p /etc/chrony; printf "%s\n" "# server 10.10.0.9" \
	    "pool ntp.example iburst" "server 10.10.0.9" \
	    >/etc/chrony/chrony.conf'
	broken D20 /etc/chrony/chrony.conf:3
	[[ $json == *"/etc/chrony/chrony.conf:2: time comes from ntp.example"* ]]
	host_run rm /etc/chrony/chrony.conf
}

@test "T1: no manifest, so nothing that rests on one is claimed either" {
	json=$(cat "$HOST/state/before")
	[ "$(result T1)" = broken ]
	for id in D1 D6 T2; do
		[ "$(result $id)" = "not checkable" ]
	done
}

@test "T2: a private key that production accepts" {
	host_sh 'install -m 600 -o bob /tmp/prod /home/bob/.ssh/id_prod
	    install -m 600 /tmp/prod /root/.ssh/extra'
	broken T2 /root/.ssh/extra
	# bob is nobody's account here: his may be a pull's.
	jq -e '.statements[] | select(.id == "T2") | (.findings | length) == 1
	    and (.notes | tostring | contains("/home/bob/.ssh/id_prod"))' \
	    <<<"$json"
	host_sh 'install -m 600 -o alice /tmp/prod /home/alice/.ssh/id_prod'
	broken T2 /home/alice/.ssh/id_prod
}

@test "T2: an encrypted one, and one in an older format" {
	host_sh 'cp /tmp/prod /root/.ssh/extra
	    ssh-keygen -q -p -N secret -f /root/.ssh/extra'
	broken T2 /root/.ssh/extra
	host_sh 'rm /root/.ssh/extra
	    ssh-keygen -q -t rsa -m PEM -N "" -f /root/.ssh/extra
	    rm /root/.ssh/extra.pub'
	distinct
	[ "$(result T2)" = holds ]
	host_sh 'ssh-keygen -q -p -m PEM -N secret -f /root/.ssh/extra'
	distinct
	[ "$(result T2)" = "not checkable" ]
	[[ $json == *"/root/.ssh/extra: a private key lies here"* ]]
}

@test "T3: sshd lets agents through, by default too" {
	host_sh 'sed -i "/^AllowAgentForwarding/d" /etc/ssh/sshd_config'
	broken T3 /etc/ssh/sshd_config
	host_sh 'cp /root/sshd_config /etc/ssh/sshd_config
	    printf "%s\n" "Match User bob" "AllowAgentForwarding yes" \
		>>/etc/ssh/sshd_config'
	broken T3 "/etc/ssh/sshd_config:$(line_of /etc/ssh/sshd_config \
	    "AllowAgentForwarding yes")"
	host_sh 'cp /root/sshd_config /etc/ssh/sshd_config
	    sed -i "/^AllowAgentForwarding/d" /etc/ssh/sshd_config
	    sed -i "1iDisableForwarding yes" /etc/ssh/sshd_config'
	distinct
	[ "$(result T3)" = holds ]
}

@test "T3: ssh forwards an agent" {
	host_sh 'mkdir -p /etc/ssh/ssh_config.d
	    printf "%s\n" "Host *" "  ForwardAgent no" >/etc/ssh/ssh_config
	    printf "%s\n" "Host prod" "  forwardagent=yes" \
		>/home/bob/.ssh/config
	    echo "ForwardAgent \$SOCK" >/etc/ssh/ssh_config.d/a.conf'
	broken T3 /home/bob/.ssh/config:2
	broken T3 /etc/ssh/ssh_config.d/a.conf:1
	jq -e '.statements[] | select(.id == "T3") | .findings |
	    length == 2' <<<"$json"
}

@test "T4: hosts trusted by their names" {
	host_sh 'echo "prod alice" >/home/bob/.shosts
	    echo prod >/home/alice/.rhosts
	    printf "%s\n" "# x" "+" >/etc/ssh/shosts.equiv
	    echo prod >/etc/hosts.equiv'
	broken T4 /home/bob/.shosts:1
	broken T4 /home/alice/.rhosts:1
	broken T4 /etc/ssh/shosts.equiv:2
	broken T4 /etc/hosts.equiv:1
	host_run rm /etc/ssh/shosts.equiv /etc/hosts.equiv
}

@test "T5: host-based authentication, for one user" {
	host_sh 'sed -i "/^HostbasedAuthentication/d" /etc/ssh/sshd_config
	    printf "%s\n" "Match User bob" "HostbasedAuthentication yes" \
		>>/etc/ssh/sshd_config'
	broken T5 "/etc/ssh/sshd_config:$(line_of /etc/ssh/sshd_config Hostbased)"
}

@test "T6: a guest agent, by its file and by its process" {
	host_run touch /usr/sbin/qemu-ga
	broken T6 /usr/sbin/qemu-ga
	host_sh 'rm /usr/sbin/qemu-ga
	    cp "$(command -v sleep)" /tmp/amazon-ssm-agent
	    /tmp/amazon-ssm-agent 60 >/dev/null 2>&1 & echo $! >/tmp/pid'
	broken T6 "process $(host_run cat /tmp/pid)"
	host_sh 'kill $(cat /tmp/pid)'
}

@test "T7: an export without root_squash" {
	host_sh 'printf "%s\n" "/a *(ro,no_root_squash_not)" \
	    "/b prod(rw,no_root_squash)" >/etc/exports'
	broken T7 /etc/exports:2
	jq -e '.statements[] | select(.id == "T7") | .findings |
	    length == 1' <<<"$json"
	host_run rm /etc/exports
}

@test "T8: sudo's rules from a directory" {
	host_sh 'echo "sudoers: files ldap" >>/etc/nsswitch.conf'
	broken T8 "/etc/nsswitch.conf:$(line_of /etc/nsswitch.conf ^sudoers)"
	host_sh 'cp /root/nsswitch.conf /etc/nsswitch.conf
	    echo "URI ldap://prod" >/etc/sudo-ldap.conf'
	broken T8 /etc/sudo-ldap.conf:1
	host_run rm /etc/sudo-ldap.conf
}

@test "without a daemon and a store nothing is claimed to hold" {
	gate_stop
	host_run mv /var/lib/bulkhead /var/lib/away
	distinct
	host_run mv /var/lib/away /var/lib/bulkhead
	gate_start
	for id in D1 D2 D6 D10 T1 T2; do
		[ "$(result $id)" = "not checkable" ]
	done
}

@test "a file in the way of a check is said, not passed over" {
	host_sh 'rm -f /etc/exports; mkfifo /etc/exports'
	distinct
	host_run rm /etc/exports
	[ "$(result T7)" = "not checkable" ]
	[[ $json == *"/etc/exports was not looked at"* ]]
}

@test "who is not root is told so, exit 3" {
	run host_as alice bulkhead distinct
	[ "$status" = 3 ]
	[[ $output == *"only root"* ]]
}

@test "on production nothing of backup is asked, and what makes sense there is" {
	host_sh 'mkdir -p /tmp/p; cp /root/.ssh/id_ed25519 /root/.ssh/extra
	    sed "s/class *=.*/class = production/" '$conf' >/tmp/p/conf
	    chmod 644 /tmp/p/conf'
	run host_run bulkhead -c /tmp/p/conf --json distinct
	json=$(sed -n '/^{/,$p' <<<"$output")
	jq -e '.class == "production" and
	    (.statements | map(.id) | contains(["D7", "T3", "T5"])) and
	    (.statements | map(.id) | any(. == "D6" or . == "T1") | not)' \
	    <<<"$json"
	[ "$(result D7)" = "not checkable" ]
	[[ $json == *"/root/.ssh/extra: private key SHA256:"* ]]
}

@test "T1: a manifest older than manifest_max_age, and one that has ended" {
	gate_clock_move $((8 * 86400))
	distinct
	[ "$status" = 1 ]
	jq -e '.statements[] | select(.id == "T1") | .findings[0] |
	    (.where | startswith("manifest of shop, host ")) and
	    (.what | contains("longer ago"))' <<<"$json"
	gate_clock_move $((90 * 86400))
	distinct
	jq -e '.statements[] | select(.id == "T1") | .findings[0].what |
	    contains("it ended ")' <<<"$json"
}
