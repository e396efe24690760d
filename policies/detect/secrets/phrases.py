"""Credentials made of words or of short codes: seed phrases of wallets, and lists of recovery codes."""

from __future__ import annotations

import re

Place = tuple[int, int]

# Any list of words that a wallet shows: 12 to 24 short words in small letters, plain, numbered or with commas.
_WORDS = re.compile(
    r"(?<![\w'-])(?:\d{1,2}[.)] ?)?[a-z]{3,8}(?:[ ,\n]{1,2}(?:\d{1,2}[.)] ?)?[a-z]{3,8}){11,23}(?![\w'-])"
)
_SEED = (
    "seed",
    "mnemonic",
    "wallet",
    "recovery phrase",
    "backup phrase",
    "bip39",
    "bip-39",
    "phrase",
    "frase",
    "wiederherstellung",
    "herstel",
    "kurtarma",
    "シード",
    "odzysk",
    "återställ",
    "ledger",
    "trezor",
    "metamask",
)
# Words of every sentence that no such list holds.
_PROSE = frozenset(
    "the and for are was not but has had have his her its our their from which were been did does how who why die der das und ist les des est une que los las con por gli per non het een van och som att nie jest para uma com".split()
)
_CODES = re.compile(
    r"(?<![\w-])(?:[a-z0-9]{4,6}-[a-z0-9]{4,6}(?:-[a-z0-9]{4,6})?|\d{4} ?\d{4}|[A-Z0-9]{8,12}|[a-z0-9]{8,12})(?![\w-])"
)
_RECOVERY = re.compile(
    r"(?i)(?:recovery|backup|back-up|emergency|rescue|scratch|one-time|2fa)[ _-]?codes?|wiederherstellungscodes?|notfallcodes?|backup-codes?|codes? de (?:secours|récupération)|códigos? de (?:respaldo|recuperación|recuperação)|"
    r"codici di (?:backup|recupero)|herstelcodes?|reservkoder|återställningskoder|kody (?:zapasowe|odzyskiwania)|kurtarma kod\w*|リカバリーコード|バックアップコード"
)
_SIGNS = ("code", "codes", "codici", "código", "kod", "コード")


def find(text: str, low: str) -> list[tuple[str, Place]]:
    """(kind, place) of each."""
    found: list[tuple[str, Place]] = []
    if any(sign in low for sign in _SIGNS):
        found += _recovery_codes(text)
    if any(sign in low for sign in _SEED):
        found += [("seed_phrase", match.span()) for match in _WORDS.finditer(text) if _is_list(match.group())]
    return found


def _is_list(words: str) -> bool:
    """Twelve in a row without a word that every sentence has: those of a wallet's list name things and doings."""
    runs: list[list[str]] = [[]]
    for word in re.findall(r"[a-z]{3,8}", words):
        runs.append([]) if word in _PROSE else runs[-1].append(word)
    longest = max(runs, key=len)
    return len(longest) > 11 and len(set(longest)) > len(longest) // 2


def _recovery_codes(text: str) -> list[tuple[str, Place]]:
    found: list[tuple[str, Place]] = []
    for word in _RECOVERY.finditer(text):
        codes = [
            match
            for match in _CODES.finditer(text, word.end(), min(len(text), word.end() + 300))
            if _is_code(match.group())
        ]
        if codes and (len(codes) > 1 or codes[0].start() - word.end() < 12):
            found.append(("recovery_codes", (codes[0].start(), codes[-1].end())))
    return found


def _is_code(value: str) -> bool:
    plain = re.sub(r"[ -]", "", value)
    return (
        any(map(str.isdigit, plain)) and len(set(plain)) > 3 and not re.fullmatch(r"(?:19|20)\d\d(?:19|20)\d\d", plain)
    )
