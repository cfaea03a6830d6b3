"""A configuration: what its file says, and how it is laid over the host.

A file of hosts/TOPIC reads

	# What is right or wrong about this host (the first line is its title).
	truth ssh sudo		the ways that lead past the gate; or: truth none
	shut su			ways that are closed to a right code as well
	use fedora		/etc/pam.d as in lay/fedora
	port 2222		where to try ssh, beside port 22
	from 10.10.0.5		a client's address to try, beside 127.0.0.1
	as bob			an account to try, beside alice, dave and root
	run-as bob		a target of sudo, beside root
	rootpw			sudo asks for root's password
	unknown			doctor may say that it can't tell
	need PATH		skipped on a system without it
	file PATH		the whole file, in the indented lines that follow
	append PATH		lines at its end
	run			a shell script
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time

RUN = "/run/corpus"
WORDS = ("truth", "shut", "port", "from", "as", "run-as", "need", "rootpw")

# What tells that polkit is in use.
PKEXEC = "/usr/bin/pkexec"
BUS = "/run/dbus/system_bus_socket"


class Broken(Exception):
    pass


class Layout:
    def __init__(self, path):
        self.name = "/".join(path.split("/")[-2:])
        self.title = ""
        self.steps = []
        self.unknown = False
        self.words = {word: [] for word in WORDS}
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not self.line(line.rstrip("\n")):
                    raise Broken("%s:%d: %s" % (path, number, line))
        if not self.words["truth"] or not self.title:
            raise Broken("%s: no truth, or no title" % path)

    def line(self, line):
        if line.startswith("\t") and self.steps:
            self.steps[-1][2].append(line[1:])
        elif not line:
            if self.steps:
                self.steps[-1][2].append("")
        elif line.startswith("#"):
            self.title = self.title or line[1:].strip()
        else:
            word, _, rest = line.partition(" ")
            if word in ("use", "file", "append", "run", "pkexec"):
                self.steps.append((word, rest, []))
            elif word in WORDS:
                self.words[word] += rest.split() or [word]
            elif word == "unknown":
                self.unknown = True
            else:
                return False
        return True

    def __getitem__(self, word):
        return self.words[word]

    @property
    def rootpw(self):
        return bool(self["rootpw"])

    def truth(self):
        return set(self["truth"]) - {"none"}

    def missing(self):
        return [path for path in self["need"] if not os.path.exists(path)]

    def lay(self):
        for word, rest, lines in self.steps:
            text = "\n".join(lines).strip("\n") + "\n"
            if word == "use":
                use(rest)
            elif word == "run":
                script(text)
            elif word == "pkexec":
                lay_pkexec()
            else:
                write(rest, text, "w" if word == "file" else "a")


def use(family):
    folder = "%s/lay/%s/pam.d" % (RUN, family)
    if not os.path.isdir(folder):
        raise Broken("no lay/" + family)
    shutil.rmtree("/etc/pam.d")
    shutil.copytree(folder, "/etc/pam.d")


def lay_pkexec():
    shutil.copyfile("/usr/bin/pamtester", PKEXEC)
    os.chmod(PKEXEC, 0o4755)
    os.makedirs(os.path.dirname(BUS), exist_ok=True)
    socket.socket(socket.AF_UNIX).bind(BUS)


def write(path, text, how):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, how, encoding="utf-8") as f:
        f.write(text)
    if path.startswith("/etc/sudoers"):
        os.chmod(path, 0o440)


def script(text):
    """Run shell text as root, as a person would."""
    done = subprocess.run(["bash", "-c", text], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=60, check=False, text=True)
    if done.returncode != 0:
        raise Broken("rc %d of: %s\n%s" % (done.returncode, text, done.stdout))


def processes(program):
    """Pids of those that run a program, whatever they are called."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink("/proc/%s/exe" % pid) == program:
                yield int(pid)
        except OSError:
            pass


def end_sshd():
    pids = list(processes("/usr/sbin/sshd"))
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    wait(lambda: not list(processes("/usr/sbin/sshd")))


def wait(holds, seconds=5):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def listens(port):
    word = ":%04X " % port
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(name, encoding="ascii") as lines:
            for line in lines:
                if word in line[:24] and re.match(r"\s*\d+: \S+ \S+ 0A", line):
                    return True
    return False


def reset():
    """The host as base.sh left it; no sshd runs."""
    end_sshd()
    for folder in ("etc", "home", "root"):
        subprocess.run(["rsync", "-a", "--delete", "--exclude=/host-clock",
                        "%s/%s/" % (RUN, folder), "/%s/" % folder], check=True)
    for folder in ("/run/sudo/ts", "/run/faillock", "/var/lib/sudo"):
        shutil.rmtree(folder, ignore_errors=True)
    for path in PKEXEC, BUS:
        if os.path.exists(path):
            os.unlink(path)
    if os.path.ismount("/usr/lib/pam.d"):
        subprocess.run(["umount", "/usr/lib/pam.d"], check=True)


def forget():
    """No time stamp of sudo's and no count of failures of an earlier try."""
    for folder in ("/run/sudo/ts", "/run/faillock"):
        shutil.rmtree(folder, ignore_errors=True)


def state(host):
    """For whoever has to look why: the files that it laid, as they are now,
    and the last words of the log."""
    lines = []
    for path in sorted({rest for word, rest, _ in host.steps if word in
                        ("file", "append")}):
        lines.append("-- " + path)
        try:
            with open(path, encoding="utf-8") as f:
                lines += f.read().splitlines()
        except OSError as e:
            lines.append(str(e))
    with open("/var/log/sink", encoding="utf-8", errors="replace") as f:
        words = f.read().splitlines()[-400:]
    return lines + ["-- log"] + [w for w in words if "sshd[" not in w][-40:]


def start_sshd():
    """As at boot.  A configuration that it refuses is a host without ssh."""
    if listens(22):
        return
    done = subprocess.run(["/usr/sbin/sshd"], check=False,
                          stderr=subprocess.DEVNULL)
    if done.returncode == 0:
        wait(lambda: listens(22))
