"""corpus.py TOPIC [NAME...]: each configuration of hosts/TOPIC is laid over
the host; what leads past the gate is found by trying; bulkhead doctor's word
is held against it; its fixes are applied as they stand, and both are asked
again.  Prints TAP."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import clock
import layout
import truth

ROUNDS = 4
BAD = ("bypass", "unknown")
# Of which way a bypass speaks, by the beginning of its id.
WAYS = (("sshd", "ssh"), ("sudo", "sudo"), ("pam-su", "su"),
        ("pam-polkit", "pkexec"))


class Tap:
    number = failed = 0

    def say(self, good, text, why=()):
        self.number += 1
        self.failed += not good
        print("%sok %d - %s" % ("" if good else "not ", self.number, text))
        if not good:
            for line in why:
                for part in str(line).splitlines():
                    print("# " + part)
        sys.stdout.flush()

    def skip(self, text, why):
        self.number += 1
        print("ok %d - %s # SKIP %s" % (self.number, text, why))


def doctor():
    """Its findings; an exit code that does not fit them is an error."""
    done = subprocess.run(["bulkhead", "--json", "doctor"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60, check=False,
                          text=True)
    if done.returncode not in (0, 1):
        raise layout.Broken("doctor: rc %d: %s" % (done.returncode,
                                                   done.stderr))
    found = json.loads(done.stdout)["findings"]
    bad = [f for f in found if f["severity"] in BAD]
    if (done.returncode == 1) != bool(bad):
        raise layout.Broken("doctor: rc %d with %d findings" % (
            done.returncode, len(bad)))
    return bad


def told(findings):
    return ["doctor: %s %s, %s: %s\n  fix: %s" % (
        f["severity"], f["id"], f["where"], f["what"], f["fix"])
            for f in findings]


def seen(found):
    return ["tried: %s: %s" % (way, said) for way, sentences in
            sorted(found.items()) for said in sentences]


def bypasses(findings):
    return [f for f in findings if f["severity"] == "bypass"]


def ways_named(findings):
    """The ways of its bypasses; an id that is none of ours as it is."""
    return {next((way for start, way in WAYS if f["id"].startswith(start)),
                 f["id"]) for f in bypasses(findings)}


def judge_word(tap, host, found, findings):
    """A bypass for each way that is open and for no other one.  Where it may
    say that it can't tell, that will do for an open one."""
    good = ways_named(findings) == set(found) or (
        host.unknown and found and findings and not bypasses(findings))
    if not found and not host.unknown:
        good = good and not findings
    tap.say(good, "%s: doctor says %s" % (
        host.name, "bypass: " + " ".join(sorted(found)) if found
        else "no bypass"),
            seen(found) + told(findings) + layout.state(host))


def mend(findings, unknown):
    """Apply what doctor tells, and ask again, until it finds no more."""
    said = []
    for _ in range(ROUNDS):
        named = findings if unknown else bypasses(findings)
        if not named:
            break
        for f in named:
            if not f["fix"]:
                said.append("no fix: %s, %s" % (f["id"], f["where"]))
                continue
            try:
                layout.script(f["fix"])
            except (layout.Broken, subprocess.TimeoutExpired) as e:
                said.append("%s" % e)
        if said:
            break
        findings = doctor()
    return findings, said


def judge_mended(tap, host, ticks, before, findings):
    closed = told(findings)
    findings, said = mend(findings, host.unknown)
    found, opened = truth.look(host, ticks)
    lost = (truth.ways() - set(host["shut"])) - opened
    good = not found and not bypasses(findings) and not lost and not said
    tap.say(good, "%s: its fix closes it, and a right code still opens"
            % host.name, seen(before) + ["mended by:"] + closed +
            ["then:"] + seen(found) + told(findings) + said +
            ["no way in for a right code: " + way for way in lost] +
            (layout.state(host) if not good else []))


def judge(tap, host, ticks):
    missing = host.missing()
    if missing:
        tap.skip(host.name, "no " + missing[0])
        return
    layout.reset()
    host.lay()
    layout.start_sshd()
    with ThreadPoolExecutor(1) as aside:
        asked = aside.submit(doctor)
        found, opened = truth.look(host, ticks)
        findings = asked.result()
    tap.say(set(found) == host.truth() and
            truth.ways() - opened == set(host["shut"]),
            "%s: %s (%s)" % (host.name, host.title,
                             " ".join(sorted(found)) or "closed"),
            ["the file says: truth %s, shut %s" % (
                " ".join(host["truth"]), " ".join(host["shut"])),
             "a right code opens: " + " ".join(sorted(opened))] +
            seen(found) + layout.state(host))
    if os.environ.get("CORPUS_TRUTH"):
        return
    judge_word(tap, host, found, findings)
    if found:
        judge_mended(tap, host, ticks, found, findings)


def main(topic, names):
    folder = "%s/hosts/%s" % (layout.RUN, topic)
    tap = Tap()
    ticks = clock.Clock()
    for name in names or sorted(os.listdir(folder)):
        start = time.monotonic()
        try:
            judge(tap, layout.Layout(os.path.join(folder, name)), ticks)
        except (layout.Broken, subprocess.SubprocessError) as e:
            tap.say(False, "%s/%s" % (topic, name), [e])
        if os.environ.get("CORPUS_TIMES"):
            print("# %s: %.1f s" % (name, time.monotonic() - start))
    print("1..%d" % tap.number)
    return 1 if tap.failed else 0


sys.exit(main(sys.argv[1], sys.argv[2:]))
