#!/usr/bin/env -S python3 -B
"""bulkhead install, its way back, and uninstall are killed (kill -9) at random
moments, with and without the process that puts everything back.  After the job
that runs at a boot, the host is in one of its two states, and ssh works in it
as it should.

KILLS (or the first argument): how many."""

import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gatelib import Tap, skip_all  # noqa: E402

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
STATE = "/var/lib/bulkhead-install/state"
LOOK = "grep -o '\"state\":\"[a-z]*\"' %s" % STATE
CALLS = "rename,fsync,unlink,fchown,utimensat"
PRELUDE = """cd "$TOP"; . tests/system/lib.bash; . tests/system/install.bash
"""


class Storm:
    def __init__(self, kills, seed):
        self.kills, self.rng = kills, random.Random(seed)
        self.env = dict(os.environ, TOP=TOP, HOST_LIFE="3000")
        up = self.shell("stock_up production policy.freshness=0 >&2 && "
                        "enrol alice >&2 && printf '%s\\n' \"$HOST\"")
        self.env["HOST"] = up.stdout.strip()
        if up.returncode != 0:
            raise SystemExit("the host did not come up: " + up.stderr)
        self.before = self.snapshot()
        self.bad = []
        self.midway = 0
        self.seen = {"as it was": 0, "gated": 0}

    def shell(self, text):
        return subprocess.run(["bash", "-c", PRELUDE + text], env=self.env,
                              stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, check=False)

    def host(self, text):
        """As root in the host."""
        return subprocess.run(
            ["bash", "-c", PRELUDE + 'host_sh "$1"', "storm", text],
            env=self.env, stdin=subprocess.DEVNULL, text=True,
            capture_output=True, check=False)

    def snapshot(self):
        return self.shell("etc_snapshot").stdout

    def length(self, command):
        """How long a command takes here, in seconds."""
        start = time.time()
        self.host(command)
        return time.time() - start

    def cut(self, command, longest, alone):
        """Kill it at a random moment: of the time it takes, or at one of the
        calls that change a file.  alone: not what it has left behind."""
        self.command = command
        if not alone and self.rng.random() < 0.6:
            self.cut_at_call(command)
        else:
            self.cut_in_time(command, longest, alone)

    def is_midway(self, said):
        """Is there something to finish or to put back?"""
        return "laying" in said or "undoing" in said or \
            ("laid" in said and "--finish" in self.command)

    def cut_at_call(self, command):
        cut = self.host(
            "strace -D -f -qq -o /dev/null -e trace=%s "
            "-e inject=%s:signal=KILL:when=%d %s >/dev/null 2>&1 & p=$!; "
            "wait $p 2>/dev/null; pkill -KILL -x bulkhead; %s" %
            (CALLS, CALLS, self.rng.randint(1, 40), command, LOOK))
        self.midway += self.is_midway(cut.stdout)

    def cut_in_time(self, command, longest, alone):
        wait = self.rng.uniform(0, longest)
        # both at one moment, as by a power cut
        names = "$p" if alone else "$p $(pgrep -x bulkhead)"
        cut = self.host(
            "%s >/dev/null 2>&1 & p=$!; sleep %.4f; kill -KILL %s; "
            "wait $p 2>/dev/null; %s" % (command, wait, names, LOOK))
        self.midway += self.is_midway(cut.stdout)

    def reboot(self):
        """What pends is of another boot; then the job of the boot."""
        self.host("cd /var/lib/bulkhead-install 2>/dev/null || exit 0; "
                  "while pkill -KILL -x bulkhead; do sleep 0.01; done; "
                  "[ -s state ] && "
                  "jq -c 'if .pending then .pending.boot = \"another\" "
                  "else . end' state >s && cat s >state; rm -f s")
        return self.host("bulkhead install --finish").returncode == 0

    def settled(self):
        """The process that is left puts it back by itself, or it is laid."""
        return self.host(
            "for _ in $(seq 1000); do "
            "s=/var/lib/bulkhead-install/state; [ -e $s ] || exit 0; "
            "case $(jq -r .pending.state $s 2>/dev/null) in "
            "laid|null) exit 0;; esac; sleep 0.01; done; exit 1"
            ).returncode == 0

    def gets_in(self):
        key = self.shell("key_alone").returncode == 0
        code = self.shell('try 22 alice "$(fresh alice),alice-password"'
                          ).returncode == 0
        return key, code

    def judge(self, what):
        """One of two states, whole, and ssh as it is in it."""
        now = self.snapshot()
        gated = self.host("grep -l bulkhead /etc/pam.d/* "
                          "/etc/ssh/sshd_config.d/*").stdout.split()
        key, code = self.gets_in()
        if now == self.before:
            self.seen["as it was"] += 1
            if not key:
                self.bad.append(what + ": as it was, but ssh is shut")
        elif len(gated) == 6:
            self.seen["gated"] += 1
            if key or not code:
                self.bad.append("%s: gated, key alone %s, code %s" %
                                (what, key, code))
        else:
            self.bad.append("%s: half of it: %s" % (what, gated))

    def clean(self, what):
        self.host("bulkhead uninstall --yes")
        if self.snapshot() != self.before:
            self.bad.append(what + ": uninstall left something")

    def round(self, n):
        kind = n % 4
        alone = self.rng.random() < 0.5
        if kind < 2:
            what = "install"
            self.cut("bulkhead install --yes", self.times["install"], alone)
        elif kind == 2:
            what = "the way back at a boot"
            self.host("bulkhead install --yes")
            self.host("cd /var/lib/bulkhead-install && jq -c "
                      "'.pending.boot = \"another\"' state >s && "
                      "cat s >state; rm s; pkill -KILL -x bulkhead")
            self.cut("bulkhead install --finish", self.times["back"], False)
        else:
            what = "uninstall"
            self.host("bulkhead install --yes")
            if self.rng.random() < 0.5:  # what confirm writes
                self.host("cd /var/lib/bulkhead-install && jq -c "
                          "'{installed: .pending.files, pending: null}' state "
                          ">s && cat s >state; rm s")
            self.cut("bulkhead uninstall --yes", self.times["back"], alone)
        what = "%d: %s" % (n, what)
        if kind != 2 and alone:
            if not self.settled():
                self.bad.append(what + ": nobody has put it right")
        elif not self.reboot():
            self.bad.append(what + ": the job of the boot failed")
        self.judge(what)
        self.clean(what)

    def run(self):
        install = self.length("bulkhead install --yes")
        back = self.length("bulkhead uninstall --yes")
        # a third of them comes when the command has ended, or nearly
        self.times = {"install": 1.3 * install, "back": 1.3 * back}
        try:
            for n in range(self.kills):
                self.round(n)
        finally:
            self.shell("host_down")


def main():
    if os.geteuid() != 0:
        skip_all("needs root")
    kills = int(sys.argv[1] if len(sys.argv) > 1
                else os.environ.get("KILLS", 10))
    seed = int(os.environ.get("STORM_SEED", time.time_ns()))
    tap, storm = Tap(), Storm(kills, seed)
    tap.note("seed %d" % seed)
    storm.run()
    tap.note("%d kills, %d of them in the middle: %d hosts as they were, %d "
             "gated" % (kills, storm.midway, storm.seen["as it was"],
                        storm.seen["gated"]))
    tap.ok(not storm.bad, "after %d kills the host is in one of its two "
           "states, and ssh works in it" % kills, *storm.bad)
    tap.end()


main()
