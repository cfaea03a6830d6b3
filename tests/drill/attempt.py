"""One attempt of the attacker on one vault: what he has, and what came of
it."""

import re
import time

from machines import Failed, end

IN = 'echo "in: $(id -un)@$(hostname)"'
OPENED, DESTROYED, LOCKED_OUT, NOTHING = (
    "OPENED A SESSION", "DESTROYED A GENERATION", "LOCKED THE OWNER OUT",
    "failed")


class Attempt:
    """He is root on prod, and whatever is there is his."""

    def __init__(self, scene, vault):
        self.scene, self.vault, self.prod = scene, vault, scene.prod
        self.said = ""
        self.why = ""
        self.running = []
        self.undo = []
        self.again = False  # the owner must get in afterwards too
        self.room = "/root/loot-" + vault.name
        self.prod.must("mkdir", "-p", self.room)

    # What he does

    def sh(self, text, *args, **more):
        done = self.prod.sh(text, *args, **more)
        self.said += done.text
        return done

    def ssh(self, *options, user="alice", command=IN, answers="-", key=None,
            agent=False, text=""):
        """A login from prod, with what he has for it."""
        words = ["ssh-try", answers, "ssh"] if answers else ["ssh"]
        env = {}
        if key is not None:
            words += ["-i", key, "-o", "IdentitiesOnly=yes"]
        if agent:
            env["SSH_AUTH_SOCK"] = self.scene.agent
        words += list(options) + ["%s@%s" % (user, self.vault.address)]
        done = self.prod.run(*words, *([command] if command else []),
                             env=env, text=text)
        self.said += done.text
        return done

    def machine(self, *options, **more):
        """As the account of the nightly push."""
        more = {"user": "push-prod", "key": self.vault.push_key,
                "answers": None, **more}
        return self.ssh("-o", "BatchMode=yes", *options, **more)

    def rsync(self, *words, limit=30):
        """rsync as the nightly push runs it; REMOTE: is the vault."""
        words = [w.replace("REMOTE:", "push-prod@%s:" % self.vault.address)
                 for w in words]
        done = self.prod.run(
            "rsync", "-e", "ssh -i %s -o IdentitiesOnly=yes -o BatchMode=yes"
            % self.vault.push_key, *words, limit=limit)
        self.said += done.text
        return done

    def leave_running(self, *argv, env=None):
        process = self.prod.start(*argv, env=env)
        self.running.append(process)
        return process

    def code(self):
        """What the phone's entry of production says at the vault's time."""
        return self.scene.phone.totp(self.vault.now())

    def answers(self, code=None, password=None):
        return "%s,%s" % (code or self.code(),
                          password or self.scene.password)

    def remote_names(self):
        """What the push account is shown of what is stored."""
        done = self.rsync("REMOTE:")
        return re.findall(r"^d\S+ +\S+ \S+ \S+ ([^.].*)$", done.out, re.M)

    # What came of it

    def opened(self):
        """A command of his on the vault, or bytes from behind its door."""
        name = re.escape(self.vault.name)
        found = re.search(r"in: \S+@%s\.test|inner service of %s\.test"
                          % (name, name), self.said)
        return found[0] if found else ""

    def seen_on_vault(self, test, *args):
        """The referee looks on the vault itself: a shell text that says
        something where the attack got through."""
        out = self.vault.machine.sh(test, *args).out.strip()
        if out:
            self.said += "\nin: %s@%s.test\n" % (out, self.vault.name)
        return out

    def over(self):
        for process in self.running:
            end(process)
        while self.undo:
            self.undo.pop()()

    def last_words(self):
        """What he was told, the line that says most."""
        lines = [line.strip() for line in self.said.splitlines()
                 if line.strip() and not line.startswith("asked: ")]
        telling = [line for line in lines if re.search(TELLING, line)]
        return (telling or lines or [""])[-1].removeprefix("/usr/local/bin/")


TELLING = (r"rrsync|denied|refus|No space|not permitted|unrequested|failed for"
           r"|not run|too many|stays in force|ABORTING")
AT_LAST = "what came in is there, and the generations before are as they were"


def judge(a):
    """The referee: the night comes, the vault prunes, the owner logs in."""
    vault = a.vault
    opened = a.opened()
    why = a.why or vault.why()
    vault.night()
    vault.prune()
    lost = vault.lost()
    why = why or vault.jobs_said() or a.last_words() or AT_LAST
    vault.mark()
    out = vault.owner_in()
    if out:
        out = vault.why() or out
    a.over()
    if a.again and not out:
        out = vault.owner_in()
    if opened:
        return OPENED, opened
    if lost:
        return DESTROYED, "%d of %d generations (%s)" % (
            len(lost), len(vault.seen), lost[0])
    if out:
        return LOCKED_OUT, out
    return NOTHING, why


def run(scene, vault, attack):
    """-> (outcome, detail, seconds)"""
    began = time.monotonic()
    vault.wall(not attack.open)
    vault.calm()
    a = Attempt(scene, vault)
    try:
        attack.run(a)
        outcome = judge(a)
    except Failed:
        a.over()
        raise
    vault.mend()
    return outcome + (time.monotonic() - began,)
