"""`ringfence policy`, and the rates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deciding import detectors, meaning, rules
from typer.testing import CliRunner

from policies.cli import policy_app
from policies.config import Invocation
from policies.errors import UnavailableError, UsageError
from policies.reference import examine, read_case, read_rows

EVALUATION = Path(__file__).parents[3] / "shared" / "eval" / "policy"
ROWS = [
    {"id": "a", "query": "Which countries use IBAN?"},
    {"id": "b", "query": "What is the limit?", "context": [{"text": "Five.", "label": "internal"}]},
    {"id": "c", "query": "What is the limit?", "context": [{"text": "Five.", "label": "PUBLIC?"}]},
    {"id": "d", "query": "What is the limit?", "context": [{"text": "Five.", "label": "public"}]},
    {"id": "e", "query": "Which countries use IBAN?", "user": {"groups": ["no-external-ai"]}},
    {
        "id": "f",
        "query": "shorter: shops may open on Sundays until six in the evening during the season",
        "index": [
            {"text": "Shops may open on Sundays until six in the evening during the season.", "label": "internal"}
        ],
    },
    {
        "id": "g",
        "query": "shorter: shops may open on Sundays until six in the evening during the season",
        "index": [{"text": "Shops may open on Sundays until six in the evening during the season.", "label": "public"}],
    },
]


def test_check_of_half_a_character_stays(tmp_path: Path):
    """In the question, an earlier turn or a passage: it is no text, and the product takes no such question."""
    half = "Which countries use IBAN? \udc80"
    rows = [{"id": "q", "query": half}, {"id": "h", "query": "And SEPA?", "history": [{"content": half}]},
            {"id": "c", "query": "Which?", "context": [{"text": half, "label": "public"}]}]  # fmt: skip
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    result = CliRunner().invoke(
        policy_app, ["check", str(file)], obj=Invocation(home=tmp_path / "none", meaning=meaning)
    )
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["id"], line["decision"]) for line in lines] == [(row["id"], "local") for row in rows]
    assert all("UNCERTAIN_OPAQUE" in {reason["rule"] for reason in line["reasons"]} for line in lines)


def test_check_without_the_embedding_model_is_no_check(tmp_path: Path):
    """What reads cases by their meaning is not there: nothing is said of any of them."""
    file = tmp_path / "cases.jsonl"
    file.write_text(json.dumps(ROWS[0]))
    result = CliRunner().invoke(policy_app, ["check", str(file)], obj=Invocation(home=tmp_path / "none"))
    assert isinstance(result.exception, UnavailableError)
    assert result.stdout == ""


def test_check_says_one_line_per_case(tmp_path: Path):
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n\n")
    result = CliRunner().invoke(
        policy_app, ["check", str(file)], obj=Invocation(home=tmp_path / "none", meaning=meaning)
    )
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["id"]: line["decision"] for line in lines} == {
        "a": "may_escalate", "b": "local", "c": "local", "d": "may_escalate", "e": "local", "f": "local",
        "g": "may_escalate",
    }  # fmt: skip
    assert all(line["reasons"] for line in lines if line["decision"] == "local")


def test_show_names_every_rule(tmp_path: Path):
    result = CliRunner().invoke(policy_app, ["show", "--json"], obj=Invocation(home=tmp_path / "none"))
    stated = json.loads(result.stdout)
    assert stated["rulebook"] == rules().digest
    assert stated["outside"] == "closed"
    assert stated["languages"] == ["en", "de", "fr", "es", "it", "nl", "pt", "sv", "pl", "tr", "ja"]
    assert "never-no-external-ai" in stated["rules"]
    plain = CliRunner().invoke(policy_app, ["show"], obj=Invocation(home=tmp_path / "none"))
    assert "never-no-external-ai" in plain.stdout


def test_show_reads_the_ladder_of_a_home(home):
    (home.path / "ringfence.toml").write_text('[assistant]\noutside = "public"\n')
    result = CliRunner().invoke(policy_app, ["show", "--json"], obj=Invocation(home=home.path))
    assert json.loads(result.stdout)["outside"] == "public"


@pytest.mark.parametrize("text", ["nonsense\n", "[1]\n"])
def test_a_line_that_is_no_case_is_named(tmp_path: Path, text: str):
    file = tmp_path / "bad.jsonl"
    file.write_text('{"id": "a", "query": "x"}\n' + text)
    with pytest.raises(UsageError, match="Line 2"):
        read_rows(file)
    with pytest.raises(UsageError):
        read_rows(tmp_path / "missing.jsonl")


def test_the_rates_and_their_intervals(tmp_path: Path):
    from assistant.evaluation.policy import evaluate_policy, in_words, wilson

    rows = [
        {"id": "1", "query": "Which countries use IBAN?", "expect": "may_escalate", "group": "benign"},
        {"id": "2", "query": "the admin password is P0suMi!13", "expect": "local", "group": "secret"},
        {"id": "3", "query": "What is a loan?", "expect": "local", "group": "secret"},
        {"id": "4", "query": "card 4539 9892 3597 2870", "expect": "may_escalate", "group": "benign"},
    ]
    seen = [
        {"id": "5", "text": "IBAN GB17 MERI 2014 6512 3456 78", "label": "sensitive", "type": "IBAN"},
        {"id": "6", "text": "What is an IBAN?", "label": "benign", "type": "LOOKALIKE"},
        {"id": "7", "turns": ["card 4539 9892", "and 3597 2870"], "label": "sensitive", "type": "CREDIT_CARD"},
        {"id": "8", "text_parts": ["the admin password ", "is P0suMi!13"], "label": "secret", "type": "prose"},
    ]
    for name, some in (("cases", rows), ("ids", seen)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, some)))
    heard: list[int] = []
    report = evaluate_policy(
        [tmp_path / "cases.jsonl", tmp_path / "ids.jsonl"], lambda done, of: heard.append(done), meaning=meaning()
    )
    assert (report["cases"], report["leaks"], report["over_blocks"]) == (4, 1, 1)
    assert (report["leak_rate"], report["over_block_rate"]) == (0.5, 0.5)
    assert report["groups"]["secret"] == {"n": 2, "wrong": 1}
    assert report["detection"]["ids"]["recall"] == 1.0
    assert report["detection"]["ids"]["false_positives"] == 0
    assert heard == list(range(1, 9))
    assert "Leaks 50.0 %" in in_words(report).replace("50.0%", "50.0 %")
    assert wilson(0, 0) == [0.0, 1.0]
    assert wilson(0, 100)[1] == pytest.approx(0.037, abs=0.001)


def test_marked_units_count_as_they_stand_and_with_invented_names(tmp_path: Path):
    """In a Norwegian row, or one about health, exchanging names helps nobody: it stays."""
    from assistant.evaluation.policy import evaluate_policy

    texts = {
        "Which trams run in Lisbon?": ["Lisbon"],
        "Which salutation is right in a letter to Marieke Oosterhout?": ["Marieke Oosterhout"],
        "Hvordan søker man om byggetillatelse i Trondheim kommune?": ["Trondheim"],
        "Write to Marieke Oosterhout in Lisbon about her chemotherapy.": ["Marieke Oosterhout", "Lisbon"],
    }
    rows = [{"id": str(n), "text": text, "pii_units": units} for n, (text, units) in enumerate(texts.items())]
    (tmp_path / "real.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def counted(**more: bool) -> tuple[float, int, float]:
        found = evaluate_policy([tmp_path / "real.jsonl"], meaning=meaning(), **more)["detection"]["real"]
        assert found["units"] == 5
        return found["units_sent_rate"], found["with_invented_names"], found["units_sent_with_invented_names_rate"]

    assert counted() == (0.2, 1, 0.2)
    assert counted(every_name=True) == (0.0, 2, 0.0)


@pytest.mark.skipif(not EVALUATION.exists(), reason="the evaluation data is not here")
def test_rules_and_labels_of_the_reference_policy_hold():
    """Every case of the groups that labels and rules alone decide is decided rightly."""
    rows = [row for row in read_rows(EVALUATION / "escalation_cases_dev_stay.jsonl") if row["group"] == "label_policy"]
    assert rows
    for row in rows:
        assert not examine(read_case(row), rulebook=rules(), detectors=detectors()).sent
