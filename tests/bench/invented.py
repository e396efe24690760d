"""English that says nothing, the same on every machine: paragraphs that are one chunk each, for every splitter.

A paragraph has 120 to 190 words, that is more than half and less than all of the tokens of a chunk. So two never fit
into one chunk and none has to be split, and two programs that cut at paragraphs make the same chunks.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

_WHO = """the branch|the committee|every applicant|the desk|the supplier|the front office|the ward|the workshop
the board|the finance team|an auditor|each department|the landlord|the service desk
the project office|the records unit"""
_DOES = """keeps|checks|returns|signs|reviews|prepares|collects|approves|files|compares|replaces|explains|counts"""
_WHAT = """the monthly report|a copy of the form|the list of open questions|the plan for the building|a written answer
the agreed budget|the schedule of visits|a note of the meeting|the order for new chairs|the inventory of equipment
the training record|the safety instructions|the summary of costs|an updated timetable|the draft of the leaflet"""
_WHEN = """before the end of the month|within ten working days|when the office opens|after the second reminder
during the annual review|as soon as the post arrives|at least twice a year|by the last Friday of the quarter
unless the head of department decides otherwise|while the old system is still in use|on the first day of each term"""
_WHY = """so that nothing is lost|because the old copy was hard to read|and keeps a second one for seven years
and sends it back with a short comment|which takes about 45 minutes|at a cost of roughly 120 euros a year
and writes down the reason|which happened 17 times last year|so that the next shift can go on from there"""
_PARTS = [[part.strip() for part in text.replace("\n", "|").split("|")] for text in (_WHO, _DOES, _WHAT, _WHEN, _WHY)]


def sentence(dice: random.Random) -> str:
    text = " ".join(dice.choice(part) for part in _PARTS)
    return f"{text[0].upper()}{text[1:]}."


def paragraph(dice: random.Random) -> str:
    words, text = dice.randint(120, 170), sentence(dice)
    while text.count(" ") < words:
        text += " " + sentence(dice)
    return text


def of_length(dice: random.Random, characters: int, one: Callable[[random.Random], str] = sentence) -> str:
    """Whole sentences, cut at exactly this length."""
    text = ""
    while len(text) < characters:
        text += one(dice) + " "
    return text[:characters].rstrip().ljust(characters, ".")


_ASK = """how does|why does|when does|in which way does|what happens when"""
_MATTER = """a heat pump|a glacier|a volcano|a compiler|a suspension bridge|a lithium battery|a coral reef
a steam engine|a wind turbine|a mirror telescope|a beehive|a tidal power station|a solar cell|a fuel cell
a tropical storm"""
_TURN = """change its behaviour|gain or lose energy|slow down|become warmer|lose its shape|react to moisture
need less oxygen|give off light|reach its limit|begin to move"""
_UNDER = """in a cold winter|at high altitude|near the equator|under great pressure|after many years|at night
in salt water|according to textbooks of physics|in a laboratory|during an eclipse"""
_ASKED = [[part.strip() for part in text.replace("\n", "|").split("|")] for text in (_ASK, _MATTER, _TURN, _UNDER)]


def question(dice: random.Random) -> str:
    """What anybody may ask anybody."""
    text = " ".join(dice.choice(part) for part in _ASKED)
    return f"{text[0].upper()}{text[1:]}?"


def write_documents(folder: Path, documents: int, *, chunks: int = 12, seed: int = 1) -> list[Path]:
    """Plain text files of `chunks` paragraphs each."""
    dice = random.Random(seed)
    folder.mkdir(parents=True)
    paths = [folder / f"note {seed}-{number}.txt" for number in range(documents)]
    for path in paths:
        path.write_text("\n\n".join(paragraph(dice) for _ in range(chunks)))
    return paths
