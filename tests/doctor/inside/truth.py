"""What is true of the host as it is now: by trying."""

import os
from concurrent.futures import ThreadPoolExecutor

import clock
import doors
import layout

AT_ONCE = 10


class Tries:
    """Named tries, run together: what led in, by name of the way."""

    def __init__(self, pool):
        self.pool = pool
        self.running = []

    def add(self, way, function, *words):
        self.running.append((way, self.pool.submit(function, *words)))

    def found(self):
        found = {}
        for way, future in self.running:
            said = future.result()
            if said:
                found.setdefault(way, []).append(said)
        return found


def ports(host):
    return [p for p in [22] + [int(p) for p in host["port"]]
            if layout.listens(p)]


def passwords(account):
    return account + "-password"


def try_ssh(tries, host, code):
    for port in ports(host):
        for source in [None] + host["from"]:
            for account in ["alice", "dave", "root"] + host["as"]:
                tries.add("ssh", doors.Ssh(port, source, account, code,
                                           passwords(account)).any)


def try_sudo(tries, host, code):
    tries.add("sudo", doors.sudo, "alice", ["-i"], "root", code,
              sudo_password(host, "alice"))
    for login in ["alice", "dave"] + host["as"]:
        tries.add("sudo", doors.sudo, login, [], "root", code,
                  sudo_password(host, login))
        for target in host["run-as"]:
            tries.add("sudo", doors.sudo, login, ["-u", target], target,
                      code, passwords(login))


def sudo_password(host, login):
    return "root-password" if host.rootpw else passwords(login)


def try_su(tries, host, code):
    for login in ["alice", "dave"] + host["as"]:
        tries.add("su", doors.su, login, [], code)
    tries.add("su", doors.su, "alice", ["-"], code)


def ways_in(tries, host, ticks):
    """Those that lead in without a code."""
    code = ticks.wrong()
    tries.add("sudo", doors.sudo_cached, "frank", ticks.code("frank"), code,
              sudo_password(host, "frank"))
    try_su(tries, host, code)
    try_ssh(tries, host, code)
    try_sudo(tries, host, code)
    if os.path.exists(layout.PKEXEC):
        for login in "alice", "dave":
            tries.add("pkexec", doors.pkexec, login, code, passwords(login))


def works(tries, host, ticks):
    """The ways that a right code opens: by others than those above."""
    for port in ports(host)[:1]:
        carol = doors.Ssh(port, None, "carol", ticks.code("carol"),
                          passwords("carol"))
        tries.add("ssh", carol.as_is_right)
    tries.add("sudo", doors.sudo, "erin", [], "root", ticks.code("erin"),
              sudo_password(host, "erin"))
    tries.add("su", doors.su, "bob", [], ticks.code("bob"))
    if os.path.exists(layout.PKEXEC):
        tries.add("pkexec", doors.pkexec, "grace", ticks.code("grace"),
                  passwords("grace"))


def ways():
    """Those that are there at all."""
    return {"ssh", "sudo", "su"} | (
        {"pkexec"} if os.path.exists(layout.PKEXEC) else set())


def look(host, ticks):
    """What leads in without a code, {"ssh": [sentence...], ...}, and the set
    of ways that a right code opens.  No lock or used code of an earlier look
    is in the way."""
    layout.forget()
    ticks.move(clock.LOCK_S)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        without, right = Tries(pool), Tries(pool)
        ways_in(without, host, ticks)
        works(right, host, ticks)
        return without.found(), set(right.found())
