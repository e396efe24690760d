"""What a value looks like: a credential, a placeholder, a documented sample, or a word."""

from __future__ import annotations

import math
import re
from collections import Counter

_PLACEHOLDER = re.compile(
    r"(?i)(?:[$%#@]?[\[{(<%].*|.*[>}\])]|\$[A-Z_]\w*|x{3,}.*|.*x{5,}.*|\*{3,}.*|.*\*{4,}.*|.*\.{3,}|…+|.*…|_{3,}|-+|y?our[_-]?.*|.*[_-]?your[_-].*|my[_-]?(?:secret|password|token|key|app).*|"
    r"(?:some|the|a|an|put|paste|set)[_-](?:secret|password|token|key|your)?.*|dein.*|votre.*|tu[_-].*|su[_-].*|uw[_-].*|"
    r".*(?:changeme|change[_-]me|replace[_-]?me|placeholder|redacted|removed|not[_-]?a[_-]?real|insert[_-]|goes[_-]?here|[_-]here).*|"
    r"(?:change|replace|insert|enter|todo|dummy|sample|example|fake|null|none|true|false|undefined|nil|required|optional|string|str|int|bytes|"
    r"os\.|env\b|env[.:]|process\.|getenv|config\.|settings\.|secrets?\.|vault:|ref:|var\.|self\.|this\.|input|args?\.|request\.|hashlib|bcrypt|data\.|local\.|module\.|"
    r"arn:aws|projects/|file:|/run/secrets|secretref|valuefrom|passwords?|passwort|secrets?|tokens?|keys?|hunter2|correct|foo|bar|test|abc|qwerty|letmein|admin|default|p@ssw0rd|passw0rd|pa\$\$w0rd).*)"
)
DOCUMENTED = frozenset(
    "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY hunter2 swordfish letmein correct-horse-battery-staple correcthorsebatterystaple "
    "JBSWY3DPEHPK3PXP Aladdin:open QWxhZGRpbjpvcGVuIHNlc2FtZQ== QWxhZGRpbjpvcGVuc2VzYW1l dXNlcjpwYXNzd29yZA== dXNlcm5hbWU6cGFzc3dvcmQ= dXNlcjpwYXNz YWRtaW46YWRtaW4= cGFzc3dvcmQ= "
    "P@ssw0rd Tr0ub4dor&3 Passw0rd! Password1 Password123 Password123! password123".split()
)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "deadbeefdeadbeef",
    "0123456789abcdef0123456789abcdef",
)
_ORDINARY = re.compile(r"[A-Za-zÀ-ɏ'’-]+[.?!)]*\Z")
_CODE = re.compile(
    r"[\d.,:/%-]+|\w+\.\w{2,4}|\d+[a-z]{1,3}|v\d[\w.-]*|[A-Z]{2,6}-\d{1,5}|(?:19|20)\d\d-\d\d(?:-\d\d)?.*|https?:.*|[\w.-]+\.(?:com|org|net|io|json|ya?ml|py|js|ts|pem|crt|html?|txt|md)\b.*|[\w.]+\(\)?.*|\d+/\d+|\d+[xX]\d+|[a-z]+\d|[a-z]+_[a-z_]+\d?|(?:[a-z]+-)+\d|--?\w.*|[A-Za-z_]+=\w+|[A-Z][a-z]+-\d+|\$?\d+(?:\.\d+)?[kKmM]?|AES-?\d+.*|SHA-?\d+.*|RSA-?\d+.*|HS\d+|RS\d+|ES\d+|[A-Z]\d\.?\d?"
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


def looks_secret(value: str) -> bool:
    """Not a word, not a placeholder: letters with digits or signs, or a row of digits of a code's length."""
    value = value.rstrip(".,;:?)")
    if len(value) < 4 or is_placeholder(value) or len(set(value)) <= 2:
        return False
    if value.isdigit():
        return len(value) <= 12 and value not in _DULL
    kinds = sum(bool(re.search(p, value)) for p in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w\s]|_"))
    has_digit = any(char.isdigit() for char in value)
    enough = (has_digit and kinds >= 2) or (kinds >= 3 and not is_word(value))
    return len(value) >= 6 and enough and "/" not in value[:3] and not _CODE.fullmatch(value)


def looks_random(value: str) -> bool:
    """As a generator draws them: many different characters, digits among them, and letters that change case or are few."""
    return (
        entropy(value) > 3.2
        and any(map(str.isdigit, value))
        and any(map(str.isalpha, value))
        and not is_placeholder(value)
        and not is_row(value)
    )
