"""Credentials: keys and tokens by their shape, passwords by where they stand, in configuration, commands and prose.

Placeholders (`${TOKEN}`, `<password>`, `YOUR_KEY`), documented samples and things that only look random
(hashes of commits, checksums, public keys) pass. A pattern is tried only where one of its signs stands.
"""

from __future__ import annotations

import re
from itertools import pairwise

from policies.detect.secrets import phrases, spoken
from policies.detect.secrets.shapes import PLACES, VENDORS, Shape
from policies.detect.secrets.values import is_placeholder, is_row, looks_random, looks_secret
from policies.labels import Category
from policies.views.samples import crossed_out
from policies.vocabulary import Finding

__all__ = ["SecretDetector"]

Place = tuple[int, int]
_LONG = re.compile(r"(?<![\w.+/=~%-])[\w.+/=~%-]{20,}")
_PUBLIC = re.compile(
    r"(?i)(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+)\s+AAAA|integrity|sha(?:1|256|384|512)[-:(= ]|data:[\w/+.-]+;base64,|-----BEGIN (?:CERTIFICATE|PUBLIC)|\b(?:commit|checksum|digest|md5sum|etag|uuid|guid|fingerprint|hash of|revision|blob|tree)\b"
)
_GENERIC = re.compile(r"(?<![A-Za-z0-9+/_.=-])[A-Za-z0-9+/_-]{32,}={0,2}(?![A-Za-z0-9+/_=-])")


class SecretDetector:
    """Credentials, by shape, by place, and by randomness beside a word that says so."""

    name = "secrets"
    version = "3"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        is_long = bool(_LONG.search(text))
        text = crossed_out(text) if is_long else text
        low = _lowered(text)
        found = _by_shape(PLACES, text, low)
        if is_long:
            found += _by_shape(VENDORS, text, text) + _random_values(text)
        found += spoken.find(text, low)
        found += phrases.find(text, low)
        return [
            Finding(detector=self.name, kind=kind, start=start, end=end, category=Category.CREDENTIALS)
            for kind, (start, end) in dict.fromkeys(found)
        ]

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("aws_access_key", "AKIA" + "K22S6N6LPAAX3EJO"),
            ("private_key", "-----BEGIN RSA PRIVATE" + " KEY-----"),
            ("uri_password", "postgres://svc:LKOOeb8n3YCkjO@db.internal/core"),
            ("password", "the admin password is P0suMi!13"),
            ("access_code", "the code for the back door is 4718"),
            ("bearer", "Authorization: Bearer " + "3nA3yDDdzMIpB5WUubHuufCsmZs1x4De"),
            ("password_hash", "root:$6$" + "rounds9Qx$k3Jd82mdPqoWe7TzLs0VbNc4"),
        )


def _lowered(text: str) -> str:
    """In small letters, each in its place: the few that grow when they are lowered stay as they are."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(char if len(char.lower()) > 1 else char.lower() for char in text)


def _by_shape(shapes: tuple[Shape, ...], text: str, signs_in: str) -> list[tuple[str, Place]]:
    return [
        (shape.kind, match.span())
        for shape in shapes
        if any(sign in signs_in for sign in shape.signs)
        for match in shape.compiled.finditer(text)
        if _is_one(shape, match)
    ]


def _is_one(shape: Shape, match: re.Match[str]) -> bool:
    """Not for a real one: a placeholder, a documented sample, a row of keys."""
    value = next((value for name, value in match.groupdict().items() if value and name.startswith("v")), "")
    if not value:
        asked = shape.kind == "private_key" and _ASKED.match(match.string, match.end())
        return not (
            "EXAMPLE" in match.group() or is_row(match.group()) or _is_plain(shape.kind, match.group()) or asked
        )
    if is_placeholder(value):
        return False
    if shape.kind in {"bearer", "session_cookie"}:
        return _is_drawn(value) and not is_row(value)
    return looks_secret(value) if shape.judged else True


_ASKED = re.compile(r"[\"'`»”)]{0,2} (?:[a-z]{1,12}[ ?.,]){2}")  # a sentence goes on behind the first line of a key
_KEBAB = re.compile(r"(?:[a-z]+[-_.])*[a-z]+\d?\Z")


def _is_plain(kind: str, value: str) -> bool:
    """A long name with hyphens or dots, as packages and machines have them, or a mask of one character."""
    tail = re.split(r"[-_.]", value, maxsplit=1)[-1]
    if any(len(part) > 12 and len(set(part)) <= 3 for part in (tail, *re.split(r"[-_.]", tail))):
        return True
    if kind in {"vendor_key", "openai_key"}:
        return sum(map(str.isdigit, tail)) < 2 or not any(map(str.isupper, tail)) or bool(_KEBAB.match(value))
    return kind in {"vendor_token", "gitlab_token", "slack_token", "discord_token"} and not _is_drawn(tail)


def _is_drawn(value: str) -> bool:
    """Digits among letters, or letters that change between small and capital as no word does."""
    turns = sum(one.islower() != two.islower() for one, two in pairwise(value) if one.isalpha() and two.isalpha())
    return any(map(str.isdigit, value)) or turns >= 4


def _random_values(text: str) -> list[tuple[str, Place]]:
    """Long values that look drawn by chance, a credential's word right before them."""
    found: list[tuple[str, Place]] = []
    for match in _GENERIC.finditer(text):
        last = text[max(0, match.start() - 40) : match.start()]
        around = text[max(0, match.start() - 60) : match.end() + 10]
        if spoken.NEAR.search(last) and looks_random(match.group()) and not _PUBLIC.search(around):
            found.append(("random_value", match.span()))
    return found
