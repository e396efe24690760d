#!/usr/bin/env python3
"""Check an exported Ringfence record, without Ringfence.

    python ringfence_verify.py EXPORT.jsonl [--checkpoint FILE] [--public-key FILE] [--json]
    python ringfence_verify.py RECEIPT.json [--public-key FILE] [--json]      one record with its proof

Needs Python 3.9 or newer and the `cryptography` package; no network. Prints each finding as
`CODE position detail`; exit 0: intact, 1: something was found, 2: this could not be checked at all.

What is checked. Every record is hashed (RFC 6962: leaf 0x00, node 0x01) and the root over the first n records is
compared with the signed head that was made with record n. Up to 2,000 records: every root and every signature;
beyond that every 1,024th root, an even sample of 2,000 signatures, and the last of both, which covers every
record. Where roots part, all are used to find the place.

    MODIFIED    the record is not the one that was signed        MISSING     a record is gone
    EXTRA       a record was put in                              REORDERED   records changed places
    TRUNCATED   the end is cut off                               SIGNATURE   a head is not signed with the key
    ROLLBACK    shorter than a checkpoint kept outside           FORK        another past than that checkpoint
Notices, which do not fail the check: CLOCK (the clock was set back) and OPEN_INTENT (begun and not ended here).

What cannot be detected. Without a checkpoint kept outside: the whole record, or its end, replaced by an older
true state; a past rewritten by whoever holds the signing key. Without a public key from elsewhere
(`--public-key`): a record made up with another key. Never: a program that was changed so as not to record.
"""

# ruff: noqa: T201, UP031 (a program that prints, in the oldest Python an auditor may have)

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys

ALL = 2000
BLOCK = 1024
FORMAT = "ringfence-record-1"
NOTICES = ("CLOCK", "OPEN_INTENT")
EMPTY = hashlib.sha256(b"").digest()


class Unusable(Exception):
    """The file, the checkpoint or the key is not what it should be."""


# -- hashing and signatures --------------------------------------------------------------------------


def leaf(body):
    return hashlib.sha256(b"\x00" + body).digest()


class Tree:
    """The roots of the complete subtrees over `size` leaves, largest first."""

    def __init__(self, size=0, nodes=()):
        self.size, self.nodes = size, list(nodes)

    def add(self, node):
        at = self.size
        while at & 1:
            node = hashlib.sha256(b"\x01" + self.nodes.pop() + node).digest()
            at >>= 1
        self.nodes.append(node)
        self.size += 1

    def root(self):
        if not self.nodes:
            return EMPTY
        node = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node

    def copy(self):
        return Tree(self.size, self.nodes)


class Signer:
    """The public key of a record and the name it signs under."""

    def __init__(self, origin, public):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        self.origin, self.public, self._key = origin, public, Ed25519PublicKey.from_public_bytes(public)

    def signed(self, size, root, signature):
        from cryptography.exceptions import InvalidSignature

        text = "%s\n%d\n%s\n" % (self.origin, size, base64.b64encode(root).decode())
        try:
            self._key.verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True

    def key_hash(self):
        return hashlib.sha256(self.origin.encode() + b"\n\x01" + self.public).digest()[:4]


def parse_key(text):
    """The 32 bytes of a key given as `name+hash+base64` or as 64 hexadecimal digits."""
    text = text.strip()
    try:
        if re.fullmatch("[0-9a-fA-F]{64}", text):
            return bytes.fromhex(text)
        blob = base64.b64decode(text.split("+", 2)[2], validate=True)
        if blob[:1] != b"\x01" or len(blob) != 33:
            raise ValueError
        return blob[1:]
    except (IndexError, ValueError, binascii.Error):
        raise Unusable("The public key is not an Ed25519 key in a form known here.") from None


def parse_note(text):
    """(origin, size, root, [(name, key hash, signature)]) of a checkpoint."""
    try:
        head, tail = text.replace("\r\n", "\n").split("\n\n", 1)
        origin, size, root = head.split("\n")
        signatures = []
        for line in filter(None, tail.split("\n")):
            dash, name, blob = line.split(" ")
            raw = base64.b64decode(blob, validate=True)
            if dash != "—":
                raise ValueError
            signatures.append((name, raw[:4], raw[4:]))
        return origin, int(size), base64.b64decode(root, validate=True), signatures
    except (ValueError, binascii.Error):
        raise Unusable("The checkpoint is not a signed note.") from None


def note_signed(note, signer):
    origin, size, root, signatures = note
    return origin == signer.origin and any(
        name == origin and key == signer.key_hash() and signer.signed(size, root, signature)
        for name, key, signature in signatures
    )


# -- reading an export -------------------------------------------------------------------------------


def lines_of(path):
    """(line number from 0, body, number the line states, root, signature) of each record line."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        next(file)
        for row, line in enumerate(file):
            try:
                stated = json.loads(line)
                body = stated["body"].encode("utf-8", "surrogateescape")
                root, signature = bytes.fromhex(stated.get("root", "")), bytes.fromhex(stated.get("signature", ""))
                yield row, body, int(stated["seq"]), root, signature
            except (ValueError, KeyError, TypeError, AttributeError):
                yield row, line.encode("utf-8", "surrogateescape"), -1, b"", b""


def header_of(path):
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            header = json.loads(file.readline())
        if header["format"] != FORMAT:
            raise Unusable("This export has a format that is not known here: %s." % header["format"])
        return {name: str(header[name]) for name in ("home", "public_key", "checkpoint")}
    except (ValueError, KeyError, TypeError):
        raise Unusable("This is not an exported record: its first line is not a header.") from None


class Heads:
    """The heads in the export by size; of two for one size, the one that is signed."""

    def __init__(self, signer):
        self.signer, self.heads, self.known = signer, {}, {}
        self.hashed = {}  # the root that the records give at the size of the checkpoint kept outside

    def put(self, size, root, signature):
        if size in self.heads:
            if self.heads[size] == (root, signature) or self.trusted(size):
                return
            del self.known[size]
        self.heads[size] = (root, signature)

    def root(self, size):
        return self.heads[size][0] if size in self.heads else None

    def trusted(self, size):
        if size not in self.known:
            self.known[size] = size in self.heads and self.signer.signed(size, *self.heads[size])
        return self.known[size]


# -- checking ----------------------------------------------------------------------------------------


def check(path, signer, note, outside):
    """All findings, and the size and root of the newest signed head."""
    heads, opened, clocks = Heads(signer), {}, []
    rows = scan(path, heads, opened, clocks)
    findings = []
    if note_signed(note, signer):
        heads.put(note[1], note[2], next(sig for name, key, sig in note[3] if key == signer.key_hash()))
    else:
        findings.append(("SIGNATURE", -1, "The checkpoint in the export is not signed with the key."))
    sizes = sorted(size for size in heads.heads if size > 0)
    findings += signatures(heads, sizes)
    end = next((size for size in reversed(sizes) if heads.trusted(size)), 0)
    if end or not sizes:
        findings += records(path, heads, end, rows, outside[1] if outside else 0)
    if all(code in NOTICES for code, _, _ in findings):
        findings += clocks
    if outside is not None:
        findings += compare(heads, outside, end)
    findings += [("OPEN_INTENT", seq, "Begun, and not ended in this record.") for seq in opened]
    return findings, end, heads.root(end) or EMPTY, rows


def scan(path, heads, opened, clocks):
    """One pass over the lines: heads, open intents, clocks. Returns the number of lines."""
    rows, before = 0, 0
    for row, body, seq, root, signature in lines_of(path):
        rows = row + 1
        if len(root) == 32 and len(signature) == 64 and seq >= 0:
            heads.put(seq + 1, root, signature)
        if b'"writer":"' in body:
            opened[row] = True
        closes = re.search(rb'"closes":(\d{1,16}),', body)
        if closes:
            opened.pop(int(closes[1]), None)
        stated = re.findall(rb'"time":(\d{1,16})', body)
        time = int(stated[-1]) if stated else before
        if time < before:
            clocks.append(("CLOCK", row, "It is older than the record before."))
        elif re.search(rb'^\{[^{]*"clock":\d|,"clock":\d', body):
            clocks.append(("CLOCK", row, "The clock was set back before this record."))
        before = time
    return rows


def signatures(heads, sizes):
    if not sizes:
        return []
    step = 1 if len(sizes) <= ALL else -(-len(sizes) // ALL)
    findings, good, before = [], True, -1
    for at in sorted({*range(0, len(sizes), step), len(sizes) - 1}):
        ours = heads.trusted(sizes[at])
        if good and not ours:
            first = next(size for size in sizes[before + 1 : at + 1] if not heads.trusted(size))
            findings.append(("SIGNATURE", first - 1, "The head of size %d is not signed with the key." % first))
        good, before = ours, at
    return findings


def records(path, heads, end, rows, outside):
    """Hash everything; where a root parts from its head, find the place."""
    tree, proven, whole = Tree(), Tree(), rows >= end
    for _, body, _, _, _ in lines_of(path):
        if tree.size >= end or not whole:
            break
        tree.add(leaf(body))
        if tree.size == outside:
            heads.hashed[outside] = tree.root()
        if tree.size % BLOCK == 0 or end <= ALL or tree.size == end:
            if tree.root() == heads.root(tree.size):
                proven = tree.copy()
            elif heads.trusted(tree.size):
                whole = False
    if whole and proven.size == end and rows == end:
        gone = next((size for size in range(1, end + 1) if size not in heads.heads), None)
        return [] if gone is None else [("SIGNATURE", gone - 1, "The head of size %d is missing." % gone)]
    bodies = {row: body for row, body, _, _, _ in lines_of(path) if row >= proven.size}
    return locate(proven, bodies, heads, end)


def compare(heads, outside, end):
    if not note_signed(outside, heads.signer):
        return [("SIGNATURE", -1, "The checkpoint kept outside is not signed with the key.")]
    size, root = outside[1], outside[2]
    if size > end:
        return [("ROLLBACK", end, "The checkpoint saw %d records, %d are proven here." % (size, end))]
    if (heads.hashed.get(size) or heads.root(size) if size else EMPTY) != root:
        return [("FORK", size - 1, "The first %d records are not those of the checkpoint." % size)]
    return []


def own_number(body):
    found = re.findall(rb'"seq":(\d{1,16}),', body)
    return int(found[-1]) if found else -1


def locate(proven, bodies, heads, end):
    """Fit the lines to the places that the heads prove; see `policies/audit/locate.py` for the thought."""
    placed, used, empty, named = {}, set(), [], {}
    for row, body in bodies.items():
        named.setdefault(own_number(body), []).append(row)
    tree, again, before = proven.copy(), proven.size, proven.size - 1
    for place in range(proven.size, end):
        near = [r for r in dict.fromkeys([place, before + 1, *named.get(place, [])]) if r in bodies and r not in used]
        if place == again and place != tree.size:
            tree = Tree(place, [heads.root(place)])
        row = fitting(tree if place >= again else None, near, bodies, heads, place)
        if row is None:
            before += 1
            empty.append(place)
            if place >= again:
                again = border(place, end, heads)
            continue
        placed[place], before = row, row
        used.add(row)
        if place >= again:
            tree.add(leaf(bodies[row]))
    return describe(placed, empty, [row for row in bodies if row not in used], end)


def fitting(tree, near, bodies, heads, place):
    if tree is not None:
        for row in near:
            trial = tree.copy()
            trial.add(leaf(bodies[row]))
            if trial.root() == heads.root(place + 1):
                return row
        if heads.trusted(place + 1):
            return None
    return next((row for row in near if own_number(bodies[row]) == place), None)


def border(place, end, heads):
    size = 1
    while size <= place or (size < end and not heads.trusted(size)):
        size <<= 1
    return min(size, end)


def describe(placed, empty, spare, end):
    findings, gone = [], []
    for place in empty:
        beside = placed.get(place - 1, place - 1) + 1
        row = next((row for row in (beside, place) if row in spare), None)
        if row is None:
            gone.append(place)
        else:
            spare.remove(row)
            findings.append(("MODIFIED", place, "This record is not the one that was signed."))
    for first, last in runs(gone):
        code = "TRUNCATED" if last == end - 1 else "MISSING"
        findings.append((code, first, "%d record(s) gone." % (last - first + 1)))
    findings += [
        ("EXTRA", first, "%d record(s) that no head covers." % (last - first + 1)) for first, last in runs(spare)
    ]
    rank = {row: number for number, row in enumerate(sorted(placed.values()))}
    for number, place in enumerate(sorted(placed)):
        if rank[placed[place]] != number:
            findings.append(
                ("REORDERED", place, "The record that belongs here stands on line %d." % (placed[place] + 2))
            )
    return sorted(findings, key=lambda finding: finding[1])


def runs(numbers):
    """[(first, last)] of the consecutive runs."""
    found = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


# -- one record with its proof ---------------------------------------------------------------------


def receipt_of(path):
    """What a receipt states; None for a file that is none."""
    try:
        with open(path, encoding="utf-8") as file:
            stated = json.loads(file.read(1 << 24))
        return stated if "proof" in stated and "body" in stated else None
    except (ValueError, TypeError):
        return None


def check_receipt(stated, public):
    """(whether it is proven, the record's fields, its number, the size of the tree)."""
    try:
        head, note_text = stated["proof"].split("\n\n", 1)
        lines = [line for line in head.split("\n") if not line.startswith("extra ")]
        if lines[0] != "c2sp.org/tlog-proof@v1":
            raise ValueError
        index = int(lines[1][len("index ") :])
        path = [base64.b64decode(line, validate=True) for line in lines[2:]]
        body, note = stated["body"], parse_note(note_text)
        fields = json.loads(body)
    except (ValueError, KeyError, IndexError, AttributeError, binascii.Error):
        raise Unusable("This is not a receipt.") from None
    root = root_over(leaf(body.encode()), index, note[1], path)
    return note_signed(note, Signer(note[0], public)) and root == note[2], fields, index, note[1]


def root_over(node, index, size, path):
    """The root that a leaf and its path give (RFC 9162, 2.1.3.2); None when they do not fit."""
    at, last = index, size - 1
    for part in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            node = hashlib.sha256(b"\x01" + part + node).digest()
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + part).digest()
        at, last = at >> 1, last >> 1
    return node if last == 0 and 0 <= index < size else None


def told_receipt(stated, given):
    public = parse_key(read(given.public_key) if given.public_key else stated.get("public_key", ""))
    proven, fields, index, size = check_receipt(stated, public)
    if given.json:
        print(json.dumps({"proven": proven, "record": index, "size": size, "key": public.hex(), "body": fields}))
        return 0 if proven else 1
    print("%s: record %d of %d" % ("proven" if proven else "NOT PROVEN", index, size))
    for name in sorted(fields):
        print("  %-12s %s" % (name, json.dumps(fields[name], ensure_ascii=False)))
    print(
        "key %s%s"
        % (public.hex(), "" if given.public_key else " (from the receipt itself: compare it with one from elsewhere)")
    )
    return 0 if proven else 1


# -- the command -------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description="Check an exported Ringfence record, offline.")
    parser.add_argument("export")
    parser.add_argument("--checkpoint", metavar="FILE", help="a checkpoint that was kept outside")
    parser.add_argument("--public-key", metavar="FILE", help="the public key, from elsewhere than the export")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    try:
        receipt = receipt_of(given.export)
        if receipt is not None:
            return told_receipt(receipt, given)
        header = header_of(given.export)
        public = parse_key(read(given.public_key) if given.public_key else header["public_key"])
        outside = parse_note(read(given.checkpoint)) if given.checkpoint else None
        signer = Signer("ringfence/" + header["home"], public)
        findings, size, root, rows = check(given.export, signer, parse_note(header["checkpoint"]), outside)
    except (Unusable, OSError, ImportError) as error:
        print("cannot check: %s" % error, file=sys.stderr)
        return 2
    intact = all(code in NOTICES for code, _, _ in findings)
    if given.json:
        shown = [{"code": code, "seq": seq, "detail": detail} for code, seq, detail in findings]
        told = {"intact": intact, "size": size, "root": root.hex(), "records": rows, "findings": shown}
        print(json.dumps(dict(told, key=public.hex())))
        return 0 if intact else 1
    for code, seq, detail in findings:
        print("%-11s %7s  %s" % (code, seq if seq >= 0 else "-", detail))
    print("%s: %d records, root %s" % ("intact" if intact else "NOT INTACT", size, root.hex()))
    print(
        "key %s%s"
        % (public.hex(), "" if given.public_key else " (from the export itself: compare it with one from elsewhere)")
    )
    return 0 if intact else 1


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
