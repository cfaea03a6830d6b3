"""Looking for a secret in the memory of a process."""

import base64
import re

MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$")


def mappings(pid):
    """(start, end, name) of all that the process can write to."""
    found = []
    with open("/proc/%d/maps" % pid) as f:
        for line in f:
            m = MAPPING.match(line)
            if m and m.group(3).startswith("rw"):
                found.append((int(m.group(1), 16), int(m.group(2), 16),
                              m.group(4)))
    return found


def places(pid, needle):
    """Where needle lies: (address, name of the mapping)."""
    found = []
    with open("/proc/%d/mem" % pid, "rb", buffering=0) as mem:
        for start, end, name in mappings(pid):
            if name.startswith(("[vvar", "[vdso", "/dev/")):
                continue
            data = read(mem, start, end - start)
            at = data.find(needle)
            while at != -1:
                found.append((start + at, name))
                at = data.find(needle, at + 1)
    return found


def read(mem, start, length):
    try:
        mem.seek(start)
        parts = []
        while length > 0:
            part = mem.read(min(length, 1 << 24))
            if not part:
                break
            parts.append(part)
            length -= len(part)
        return b"".join(parts)
    except OSError:
        return b""


def shapes(secret):
    """A binary secret, and as people write it."""
    b32 = base64.b32encode(secret).rstrip(b"=")
    return {
        "raw": secret,
        "base32": b32,
        "small base32": b32.lower(),
        "hex": secret.hex().encode(),
        "capital hex": secret.hex().upper().encode(),
        "base64": base64.b64encode(secret).rstrip(b"=")[:-1],
    }


def flags(pid):
    """The kernel's flags of each mapping: {start: {"lo", "dd", ...}}."""
    found, start = {}, None
    with open("/proc/%d/smaps" % pid) as f:
        for line in f:
            m = MAPPING.match(line)
            if m:
                start = int(m.group(1), 16)
                end = int(m.group(2), 16)
            elif line.startswith("VmFlags:"):
                found[start] = (end, set(line.split()[1:]))
    return found


def flags_at(pid, address):
    for start, (end, words) in flags(pid).items():
        if start <= address < end:
            return words
    return set()
