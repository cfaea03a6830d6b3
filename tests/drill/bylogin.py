"""Attacks by the administrator's own way in."""

import threading


from attempt import IN

HER_KEY = "/home/alice/.ssh/id_ed25519"


def same_credentials(a):
    a.ssh(key=HER_KEY, answers=a.answers())


def without_key(a):
    a.ssh("-o", "PubkeyAuthentication=no", answers=a.answers())


def agent(a):
    a.ssh(agent=True, answers=a.answers())


def key_alone(a):
    a.ssh("-o", "PreferredAuthentications=publickey", agent=True)


def method_password(a):
    a.ssh("-o", "PreferredAuthentications=publickey,password", agent=True,
          answers=a.scene.password)


def she_types(a, code, *options, command="true"):
    """She goes on to the vault from prod, where ssh is no longer ssh."""
    name = a.vault.name
    a.prod.install(a.scene.inside("trojan-ssh"), "/usr/local/bin/ssh-hers")
    a.prod.run("rm", "-f", "/var/tmp/caught-" + name)
    # What goes to the background there must not hold our pipes.
    return a.prod.sh(
        '"$@" >/dev/null 2>&1', "ssh-try", "%s,%s" % (code, a.vault.password),
        "ssh-hers", name, *options, *([command] if command else []),
        user="alice", env={"SSH_AUTH_SOCK": a.scene.agent})


def she_is_robbed(a, code):
    """The client of prod keeps what she types and says that it was wrong."""
    flag = "/var/tmp/greedy-" + a.vault.name
    a.prod.write(flag, "")
    she_types(a, code)
    a.prod.must("rm", flag)
    return a.prod.read("/var/tmp/caught-" + a.vault.name).split()[-2:]


def replay(a):
    """Used from the desk, then typed at prod while the phone still shows it."""
    code = a.vault.phone()
    a.vault.owner(code, "true")
    code, password = she_is_robbed(a, code)
    a.ssh(agent=True, answers=a.answers(code, password))


def recovery(a):
    for code in (a.scene.recovery.pop(), a.scene.scratch[0]):
        a.ssh(agent=True, answers=a.answers(code))


def yubikey(a):
    a.ssh(agent=True, answers=a.answers(a.scene.press(0x4000)))


def hotp(a):
    for counter in (1, 2):
        a.ssh(agent=True, answers=a.answers(a.scene.token.hotp(counter)))


def guess(a):
    def one():
        codes = [a.vault.seed.wrong(a.vault.now()) for _ in range(3)]
        a.ssh("-o", "NumberOfPasswordPrompts=3", agent=True,
              answers=",".join(codes))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def certificate(a):
    a.sh('cd "$1" && rm -f k k.pub k-cert.pub && '
         "ssh-keygen -q -t ed25519 -N '' -f k && "
         "ssh-keygen -q -s /root/.ssh/ca -I alice -n alice,root -V +1h k.pub",
         a.room)
    a.ssh("-o", "CertificateFile=%s/k-cert.pub" % a.room, key=a.room + "/k",
          answers=a.answers())


def hostbased(a):
    # ssh-keysign(8) believes this file alone.
    a.prod.must_sh("grep -q Keysign /etc/ssh/ssh_config || "
                   'sed -i "1i EnableSSHKeysign yes" /etc/ssh/ssh_config')
    a.ssh("-o", "PreferredAuthentications=hostbased", "-o",
          "HostbasedAuthentication=yes")


def root(a):
    a.ssh(user="root", agent=True, answers=a.answers(password="root-password"))


def relay(a):
    code, password = she_is_robbed(a, a.vault.phone())
    a.ssh(agent=True, answers=a.answers(code, password))


def control_master(a):
    path = "/home/alice/master-" + a.vault.name
    she_types(a, a.vault.phone(), "-M", "-S", path, "-f", "-N", command="")
    a.sh('ssh -S "$1" -o BatchMode=yes "alice@$2" "$3"; '
         'ssh -S "$1" -O exit "alice@$2"', path, a.vault.name, IN)


SEARCH = r"""
import os, re, sys
needles = sys.stdin.buffer.read().split(b"\0")
found = set()
def look(data):
    found.update(n for n in needles if n in data)
for top in ("/etc", "/var", "/root", "/home", "/srv", "/tmp", "/run"):
    for folder, below, names in os.walk(top):
        # Debian's own lists of packages.
        if folder in ("/var", "/var/lib"):
            below[:] = [n for n in below if n not in ("apt", "dpkg", "cache")]
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                look(open(path, "rb").read())
pid = open("/run/host/daemon.pid").read().strip()
with open("/proc/%s/mem" % pid, "rb", 0) as mem:
    for line in open("/proc/%s/maps" % pid):
        a, b, mode = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
        if "r" in mode and "[v" not in line:
            mem.seek(int(a, 16))
            try:
                look(mem.read(int(b, 16) - int(a, 16)))
            except OSError:
                pass
print(len(found))
"""


def search(a):
    """The vault's secrets, in prod's files and in its daemon's memory."""
    vault = a.vault
    key = a.scene.desk.read("/root/.ssh/" + vault.owner_key).splitlines()[3]
    needles = [vault.seed.text(), vault.password, key] + vault.paper
    found = int(a.prod.must("python3", "-c", SEARCH,
                            text="\0".join(needles)))
    if found >= 3:
        a.ssh(key=HER_KEY, answers=a.answers())
    else:
        a.why = "none of its seeds, codes, keys and passwords lies on prod"
    if 0 < found < 3:
        a.said += "\nin: %d-secrets@%s.test\n" % (found, vault.name)
