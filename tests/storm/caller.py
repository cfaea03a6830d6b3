#!/usr/bin/env -S python3 -B
"""What the module does to its caller: under strace, one login through ours
against one through a module that asks, looks the user up and, on failure,
writes to the system log.  The difference is one conversation with a socket."""

import collections
import os
import re
import shutil
import subprocess

import callers
import gatelib
from gatelib import Host, Seed, Sources, Tap

# One conversation: who asks (ids and a random nonce), a socket with its
# limits, trust in its peer, messages with deadlines, the end.
SOCKET = {
    "socket", "setsockopt", "connect", "getsockopt", "sendto", "recvfrom",
    "poll", "ppoll", "close", "getrandom", "getuid", "clock_gettime",
    "fcntl",
}
# Memory comes and goes as malloc likes.
MEMORY = {"brk", "mmap", "munmap", "madvise", "mlock", "munlock",
          "mprotect", "mremap"}
MARK = "getppid"


def calls(host, service, login, source, answer):
    """The system calls between the marks around pam_authenticate."""
    log = os.path.join(host.room, "trace." + service)
    run = subprocess.run(
        ["strace", "-f", "-o", log, gatelib.built("pamtry"), "-s", "-m",
         host.confdir, service, "1"],
        input="%s\t%s\t%s\n\n" % (login, source, answer), text=True,
        capture_output=True)
    rv = int(run.stdout.split()[0])
    with open(log) as f:
        names = [m.group(1) for m in
                 (re.match(r"^\d+ +(\w+)\(", line) for line in f) if m]
    marks = [i for i, n in enumerate(names) if n == MARK]
    if len(marks) != 2:
        raise RuntimeError("no marks in " + log)
    return rv, collections.Counter(names[marks[0] + 1:marks[1]])


def compare(tap, what, mine, theirs, want):
    (rv, ours), (ref_rv, ref) = mine, theirs
    more = ours - ref
    odd = {n: c for n, c in more.items() if n not in SOCKET | MEMORY}
    tap.note("%s: %s" % (what, ", ".join(
        "%s %d" % x for x in sorted(more.items()))))
    tap.ok((rv == 0) == want and (ref_rv == 0) == want,
           "%s: both modules say so" % what, rv, ref_rv)
    tap.ok(not odd, "I4 %s: what ours does more is one conversation with a "
           "socket" % what, odd)
    # the module that fails has one to the system log
    tap.ok(more["socket"] == more["connect"] <= 1,
           "I4 %s: one socket, one connection" % what, dict(more))


def state(pid):
    """What a process has that a module could have changed."""
    kept = ("Umask", "Groups", "SigBlk", "SigIgn", "SigCgt", "CapInh",
            "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")
    with open("/proc/%d/status" % pid) as f:
        found = dict(line.strip().split(":", 1) for line in f
                     if line.split(":")[0] in kept)
    with open("/proc/%d/limits" % pid) as f:
        found["limits"] = f.read()
    found["cwd"] = os.readlink("/proc/%d/cwd" % pid)
    found["fds"] = sorted(
        re.sub(r"\d+", "N", os.readlink("/proc/%d/fd/%s" % (pid, fd)))
        for fd in os.listdir("/proc/%d/fd" % pid))
    with open("/proc/%d/environ" % pid, "rb") as f:
        found["environment"] = sorted(
            v.split(b"=")[0] for v in f.read().split(b"\0"))
    return found


def differences(ours, theirs):
    if ours is None or theirs is None or len(ours) != len(theirs):
        return ["no session: %s, %s" % (ours, theirs)]
    return ["%s: %s, and %s" % (key, a[key], b[key])
            for a, b in zip(ours, theirs) for key in a if a[key] != b[key]]


def real_callers(tap, host, seed):
    who = iter(range(3, seed.count))

    def states(service, through, *args):
        found = []
        for module in ("pam_bulkhead.so", "ref_ask.so"):
            i = next(who)
            callers.pam_file(service, gatelib.built(module))
            found.append(through(lambda pids: [state(p) for p in pids],
                                 *args, seed.login(i), seed.hotp(i, 0)))
        odd = differences(*found)
        tap.ok(not odd, "I4 %s: descriptors, signals, limits, umask, folder, "
               "environment as with a module that only asks" % service, *odd)

    if callers.have_sshd():
        sshd = callers.sshd_start(host)
        states("sshd", callers.through_sshd, host, sshd)
        sshd.kill()
        sshd.wait()
    else:
        tap.skip("I4 sshd", "no sshd")
    if callers.have_sudo():
        callers.sudoers()
        states("sudo", callers.through_sudo, host)
    else:
        tap.skip("I4 sudo", "no sudo")


def main():
    gatelib.enter()
    if shutil.which("strace") is None:
        gatelib.skip_all("needs strace")
    if gatelib.has_sanitizer(gatelib.built("pamtry")):
        gatelib.skip_all("a sanitizer makes calls of its own")
    tap, sources = Tap(), Sources()
    seed = Seed("c", "hotp", 7)
    host = Host([seed])
    host.stack("ours", "")
    with open(os.path.join(host.confdir, "ref"), "w") as f:
        f.write("auth required %s\n" % gatelib.built("ref_getpwnam.so"))
    host.start()
    compare(tap, "a right code",
            calls(host, "ours", seed.login(0), sources.next(),
                  seed.hotp(0, 0)),
            calls(host, "ref", seed.login(0), sources.next(), "123456"),
            True)
    compare(tap, "a wrong code",
            calls(host, "ours", seed.login(0), sources.next(),
                  seed.wrong(0, range(40))),
            calls(host, "ref", seed.login(0), sources.next(), "fail"), False)
    real_callers(tap, host, seed)
    host.stop()
    compare(tap, "no daemon",
            calls(host, "ours", seed.login(0), sources.next(), "123456"),
            calls(host, "ref", seed.login(0), sources.next(), "fail"), False)
    tap.end()


main()
