"""A rulebook that cannot be trusted is an error; a rule that errs is a no."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import strategies as our
from hypothesis import given

from policies import rulebook
from policies.decisions import Destination
from policies.errors import RulebookError
from policies.home_rules import load_home
from policies.labels import PUBLIC, Label, Level
from policies.rulebook import (
    ADOPTED,
    HOUSE,
    SCHEMA_NAME,
    Action,
    as_destination,
    as_person,
    as_record,
    load,
    reference_to,
)
from policies.vocabulary import Person, Role

RULES = load()
ELSEWHERE = Destination(id="lab", host="lab.invalid", base_url="https://lab.invalid/v1", model="m", ceiling=PUBLIC)
FINE = {
    "outside": "general", "kind": "general", "wanted": True, "passages": 0, "level": 0, "ceiling": 0,
    "categories": [], "doubts": 0, "pseudonymised": False, "approved": False,
}  # fmt: skip


def person(*roles: Role, groups: tuple[str, ...] = (), clearance: Level = Level.INTERNAL) -> Person:
    return Person(
        id="p1", name="N", roles=frozenset(roles or {Role.STAFF}), groups=frozenset(groups), clearance=clearance
    )


def test_a_folder_that_is_missing_or_empty_is_refused(tmp_path: Path):
    with pytest.raises(RulebookError):
        load(tmp_path / "nowhere")
    with pytest.raises(RulebookError):
        load(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("half written", '@id("a") permit (principal, action'),
        (
            "misspelt attribute",
            '@id("a") permit (principal, action == Action::"ask", resource) when { principal.rolls == [] };',
        ),
        ("unknown action", '@id("a") permit (principal, action == Action::"leak", resource);'),
        ("without a name", 'permit (principal, action == Action::"ask", resource);'),
        ("the same name twice", '@id("a") permit (principal, action == Action::"ask", resource);' * 2),
        ("empty", ""),
        ("not text", "\x00\x00"),
    ],
)
def test_rules_that_are_not_valid_are_refused(tmp_path: Path, name: str, text: str):
    (tmp_path / "a.cedar").write_text(text)
    with pytest.raises(RulebookError):
        load(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["walls.CEDAR", "walls.cedar.txt", "walls.cedar~", "walls.Cedar", "walls", "README.CEDAR", "more/walls.cedar"],
)
def test_a_file_that_would_not_be_read_is_an_error_that_names_it(tmp_path: Path, name: str):
    """It may hold a `forbid`, so it is never passed over."""
    (tmp_path / "a.cedar").write_text('@id("a") permit (principal, action == Action::"ask", resource);')
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('@id("b") forbid (principal, action == Action::"ask", resource);')
    with pytest.raises(RulebookError, match=f"'{name.split('/')[0]}'") as caught:
        load(tmp_path)
    assert ".cedar" in caught.value.cure


@pytest.mark.parametrize("name", ["README", "README.md", ".walls.cedar.swp", ".git/config", "cases/allow/a.toml"])
def test_what_is_known_to_be_no_rule_may_lie_beside_them(tmp_path: Path, name: str):
    (tmp_path / "a.cedar").write_text('@id("a") permit (principal, action == Action::"ask", resource);')
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("anything")
    assert load(tmp_path).rules == ("a",)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["b.cedar", SCHEMA_NAME, ADOPTED])
def test_what_never_ends_is_refused_and_nobody_waits_for_it(tmp_path: Path, name: str):
    """A pipe, and a device behind a link, where a file of the home's own rules should be."""
    for place, make in (("pipe", os.mkfifo), ("device", lambda path: path.symlink_to("/dev/zero"))):
        own = tmp_path / place / "rules"
        own.mkdir(parents=True)
        (own / "a.cedar").write_text('@id("a") permit (principal, action == Action::"ask", resource);')
        make(own / name)
        with pytest.raises(RulebookError):
            load_home(own.parent)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path):
    (tmp_path / "a.cedar").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RulebookError):
        load(tmp_path)


def test_a_forbid_that_errs_is_a_no(tmp_path: Path):
    """Cedar would skip it and allow: an overflow passes validation and fails only when it is asked."""
    (tmp_path / "a.cedar").write_text(
        '@id("yes") permit (principal, action == Action::"escalate", resource);\n'
        '@id("errs") forbid (principal, action == Action::"escalate", resource)\n'
        "when { context.level + 9223372036854775807 > 0 };\n"
    )
    rules = load(tmp_path)
    assert rules.ask(person(), Action.ESCALATE, as_destination(ELSEWHERE), {**FINE, "level": 1}).allowed is False
    assert rules.ask(person(), Action.ESCALATE, as_destination(ELSEWHERE), {**FINE, "level": 1}).reasons == (
        "rule-error",
    )


def test_the_digest_changes_with_any_byte_of_any_rule(tmp_path: Path):
    packaged = (rulebook.PACKAGED / "default.cedar").read_text()
    (tmp_path / "a.cedar").write_text(packaged)
    one = load(tmp_path).digest
    (tmp_path / "a.cedar").write_text(packaged + "// a note\n")
    assert load(tmp_path).digest != one
    assert load().digest == RULES.digest


def test_no_external_ai_never_escalates():
    assert RULES.ask(person(), Action.ESCALATE, as_destination(ELSEWHERE), FINE).reasons == ("send-general-question",)
    refused = RULES.ask(person(groups=("no-external-ai",)), Action.ESCALATE, as_destination(ELSEWHERE), FINE)
    assert (refused.allowed, refused.reasons) == (False, ("never-no-external-ai",))


@pytest.mark.parametrize(
    "change",
    [
        {"outside": "closed"}, {"kind": "documents"}, {"kind": "own"}, {"wanted": False}, {"passages": 1}, {"level": 1},
        {"categories": ["personal"]}, {"categories": ["health"]}, {"doubts": 1}, {"outside": "wide open"},
    ],
)  # fmt: skip
def test_one_thing_amiss_is_enough_to_stay(change: dict[str, object]):
    assert not RULES.ask(person(), Action.ESCALATE, as_destination(ELSEWHERE), FINE | change).allowed


def test_a_request_that_leaves_something_out_is_a_no():
    for missing in FINE:
        context = {key: value for key, value in FINE.items() if key != missing}
        assert not RULES.ask(person(), Action.ESCALATE, as_destination(ELSEWHERE), context).allowed


def test_only_an_auditor_reveals_and_only_with_a_reason():
    record = as_record("12", subject="p9")
    assert RULES.ask(person(Role.AUDITOR), Action.REVEAL, record, {"reason_given": True}).allowed
    assert not RULES.ask(person(Role.AUDITOR), Action.REVEAL, record, {"reason_given": False}).allowed
    for role in (Role.STAFF, Role.OWNER, Role.OPERATOR, Role.ADMIN):
        assert not RULES.ask(person(role), Action.REVEAL, record, {"reason_given": True}).allowed


def test_an_auditor_changes_nothing_and_is_nobody_else():
    auditor, both = person(Role.AUDITOR), person(Role.AUDITOR, Role.ADMIN)
    other = Person(id="p2", name="O")
    for who in (auditor, both):
        assert not RULES.ask(who, Action.ADMINISTER, as_person(other), {"grants": []}).allowed
        assert not RULES.ask(who, Action.INGEST, HOUSE, {}).allowed
        assert not RULES.ask(who, Action.ERASE, as_record("all"), {}).allowed
    assert not RULES.ask(both, Action.REVEAL, as_record("1"), {"reason_given": True}).allowed


def test_nobody_changes_or_approves_oneself_and_an_admin_makes_no_auditor():
    admin, other = person(Role.ADMIN), Person(id="p2", name="O")
    assert RULES.ask(admin, Action.ADMINISTER, as_person(other), {"grants": ["staff"]}).allowed
    assert not RULES.ask(admin, Action.ADMINISTER, as_person(other), {"grants": ["auditor"]}).allowed
    assert not RULES.ask(admin, Action.ADMINISTER, as_person(admin), {"grants": []}).allowed
    assert RULES.ask(admin, Action.APPROVE, HOUSE, {"requested_by": reference_to(other)}).allowed
    assert not RULES.ask(admin, Action.APPROVE, HOUSE, {"requested_by": reference_to(admin)}).allowed


@given(our.persons, our.labels)
def test_reading_takes_a_group_of_the_document(who, label):
    found = our.passage(1, "text", label, frozenset({"analysts"}))
    assert RULES.may_read(who, found, 0).allowed == ("analysts" in who.groups)


def test_a_document_without_a_group_is_read_by_nobody_and_everyone_is_everyone():
    assert not RULES.may_read(person(groups=("staff",)), our.passage(1, "t", PUBLIC, frozenset()), 0).allowed
    assert RULES.may_read(person(), our.passage(1, "t", PUBLIC, frozenset({"everyone"})), 0).allowed


def test_clearance_counts_where_the_site_says_so():
    found = our.passage(1, "t", Label(level=Level.CONFIDENTIAL), frozenset({"staff"}))
    reader = person(groups=("staff",), clearance=Level.INTERNAL)
    assert RULES.may_read(reader, found, 0).allowed
    assert not RULES.may_read(reader, found, 0, clearance_counts=True).allowed


def test_a_home_may_add_a_wall(tmp_path: Path):
    (tmp_path / "a.cedar").write_text((rulebook.PACKAGED / "default.cedar").read_text())
    (tmp_path / "walls.cedar").write_text(
        '@id("wall-lantern") forbid (principal in Group::"lending", action == Action::"read", resource)\n'
        'when { resource.categories.contains("market-sensitive") };\n'
    )
    rules = load(tmp_path)
    from policies.labels import Category

    deal = Label(level=Level.RESTRICTED, categories=frozenset({Category.MARKET_SENSITIVE}))
    found = our.passage(1, "t", deal, frozenset({"everyone"}))
    assert rules.may_read(person(groups=("trading",)), found, 0).allowed
    assert rules.may_read(person(groups=("lending",)), found, 0).reasons == ("wall-lantern",)


def test_every_packaged_rule_has_a_yes_or_a_no_that_names_it():
    assert len(set(RULES.rules)) == len(RULES.rules) >= 20
