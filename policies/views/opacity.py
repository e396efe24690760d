"""What does not look like language, and was not read either.

Three signs: a token of random characters that is no known shape (a digest beside a word that says so, an id, a path);
words in a row that are in no language; rows of pictures, of two signs only, or of characters that nobody sees.
A sign counts only where no reading took it off. One that counts makes the text opaque: it is answered here.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator

from policies.views.bases import unpacked
from policies.views.characters import HIDING
from policies.views.outline import Outline, Span, Stretch
from policies.views.samples import is_printed
from policies.views.words import LIKELY, is_known, likeness, mean_likeness, share_known

STRANGE = 4.0  # what the words of a stretch come to: languages stay above 4.2, ciphers below 3.8
FOREIGN = 5.3  # the same for a long stretch without a single small word: anagrams and left-out vowels
_TOKEN = re.compile(r"[A-Za-z0-9+/_=.-]{24,}")
_DENSE = re.compile(r"(?<!\S)[!-~]{28,}(?!\S)")
_URL = re.compile(r"(?i)(?:\bhttps?://|\bwww\.|\bftp://)\S+")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]{32,}")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST = re.compile(
    r"(?i)\b(?:git|revert|cherry-pick|traceparent|sha-?\d*(?:sums?)?|md5(?:sum)?|commit|digests?|"
    r"check ?sums?|prüfsumme|hash(?:es)?|etag|integrity|revision|rev|uuid|"
    r"guid|fingerprint|blake\w*|crc\w*|merkle|leaf|root|tree|blob|docker|block|tx|transaction|"
    r"submodule|ulids?|ksuid|cuid2?|object ?id|(?:trace|span|request|correlation)[_-]?id)\b"
)
# a public key that OpenSSH writes: its kind, said twice, and no more than such a key is long
_PUBLIC_KEY = re.compile(r"AAAA(?:C3NzaC1lZDI1NTE5|E2VjZHNhLXNoYTItbmlzdH)[A-Za-z0-9+/]{20,140}={0,2}")
_PUBLIC_KIND = re.compile(r"(?:ssh-ed25519|ecdsa-sha2-nistp\d{3}) $")
# the first bytes of a picture in an address, too few to show anything, and no words among them
_TINY_PICTURE = re.compile(r"(?:iVBORw0KGg[opqr]|R0lGOD|/9j/|UklGR)[A-Za-z0-9+/]{0,60}={0,2}")
_IN_PICTURE = re.compile(r"data:image/[a-z+.-]{2,12};base64,$")
_PRINTED = re.compile(rb"[ -~]{6}")
_NAMED = re.compile(r"(?i)(?:sha|md|blake)\d+[-=]")
_SECRET = re.compile(r"(?i)secret|token|passw|key\b|credential|bearer|auth(?!or)")
# a digest as OpenSSH, the checksums of Go modules and steps that are pinned to a commit write it
_WRITTEN = re.compile(r"\b(?:SHA256|h1):[A-Za-z0-9+/]{43}=?\Z|[\w-]/[\w.-]+@[0-9a-f]{40}\Z")
_IN_A_NAME = re.compile(r"[A-Za-z][\w-]{0,30}[.-][0-9a-f]{8,20}(?:\.[a-z]{2,9}){1,2}")  # of a file that was built
_NEAR = 40
_PLAIN_WORD = re.compile(r"(?<![\w@/=.-])[A-Za-z]{4,}(?![\w@/=-])")
_PICTURE = re.compile(
    r"[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff](?:[\ufe0f\u200d\s]{0,3}[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]){11,}"
)
_TWO_SIGNS = re.compile(r"(?:[^\w\s]|[01])(?:[^\w\s]|[01]|[ \t]){39,}|(?<![A-Za-z])(?:[aAbB]{5}\s?){8,}")
_LONG_ODD = re.compile(r"[!-~]{24}")


def unread(text: str, seen: Outline, decoded: Iterable[Span], reread: Iterable[Span]) -> bool:
    """Whether something stands in `text` that says nothing, outside the spans that a reading took off.

    Random tokens are excused by an encoding that was `decoded`; words in no language also by letters `reread`.
    """
    decoded = _merged(decoded)
    if any(not _covered(span, decoded) for span in _tokens(text, seen)):
        return True
    both = _merged([*decoded, *reread])
    return any(not _covered(span, both) for span in _words(text, seen))


def unread_characters(text: str) -> bool:
    """Rows of characters that nobody sees, or that mean something to one font only."""
    return not text.isascii() and any(pattern.search(text) for pattern in HIDING)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """In order, and none over another."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _covered(span: Span, taken: list[Span]) -> bool:
    """At least half of it was read."""
    read = 0
    for start, end in taken[max(0, bisect_left(taken, span) - 1) :]:
        if start >= span[1]:
            break
        read += max(0, min(span[1], end) - max(span[0], start))
    return read * 2 >= span[1] - span[0]


def _tokens(text: str, seen: Outline) -> Iterator[Span]:
    if _LONG_ODD.search(seen.odd):
        yield from _blobs(text)
    if not text.isascii():
        yield from (match.span() for match in _PICTURE.finditer(text) if len(set(match.group())) >= 7)


def _words(text: str, seen: Outline) -> Iterator[Span]:
    for stretch in seen.stretches:
        if stretch.looks < FOREIGN and _is_gibberish(text, stretch):
            yield stretch.start, stretch.end
    yield from (match.span() for match in _TWO_SIGNS.finditer(text) if _is_two_signs(match.group()))


def _blobs(text: str) -> Iterator[Span]:
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if _is_random(match.group()) and not _is_known_shape(text, start, end):
            yield start, end
    for match in _DENSE.finditer(text):
        if _is_dense(match.group()):
            yield match.span()


def _is_random(token: str) -> bool:
    """Letters and figures mixed, no words in it, and little that repeats."""
    plain = token.strip("=.-_")
    if len(plain) < 24 or sum(map(str.isdigit, plain)) < 3 or not any(map(str.isalpha, plain)):
        return False
    if _HEX.fullmatch(plain):
        return _entropy(plain.lower()) > 3.0 and any(map(str.isdigit, plain))
    if _wordy(plain) >= 0.4 or max(map(len, re.split(r"[./_=-]", plain))) < 16:
        return False
    mixed = sum(bool(re.search(kind, plain)) for kind in ("[a-z]", "[A-Z]", r"\d"))
    return _entropy(plain) > (4.0 if mixed == 3 else 3.7) and len(_PART.findall(plain)) * 6 > len(plain)


def _wordy(token: str) -> float:
    """How much of it is words, of those parts that capitals, figures and signs make."""
    parts = [part for part in _PART.findall(token) if len(part) > 3 and part.isalpha()]
    words = sum(len(part) for part in parts if is_known(part.lower()) or likeness(part) > LIKELY + 0.4)
    return words / len(token)


def _is_known_shape(text: str, start: int, end: int) -> bool:
    """A digest or an id that is named as one, with no credential beside it; a public key; the path of an address."""
    before = text[max(0, start - _NEAR) : start]
    token = text[start:end]
    name = token.rstrip("=").rpartition("=")[0]
    near = f"{before} {name} {text[end : end + _NEAR]}"
    if _UUID.search(token) or _NAMED.match(token) or is_printed(token) or _IN_A_NAME.fullmatch(token):
        return True
    if _WRITTEN.search(before + token.rstrip(".")):
        return True
    if _PUBLIC_KEY.fullmatch(token) and _PUBLIC_KIND.search(before):
        return True
    if _TINY_PICTURE.fullmatch(token) and _IN_PICTURE.search(before):
        return not _PRINTED.search(unpacked(token)[8:])
    if _in_address(text, start):
        return len(token) < 120
    return bool(_DIGEST.search(near)) and not _SECRET.search(near)


def _in_address(text: str, start: int) -> bool:
    begin = max(text.rfind(" ", 0, start), text.rfind("\n", 0, start), start - 300) + 1
    return bool(_URL.match(text, begin))


def _is_dense(token: str) -> bool:
    """Signs, letters and figures without order: no code, no address."""
    signs = sum(not char.isalnum() for char in token)
    return (
        len(token) * 0.12 < signs < len(token) * 0.6
        and _entropy(token) > 4.3
        and len(set(token)) >= 20
        and _wordy(token) < 0.1
        and not _URL.search(token)
        and len(re.findall(r"[^\W_]{4,}", token)) * 14 < len(token)
        and any(map(str.isdigit, token))
    )


def _entropy(token: str) -> float:
    total = len(token)
    return -sum(n / total * math.log2(n / total) for n in Counter(token).values())


def _is_gibberish(text: str, stretch: Stretch) -> bool:
    """Words that are in no language. A word beside a sign or a figure is a name, code or a formula."""
    start, end = stretch.start, stretch.end
    words = _PLAIN_WORD.findall(text, max(0, start - 1), min(len(text), end + 1))
    letters = sum(map(len, words))
    if letters < 16 or len(words) < 2 or _is_list(text[start:end]):
        return False
    looks = mean_likeness(words)
    return looks < STRANGE or (letters >= 40 and looks < FOREIGN and _no_small_words(text[start:end]))


def _is_list(stretch: str) -> bool:
    """Short names, each in quotes or after a comma: code."""
    return sum(char in "\"',`=_" for char in stretch) * 10 > len(stretch)


def _no_small_words(stretch: str) -> bool:
    words = re.findall(r"(?<![\w-])[^\W\d_]{2,}(?![\w-])", stretch)
    return stretch.isascii() and len(words) >= 5 and share_known(words) < 0.1


def _is_two_signs(row: str) -> bool:
    """Two signs that take turns in no simple way: a line, a border or a rule repeats itself."""
    signs = "".join(row.split())
    counts = [n for _, n in Counter(signs).most_common(2)]
    if len(signs) < 36 or len(counts) < 2 or sum(counts) < len(signs) * 0.95 or counts[1] * 5 < len(signs):
        return False
    return signs not in (signs + signs)[1:-1] and len({signs[i : i + 6] for i in range(len(signs) - 6)}) > 12
