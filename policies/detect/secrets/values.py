"""What a value looks like: a credential, a placeholder, a documented sample, or a word."""

from __future__ import annotations

import math
import re
from collections import Counter

from policies.views.samples import PRINTED
from policies.views.words import is_known, likeness

_PLACEHOLDER = re.compile(
    r"(?i)(?:[$%#@]?[\[{(<].*|%(?:[a-z_]\w*%|\(.*|[sdvr])|.*[>}\])]|\$[A-Z_]\w*|x{3,}.*|.*x{5,}.*|\*{3,}.*|.*\*{4,}.*|.*\.{3,}|…+|.*…|_{3,}|-+|your.*|our[_-].*|.*[_-]?your[_-].*|my[_-]?(?:secret|password|token|key|app).*|"
    r"(?:some|the|a|an|put|paste|set)[_-][a-z_-]+|dein.*|votre.*|tu[_-].*|su[_-].*|uw[_-].*|"
    r".*(?:changeme|change[_-]me|replace[_-]?me|placeholder|redacted|removed|not[_-]?a[_-]?real|insert[_-]|goes[_-]?here|[_-]here).*|"
    r"(?:change|replace|insert|dummy|sample|example|fake|undefined|required|optional).*|"
    # what types, programs and tests write there is the whole word: `Stroopwafel` and `Barcelona` are not
    r"(?:enter|todo|null|none|true|false|nil|string|str|int|bytes|foo(?:bar|baz)?|bar(?:baz)?|test(?:ing|er|user|pass\w*|key|secret|token)?|abc)(?![a-z]).*|(?:"
    r"os\.|env\b|env[.:]|process\.|getenv|config\.|settings\.|secrets?\.|vault:|ref:|var\.|self\.|this\.|input|args?\.|request\.|hashlib|bcrypt|data\.|local\.|module\.|"
    r"arn:aws|projects/|file:|/run/secrets|secretref|valuefrom|passwords?|passwort|secrets?|tokens?|keys?|hunter2|correct|qwerty|letmein|admin|default|p@ssw0rd|passw0rd|pa\$\$w0rd).*)"
)
DOCUMENTED = PRINTED | frozenset(
    "hunter2 swordfish letmein correct-horse-battery-staple correcthorsebatterystaple "
    "JBSWY3DPEHPK3PXP Aladdin:open dXNlcjpwYXNzd29yZA== dXNlcm5hbWU6cGFzc3dvcmQ= dXNlcjpwYXNz YWRtaW46YWRtaW4= cGFzc3dvcmQ= "
    "P@ssw0rd Tr0ub4dor&3 Passw0rd! Password1 Password123 Password123! password123".split()
)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "deadbeefdeadbeef",
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "0123456789abcdef0123456789abcdef",
)
_SIGN = re.compile(r"[!#$%&*+=?@^~]")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ORDINARY = re.compile(r"[A-Za-zÀ-ɏ'’-]+[.?!)]*\Z")
_CODE = re.compile(
    r"[\d.,:/%-]+|\w+\.(?:[A-Za-z]{2,4}|mp[34]|bz2)|\d+[a-z]{1,3}|v\d+(?:(?:alpha|beta|rc)\d*)?(?:[.-]\w+)*|[A-Z]{2,6}-\d{1,5}|(?:19|20)\d\d-\d\d(?:-\d\d)?.*|https?:.*|[\w.-]+\.(?:com|org|net|io|json|ya?ml|py|js|ts|pem|crt|html?|txt|md)\b.*|[\w.]+\(\)?.*|\d+/\d+|\d+[xX]\d+|[a-z]+\d|[a-z]+_[a-z_]+\d?|(?:[a-z]+-)+\d|--?\w.*|[A-Za-z_]+=\w+|[A-Z][a-z]+-\d{1,3}|\$?\d+(?:\.\d+)?[kKmM]?|AES-?\d+.*|SHA-?\d+.*|RSA-?\d+.*|HS\d+|RS\d+|ES\d+|[A-Z]\d\.?\d?"
)
_DULL = frozenset(
    "1234 0000 12345 123456 12345678 1111 123456789 1234567890 4321 0123 9999 54321 654321 111111 000000".split()
)


def entropy(text: str) -> float:
    """Bits per character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def is_placeholder(value: str) -> bool:
    """Stands for a credential and is none: a template, a documented sample, a row of keys."""
    bare = value.strip("\"'`")
    if bare in DOCUMENTED or "EXAMPLE" in bare or "…" in bare or _PLACEHOLDER.fullmatch(bare):
        return True
    return len(bare) > 3 and len(set(bare)) <= 3


def is_row(value: str) -> bool:
    """Holds eight or more keys in a row, as made-up tokens do: `abcdefgh`, `12345678`."""
    low = value.lower()
    return any(row[n : n + 10] in low for row in _ROWS for n in range(0, len(row) - 9)) and entropy(low) < 5.5


def is_word(value: str) -> bool:
    """Letters alone, as words are."""
    return bool(_ORDINARY.match(value))


def is_jumble(value: str) -> bool:
    """Letters alone that make no words: `bdkkrfwgjwfzxsdi`, `cTFTToRVzt`."""
    if len(value) < 8 or not (value.isascii() and value.isalpha()):
        return False
    parts = _HUMP.findall(value)
    if len(parts) == 1:
        return len(value) > 9 and not is_known(value.lower()) and likeness(value) < 2.6
    words = (part for part in parts if len(part) > 3)
    worded = sum(len(word) for word in words if is_known(word.lower()) or (len(word) > 4 and likeness(word) > 5.0))
    return len(parts) > 2 and worded * 2 < len(value)


def looks_secret(value: str) -> bool:
    """Not a word, not a placeholder: letters with digits or signs, letters that make no words, or the digits of a code."""
    value = value.rstrip(".,;:?)")
    if len(value) < 4 or is_placeholder(value) or len(set(value)) <= 2:
        return False
    if value.isdigit():
        return len(value) <= 12 and value not in _DULL
    if value.isalpha():
        return is_jumble(value)
    kinds = sum(bool(re.search(p, value)) for p in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w\s]|_"))
    has_digit = any(char.isdigit() for char in value)
    enough = (has_digit and kinds >= 2) or (kinds >= 3 and not is_word(value))
    return len(value) >= 6 and enough and "/" not in value[:3] and not _CODE.fullmatch(value)


def is_strong(value: str) -> bool:
    """As people are told to make them: letters, figures and a sign."""
    value = value.rstrip(".,;:?)")
    return looks_secret(value) and any(map(str.isdigit, value)) and bool(_SIGN.search(value))


def looks_random(value: str) -> bool:
    """As a generator draws them: many different characters, digits among them, and letters that change case or are few."""
    return (
        entropy(value) > 3.2
        and any(map(str.isdigit, value))
        and any(map(str.isalpha, value))
        and not is_placeholder(value)
        and not is_row(value)
    )
