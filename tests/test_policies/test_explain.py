"""`policy explain` and `policy simulate`: the rules asked again about what is on record."""

from __future__ import annotations

import contextlib
import json
import shutil
from typing import Any

import pytest
from deciding import rules
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from policies import rulebook
from policies.audit.events import Answered, Decided, DoorShut, PersonChanged, QuestionAsked, RecordRead
from policies.audit.ledger import Ledger
from policies.cli import policy_app
from policies.config import Invocation
from policies.decisions import Reason
from policies.errors import UsageError
from policies.explain import explain, in_words
from policies.keys import Keys
from policies.labels import PUBLIC
from policies.recorded import Recorded, Strictness, decision, decisions
from policies.rulebook import Resource
from policies.simulate import in_words as simulated_in_words
from policies.simulate import simulate
from policies.vocabulary import Person, Role

FINE = {
    "outside": "general", "kind": "general", "wanted": True, "passages": 0, "level": 0, "ceiling": 0,
    "categories": [], "doubts": 0, "pseudonymised": False, "approved": False,
}  # fmt: skip
THERE = Resource(kind="Destination", id="x", attributes={"host": "x.invalid"})
SECOND = (
    '@id("second-person-for-staff") forbid (principal in Group::"staff", action == Action::"escalate", resource)\n'
    "when { !context.approved };\n"
)


def reason(rule: str, source: str = "question") -> Reason:
    return Reason(rule=rule, source=source, detail="Because.")


def recorded(*codes: str, verdict: str = "local", facts: dict | None = None, **more) -> Recorded:
    stated = {
        "record": 4, "time": 1, "verdict": verdict, "reasons": tuple(reason(code) for code in codes),
        "facts": {} if facts is None else FINE | facts, "label": PUBLIC, "rulebook": rules().digest,
        "destination": THERE, "kind": "general", "passages": 0, "known": True,
        "person": Person(id="P-1", name="", groups=frozenset({"staff"})),
    }  # fmt: skip
    return Recorded(**(stated | more))


@pytest.fixture
def stricter(tmp_path):
    """The packaged rules and one that asks a second person."""
    own = tmp_path / "stricter"
    shutil.copytree(rulebook.PACKAGED, own)
    (own / "second.cedar").write_text(SECOND)
    return rulebook.load(own)


@pytest.fixture
def looser(tmp_path):
    """The packaged rules without the one about a group."""
    own = tmp_path / "looser"
    own.mkdir()
    text = (rulebook.PACKAGED / "default.cedar").read_text()
    start = text.index('@id("never-no-external-ai")')
    (own / "a.cedar").write_text(text[:start] + text[text.index("@id", start + 5) :])
    return rulebook.load(own)


# -- explaining ----------------------------------------------------------------------------------------


def changes(*codes: str, book=None, **more) -> tuple[str, ...]:
    return explain(recorded(*codes, **more), book or rules()).would_change


def test_a_closed_ladder_says_what_would_open_it_and_that_nothing_was_looked_at():
    found = explain(recorded("LADDER_CLOSED"), rules())
    assert found.would_change == (
        "It would be sent if the site's ladder stood at general, with sending not stopped"
        " and the person asked to send it.",
    )
    assert not found.looked_at
    assert "Its text was not looked at" in in_words(found)
    assert not found.never


def test_nobody_asked_to_send_it():
    """One change is enough, and a person can make it."""
    assert changes("NOT_ASKED") == ("It would be sent if the person asked to send it.",)


@pytest.mark.parametrize(("code", "kind"), [("KIND_DOCUMENTS", "documents"), ("KIND_OWN_TEXT", "own")])
def test_a_conversation_that_never_leaves(code, kind):
    """No setting sends it as it stands: it would have to be another question."""
    found = explain(recorded(code, kind=kind), rules())
    assert found.never
    assert "it were asked as a general question, without our documents" in found.would_change[0]


def test_a_person_in_the_question():
    """It would be sent without the details, or under a contract with invented names; each reason stands once."""
    found = explain(recorded("FOUND_PERSONAL", "no-rule-permits", facts={"categories": ["personal"]}), rules())
    assert [one.rule for one in found.decides] == ["FOUND_PERSONAL"]
    assert [one.rule for one in found.others] == ["no-rule-permits"]
    without, invented = found.would_change
    assert without == "It would be sent if it held nothing of a person's details."
    assert "a contract with the destination let names go as invented ones" in invented
    assert not found.never


def test_a_category_that_no_step_lets_pass():
    """Health: never as it stands; and doubts on top of it must go as well."""
    facts = {"categories": ["health"], "doubts": 1}
    found = explain(
        recorded(
            "FOUND_HEALTH",
            "FOUND_HEALTH",
            "UNCERTAIN_LANGUAGE",
            "never-in-doubt",
            "never-these-categories",
            facts=facts,
        ),
        rules(),
    )
    assert found.never
    assert [one.rule for one in found.decides] == ["FOUND_HEALTH", "UNCERTAIN_LANGUAGE"]
    assert [one.rule for one in found.others] == ["FOUND_HEALTH", "never-in-doubt", "never-these-categories"]
    assert found.would_change == (
        "It would be sent if it held nothing of somebody's health and all of it could be checked.",
    )
    assert "Never as it stands" in in_words(found)


def test_a_second_person_is_all_that_is_missing():
    facts = {"outside": "contracted", "level": 1, "ceiling": 1, "passages": 1}
    found = explain(recorded("internal-takes-a-second-person", verdict="ask_human", facts=facts), rules())
    assert found.would_change[0] == "It would be sent if a second person agreed to exactly this request."
    assert not found.never
    assert [one.rule for one in found.decides] == ["internal-takes-a-second-person"]


def test_a_rule_about_the_person():
    """No fact of the question matters: the group does."""
    person = Person(id="P-1", name="", groups=frozenset({"no-external-ai"}))
    found = explain(recorded("never-no-external-ai", facts={}, person=person), rules())
    assert found.would_change == (
        "It would be sent if the person were staff, in no group that a rule keeps from sending.",
    )
    assert [one.rule for one in found.decides] == ["never-no-external-ai"]


def test_passages_where_only_questions_may_go():
    """The lowest step of the ladder that would do is named, and no wider one."""
    found = explain(recorded("no-rule-permits", facts={"passages": 2}), rules())
    assert found.would_change == (
        "It would be sent if the site's ladder stood at public.",
        "It would be sent if no passage went with it.",
    )


def test_what_no_rule_is_told_stands_for_itself():
    """A repeated document, an address, a code of a later version."""
    assert changes("REPEATS_A_DOCUMENT", facts={}) == (
        "It would be sent if it repeated nothing of a document that stays in the house.",
    )
    assert changes("SOMETHING_NEW", facts={}) == ("It would be sent if SOMETHING_NEW did not hold.",)
    assert explain(recorded("SOMETHING_NEW", facts={}), rules()).never
    assert not explain(recorded("WRONG_ADDRESS", facts={}), rules()).never


def test_a_label_above_what_may_go():
    """Labels alone decided: nothing was looked at, and both could be otherwise."""
    found = explain(recorded("LABEL_ABOVE_CEILING", "never-above-ceiling", facts={"level": 3}), rules())
    assert found.would_change == ("It would be sent if nothing in it were labelled above public.",)
    assert not found.looked_at
    assert found.never


def test_credentials_raise_the_level_and_go_with_it():
    """Without them the level falls as well: one change, not two."""
    facts = {"level": 3, "categories": ["credentials"]}
    assert changes("FOUND_CREDENTIALS", "never-above-ceiling", facts=facts) == (
        "It would be sent if it held nothing of passwords, keys or how a system is protected.",
    )


def test_what_was_sent_says_what_would_have_kept_it():
    found = explain(recorded("within-ceiling", verdict="send", facts={"outside": "public", "passages": 1}), rules())
    assert "It would have stayed here if the site's ladder stood at general." in found.would_change
    assert "It would have stayed here if any of it could not be checked." in found.would_change
    assert "second person" not in " ".join(found.would_change)
    assert not found.never


def test_a_refused_question_says_which_role_would_do():
    person = Person(id="P-1", name="", roles=frozenset())
    found = explain(recorded("no-rule-permits", verdict="refuse", person=person), rules())
    assert "It would not be refused if the person had the role staff." in found.would_change
    assert [one.rule for one in found.decides] == ["no-rule-permits"]


def test_what_is_so_already_is_not_offered():
    """A plain person, agreed to: neither another person nor a second one would help."""
    facts = {"approved": True, "categories": ["payment"]}
    found = explain(recorded("FOUND_PAYMENT", facts=facts, person=Person(id="P-1", name="")), rules())
    assert found.would_change == ("It would be sent if it held nothing of payment details.",)
    assert found.never


def test_it_is_the_rules_that_answer(stricter):
    """A house's own rule changes what is said, and that rules have changed is said."""
    found = explain(recorded("second-person-for-staff", verdict="ask_human", facts={}), stricter)
    assert found.would_change[0] == "It would be sent if a second person agreed to exactly this request."
    assert not found.same_rules
    assert "The rules have changed since" in in_words(found)


# -- the record ----------------------------------------------------------------------------------------


@pytest.fixture
def ledger(home, clock):
    """Dana of the ward that sends nothing, Bo of the staff; a question each, and one by somebody who is not known."""
    with Ledger(home, Keys.create(home), clock=clock) as found:
        joined(found, "dana", "no-external-ai")
        joined(found, "bo", "staff")
        ask(found, "dana", "local", "never-no-external-ai", {})
        clock.forward(seconds=60)
        ask(found, "bo", "send", "within-ceiling", {})
        clock.forward(seconds=60)
        ask(found, "ed", "local", "FOUND_HEALTH", {"categories": ["health"]})
        yield found


def joined(ledger, name: str, group: str) -> None:
    """An account on record; one of its roles is of a later version."""
    roles = ["staff", "wizard"]
    ledger.append(PersonChanged(subject=name, change="added", roles=roles, groups=[group], clearance="internal"))


def ask(ledger, name: str, verdict: str, code: str, facts: dict, **more) -> int:
    asked = ledger.append(QuestionAsked(actor=name, conversation="c", question_kind="general", label="public"))
    as_recorded = {key: int(value) if isinstance(value, bool) else value for key, value in (FINE | facts).items()}
    decided = ledger.append(
        Decided(
            actor=name,
            question=asked,
            verdict=verdict,
            reasons=[{"rule": code, "source": "rules", "detail": "Because."}],
            label="public",
            rulebook=rules().digest,
            destination="x",
            facts=as_recorded,
            **more,
        )
    )
    ended = {"route": "local", "label": "public", "model": "m", "model_digest": "", "shown": 1, "removed": 0}
    ledger.append(Answered(actor=name, closes=asked, outcome="answered", **ended))
    return decided


def test_decisions_come_back_with_the_person_as_they_were(ledger):
    """Roles and groups from the record; the switches are switches again; an unknown person is staff without a group."""
    dana, bo, ed = decisions(ledger)
    assert dana.person.groups == {"no-external-ai"}
    assert dana.person.roles == {Role.STAFF}
    assert dana.facts["wanted"] is True
    assert (dana.strictness, bo.strictness) == (Strictness.LOCAL, Strictness.SENT)
    assert (bo.known, ed.known, ed.person.groups) == (True, False, frozenset())
    for number in (dana.record - 1, dana.record, dana.record + 1):
        assert decision(ledger, number) == dana
    assert [one.record for one in decisions(ledger, since=ed.time)] == [ed.record]


ONLY_THERE = (
    '@id("only-there") forbid (principal, action == Action::"escalate", resource)\n'
    'unless { resource.host == "x.invalid" && resource == Destination::"x" };\n'
)


@pytest.mark.parametrize(
    ("configured", "sent"),
    [({"id": "x", "host": "x.invalid"}, True), ({"id": "x", "host": "y.invalid"}, False), ({}, False)],
    ids=["there", "elsewhere", "an older record, which does not tell"],
)
def test_a_rule_about_the_destination_is_asked_about_the_one_on_record(ledger, tmp_path, configured, sent):
    """Host and id; also of a question that was answered here before any request was made. Where the record does not
    tell the host, a rule about it sees an empty one."""
    own = tmp_path / "there"
    shutil.copytree(rulebook.PACKAGED, own)
    (own / "there.cedar").write_text(ONLY_THERE)
    there = rulebook.load(own)
    went = decision(ledger, ask(ledger, "bo", "send", "within-ceiling", {}, configured=configured))
    assert went.destination.attributes["host"] == configured.get("host", "")
    assert bool(simulate([went], there).newly_held_back) is not sent
    kept = decision(ledger, ask(ledger, "bo", "local", "NOT_ASKED", {"wanted": False}, configured=configured))
    assert ("It would be sent if the person asked to send it." in explain(kept, there).would_change) is sent


def test_what_a_later_account_is_does_not_change_an_earlier_decision(ledger):
    """The group counts that the person had then."""
    ledger.append(
        PersonChanged(subject="dana", change="changed", roles=["staff"], groups=["staff"], clearance="internal")
    )
    assert decision(ledger, 2).person.groups == {"no-external-ai"}
    assert next(decisions(ledger)).person.groups == {"no-external-ai"}


def test_the_same_rules_change_nothing(ledger):
    found = simulate(decisions(ledger), rules())
    assert (found.decisions, found.newly_allowed, found.newly_held_back, found.unknown) == (3, (), (), 1)
    assert "judged as staff without a group" in simulated_in_words(found)


def test_looser_rules_newly_allow_and_never_what_was_found(ledger, looser):
    """Dana's question would go; Ed's, which holds something of somebody's health, would not under any rules."""
    found = simulate(decisions(ledger), looser)
    (one,) = found.newly_allowed
    assert (one.was, one.would_be, one.rules) == (Strictness.LOCAL, Strictness.SENT, ("never-no-external-ai",))
    assert found.newly_held_back == ()
    assert found.as_json()["per_rule"]["newly_allowed"] == {"never-no-external-ai": 1}


def test_many_changes_are_counted_in_words_and_listed_as_json(looser):
    many = [recorded("never-no-external-ai", facts={}, record=number) for number in range(25)]
    found = simulate(many, looser)
    assert "and more: --json lists them all" in simulated_in_words(found)
    assert len(found.as_json()["newly_allowed"]) == 25


def test_stricter_rules_newly_hold_back_per_rule(ledger, stricter):
    found = simulate(decisions(ledger), stricter)
    (one,) = found.newly_held_back
    assert (one.was, one.would_be) == (Strictness.SENT, Strictness.ASKS)
    assert found.as_json()["per_rule"]["newly_held_back"] == {"second-person-for-staff": 1}
    assert "record 6: sent, would be kept until a second person agrees" in simulated_in_words(found)


def test_rules_that_let_nobody_ask_hold_everything_back(ledger, tmp_path):
    """Asking is simulated as well."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.cedar").write_text('@id("none") forbid (principal, action == Action::"ask", resource);\n')
    found = simulate(decisions(ledger), rulebook.load(own))
    assert {one.would_be for one in found.newly_held_back} == {Strictness.REFUSED}
    assert len(found.newly_held_back) == 3


def test_facts_of_an_older_form_are_never_allowed(ledger, looser):
    """A fact that the rules ask for and the record does not have is a no."""
    for missing in FINE:
        facts = {name: value for name, value in FINE.items() if name != missing}
        one = recorded("never-no-external-ai", facts={})
        found = simulate([Recorded(**{name: getattr(one, name) for name in one.__slots__} | {"facts": facts})], looser)
        assert not [change for change in found.newly_allowed if change.would_be is Strictness.SENT], missing


# -- the commands --------------------------------------------------------------------------------------


class OneQuestion:
    """A record that holds one question by somebody, and its decision."""

    def __init__(self, *bodies: dict) -> None:
        self._bodies = [json.dumps(body, separators=(",", ":")) for body in bodies]

    def head(self):
        return self

    @property
    def size(self) -> int:
        return len(self._bodies)

    def bodies(self, start=0, stop=None):
        return iter(list(enumerate(self._bodies))[start:stop])


WHOLE = {
    "kind": "Decided", "time": 1, "actor": "dana", "question": 1, "verdict": "send", "label": "public", "rulebook": "r",
    "reasons": [{"rule": "x", "source": "y", "detail": "z"}], "facts": FINE, "destination": "d", "passages": [],
    "configured": {"id": "d", "host": "h"},
}  # fmt: skip
JSON = st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=2))
FIELD = st.tuples(st.sampled_from(sorted(WHOLE.keys() - {"kind"} | {f"facts.{name}" for name in FINE})), JSON)


@settings(max_examples=150, deadline=None)
@given(st.lists(FIELD, min_size=1, max_size=2))
def test_a_record_that_is_spoiled_or_of_another_version_is_explained_and_asked_again(spoiled):
    """Whatever stands in it, nothing breaks; and where its facts are not whole, no rules would newly allow it."""
    body = WHOLE | {"facts": dict(FINE)}
    for name, value in spoiled:
        where, _, fact = name.partition(".")
        if fact and isinstance(body["facts"], dict):
            body["facts"][fact] = value
        else:
            body[where] = value
    account = {"kind": "PersonChanged", "subject": "dana", "groups": ["staff"], "roles": ["staff"]}
    asked = {"kind": "QuestionAsked", "question_kind": "general"}
    for verdict in ("local", "send", "refuse"):
        found = OneQuestion(account, asked, body | {"verdict": verdict})
        facts: dict[str, Any] = {}
        with contextlib.suppress(UsageError):  # damaged
            one = decision(found, 2)
            in_words(explain(one, rules()))
            facts = dict(one.facts)
        allowed = simulate(decisions(found), rules()).newly_allowed
        assert facts or not any(change.would_be is Strictness.SENT for change in allowed)


def invoke(ledger, *words: str):
    return CliRunner().invoke(policy_app, list(words), obj=Invocation(home=ledger.home.path))


def test_explaining_by_command_is_recorded_and_holds_no_text(ledger):
    """By the question's record or the decision's, in words and as JSON."""
    said = invoke(ledger, "explain", "2", "--json")
    assert said.exit_code == 0, said.output
    stated = json.loads(said.stdout)
    assert (stated["record"], stated["verdict"], stated["rules_unchanged"]) == (3, "local", True)
    assert invoke(ledger, "explain", "3").stdout.startswith("Record 3: answered here.")
    body = json.loads(list(ledger.bodies())[-1][1])
    assert (body["kind"], body["how"], body["first"]) == (RecordRead.__name__, "explain", 3)
    for number in ("0", "99"):
        assert invoke(ledger, "explain", number).exit_code == 1
        assert "cure" in dir(invoke(ledger, "explain", number).exception)


def test_what_the_door_said_no_to_is_not_called_sent(ledger):
    """It was decided to be sent, and the switch was turned before it left; the next one left."""
    facts = FINE | {"wanted": 1, "pseudonymised": 0, "approved": 0}
    for shut in (True, False):
        question = ledger.append(QuestionAsked(actor="dana", conversation="c", question_kind="general", label="public"))
        within = [{"rule": "within-ceiling", "source": "request", "detail": "Nothing above was found."}]
        decided = ledger.append(
            Decided(actor="dana", question=question, verdict="send", reasons=within, label="public", rulebook="r",
                    destination="lab", outgoing="ab" * 32, facts=facts)
        )  # fmt: skip
        if shut:
            no = [{"rule": "DOOR_SWITCH", "source": "destination", "detail": "The door said no."}]
            ledger.append(DoorShut(actor="dana", question=question, decision=decided, reasons=no))
        said = invoke(ledger, "explain", str(decided)).stdout
        assert ("but the door said no" in said) is shut
        assert ("DOOR_SWITCH" in said) is shut
        assert ("It would have stayed here" in said) is not shut
        assert json.loads(invoke(ledger, "explain", str(question), "--json").stdout)["door_said_no"] is shut


def test_simulating_by_command_exits_one_when_more_would_be_allowed(ledger, looser, stricter, tmp_path):
    """Unless it is accepted; nothing is changed by it but the record of having looked."""
    before = [body for _, body in ledger.bodies()]
    said = invoke(ledger, "simulate", "--rules", str(tmp_path / "looser"), "--json")
    assert said.exit_code == 1
    assert json.loads(said.stdout)["newly_allowed"][0]["record"] == 3
    assert invoke(ledger, "simulate", "--rules", str(tmp_path / "looser"), "--accept").exit_code == 0
    assert invoke(ledger, "simulate", "--rules", str(tmp_path / "stricter")).exit_code == 0
    assert invoke(ledger, "simulate", "--rules", str(tmp_path / "looser"), "--since", "2030-01-01").exit_code == 0
    after = [body for _, body in ledger.bodies()]
    assert after[: len(before)] == before
    assert {json.loads(body)["how"] for body in after[len(before) :]} == {"simulate"}
    assert not (ledger.home.path / "rules").exists()
