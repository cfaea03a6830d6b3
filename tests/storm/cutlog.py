"""What a power cut leaves behind: the folders' contents at any point of a
traced run, with writes that were not synced lost, or kept in part.

A write is sure once its file was synced; until then each of its sectors may
or may not be on the disk.  A file that was made, removed or renamed is so for
sure once its folder was synced, or, as far as making goes, itself."""

import re

SECTOR = 512
CALLS = ("openat,pwrite64,pwritev,write,fdatasync,fsync,ftruncate,fallocate,"
         "unlink,unlinkat,rename,renameat,renameat2,sendto,sendmsg")
ALLOW = bytes.fromhex("35a6c93a")
HEX = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
FD = re.compile(r'^(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>')
LINE = re.compile(r'^(\d+) +(\w+)\((.*)\) += (-?\d+)')


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def fd_path(args):
    found = FD.match(args)
    return unhex(found.group(1)).decode("latin-1") if found else ""


def strings(args):
    found = HEX.findall(args)
    if any(cut for _, cut in found):
        raise RuntimeError("strace cut a string")
    return [unhex(text) for text, _ in found]


def numbers(args):
    """The plain numbers behind the last string or descriptor."""
    tail = args.rsplit('"', 1)[-1].rsplit(">", 1)[-1]
    return [int(x) for x in re.findall(r"-?\d+", tail)]


def at_path(folder, name):
    name = name.decode("latin-1")
    return name if name.startswith("/") else folder + "/" + name


def parse(path, folders):
    """The events that matter, in order: tuples of a word and what it needs.
    ("allow",) is a verdict that left."""
    events, waiting = [], {}

    def ours(name):
        return any(name.startswith(f + "/") for f in folders)

    with open(path) as f:
        for line in f:
            line = line.rstrip("\n")
            if line.endswith("<unfinished ...>"):
                pid, rest = line.split(None, 1)
                waiting[pid] = rest[:-len("<unfinished ...>")]
                continue
            back = re.match(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$", line)
            if back:
                line = "%s %s%s" % (back.group(1),
                                    waiting.pop(back.group(1), "?("),
                                    back.group(2))
            found = LINE.match(line)
            if found and int(found.group(4)) >= 0:
                events += event(found.group(2), found.group(3),
                                int(found.group(4)), ours, folders)
    return events


def event(call, args, rv, ours, folders):
    name = fd_path(args)
    if call in ("sendto", "sendmsg"):
        data = b"".join(strings(args))
        # header, nonce, verdict: docs/protocol.md
        if data[1:2] == b"\x05" and data[18:22] == ALLOW:
            return [("allow",)]
    elif call == "openat" and "O_CREAT" in args or "O_TRUNC" in args:
        name = at_path(name, strings(args)[0])
        if ours(name):
            return [("make", name)] + (
                [("size", name, 0)] if "O_TRUNC" in args else [])
    elif call in ("fdatasync", "fsync"):
        if name in folders:
            return [("syncdir", name)]
        if ours(name):
            return [("sync", name)]
    elif call in ("unlinkat", "unlink"):
        name = at_path(name, strings(args)[0])
        if ours(name):
            return [("remove", name)]
    elif call.startswith("rename"):
        if any(f in a for f in folders for a in [name]) or not name:
            old, new = strings(args)
            return [("rename", at_path(name, old), at_path(name, new))]
    elif ours(name):
        if call == "pwrite64":
            return [("write", name, numbers(args)[-1], strings(args)[0][:rv])]
        if call == "ftruncate":
            return [("size", name, numbers(args)[-1])]
        if call == "fallocate":
            _, off, length = numbers(args)[-3:]
            return [("grow", name, off + length)]
        if call in ("write", "pwritev"):
            raise RuntimeError("%s to %s: not understood here" % (call, name))
    return []


class File:
    def __init__(self, data=b"", made=False):
        self.sure = bytearray(data)  # on the disk, whatever happens
        self.now = bytearray(data)   # what the program sees
        self.open = []		     # changes that are not synced
        self.made = made	     # the folder may not know it yet

    def change(self, what):
        apply(self.now, what)
        self.open.append(what)

    def sync(self):
        self.sure = bytearray(self.now)
        self.open = []
        self.made = False

    def after_cut(self, rng):
        """rng None: all that was not synced is lost."""
        data = bytearray(self.sure)
        for what in self.open if rng else []:
            for part in sectors(what):
                if rng.random() < 0.5:
                    apply(data, part)
        return bytes(data)


def apply(data, what):
    if what[0] == "size":
        del data[what[1]:]
        data.extend(bytes(what[1] - len(data)))
    elif what[0] == "grow":
        data.extend(bytes(max(0, what[1] - len(data))))
    else:
        _, off, new = what
        data.extend(bytes(max(0, off - len(data))))
        data[off:off + len(new)] = new


def sectors(what):
    if what[0] != "write":
        return [what]
    _, off, data = what
    parts, at = [], 0
    while at < len(data):
        end = min(len(data), at + SECTOR - (off + at) % SECTOR)
        parts.append(("write", off + at, data[at:end]))
        at = end
    return parts


class Disk:
    """The folders as events change them."""

    def __init__(self, files):
        self.files = {name: File(data) for name, data in files.items()}
        self.gone = {}	# removed or replaced, the folder not synced
        self.allows = 0

    def feed(self, e):
        if e[0] == "allow":
            self.allows += 1
        elif e[0] == "make":
            if e[1] not in self.files:
                self.files[e[1]] = File(made=True)
        elif e[0] == "sync":
            if e[1] in self.files:
                self.files[e[1]].sync()
        elif e[0] == "syncdir":
            self.sync_folder(e[1])
        elif e[0] == "remove":
            self.remove(e[1])
        elif e[0] == "rename":
            self.remove(e[2])
            self.files[e[2]] = self.files.pop(e[1])
        elif e[1] in self.files:
            self.files[e[1]].change((e[0],) + e[2:])

    def remove(self, name):
        f = self.files.pop(name, None)
        if f is not None and not f.made:
            self.gone.setdefault(name, f)

    def sync_folder(self, folder):
        self.gone = {n: f for n, f in self.gone.items()
                     if not n.startswith(folder + "/")}
        for name, f in self.files.items():
            if name.startswith(folder + "/"):
                f.made = False

    def image(self, rng):
        """Name -> contents after a cut here."""
        files = {}
        for name, f in self.gone.items():
            if rng is None or rng.random() < 0.5:
                files[name] = f.after_cut(rng)
        for name, f in self.files.items():
            if f.made and (rng is None or rng.random() < 0.5):
                continue
            files[name] = f.after_cut(rng)
        return files
