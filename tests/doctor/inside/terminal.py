"""A program on a terminal, and a person who answers by what it asks for."""

import os
import pty
import re
import select
import subprocess
import threading
import time

LIMIT_S = 20
PROMPT = re.compile(rb"[^\r\n]*(code|assword)[^\r\n]*: ?$", re.I)

# Between opening and starting, a child of another thread would inherit it.
starting = threading.Lock()


def start(argv):
    """The program and our end of its terminal."""
    with starting:
        ours, theirs = pty.openpty()
        try:
            child = subprocess.Popen(["setsid", "-c", "-w"] + argv,
                                     stdin=theirs, stdout=theirs,
                                     stderr=theirs)
        finally:
            os.close(theirs)
    return child, ours


def read(terminal, end):
    """What comes next; nothing once no program has the terminal any more."""
    left = end - time.monotonic()
    if left <= 0 or not select.select([terminal], [], [], left)[0]:
        return b""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def run(argv, answer):
    """What the program printed; answer("code") and answer("password") say
    what to type.  One that asks on and on is ended."""
    child, terminal = start(argv)
    said = line = b""
    end = time.monotonic() + LIMIT_S
    while True:
        data = read(terminal, end)
        if not data:
            break
        said += data
        line = (line + data).rpartition(b"\n")[2]
        if PROMPT.search(line):
            asked = "code" if b"code" in line.lower() else "password"
            os.write(terminal, answer(asked).encode() + b"\n")
            line = b""
    os.close(terminal)
    try:
        child.wait(2)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    return said.decode("utf-8", "replace")


def becoming(login):
    """In front of a command: run it as that account."""
    return ["setpriv", "--reuid", login, "--regid", login, "--init-groups",
            "env", "HOME=/home/" + login, "USER=" + login]
