"""Finds the people, numbers and code names of the organisation's own lists, by their hashes alone.

Each word of a text is hashed once, and once more for each slip of one letter where it is no ordinary word; all are
looked up at once. What is known is then put together: two words of one name near each other, an initial before a
surname, a number, a birth date in a text that holds the surname, a code name where business is spoken of.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from policies.detect.register import code_names
from policies.detect.register.forms import (
    PARTICLES,
    Form,
    dates,
    deletions,
    inflected,
    plain_id,
    plain_phone,
    tokens,
)
from policies.detect.register.index import FUZZY, LONGEST, Builder, Index, Row, street_key
from policies.detect.register.store import Register
from policies.labels import Category
from policies.views.words import vocabulary
from policies.vocabulary import Finding

APART = 4  # words between two words of one name, at most
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]{1,6}[-./_ ]?)?\d[A-Za-z0-9]*(?:[-./_ ]?[A-Za-z]{0,3}\d[A-Za-z0-9]*){0,6}(?:[-./_ ]?[A-Za-z]{1,2}(?![A-Za-z0-9]))?"
)
_PIECE = re.compile(r"[A-Za-z0-9]+")
_MAIL = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_RUN = re.compile(
    r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]{2,}(?:[ \u3000・]?[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]{1,8})?"
)
_LABELS = frozenset(
    "first last name surname given family middle forename vorname nachname nom prenom nombre apellido cognome nome naam achternaam".split()
)
_PHONE = re.compile(r"\+?\(?\d(?:[ ().\-/]{0,3}\d){6,14}")
_KINDS = {
    Form.FULL_NAME: "REGISTERED_NAME", Form.INITIAL_NAME: "REGISTERED_NAME", Form.RARE_SURNAME: "REGISTERED_NAME", Form.JOINED_NAME: "REGISTERED_NAME",
    Form.ID: "REGISTERED_ID", Form.PHONE: "REGISTERED_PHONE", Form.EMAIL: "REGISTERED_EMAIL", Form.ADDRESS: "REGISTERED_ADDRESS", Form.BORN: "REGISTERED_BIRTH",
    Form.CODE_NAME: "CODE_NAME", Form.SURE_CODE_NAME: "CODE_NAME",
}  # fmt: skip
_CANARY = Row(given="Quorvessa", surname="Zimbrandthal", ids=("QZ-4471-0093-X",))
_CANARY_CODE = "Vexolundra"
Place = tuple[int, int]
Asked = tuple[Form, Place, int]


class RegisterDetector:
    """The detector over one register. Reads it anew when its file has changed."""

    name = "register"

    def __init__(self, register: Register) -> None:
        self._register = register
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._index = Index.empty()
        self._current()

    @property
    def version(self) -> str:
        """Changes with every import."""
        return f"1-{self._register.stamp()[0]:x}"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        """Everything of the register that stands in `text`."""
        search = _Search(text, language, self._current(), self._register)
        found: dict[tuple[Form, Place], None] = {}
        for form, place in (
            *search.names(),
            *search.numbers(),
            *search.addresses(),
            *search.joined_names(),
            *search.code_names(),
        ):
            found[form, place] = None
        return [
            Finding(
                detector=self.name, kind=_KINDS[form], start=start, end=end,
                category=Category.MARKET_SENSITIVE if form in {Form.CODE_NAME, Form.SURE_CODE_NAME} else Category.PERSONAL,
            )
            for form, (start, end) in found
        ]  # fmt: skip

    def canaries(self) -> tuple[tuple[str, str], ...]:
        """Hashed with the register, whatever it holds: they are found only when reading, keys and folding are right."""
        return (
            ("REGISTERED_NAME", "a letter to zimbrandthal, quorvesa"),
            ("REGISTERED_ID", "contract qz 4471 0093 x"),
            ("CODE_NAME", "is Vexolundra on time?"),
        )

    def _current(self) -> Index:
        stamp = self._register.stamp()
        with self._lock:
            if stamp != self._stamp:
                builder = Builder(self._register.hasher)
                builder.add(_CANARY)
                builder.add(Row(code_name=_CANARY_CODE))
                self._index = Index.joined([self._register.index(), builder.index()])
                self._stamp = stamp
            return self._index


class _Search:
    """One search in one text; gone with the call."""

    def __init__(self, text: str, language: str, index: Index, register: Register) -> None:
        self._text, self._language, self._index, self._hasher = text, language, index, register.hasher
        self._today = date.today().toordinal()  # noqa: DTZ011 - a day of the calendar here
        self._tokens = tokens(text)
        self._known = self._known_words()

    def _known_words(self) -> dict[int, dict[int, bool]]:
        """For each token that is, or may be, a word of the register: the words' hashes, and whether it is exact."""
        asked: list[int] = []
        whose: list[tuple[str, bool]] = []
        for word in dict.fromkeys(token.word for token in self._tokens if len(token.word) > 1):
            for form, exact in self._forms_of(word):
                asked.append(self._hasher.word(form))
                whose.append((word, exact))
        words: dict[str, dict[int, bool]] = {}
        for n, hashed in self._index.words_of(asked):
            word, exact = whose[n]
            # a hit of the word itself may still be a slip of a longer name: the exact hash tells
            really = exact and hashed == asked[n]
            known = words.setdefault(word, {})
            known[hashed] = known.get(hashed, False) or really
        return {n: words[token.word] for n, token in enumerate(self._tokens) if token.word in words}

    def _forms_of(self, word: str) -> list[tuple[str, bool]]:
        forms = [(word, True)] + [(basic, True) for basic in inflected(word, self._language)]
        if FUZZY <= len(word) <= LONGEST and word.isalpha() and word not in vocabulary():
            forms += [(left, False) for left in deletions(word)]
        return forms

    def names(self) -> list[tuple[Form, Place]]:
        """Two words of one person near each other; an initial and a surname; a surname that few bear; a birth date."""
        asked = [*self._pairs(), *self._alone(), *self._births()]
        found = self._index.found([hashed for _, _, hashed in asked], self._today)
        return [asked[n][:2] for n, form in found if form is asked[n][0]]

    def _pairs(self) -> Iterator[Asked]:
        for at, words in self._known.items():
            for other in self._others(at):
                place = (self._tokens[at].start, self._tokens[other].end)
                for one, one_exact in words.items():
                    for two, two_exact in self._known[other].items():
                        if one_exact or two_exact:
                            yield Form.FULL_NAME, place, self._hasher.form(Form.FULL_NAME, one, two)
                            yield Form.FULL_NAME, place, self._hasher.form(Form.FULL_NAME, two, one)

    def _alone(self) -> Iterator[Asked]:
        for at, words in self._known.items():
            token = self._tokens[at]
            surnames = [word for word, exact in words.items() if exact]
            for initial, place in self._initials(at):
                for word in surnames:
                    yield Form.INITIAL_NAME, place, self._hasher.form(Form.INITIAL_NAME, initial, word)
            for word in surnames if token.capital else ():
                yield Form.RARE_SURNAME, (token.start, token.end), self._hasher.form(Form.RARE_SURNAME, word)

    def _births(self) -> Iterator[Asked]:
        surnames = {word for words in self._known.values() for word, exact in words.items() if exact}
        days = list(dict.fromkeys(dates(self._text)))[:200] if surnames else []
        for day, start, end in days:
            for surname in list(surnames)[:200]:
                yield Form.BORN, (start, end), self._hasher.form(Form.BORN, surname, day)

    def _others(self, at: int) -> list[int]:
        """Known words that follow closely, with nothing between but what may stand in a name."""
        found: list[int] = []
        for other in range(at + 1, min(at + 2 + APART, len(self._tokens))):
            if other in self._known:
                found.append(other)
            between = self._tokens[other].word
            if (
                other not in self._known
                and len(between) > 1
                and between not in PARTICLES
                and between not in _LABELS
                and not self._tokens[other].capital
            ):
                break
            if (
                re.search(
                    r"[!?\n]{2}|[.!?]\s{1,3}(?=[A-ZÀ-Þ])",
                    self._text[self._tokens[other - 1].end : self._tokens[other].start + 1],
                )
                and len(self._tokens[other - 1].word) > 1
            ):
                break
        return [other for other in found if other in self._known]

    def _initials(self, at: int) -> list[tuple[str, Place]]:
        """Single letters right before or after."""
        found: list[tuple[str, Place]] = []
        for other in (at - 2, at - 1, at + 1, at + 2):
            if 0 <= other < len(self._tokens) and len(self._tokens[other].word) == 1 and self._tokens[other].capital:
                start, end = sorted((at, other))
                found.append((self._tokens[other].word, (self._tokens[start].start, self._tokens[end].end)))
        return found

    def numbers(self) -> list[tuple[Form, Place]]:
        """Ids in any grouping, telephone numbers with or without their country's code, addresses of mail."""
        asked: list[int] = []
        places: list[tuple[Form, Place]] = []
        for match in _NUMBER.finditer(self._text):
            pieces = [piece.span() for piece in _PIECE.finditer(self._text, match.start(), match.end())]
            for first in range(len(pieces)):
                for last in range(first, min(first + 6, len(pieces))):
                    plain = plain_id(self._text[pieces[first][0] : pieces[last][1]])
                    asked.append(self._hasher.form(Form.ID, plain))
                    places.append((Form.ID, (pieces[first][0], pieces[last][1])))
        for match in _PHONE.finditer(self._text):
            asked.append(self._hasher.form(Form.PHONE, plain_phone(match.group())))
            places.append((Form.PHONE, match.span()))
        if "@" in self._text:
            for match in _MAIL.finditer(self._text):
                asked.append(self._hasher.form(Form.EMAIL, match.group().lower()))
                places.append((Form.EMAIL, match.span()))
        return [places[n] for n, form in self._index.found(asked, self._today) if form is places[n][0]]

    def addresses(self) -> list[tuple[Form, Place]]:
        """A number, and near it a word of a street that is known, with the words between and around."""
        asked: list[int] = []
        places: list[tuple[Form, Place]] = []
        numbers = [n for n, token in enumerate(self._tokens) if token.word[0].isdigit() and len(token.word) <= 5]
        for at in numbers:
            if not any(n in self._known for n in range(at - 4, at + 5)):
                continue
            for first in range(max(0, at - 4), at + 1):
                for last in range(max(at, first + 1), min(first + 5, len(self._tokens))):
                    part = self._tokens[first : last + 1]
                    if at in (first, last):
                        asked.append(self._hasher.form(Form.ADDRESS, *street_key(one.word for one in part)))
                        places.append((Form.ADDRESS, (part[0].start, part[-1].end)))
        return [places[n] for n, form in self._index.found(asked, self._today) if form is places[n][0]]

    def joined_names(self) -> list[tuple[Form, Place]]:
        """Names of a script without spaces, anywhere in a run of it where one may begin."""
        letters = [
            n for run in _RUN.finditer(self._text) for n in range(*run.span()) if self._text[n] not in " \u3000・"
        ]
        starts = [
            self._hasher.form(Form.JOINED_START, self._text[one] + self._text[two]) for one, two in pairwise(letters)
        ]
        asked: list[int] = []
        places: list[tuple[Form, Place]] = []
        for first, form in self._index.found(starts, self._today):
            for last in range(first + 1, min(first + 8, len(letters))) if form is Form.JOINED_START else ():
                name = "".join(self._text[n] for n in letters[first : last + 1])
                asked.append(self._hasher.form(Form.JOINED_NAME, name))
                places.append((Form.JOINED_NAME, (letters[first], letters[last] + 1)))
        return [places[n] for n, form in self._index.found(asked, self._today) if form is places[n][0]]

    def code_names(self) -> list[tuple[Form, Place]]:
        """Code names of one to four words; one that is a word of the language only where business is spoken of."""
        asked: list[int] = []
        runs: list[tuple[int, int, bool]] = []
        order = sorted(self._known)
        for n, first in enumerate(order):
            for length in range(1, 5):
                if order[n : n + length] != list(range(first, first + length)):
                    break
                for words, exact in _choices([self._known[first + k] for k in range(length)]):
                    for form in (Form.CODE_NAME, Form.SURE_CODE_NAME):
                        asked.append(self._hasher.form(form, *words))
                        runs.append((first, length, exact))
        return [
            (form, (self._tokens[runs[n][0]].start, self._tokens[runs[n][0] + runs[n][1] - 1].end))
            for n, form in self._index.found(asked, self._today)
            if form in {Form.CODE_NAME, Form.SURE_CODE_NAME} and self._is_meant(form, *runs[n])
        ]

    def _is_meant(self, form: Form, first: int, length: int, exact: bool) -> bool:
        if form is Form.SURE_CODE_NAME and exact and self._tokens[first].capital:
            return True
        return code_names.is_meant(self._text, self._tokens, first, length)


def _choices(known: list[dict[int, bool]]) -> list[tuple[tuple[int, ...], bool]]:
    """The words that a run of tokens may stand for, and whether all are exact; not more than a few."""
    found: list[tuple[tuple[int, ...], bool]] = [((), True)]
    for words in known:
        found = [
            ((*before, word), sure and exact) for before, sure in found for word, exact in list(words.items())[:3]
        ][:27]
    return found
