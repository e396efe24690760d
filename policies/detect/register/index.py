"""The hashes of a register, sorted, so that many are looked up at once; and how they are made from rows.

Only hashes: of every form of every value, and, for one edit, of every name's words with one letter taken out.
Which hashes belong to the same row is not kept.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policies.detect.register.forms import (
    Form,
    Hasher,
    deletions,
    is_joined,
    joined,
    name_words,
    plain_id,
    plain_phone,
    street_word,
    tokens,
)
from policies.detect.words import is_ordinary

FUZZY, LONGEST = 5, 24  # letters from which, and up to which, a word may have one slip
RARE = 2  # people of one surname, up to which the surname alone says who it is
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one line of an import says. Lives only while it is hashed."""

    given: str = ""
    surname: str = ""
    ids: tuple[str, ...] = ()
    born: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    address: str = ""
    code_name: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """`forms` are sorted, `kinds` and `until` (day number, 0 for never) beside them; `slips` lead to `words`."""

    forms: Hashes
    kinds: NDArray[np.uint8]
    until: NDArray[np.uint32]
    slips: Hashes
    words: Hashes

    @classmethod
    def empty(cls) -> Index:
        """Of nothing."""
        return cls.joined([])

    @classmethod
    def joined(cls, parts: Sequence[Index]) -> Index:
        """Several as one."""

        def together(name: str, kind: Any) -> Any:
            return np.concatenate([np.empty(0, kind), *(getattr(part, name) for part in parts)])

        forms, slips = together("forms", np.uint64), together("slips", np.uint64)
        one, two = np.argsort(forms, kind="stable"), np.argsort(slips, kind="stable")
        return cls(
            forms=forms[one], kinds=together("kinds", np.uint8)[one], until=together("until", np.uint32)[one],
            slips=slips[two], words=together("words", np.uint64)[two],
        )  # fmt: skip

    def found(self, hashes: Sequence[int], today: int) -> list[tuple[int, Form]]:
        """(which of `hashes`, what it stands for) of those that are there and not past their day."""
        return [
            (n, Form(int(self.kinds[at]))) for n, at in _hits(self.forms, hashes) if not 0 < int(self.until[at]) < today
        ]

    def words_of(self, hashes: Sequence[int]) -> list[tuple[int, int]]:
        """(which of `hashes`, the name's word that it is or may be)."""
        return [(n, int(self.words[at])) for n, at in _hits(self.slips, hashes)]


def _hits(among: Hashes, hashes: Sequence[int]) -> list[tuple[int, int]]:
    """(which, where) for every place at which one of the hashes stands."""
    if not len(among) or not hashes:
        return []
    wanted = np.array(hashes, dtype=np.uint64)
    left = np.searchsorted(among, wanted, side="left")
    there = among[np.minimum(left, len(among) - 1)] == wanted
    found: list[tuple[int, int]] = []
    for n in np.flatnonzero(there):
        at = int(left[n])
        while at < len(among) and among[at] == wanted[n]:
            found.append((int(n), at))
            at += 1
    return found


@dataclass(slots=True)
class Builder:
    """Takes rows one by one, keeps their hashes, and gives the index."""

    hasher: Hasher
    _forms: array[int] = field(default_factory=lambda: array("Q"))
    _kinds: array[int] = field(default_factory=lambda: array("B"))
    _until: array[int] = field(default_factory=lambda: array("L"))
    _slips: array[int] = field(default_factory=lambda: array("Q"))
    _words: array[int] = field(default_factory=lambda: array("Q"))
    _known: set[int] = field(default_factory=set)
    _exact: set[int] = field(default_factory=set)
    _surnames: Counter[int] = field(default_factory=Counter)

    def add(self, row: Row, until: int = 0) -> None:
        """One row. `until` is the day number after which its code name is none any more."""
        surnames = self._names(row)
        for value in row.ids:
            self._put(Form.ID, plain_id(value))
        for value in row.phones:
            self._put(Form.PHONE, plain_phone(value))
        for value in row.emails:
            self._put(Form.EMAIL, value.strip().lower())
        if row.born:
            for surname in surnames:
                self._put(Form.BORN, surname, row.born)
        if row.address:
            words = address_words(row.address)
            self._put(Form.ADDRESS, *words)
            self._word(max(words, key=len), exact=True)
        if row.code_name:
            self._code_name(row.code_name, until)

    def index(self) -> Index:
        """All that was added. Surnames that few bear are added here, when all are known."""
        for surname, times in self._surnames.items():
            if times <= RARE:
                self._put(Form.RARE_SURNAME, surname)
        forms, at = np.unique(np.frombuffer(self._forms, np.uint64), return_index=True)
        until = np.array(self._until, dtype=np.uint32)
        return Index.joined(
            [
                Index(
                    forms=forms, kinds=np.frombuffer(self._kinds, np.uint8)[at], until=until[at],
                    slips=np.frombuffer(self._slips, np.uint64), words=np.frombuffer(self._words, np.uint64),
                )
            ]
        )  # fmt: skip

    def _names(self, row: Row) -> list[int]:
        if is_joined(row.given + row.surname):
            for name in (joined(row.surname + row.given), joined(row.given + row.surname)):
                self._put(Form.JOINED_NAME, name)
                self._put(Form.JOINED_START, name[:2])
            return []
        given = [self._word(word) for spellings in name_words(row.given) for word in spellings if len(word) > 1]
        initials = {spellings[0][0] for spellings in name_words(row.given)}
        surnames: list[int] = []
        for spellings in name_words(row.surname):
            for word in spellings:
                if len(word) < 2:
                    continue
                surname = self._word(word)
                surnames.append(surname)
                for one in given:
                    self._put(Form.FULL_NAME, one, surname)
                for initial in initials:
                    self._put(Form.INITIAL_NAME, initial, surname)
                if len(word) >= FUZZY and not is_ordinary(word):
                    self._surnames[surname] += 1
        return surnames

    def _word(self, word: str, *, exact: bool = False) -> int:
        """Its hash; the first time, every slip of it leads to it, unless it has to be exact."""
        hashed = self.hasher.word(word)
        known = self._exact if exact else self._known
        if hashed not in known:
            known.add(hashed)
            forms = {word, *deletions(word)} if FUZZY <= len(word) <= LONGEST and not exact else {word}
            for form in forms:
                self._slips.append(self.hasher.word(form))
                self._words.append(hashed)
        return hashed

    def _code_name(self, name: str, until: int) -> None:
        words = [token.word for token in tokens(name)]
        sure = len(words) == 1 and len(words[0]) >= FUZZY and not is_ordinary(words[0])
        self._put(Form.SURE_CODE_NAME if sure else Form.CODE_NAME, *map(self._word, words), until=until)

    def _put(self, form: Form, *parts: str | int, until: int = 0) -> None:
        self._forms.append(self.hasher.form(form, *parts))
        self._kinds.append(int(form))
        self._until.append(until)


def address_words(address: str) -> list[str]:
    """The street and its number: the first part with a digit, in one order."""
    parts = [part for part in address.replace("\n", ",").split(",") if any(map(str.isdigit, part))]
    return street_key(token.word for token in tokens(parts[0] if parts else address))


def street_key(words: Iterable[str]) -> list[str]:
    """The words of a street in an order of their own, so that the number may stand before or behind."""
    return sorted(filter(None, map(street_word, words)))
