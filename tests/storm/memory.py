#!/usr/bin/env -S python3 -B
"""What stays in memory after a verdict (R01, R02, R03): in the daemon neither
answer, seed nor AES key; in sshd and sudo no more copies of the answer than a
module leaves that asks and throws it away.  And no core."""

import os
import signal
import subprocess
import sys

import callers
import gatelib
import memscan
from gatelib import Crowd, Host, Seed, Sources, Tap


def control(tap):
    """The scanner finds what is there."""
    needle = os.urandom(20)
    child = subprocess.Popen(
        [sys.executable, "-c",
         "import sys; s = bytes.fromhex(sys.stdin.readline().strip());"
         "print('ready', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child.stdin.write(needle.hex() + "\n")
    child.stdin.flush()
    child.stdout.readline()
    found = {name: memscan.places(child.pid, shape)
             for name, shape in memscan.shapes(needle).items()}
    child.stdin.close()
    child.wait()
    tap.ok(found["raw"], "R03 control: the scanner finds a planted secret")
    tap.ok(found["hex"], "R03 control: and one written as text")


def in_daemon(tap, pid, what, shapes):
    found = ["%s at %x in %s" % (name, at, where or "unnamed memory")
             for name, shape in shapes.items()
             for at, where in memscan.places(pid, shape)]
    tap.ok(not found, "R03 the daemon's memory holds no " + what, *found[:8])


def daemon_memory(tap, host, crowd, seeds, sources):
    hotp, yubi, recovery = seeds
    pid = host.process.pid
    otp = yubi.yubikey(crowd, 0, 9, 1)
    bad = yubi.yubikey(crowd, 1, 9, 1)[:-2] + "cc"
    spare = recovery.codes[recovery.login(0)][0]
    code = hotp.hotp(0, 0)
    wrong = hotp.wrong(0, range(40))
    tries = [(yubi.login(0), otp), (yubi.login(1), bad),
             (recovery.login(0), spare), (hotp.login(0), code),
             (hotp.login(0), wrong)]
    results = [crowd.one(login, sources.next(), answer)
               for login, answer in tries]
    tap.ok([r == 0 for r in results] == [True, False, True, True, False],
           "the logins before the scan are as they should be", results)
    for what, answer in (("accepted OTP", otp), ("refused OTP", bad),
                         ("accepted recovery code", spare)):
        in_daemon(tap, pid, what, {
            "as typed": answer.encode(),
            "bare": answer.replace("-", "").encode()})
    in_daemon(tap, pid, "accepted code", {"as typed": code.encode()})
    in_daemon(tap, pid, "wrong code", {"as typed": wrong.encode()})
    in_daemon(tap, pid, "seed", memscan.shapes(hotp.secret(0)))
    in_daemon(tap, pid, "AES key", memscan.shapes(yubi.seed))


def realm_key(tap, host):
    """The one key that must be there lies where it can't get out."""
    with open("/etc/bulkhead/realm.key") as f:
        key = memscan.base64.b64decode(f.read().split()[2])
    pid = host.process.pid
    found = memscan.places(pid, key)
    loose = [hex(at) for at, _ in found
             if not {"lo", "dd"} <= memscan.flags_at(pid, at)]
    tap.ok(not loose, "I6 the realm's key lies in locked memory that no dump "
           "holds", *loose)


def no_core(tap, host, seeds):
    pid = host.process.pid
    with open("/proc/%d/limits" % pid) as f:
        limit = next(line for line in f if "core file size" in line)
    tap.ok(limit.split()[4:6] == ["0", "0"], "R01 the daemon's core limit "
           "is 0", limit)
    mode = os.stat("/proc/%d/environ" % pid)
    tap.ok(mode.st_uid == 0, "R01 it is not dumpable: its /proc files are "
           "root's", mode)
    probe = subprocess.run(
        ["setpriv", "--reuid=bulkhead", "--clear-groups", sys.executable,
         "-c", "open('/proc/%d/mem', 'rb')" % pid],
        capture_output=True, text=True, cwd="/")
    tap.ok(probe.returncode != 0, "R02 its own user can't read its memory",
           probe.stderr)
    before = set(os.listdir(host.room))
    host.process.send_signal(signal.SIGABRT)
    host.process.wait()
    status = host.process.returncode
    cores = [n for n in set(os.listdir(host.room)) - before]
    tap.ok(status == -signal.SIGABRT and not cores,
           "R01 SIGABRT leaves no core", status, cores)


def compare(tap, what, ours, theirs, control):
    tap.ok(control, "R03 control: %s with a module that keeps the answer "
           "holds it" % what, control)
    tap.note("%s: %s copies with ours, %s with a module that only asks" %
             (what, ours, theirs))
    tap.ok(ours is not None and theirs is not None and ours <= theirs,
           "R03 %s holds no more copies of the answer than with a module "
           "that asks and forgets" % what)


def real_callers(tap, host, crowd, yubi):
    ref = gatelib.built("ref_ask.so")
    modules = gatelib.built("pam_bulkhead.so"), ref, ref + " keep"
    who = iter(range(2, yubi.count))

    def count(service, through, *args):
        counts = []
        for module in modules:
            i = next(who)
            otp = yubi.yubikey(crowd, i, 20, 1)
            callers.pam_file(service, module)
            counts.append(through(
                lambda pids: sum(len(memscan.places(p, otp.encode()))
                                 for p in pids),
                *args, yubi.login(i), otp))
        compare(tap, service, *counts)

    if callers.have_sshd():
        sshd = callers.sshd_start(host)
        count("sshd", callers.through_sshd, host, sshd)
        sshd.kill()
        sshd.wait()
    else:
        tap.skip("R03 sshd", "no sshd")
    if callers.have_sudo():
        callers.sudoers()
        count("sudo", callers.through_sudo, host)
    else:
        tap.skip("R03 sudo", "no sudo")


def main():
    gatelib.enter()
    if gatelib.has_sanitizer(gatelib.built("bulkheadd")):
        gatelib.skip_all("a sanitizer keeps freed memory as it was")
    tap, sources = Tap(), Sources()
    seeds = Seed("h", "hotp", 2), Seed("y", "yubikey", 8), \
        Seed("e", "recovery", 1)
    host = Host(seeds)
    control(tap)
    host.start()
    crowd = Crowd(host, 1)
    daemon_memory(tap, host, crowd, seeds, sources)
    realm_key(tap, host)
    real_callers(tap, host, crowd, seeds[1])
    no_core(tap, host, seeds)
    tap.end()


main()
