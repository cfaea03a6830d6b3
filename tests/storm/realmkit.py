"""Two realms on one machine: a vault in this host, a production in another
host of its own, and what people carry between them: one-time passwords,
YubiKeys, SSH keys of each kind."""

import atexit
import base64
import hashlib
import hmac
import json
import os
import secrets
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import gatelib
from gatelib import Host

SSHD_CONFIG = "/etc/ssh/sshd_config"
KEYS = "/etc/ssh/keys"  # AuthorizedKeysFile, an account a file
CAS = "/etc/ssh/ca.pub"  # TrustedUserCAKeys
PORT = 2222
SK_TYPE = "sk-ssh-ed25519@openssh.com"


# What is enrolled

class Otp:
    def __init__(self, key, kind="totp", digits=6, period=30,
                 algorithm="SHA1"):
        self.key, self.kind, self.digits = key, kind, digits
        self.period, self.algorithm = period, algorithm
        self.counter = -1

    def options(self):
        if self.kind == "hotp":
            return ["hotp", "--no-qr"]
        return ["totp", "--no-qr", "--digits", str(self.digits), "--period",
                str(self.period), "--algorithm", self.algorithm]

    def secret(self):
        return "hex:" + self.key.hex()

    def code(self, now):
        self.counter += 1
        counter = self.counter if self.kind == "hotp" else \
            int(now) // self.period
        mac = hmac.new(self.key, struct.pack(">Q", counter),
                       self.algorithm.lower()).digest()
        at = mac[-1] & 15
        number = int.from_bytes(mac[at:at + 4], "big") & 0x7fffffff
        return "%0*d" % (self.digits, number % 10 ** self.digits)


class Yubikey:
    crowd = None  # a pamtry, which has what a key types

    def __init__(self, public=None, key=None):
        self.public = public or "cccc" + "".join(
            secrets.choice("cbdefghijklnrtuv") for _ in range(8))
        self.key = key or secrets.token_hex(16)
        self.private = secrets.token_hex(6)
        self.use = -1

    def options(self):
        return ["yubikey"]

    def secret(self):
        return "%s\n%s\n%s\n" % (self.public, self.private, self.key)

    def code(self, _now):
        self.use += 1
        return self.crowd.yubikey(self.public, self.key, self.private, 7,
                                  self.use)


def overlong(algorithm, block):
    """A key longer than HMAC's block, and what HMAC makes of it."""
    key = secrets.token_bytes(block + 1)
    return (Otp(key, algorithm=algorithm),
            Otp(hashlib.new(algorithm.lower(), key).digest(),
                algorithm=algorithm))


# SSH keys

class SshKey:
    """A key pair in a file; with ca, and a certificate of that CA."""

    def __init__(self, path):
        self.path = path
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C",
                        "", "-f", path], check=True)
        self.public = path + ".pub"
        self.options = ["-i", path]

    def line(self):
        with open(self.public, encoding="ascii") as f:
            return f.read()

    def certify(self, ca, login):
        subprocess.run(["ssh-keygen", "-q", "-s", ca.path, "-I", login, "-n",
                        login, self.public], check=True)
        self.certificate = self.path + "-cert.pub"
        self.options = self.options + ["-o", "CertificateFile=" +
                                       self.certificate]


def text(data):
    return struct.pack(">I", len(data)) + data


class SkKey:
    """A key of a security key, which an agent of ours plays (PROTOCOL.u2f):
    the client sees no difference, and sshd checks the same signature."""

    application = b"ssh:"

    def __init__(self, path):
        seed = secrets.token_bytes(32)
        self.pem = path + ".pem"
        der = bytes.fromhex("302e020100300506032b657004220420") + seed
        with open(self.pem, "w", encoding="ascii") as f:
            f.write("-----BEGIN PRIVATE KEY-----\n%s\n"
                    "-----END PRIVATE KEY-----\n" %
                    base64.b64encode(der).decode())
        point = subprocess.run(["openssl", "pkey", "-in", self.pem, "-pubout",
                                "-outform", "DER"], check=True,
                               capture_output=True).stdout[-32:]
        self.blob = (text(SK_TYPE.encode()) + text(point) +
                     text(self.application))
        self.public = path + ".pub"
        with open(self.public, "w", encoding="ascii") as f:
            f.write(self.line())
        self.options = ["-i", self.public, "-o", "IdentityAgent=" + path]
        self.counter = 0
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        threading.Thread(target=self.serve, args=(listener,),
                         daemon=True).start()

    def line(self):
        return "%s %s\n" % (SK_TYPE, base64.b64encode(self.blob).decode())

    def sign(self, data):
        self.counter += 1
        tail = b"\1" + struct.pack(">I", self.counter)  # touched
        message = self.pem + ".message"
        with open(message, "wb") as f:
            f.write(hashlib.sha256(self.application).digest() + tail +
                    hashlib.sha256(data).digest())
        signature = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.pem,
             "-in", message], check=True, capture_output=True).stdout
        return text(SK_TYPE.encode()) + text(signature) + tail

    def answer(self, request):
        if request[0] == 11:  # which keys are there?
            return (b"\x0c" + struct.pack(">I", 1) + text(self.blob) +
                    text(b"sk"))
        if request[0] == 13:  # sign
            at = 5 + len(self.blob)
            size = struct.unpack(">I", request[at:at + 4])[0]
            return b"\x0e" + text(self.sign(request[at + 4:at + 4 + size]))
        return b"\5"

    def serve(self, listener):
        while True:
            with listener.accept()[0] as s, s.makefile("rwb") as f:
                head = f.read(4)
                while len(head) == 4:
                    f.write(text(self.answer(
                        f.read(struct.unpack(">I", head)[0]))))
                    f.flush()
                    head = f.read(4)


# The hosts

class Realm(Host):
    """A host as `bulkhead init` makes it, with people and an sshd."""

    uid = 30000

    def realm(self, realm_class, conf):
        self.offset = 0
        self.tool("init", "--realm",
                  "vault" if realm_class == "backup" else "prod", "--class",
                  realm_class)
        with open(self.config, "a", encoding="ascii") as f:
            f.write(conf)
        shutil.rmtree("/etc/ssh", ignore_errors=True)
        os.makedirs(KEYS)
        os.makedirs("/etc/ssh/bulkhead.d")
        os.makedirs("/run/sshd")

    def populate(self, _crowds, *_options):
        pass  # init has made the store

    def unix(self, login):
        self.uid += 1
        with open("/etc/passwd", "a", encoding="ascii") as f:
            f.write("%s:x:%d:30000::/nonexistent:/bin/sh\n" %
                    (login, self.uid))
        with open("/etc/shadow", "a", encoding="ascii") as f:
            f.write(login + ":*:20000:0:99999:7:::\n")

    def person(self, login):
        self.unix(login)
        self.tool("person", "add", "p-" + login, "--name",
                  "Person " + login)
        self.tool("account", "add", login, "--person", "p-" + login)

    def enroll(self, login, token, code=None, check=True):
        return self.tool("enroll", login, *token.options(), "--secret-file",
                         "-", "--confirm", code or token.code(self.now()),
                         check=check, text=token.secret())

    def now(self):
        return time.time() + self.offset

    def move(self, seconds):
        self.offset += seconds
        self.set_clock(self.offset)

    def authorize(self, login, key):
        with open(os.path.join(KEYS, login), "a", encoding="ascii") as f:
            f.write(key.line())

    def trust(self, *cas):
        with open(CAS, "w", encoding="ascii") as f:
            f.write("".join(ca.line() for ca in cas))

    def sshd_config(self):
        """In the order that sshd asks for, code last."""
        key = "/etc/ssh/ssh_host_ed25519_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        key], check=True)
        with open(SSHD_CONFIG, "w", encoding="ascii") as f:
            f.write("Include /etc/ssh/bulkhead.d/*.conf\n"
                    "Port %d\nListenAddress 127.0.0.1\nUsePAM yes\n"
                    "HostKey %s\nPasswordAuthentication no\n"
                    "AuthorizedKeysFile %s/%%u\nTrustedUserCAKeys %s\n"
                    "KbdInteractiveAuthentication yes\nAuthenticationMethods "
                    "publickey,keyboard-interactive\nPidFile none\n"
                    "PrintMotd no\nLogLevel VERBOSE\n" %
                    (PORT, key, KEYS, CAS))

    def sshd_start(self):
        with open(os.path.join(self.room, "sshd.log"), "ab") as log:
            sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e"],
                                    stdout=log, stderr=log)
        for _ in range(500):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", PORT)) == 0:
                    break
            time.sleep(0.01)
        return sshd

    def ssh(self, login, key, *answers):
        """Does a session open by that key and those answers?"""
        ask = os.path.join(self.room, "askpass")
        with open(ask, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nsed -n 1p %s.left\nsed -i 1d %s.left\n" %
                    (ask, ask))
        os.chmod(ask, 0o755)
        with open(ask + ".left", "w", encoding="ascii") as f:
            f.write("".join(a + "\n" for a in answers))
        run = subprocess.run(
            ["ssh", "-F", "none", "-p", str(PORT), "-o",
             "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
             "-o", "LogLevel=ERROR", "-o", "NumberOfPasswordPrompts=1", "-o",
             "IdentitiesOnly=yes"] + key.options +
            [login + "@127.0.0.1", "echo in as $USER"],
            env=dict(os.environ, SSH_ASKPASS=ask,
                     SSH_ASKPASS_REQUIRE="force"),
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return "in as " + login in run.stdout


# Production, in a host of its own: what it is told to enrol, and its manifest

def put(path, value):
    """There at once and whole, for who waits for it."""
    with open(path + ".new", "w", encoding="ascii") as f:
        json.dump(value, f)
    os.rename(path + ".new", path)


def get(path, seconds=60):
    end = time.monotonic() + seconds
    while not os.path.exists(path):
        if time.monotonic() > end:
            raise RuntimeError(path + " does not come")
        time.sleep(0.01)
    with open(path, encoding="ascii") as f:
        return json.load(f)


def enter():
    """Be the vault's host; production's stands beside it, not inside."""
    if os.environ.get("GATEHOST") != "inside" and os.geteuid() == 0:
        folder = tempfile.mkdtemp(prefix="storm-prod.", dir=gatelib.BUILD)
        os.environ["REALMS_FOLDER"] = folder
        room = os.path.join(folder, "host")
        prod = subprocess.Popen(
            [gatelib.GATEHOST, room, sys.executable, "-B",
             os.path.abspath(sys.argv[0]), "produce"],
            env=dict(os.environ, GATEHOST_ROOM=room, BH_BUILD=gatelib.BUILD))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        atexit.register(prod.wait)
        atexit.register(prod.kill)
    gatelib.enter()


def shared(name):
    return os.path.join(os.environ["REALMS_FOLDER"], name)


def production(order):
    """Let it do what produce() does; its answer."""
    put(shared("order"), order)
    answer = get(shared("answer"))
    if "error" in answer:
        raise RuntimeError("production: " + answer["error"])
    return answer


def produce():
    try:
        put(shared("answer"), follow(get(shared("order"))))
    except Exception as e:
        put(shared("answer"), {"error": str(e)})
        raise


def follow(order):
    host = Realm([])
    host.sshd_config()
    host.start()
    for login, options, secret, code in order["tokens"]:
        host.person(login)
        host.tool("enroll", login, *options, "--secret-file", "-",
                  "--confirm", code, text=secret)
    host.person(order["recovery"])
    codes = json.loads(host.tool("--json", "enroll", order["recovery"],
                                 "recovery").stdout)["codes"]
    for login, line in order["keys"].items():
        host.person(login)
        with open(os.path.join(KEYS, login), "w", encoding="ascii") as f:
            f.write(line)
    with open(CAS, "w", encoding="ascii") as f:
        f.write(order["ca"])
    answer = json.loads(host.tool(
        "--json", "manifest", "export", "--to", shared("vault.pem"), "-o",
        shared("manifest")).stdout)
    host.stop()
    return dict(answer, codes=codes)
