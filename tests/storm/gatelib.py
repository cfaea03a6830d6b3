"""What the storm tests share: a throw-away host, the real daemon on it, many
logins at one moment, one-time codes, and TAP.

Each test runs itself again inside tests/bench/gatehost.sh, where /etc, /run
and /var/lib are private and no process outlives it."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.abspath(__file__))
# as shipped, without sanitizers, where there are two builds
BUILD = os.path.abspath(os.environ.get("BH_BUILD") or
                        os.environ.get("top_builddir") or os.getcwd())
GATEHOST = os.path.join(SOURCE, "..", "bench", "gatehost.sh")
STORE = "/var/lib/bulkhead"
ANCHOR = "/var/lib/bulkhead-anchor"
SOCKET = "/run/bulkhead/gate.sock"
CONFIG = "/etc/bulkhead/bulkhead.conf"
PAM_SUCCESS = 0
PAM_AUTH_ERR = 7


# TAP

class Tap:
    def __init__(self):
        self.n = 0
        self.failed = 0

    def ok(self, passed, name, *why):
        self.n += 1
        print("%sok %d - %s" % ("" if passed else "not ", self.n, name))
        if not passed:
            self.failed += 1
            for line in why:
                self.note(line)
        sys.stdout.flush()
        return passed

    def skip(self, name, why):
        self.n += 1
        print("ok %d - %s # SKIP %s" % (self.n, name, why))
        sys.stdout.flush()

    def note(self, text):
        for line in str(text).splitlines() or [""]:
            print("# " + line)
        sys.stdout.flush()

    def end(self):
        print("1..%d" % self.n)
        sys.exit(1 if self.failed else 0)


def tree_root(leaves):
    """The Merkle tree hash of RFC 6962, 2.1, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + tree_root(leaves[:half]) +
                          tree_root(leaves[half:])).digest()


def skip_all(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def enter():
    """Be root inside a host of our own, or skip."""
    if os.environ.get("GATEHOST") == "inside":
        return
    if os.geteuid() != 0:
        skip_all("needs root")
    for need in ("bulkheadd", "bulkhead", "pamtry", "populate"):
        if find_built(need) is None:
            skip_all(need + " is not built")
    name = os.path.basename(sys.argv[0])
    room = tempfile.mkdtemp(prefix="storm-" + name + ".", dir=BUILD)
    env = dict(os.environ, GATEHOST="inside", GATEHOST_ROOM=room,
               BH_BUILD=BUILD)
    run = subprocess.run([GATEHOST, room, sys.executable, "-B",
                          os.path.abspath(sys.argv[0])] + sys.argv[1:],
                         env=env)
    if run.returncode == 0:
        shutil.rmtree(room, ignore_errors=True)
    else:
        print("# what is left of the host: " + room)
    sys.exit(run.returncode)


def count_from(name, default):
    return int(os.environ.get(name, default))


def has_sanitizer(path):
    with open(path, "rb") as f:
        return b"__asan_init" in f.read()


def find_built(name):
    """A program or module, not libtool's wrapper of it; None: not built."""
    for room in ("", "tools", "daemon", "tests/bench", "tests/storm",
                 "tests/system"):
        for path in (os.path.join(BUILD, room, ".libs", name),
                     os.path.join(BUILD, room, name)):
            if os.path.exists(path):
                return path
    return None


def built(name):
    path = find_built(name)
    if path is None:
        raise RuntimeError(name + " is not built")
    return path


# One-time codes

class Seed:
    """A crowd of accounts made by populate, and their codes."""

    def __init__(self, prefix, kind, count):
        self.prefix, self.kind, self.count = prefix, kind, count
        self.seed = secrets.token_bytes(16)
        self.codes = {}

    def spec(self):
        return "%s:%s:%d:%s" % (self.prefix, self.kind, self.count,
                                self.seed.hex())

    def login(self, i):
        return "%s%d" % (self.prefix, i)

    def secret(self, i):
        return self.seed + struct.pack(">I", i)

    def hotp(self, i, counter):
        mac = hmac.new(self.secret(i), struct.pack(">Q", counter),
                       hashlib.sha1).digest()
        at = mac[-1] & 15
        number = int.from_bytes(mac[at:at + 4], "big") & 0x7fffffff
        return "%06d" % (number % 1000000)

    def totp(self, i, now):
        return self.hotp(i, int(now) // 30)

    def wrong(self, i, counters):
        """Six digits that are none of those counters' codes."""
        right = {self.hotp(i, c) for c in counters}
        while True:
            code = "%06d" % secrets.randbelow(1000000)
            if code not in right:
                return code

    def public_id(self, i):
        modhex = "cbdefghijklnrtuv"
        return "cccc" + "".join(modhex[i >> (4 * k) & 15]
                                for k in range(7, -1, -1))

    def yubikey(self, crowd, i, counter, use):
        return crowd.yubikey(self.public_id(i), self.seed.hex(),
                             "0000%08x" % i, counter, use)


# The host

class Host:
    """Configuration, store, PAM files, and the daemon."""

    options = ["--foreground"]  # logs to where the tests look

    config = CONFIG
    socket = SOCKET

    def __init__(self, crowds, realm_class="production", conf="",
                 daemon="bulkheadd"):
        self.room = os.environ["GATEHOST_ROOM"]
        self.daemon_path = built(daemon)
        self.confdir = os.path.join(self.room, "pam")
        self.log = os.path.join(self.room, "daemon.log")
        self.process = None
        self.clock_file = os.path.join(self.room, "clock")
        self.crowds = crowds
        os.makedirs(self.confdir)
        with open(os.path.join(self.confdir, "other"), "w") as f:
            f.write("auth required pam_deny.so\n")
        self.stack("sshd", "")
        self.passwd()
        self.realm(realm_class, conf)
        self.populate(crowds, "-n")

    def realm(self, realm_class, conf):
        """A realm without `bulkhead init`, which has tests of its own."""
        with open(self.config, "w") as f:
            f.write("[realm]\nname = storm\nclass = %s\n%s" %
                    (realm_class, conf))
        key = "/etc/bulkhead/realm.key"
        with open(key, "w") as f:
            f.write("bulkhead-key-v1 1 %s\n" % base64.b64encode(
                secrets.token_bytes(32)).decode())
        os.chmod(key, 0o400)

    def stack(self, service, options, module=None):
        module = module or built("pam_bulkhead.so")
        with open(os.path.join(self.confdir, service), "w") as f:
            for phase in ("auth", "account", "session"):
                f.write("%s required %s %s\n" % (phase, module, options))

    def passwd(self):
        uid = 20000
        with open("/etc/passwd", "a") as f:
            for crowd in self.crowds:
                for i in range(crowd.count):
                    f.write("%s:x:%d:20000::/nonexistent:/bin/sh\n" %
                            (crowd.login(i), uid))
                    uid += 1

    def tool(self, *args, check=True, text=None):
        run = subprocess.run([built("bulkhead")] + list(args), input=text,
                             capture_output=True, text=True)
        if check and run.returncode != 0:
            raise RuntimeError("bulkhead %s: %d\n%s%s" % (
                " ".join(args), run.returncode, run.stdout, run.stderr))
        return run

    def populate(self, crowds, *options):
        run = subprocess.run([built("populate"), *options, self.config] +
                             [c.spec() for c in crowds],
                             capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError("populate: " + run.stderr)
        for line in run.stdout.splitlines():
            login, *codes = line.split()
            for c in crowds:
                if c.kind == "recovery" and login.startswith(c.prefix):
                    c.codes[login] = codes

    def query(self, text):
        """Rows of a copy of the store, which nobody writes to just now."""
        copy = os.path.join(self.room, "copy")
        shutil.rmtree(copy, ignore_errors=True)
        os.makedirs(copy)
        for name in ("store.db", "store.db-wal"):
            if os.path.exists(os.path.join(STORE, name)):
                shutil.copy(os.path.join(STORE, name), copy)
        db = sqlite3.connect(os.path.join(copy, "store.db"))
        rows = db.execute(text).fetchall()
        db.close()
        return rows

    def records(self):
        """The ledger, as a list of records."""
        rows = self.query("SELECT seq, body FROM record ORDER BY seq")
        if [seq for seq, _ in rows] != list(range(len(rows))):
            raise RuntimeError("the ledger has gaps")
        return [json.loads(body) for _, body in rows]

    def verify(self, tap):
        """The records' tree (RFC 6962) has the root that the anchor says."""
        rows = self.query("SELECT seq, body FROM record ORDER BY seq")
        with open("/var/lib/bulkhead-anchor/head", encoding="ascii") as f:
            _, size, root = f.readline().split()
        leaves = [hashlib.sha256(b"\0" + bytes(body)).digest()
                  for _, body in rows[:int(size)]]
        tap.ok(len(leaves) == int(size) and tree_root(leaves).hex() == root,
               "Q the ledger has the anchor's root",
               "%d records, the anchor says %s" % (len(rows), size))

    # The daemon

    def set_clock(self, offset):
        """Seconds that the clock-controlled daemon is ahead of the time.
        It keeps the file open: written in place, always of one length."""
        with open("/proc/sys/kernel/random/boot_id") as f:
            line = "%20d 0 %s\n" % (offset, f.read().strip())
        fd = os.open(self.clock_file, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(fd, line.encode(), 0)
        os.close(fd)

    def start(self, prefix=(), wait=True):
        env = dict(os.environ, BULKHEAD_TEST_CLOCK=self.clock_file)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                list(prefix) + [self.daemon_path, "-c", self.config] +
                self.options,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        if wait:
            self.wait_ready()
        return self.process

    def wait_ready(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the daemon ended with %d:\n%s" % (
                    self.process.returncode, self.log_tail()))
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                s.connect(self.socket)
                return
            except OSError:
                time.sleep(0.002)
            finally:
                s.close()
        raise RuntimeError("the daemon does not listen:\n" + self.log_tail())

    def log_tail(self, n=15):
        with open(self.log, "rb") as f:
            return "\n".join(f.read().decode("utf-8", "replace")
                             .splitlines()[-n:])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(20)

    def children(self, pid):
        """The processes below one that is traced, for instance."""
        path = "/proc/%d/task/%d/children" % (pid, pid)
        with open(path) as f:
            return [int(p) for p in f.read().split()]


class Crowd:
    """Logins at one moment, through pamtry."""

    def __init__(self, host, workers, service="sshd", straggle=False):
        args = [built("pamtry")] + (["-s"] if straggle else [])
        self.process = subprocess.Popen(
            args + [host.confdir, service, str(workers)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def go(self, tries):
        """Begin a round of (user, rhost, answer); results() ends it."""
        for user, rhost, answer in tries:
            self.process.stdin.write("%s\t%s\t%s\n" % (user, rhost, answer))
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def results(self):
        """(rv, questions asked, microseconds) of each."""
        done = []
        while True:
            line = self.process.stdout.readline()
            if line == "":
                raise RuntimeError("pamtry ended")
            if line == "\n":
                return done
            done.append(tuple(int(x) for x in line.split()))

    def round(self, tries):
        self.go(tries)
        return self.results()

    def one_result(self, user, rhost, answer):
        return self.round([(user, rhost, answer)])[0]

    def one(self, user, rhost, answer):
        return self.one_result(user, rhost, answer)[0]

    def yubikey(self, public_id, key, private, counter, use):
        self.process.stdin.write("@yubikey\t%s\t%s %s %x %x\n" % (
            public_id, key, private, counter, use))
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Sources:
    """Addresses that nobody has used before."""

    def __init__(self):
        self.n = 0

    def next(self):
        self.n += 1
        return "10.%d.%d.%d" % (self.n >> 16 & 255, self.n >> 8 & 255,
                                self.n & 255)


def accepted(results):
    return sum(1 for r in results if r[0] == PAM_SUCCESS)


def subject(record):
    return record.get("subject", {}).get("name", "")


def accepts(records):
    return [r for r in records
            if r.get("reason") == "code" and r["outcome"] == "success"]
