"""Throw-away hosts for the drill, by tests/system/host.sh, and the cables
between them: all of it in namespaces of its own."""

import os
import shlex
import signal
import subprocess
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
HOST_SH = os.path.join(TOP, "tests", "system", "host.sh")
PATH = ("/run/host/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
        "/sbin:/bin")
NAMESPACES = ["-m", "-p", "-n", "-u", "-i"]


class Failed(Exception):
    """A step of the drill itself went wrong: not an attack that failed."""


class Done:
    """What a program said and how it ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err
        self.text = out + err


class Machine:
    def __init__(self, name, build):
        self.name = name
        self.folder = None
        self.pid = None
        self.build = build

    def up(self):
        run = subprocess.run(
            ["bash", "-c", '. "$1" && host_up "$2" && printf %s "$HOST"',
             "up", HOST_SH, self.build],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            raise Failed("host %s: %s" % (self.name, run.stderr))
        self.folder = run.stdout
        with open(os.path.join(self.folder, "pid")) as f:
            self.pid = f.read().strip()

    def down(self):
        if self.folder is None:
            return
        subprocess.run(["bash", "-c", '. "$1" && HOST=$2 && host_down',
                        "down", HOST_SH, self.folder],
                       stdin=subprocess.DEVNULL)
        self.folder = None

    def command(self, argv, user=None, env=None):
        words = ["nsenter", "-t", self.pid] + NAMESPACES + ["-r", "-w", "--"]
        home = "/root" if user is None else "/home/" + user
        if user is not None:
            words += ["setpriv", "--reuid", user, "--regid", user,
                      "--init-groups"]
        words += ["env", "-i", "PATH=" + PATH, "HOME=" + home, "TERM=dumb",
                  "LC_ALL=C.UTF-8", "USER=" + (user or "root")]
        words += ["%s=%s" % item for item in (env or {}).items()]
        return words + list(argv)

    def run(self, *argv, user=None, env=None, text="", source=None, limit=30):
        """Run a program inside; it may fail.  Its input is a text, or an open
        file."""
        given = {"input": text} if source is None else {"stdin": source}
        try:
            run = subprocess.run(
                self.command(argv, user, env), capture_output=True, text=True,
                errors="replace", timeout=limit, **given)
        except subprocess.TimeoutExpired as e:
            return Done(124, (e.stdout or b"").decode("utf-8", "replace"),
                        (e.stderr or b"").decode("utf-8", "replace"))
        return Done(run.returncode, run.stdout, run.stderr)

    def must(self, *argv, **more):
        done = self.run(*argv, **more)
        if done.code != 0:
            raise Failed("%s: %s: %d\n%s" % (
                self.name, shlex.join(argv), done.code, done.text))
        return done.out

    def sh(self, text, *args, **more):
        """A shell text; its words are $1 and so on."""
        return self.run("bash", "-c", text, self.name, *args, **more)

    def must_sh(self, text, *args, **more):
        return self.must("bash", "-c", text, self.name, *args, **more)

    def start(self, *argv, user=None, env=None, text=True):
        """A program that runs on; the caller ends it."""
        return subprocess.Popen(
            self.command(argv, user, env), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT if text else
            None, text=text)

    def path(self, path):
        """A file inside, seen from outside."""
        return "/proc/%s/root%s" % (self.pid, path)

    def read(self, path):
        with open(self.path(path), errors="replace") as f:
            return f.read()

    def write(self, path, text, mode=0o644):
        """As root, in place: a process may have it open."""
        data = text if isinstance(text, bytes) else text.encode()
        fd = os.open(self.path(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                     mode)
        with os.fdopen(fd, "wb") as f:
            f.write(data)
            os.fchmod(f.fileno(), mode)

    def install(self, source, path):
        with open(source, "rb") as f:
            self.write(path, f.read(), 0o755)


def end(process):
    """A program that was started, with what nsenter and others forked."""
    pids = [process.pid]
    for pid in pids:
        try:
            with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
                pids += [int(word) for word in f.read().split()]
        except OSError:
            pass
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def together(*calls):
    """Run them side by side; the first error is raised when all ended."""
    errors = []

    def one(call):
        try:
            call()
        except BaseException as e:  # handed on below
            errors.append(e)

    threads = [threading.Thread(target=one, args=(c,)) for c in calls]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]


def cable(a, a_address, b, b_address):
    """A link between two hosts that nobody else is on."""
    a_end, b_end = "to-" + b.name, "to-" + a.name
    # The far host is named by its pid as it is seen out here.
    subprocess.run(["nsenter", "-t", a.pid, "-n", "ip", "link", "add", a_end,
                    "type", "veth", "peer", "name", b_end, "netns", b.pid],
                   check=True)
    for host, end, address in ((a, a_end, a_address), (b, b_end, b_address)):
        host.must("ip", "addr", "add", address + "/24", "dev", end)
        host.must("ip", "link", "set", end, "up")
