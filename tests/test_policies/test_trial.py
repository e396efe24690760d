"""`policy test`: stories in folders named by their outcome, and a rule without stories both ways."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from deciding import detectors, meaning, rules
from typer.testing import CliRunner

from policies import home_rules, rulebook, trial
from policies.audit.ledger import Ledger
from policies.cli import policy_app
from policies.config import Invocation
from policies.detect import Detectors
from policies.errors import RulebookError, UnavailableError, UsageError
from policies.keys import Keys
from policies.rulebook import Action

PACKAGED = sorted(trial.PACKAGED.glob("*/*.toml"))
WALL = '@id("wall") forbid (principal in Group::"ward-3", action == Action::"ask", resource);\n'


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_folder_is_the_outcome(path: Path):
    """Each packaged story comes out as its folder says, decided by the real rules and detectors."""
    tried = trial.try_case(path, rulebook=rules(), detectors=detectors())
    assert not tried.wrong, tried


def test_every_packaged_rule_has_stories_both_ways():
    """A rule that nobody tries both ways is a rule that nobody knows."""
    found = trial.run(trial.PACKAGED, rulebook=rules(), detectors=detectors())
    assert found.uncovered == ()
    assert len(found.tried) == len(PACKAGED)


def test_every_action_kind_and_step_has_a_story():
    """Every action allowed and denied; three kinds of conversation on four steps of the ladder."""
    from policies.stories import ActionStory, QuestionStory

    read = {path: trial.tomllib.loads(path.read_text()) for path in PACKAGED}
    for folder in trial.ACTIONS:
        told = {ActionStory(**story).action for path, story in read.items() if path.parent.name == folder}
        assert told == set(Action)
    asked = [QuestionStory(**story) for path, story in read.items() if path.parent.name in trial.QUESTIONS]
    assert len({(story.kind, story.outside) for story in asked}) == 3 * 4


def cases(folder: Path, **stories: str) -> Path:
    """A folder of stories: `allow__name="…"`."""
    folder.mkdir()
    for name, text in stories.items():
        place = folder / name.partition("__")[0]
        place.mkdir(exist_ok=True)
        (place / f"{name.partition('__')[2]}.toml").write_text(text)
    return folder


@pytest.fixture
def walled(tmp_path: Path) -> rulebook.Rulebook:
    """One permit, one forbid."""
    own = tmp_path / "own"
    own.mkdir()
    asking = '@id("ask") permit (principal, action == Action::"ask", resource);\n'
    (own / "a.cedar").write_text(asking + WALL)
    return rulebook.load(own)


def tried(folder: Path, rules: rulebook.Rulebook) -> trial.Trial:
    """Actions alone: nothing is looked at by a detector."""
    return trial.run(folder, rulebook=rules, detectors=Detectors([]))


FINE = {
    "allow__staff": 'about = ["ask", "wall"]\naction = "ask"',
    "deny__the_ward": 'about = ["ask", "wall"]\naction = "ask"\ngroups = ["ward-3"]',
}


def test_a_permit_and_a_forbid_each_with_both(walled, tmp_path):
    """The forbid is the reason where it denies, the permit where it allows."""
    found = tried(cases(tmp_path / "cases", **FINE), walled)
    assert found.passed
    assert found.as_json() == {"passed": True, "cases": 2, "failed": [], "uncovered": []}
    assert "every rule has cases both ways" in trial.in_words(found)


@pytest.mark.parametrize(
    ("without", "lacks"),
    [
        ("allow__staff", {("ask", "allows"), ("ask", "it decides"), ("wall", "allows")}),
        ("deny__the_ward", {("ask", "denies"), ("wall", "denies"), ("wall", "it decides")}),
    ],
)
def test_a_rule_that_lacks_one_side_fails_the_run(walled, tmp_path, without, lacks):
    found = tried(cases(tmp_path / "cases", **{name: text for name, text in FINE.items() if name != without}), walled)
    assert not found.passed
    assert {(rule, what.removeprefix("a case that ")) for rule, what in found.uncovered} == lacks


def test_a_denying_case_that_another_rule_decides_does_not_count_for_a_forbid(walled, tmp_path):
    """A case about the wall that is denied only because nothing permits it tries nothing."""
    other = {"deny__elsewhere": 'about = ["wall"]\naction = "hold"'}
    found = tried(cases(tmp_path / "cases", **FINE, **other), walled)
    assert found.uncovered == (("wall", "to be a reason in deny/elsewhere"),)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("deny__wrong_way", 'action = "ask"', "it came out as allow"),
        ("allow__no_such_rule", 'about = ["walls"]\naction = "ask"', "there is no rule walls"),
        ("deny__other_reason", 'action = "ask"\ngroups = ["ward-3"]\nreason = "ask"', "ask is not among the reasons"),
        ("allow__misspelt", 'action = "ask"\ngroup = ["ward-3"]', "group: Extra inputs"),
        ("allow__no_such_action", 'action = "leak"', "action: "),
        ("allow__half_written", 'action = "as', "it cannot be read"),
        ("alow__misspelt_folder", 'action = "ask"', "a case is a .toml file in one of"),
    ],
)
def test_a_case_that_is_amiss_fails_and_is_never_passed_over(walled, tmp_path, name, text, says):
    found = tried(cases(tmp_path / "cases", **FINE, **{name: text}), walled)
    ((failed),) = found.failed
    assert says in failed.wrong
    assert not found.passed
    assert f"FAILED  {failed.name}" in trial.in_words(found)


def test_an_erring_forbid_is_a_deny_in_its_case_too(tmp_path):
    """The rules are asked as in the product: an error is a no."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.cedar").write_text(
        '@id("yes") permit (principal, action == Action::"escalate", resource);\n'
        '@id("errs") forbid (principal, action == Action::"escalate", resource)\n'
        "when { context.level + 9223372036854775807 > 0 };\n"
    )
    story = {"allow__it": 'action = "escalate"\ncontext = { level = 1 }'}
    found = tried(cases(tmp_path / "cases", **story), rulebook.load(own))
    assert found.failed[0].result is not None
    assert found.failed[0].result.reasons == ("rule-error",)


def invoke(*words: str, home: Path):
    return CliRunner().invoke(policy_app, ["test", *words], obj=Invocation(home=home, meaning=meaning))


def test_the_command_says_what_failed_and_exits_one(home, tmp_path):
    """0 when all is as named, 1 otherwise, 2 for a folder that is not there."""
    folder = cases(tmp_path / "cases", deny__staff='action = "ask"')
    failed = invoke(str(folder), "--json", home=home.path)
    assert failed.exit_code == 1
    stated = json.loads(failed.stdout)
    assert stated["failed"] == [
        {
            "case": "deny/staff",
            "expected": "deny",
            "found": "allow",
            "reasons": ["ask-people-of-the-house"],
            "why": "it came out as allow",
        }
    ]
    assert {"rule": "read-own-groups", "lacks": "a case that allows"} in stated["uncovered"]
    missing = invoke(str(tmp_path / "none"), home=home.path)
    assert isinstance(missing.exception, UsageError)


def test_a_home_with_rules_of_its_own_brings_its_own_cases(home, tmp_path):
    """Without an argument: the home's, and only where it has no rules the packaged ones."""
    own = home.path / "rules"
    own.mkdir()
    shutil.copy(rulebook.PACKAGED / "default.cedar", own)
    (own / "wall.cedar").write_text(WALL)
    assert isinstance(invoke(home=home.path).exception, UsageError)  # rules of its own, and no cases: nothing is tried
    shutil.copytree(trial.PACKAGED, own / "cases")
    found = invoke(home=home.path)
    assert found.exit_code == 1
    assert "LACKS   rule wall: a case that allows" in found.stdout
    (own / "cases" / "allow" / "asking_as_one_of_the_house.toml").write_text(
        FINE["allow__staff"].replace('"ask", ', "")
    )
    (own / "cases" / "deny" / "asking_as_the_ward.toml").write_text(FINE["deny__the_ward"].replace('"ask", ', ""))
    assert "every rule has cases both ways" in invoke(home=home.path).stdout


def test_rules_that_cannot_be_put_in_force_leave_nothing_lying(tmp_path):
    """Where the list would stand something else does: an error, and the folder is as it was."""
    own = shutil.copytree(rulebook.PACKAGED, tmp_path / "rules")
    (own / rulebook.ADOPTED).mkdir()
    before = sorted(own.iterdir())
    with pytest.raises(UnavailableError, match="cannot be written"):
        home_rules.adopt(own, rulebook.load(own))
    assert sorted(own.iterdir()) == before


def test_rules_are_tried_before_they_are_in_force_and_adopting_is_on_record(home, tmp_path):
    """`policy test` tries what lies there and says that it is not in force; `policy show` shows only what is."""

    def command(*words: str):
        return CliRunner().invoke(policy_app, words, obj=Invocation(home=home.path, meaning=meaning))

    assert isinstance(command("adopt").exception, UsageError)  # a home without rules of its own
    own = home.path / "rules"
    shutil.copytree(rulebook.PACKAGED, own)
    Ledger(home, Keys.create(home)).close()
    assert "not in force: nobody has adopted them yet" in invoke(home=home.path).stderr
    assert isinstance(command("show").exception, RulebookError)
    said = command("adopt", "--reason", "The new wall.")
    assert said.exit_code == 0, said.stderr
    shown = json.loads(command("show", "--json").stdout)
    assert invoke(home=home.path).stderr == ""
    with Ledger(home, Keys.load(home)) as ledger:
        body = json.loads(next(iter(ledger.bodies(ledger.head().size - 1)))[1])
    assert body["what"] == "rules adopted"
    assert body["values"] == {"rulebook": shown["rulebook"], "rules": str(len(shown["rules"]))}
    assert list(body["commitments"]) == ["why"]
    (own / "default.cedar").write_text((own / "default.cedar").read_text() + "// a remark\n")
    refused = command("show").exception
    assert isinstance(refused, RulebookError)
    assert "default.cedar was changed or cut" in refused.message
    assert "policy adopt" in refused.cure
