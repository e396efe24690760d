"""Rules on trial: cases in folders named by their outcome, one TOML file a story.

What is promised: a case that comes out otherwise than its folder says fails, and so does a rule without a case that
allows and a case that denies. In the case that denies, a `forbid` must be among the reasons; in the one that allows, a
`permit` must. A file that cannot be read, a key or a folder that is not known is a failure, never passed over.

    refuse  answer_locally  ask_human  pseudonymise  escalate     a whole question, decided as `decide.route` does
    allow  deny                                                   one action, asked of the rules alone
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from policies.detect import Detectors
from policies.errors import UsageError
from policies.rulebook import Rulebook
from policies.stories import ActionStory, QuestionStory, Result
from policies.vocabulary import Embed

PACKAGED = Path(__file__).parent / "rules" / "cases"
QUESTIONS = {
    "refuse": "refuse",
    "answer_locally": "local",
    "ask_human": "ask_human",
    "pseudonymise": "pseudonymise",
    "escalate": "send",
}
ACTIONS = ("allow", "deny")
ALLOWING = ("escalate", "pseudonymise", "allow")
FOLDERS = (*QUESTIONS, *ACTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One case. `wrong`: what is amiss, empty when it came out as named."""

    name: str
    folder: str
    about: tuple[str, ...]
    result: Result | None
    wrong: str

    @property
    def allows(self) -> bool:
        return self.folder in ALLOWING


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`uncovered`: (rule, what its cases lack)."""

    tried: tuple[Tried, ...]
    uncovered: tuple[tuple[str, str], ...]

    @property
    def failed(self) -> tuple[Tried, ...]:
        return tuple(one for one in self.tried if one.wrong)

    @property
    def passed(self) -> bool:
        return not self.failed and not self.uncovered

    def as_json(self) -> dict[str, Any]:
        return {
            "passed": self.passed,
            "cases": len(self.tried),
            "failed": [_failure(one) for one in self.failed],
            "uncovered": [{"rule": rule, "lacks": lacks} for rule, lacks in self.uncovered],
        }


def run(folder: Path, *, rulebook: Rulebook, detectors: Detectors, embed: Embed | None = None) -> Trial:
    """Try every case under `folder`, and look whether each rule is covered."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", cure=f"Make it, with folders {', '.join(FOLDERS)} in it.")
    tried = [
        try_case(path, rulebook=rulebook, detectors=detectors, embed=embed)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    return Trial(tried=tuple(tried), uncovered=tuple(uncovered(rulebook.rules, tried)))


def try_case(path: Path, *, rulebook: Rulebook, detectors: Detectors, embed: Embed | None = None) -> Tried:
    """Try one case."""
    folder = path.parent.name
    name = f"{folder}/{path.stem}"
    nothing = Tried(name=name, folder=folder, about=(), result=None, wrong="")
    if folder not in FOLDERS or path.suffix != ".toml":
        return _wrong(nothing, f"a case is a .toml file in one of {', '.join(FOLDERS)}")
    try:
        stated = tomllib.loads(path.read_text())
        story = (QuestionStory if folder in QUESTIONS else ActionStory)(**stated)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return _wrong(nothing, f"it cannot be read ({type(error).__name__})")
    except ValidationError as error:
        return _wrong(nothing, "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()))
    result = story.told(rulebook=rulebook, detectors=detectors, embed=embed)
    found = Tried(name=name, folder=folder, about=story.about, result=result, wrong="")
    expected = QUESTIONS.get(folder, folder)
    if unknown := set(story.about) - set(rulebook.rules):
        return _wrong(found, f"there is no rule {min(unknown)}")
    if result.outcome != expected:
        return _wrong(found, f"it came out as {result.outcome}")
    if story.reason and not set(story.reason.split("|")) & set(result.reasons):
        return _wrong(found, f"{story.reason} is not among the reasons")
    return found


def uncovered(rules: Iterable[str], tried: Sequence[Tried]) -> list[tuple[str, str]]:
    """The rules that lack a case that allows, a case that denies, or one in which they are the reason. Which of the
    two a rule can be a reason for tells whether it permits or forbids."""
    lacking: list[tuple[str, str]] = []
    for rule in rules:
        about = [one for one in tried if rule in one.about and one.result is not None]
        named = {one.allows for one in about if one.result and rule in one.result.reasons}
        lacks = [
            *(["a case that allows"] if not any(one.allows for one in about) else []),
            *(["a case that denies"] if all(one.allows for one in about) else []),
            *(["a case that it decides"] if not named else []),
            *(f"to be a reason in {one.name}" for one in about if one.allows in named and rule not in _reasons(one)),
        ]
        lacking += [(rule, what) for what in lacks]
    return lacking


def in_words(trial: Trial) -> str:
    lines = []
    for one in trial.failed:
        reasons = f"; reasons: {', '.join(_reasons(one))}" if _reasons(one) else ""
        lines.append(f"FAILED  {one.name}: {one.wrong}{reasons}")
    lines += [f"LACKS   rule {rule}: {what}" for rule, what in trial.uncovered]
    rest = len(trial.tried) - len(trial.failed)
    lines.append(f"{rest} of {len(trial.tried)} cases came out as named; {_rules(trial)}.")
    return "\n".join(lines)


def _rules(trial: Trial) -> str:
    lacking = len({rule for rule, _ in trial.uncovered})
    return f"{lacking} rules lack a case" if lacking else "every rule has cases both ways"


def _reasons(one: Tried) -> tuple[str, ...]:
    return one.result.reasons if one.result else ()


def _wrong(one: Tried, what: str) -> Tried:
    return Tried(name=one.name, folder=one.folder, about=one.about, result=one.result, wrong=what)


def _failure(one: Tried) -> Mapping[str, Any]:
    found = one.result.outcome if one.result else ""
    return {
        "case": one.name,
        "expected": QUESTIONS.get(one.folder, one.folder),
        "found": found,
        "reasons": list(_reasons(one)),
        "why": one.wrong,
    }
