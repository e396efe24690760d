"""The rules: loaded, validated, digested, and asked. Cedar is spoken here and nowhere else.

What is promised: a rulebook that cannot be read, parsed, or validated against its schema is an error and
never an empty one, and never one that allows all; and a question that makes any rule err is answered no,
because Cedar skips a rule that errs, and a skipped `forbid` would be a yes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from policies.decisions import Destination
from policies.errors import RulebookError
from policies.labels import Label
from policies.vocabulary import Passage, Person

PACKAGED = Path(__file__).parent / "rules"
SCHEMA_NAME = "schema.cedarschema"
ADOPTED = "adopted.sha256"  # which rules were put in force, see `home_rules`
_ONE_DOCUMENT = re.compile(r"\bDocument\s*(?://[^\n]*\s*)*::")
_BESIDE = frozenset({SCHEMA_NAME, ADOPTED, "cases", "README", "README.md", "README.txt"})  # no rules, by their names


class Action(StrEnum):
    READ = "read"
    ASK = "ask"
    ESCALATE = "escalate"
    APPROVE = "approve"
    EXPORT = "export"
    REVEAL = "reveal"
    ADMINISTER = "administer"
    INGEST = "ingest"
    ERASE = "erase"
    HOLD = "hold"
    LABEL = "label"
    LOWER = "lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What an action is about: a type of the schema, an id, and the attributes the schema asks for."""

    kind: str
    id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


HOUSE = Resource(kind="House", id="house")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Yes or no, and the ids of the rules that made it so. A no by default names `no-rule-permits`."""

    allowed: bool
    reasons: tuple[str, ...]


class Rulebook:
    """Rules that were found valid. Immutable; build one with `load`."""

    def __init__(
        self, *, digest: str, policies: Any, schema: Any, ids: Mapping[str, str], files: Mapping[str, str]
    ) -> None:
        self.digest = digest
        self.text = "\n".join(text for name, text in files.items() if name != SCHEMA_NAME)
        self.files = tuple((name, hashlib.sha256(text.encode()).hexdigest()) for name, text in sorted(files.items()))
        self.rules = tuple(ids.values())
        self._policies = policies
        self._schema = schema
        self._ids = ids

    def ask(self, principal: Person, action: Action, resource: Resource, context: Mapping[str, Any]) -> Verdict:
        """Whether `principal` may do `action` to `resource`. Anything that errs is a no."""
        from cedarpy import is_authorized

        subject = {"type": "Person", "id": principal.id}
        request = {
            "principal": subject,
            "action": {"type": "Action", "id": action.value},
            "resource": {"type": resource.kind, "id": resource.id},
            "context": dict(context),
        }
        entities = [*_people(principal), *_other(resource, principal)]
        try:
            answer = is_authorized(request, self._policies, json.dumps(entities), schema=self._schema)
        except (ValueError, TypeError) as error:  # what the binding raises for a request it cannot read
            return Verdict(allowed=False, reasons=(f"rule-error:{type(error).__name__}",))
        if answer.diagnostics.errors:
            return Verdict(allowed=False, reasons=("rule-error",))
        reasons = tuple(sorted(self._ids.get(name, name) for name in answer.diagnostics.reasons))
        return Verdict(allowed=bool(answer.allowed), reasons=reasons or ("no-rule-permits",))

    def may_read(self, person: Person, passage: Passage, when: int, *, clearance_counts: bool = False) -> Verdict:
        """Whether a candidate that the index found may be shown, at `when` (microseconds, UTC).

        The level that counts is the higher one of the passage and of its document.
        """
        of = passage.document
        label = of.label.raised(passage.chunk.label)
        resource = as_resource(of.id, source=of.source.source, groups=of.groups, label=label)
        return self.ask(person, Action.READ, resource, {"now": when, "clearance_counts": clearance_counts})

    @property
    def tells_apart(self) -> bool:
        """Whether a rule names a single document; if none does, those of equal attributes are treated alike."""
        return bool(_ONE_DOCUMENT.search(self.text))


def load(folder: Path | None = None) -> Rulebook:
    """Read every rule of `folder`, or the packaged ones. Raises RulebookError when anything is amiss.

    A home's own folder holds `.cedar` files; a schema of its own is optional, since the words that rules
    may use come with the product. Anything else in it is an error, unless it is hidden or known by its name: what
    is not read might have been meant to forbid. Whether somebody has put those in force is told by `home_rules`.
    """
    import cedarpy

    folder = folder or PACKAGED
    files = {path.name: _read(path) for path in _rule_files(folder)}
    rules = "\n".join(files.values())
    own_schema = folder / SCHEMA_NAME
    if own_schema.exists():
        files[SCHEMA_NAME] = _read(own_schema)
    schema_text = files[SCHEMA_NAME] if SCHEMA_NAME in files else _read(PACKAGED / SCHEMA_NAME)
    try:
        schema = cedarpy.Schema.from_str(schema_text)
        policies = cedarpy.PolicySet.from_str(rules)
        stated = json.loads(cedarpy.policies_to_json_str(rules))
        result = cedarpy.validate_policies(rules, schema)
    except ValueError as error:
        raise RulebookError(f"The rules in {folder} cannot be parsed: {error}.", cure=_CURE) from None
    if not result.validation_passed:
        raise RulebookError(
            f"The rules in {folder} are not valid: {'; '.join(str(e) for e in result.errors)}.", cure=_CURE
        )
    ids = _rule_ids(stated)
    digest = hashlib.sha256()
    for text in (schema_text, *(text for name, text in files.items() if name != SCHEMA_NAME)):
        raw = text.encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return Rulebook(digest=digest.hexdigest(), policies=policies, schema=schema, ids=ids, files=files)


def as_resource(document: str, *, source: str, groups: frozenset[str], label: Label) -> Resource:
    """The document of this id as the rules see it."""
    attributes = {
        "groups": sorted(groups),
        "level": int(label.level),
        "categories": sorted(str(category) for category in label.categories),
        "source": source,
    }
    return Resource(kind="Document", id=document, attributes=attributes)


def as_destination(destination: Destination) -> Resource:
    return Resource(kind="Destination", id=destination.id, attributes={"host": destination.host})


def as_person(person: Person) -> Resource:
    """A person whom an action is about."""
    return Resource(kind="Person", id=person.id, attributes=_attributes(person))


def as_record(part: str, *, subject: str = "") -> Resource:
    return Resource(kind="Record", id=part, attributes={"subject": subject})


def reference_to(person: Person) -> dict[str, Any]:
    """A person as a value inside a context."""
    return {"__entity": {"type": "Person", "id": person.id}}


_CURE = "Correct the rules, or remove the home's rules folder to go back to the packaged ones."


def _attributes(person: Person) -> dict[str, Any]:
    return {
        "roles": sorted(str(role) for role in person.roles),
        "groups": sorted(person.reads_as),
        "clearance": int(person.clearance),
    }


def _people(person: Person) -> list[dict[str, Any]]:
    groups = [{"type": "Group", "id": group} for group in sorted(person.groups)]
    uid = {"type": "Person", "id": person.id}
    return [
        {"uid": uid, "attrs": _attributes(person), "parents": groups},
        *({"uid": group, "attrs": {}, "parents": []} for group in groups),
    ]


def _other(resource: Resource, principal: Person) -> list[dict[str, Any]]:
    if resource.kind == "Person" and resource.id == principal.id:
        return []  # one entity may be stated once only
    uid = {"type": resource.kind, "id": resource.id}
    return [{"uid": uid, "attrs": dict(resource.attributes), "parents": []}]


def _rule_files(folder: Path) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise RulebookError(f"The rules folder {folder} cannot be read ({error.strerror}).", cure=_CURE) from None
    files = [path for path in found if path.suffix == ".cedar"]
    for path in found:
        if path not in files and path.name not in _BESIDE and not path.name.startswith("."):
            raise RulebookError(
                f"{path.name!r} in the rules folder {folder} is not read: only files that end in .cedar are rules.",
                cure="Name it .cedar if it holds rules; else take it out of the folder.",
            )
    if not files:
        raise RulebookError(f"The rules folder {folder} holds no .cedar file.", cure=_CURE)
    return files


def _read(path: Path) -> str:
    try:
        if not path.is_file():  # a pipe would never end
            raise OSError
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise RulebookError(f"The rules in {path} cannot be read.", cure=_CURE) from None


def _rule_ids(stated: Mapping[str, Any]) -> dict[str, str]:
    """Cedar's own names (policy0, policy1, …) to the names that people gave. Every rule must have one."""
    static = stated.get("staticPolicies", {})
    if not static or stated.get("templates"):
        raise RulebookError("The rules hold no rule, or a template, which is not supported.", cure=_CURE)
    ids = {name: str(rule.get("annotations", {}).get("id") or "") for name, rule in static.items()}
    if "" in ids.values() or len(set(ids.values())) != len(ids):
        raise RulebookError('Every rule needs an @id("…") of its own.', cure=_CURE)
    return ids
