"""The three rates: counted on rows whose outcome is known, with intervals; and on the development set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.evaluation.grounding import evaluate_grounding, in_words

PASSAGE = {
    "id": "p1",
    "text": "A card costs €12. It is sent within 3 days unless the address is unknown.",
    "source": "Tariff",
    "page": 1,
}
ROWS = [
    ("A card costs €12.", "supported", "", "plain"),
    ("A card costs €21.", "unsupported", "", "number"),
    ("The card is sent within 3 days.", "supported_with_condition", "unless the address is unknown", "condition"),
    ("A card costs €12.", "unsupported", "", "mislabelled on purpose"),
    ("Whales are mammals.", "supported", "", "mislabelled on purpose"),
]
DEV = Path(__file__).parents[3] / "shared" / "eval" / "grounding" / "dev.jsonl"


def _written(folder: Path) -> Path:
    rows = [
        {
            "id": f"x-en-g{i % 2}-{i}", "passages": [PASSAGE], "question": "", "sentence": s, "label": label,
            "supporting": [], "condition": c, "kind": k,
        }
        for i, (s, label, c, k) in enumerate(ROWS)
    ]  # fmt: skip
    file = folder / "rows.jsonl"
    file.write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    return file


def test_the_rates_count_what_was_shown_removed_and_conditioned(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    report = evaluate_grounding(_written(tmp_path), progress=lambda done, of: heard.append((done, of)))
    assert report["rows"] == 5
    assert report["unsupported_shown_rate"] == 0.5
    assert report["supported_removed_rate"] == 0.5
    assert report["condition_shown_rate"] == 1.0
    assert report["errors"] == 0
    assert report["groups"]["mislabelled on purpose"] == {"n": 2, "wrong": 2}
    assert report["condition_rows"] == {"condition": 1}
    assert heard[-1] == (5, 5)
    assert "unsupported sentences shown" in in_words(report)
    json.dumps(report)


def test_each_rate_lies_in_its_interval(tmp_path: Path) -> None:
    report = evaluate_grounding(_written(tmp_path))
    for name, (low, high) in report["intervals"].items():
        assert 0 <= low <= report[name] <= high <= 1


def test_a_row_that_breaks_the_check_counts_as_removed_and_as_an_error(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    row = {"id": "x-en-g1-1", "passages": [PASSAGE], "sentence": 7, "label": "supported", "kind": "broken"}
    file.write_text(json.dumps(row), encoding="utf-8")
    report = evaluate_grounding(file)
    assert (report["errors"], report["supported_removed_rate"]) == (1, 1.0)


@pytest.mark.skipif(not DEV.is_file(), reason="the development set is not on this machine")
def test_the_development_set_stays_within_its_targets() -> None:
    report = evaluate_grounding(DEV)
    assert report["errors"] == 0
    assert report["unsupported_shown_rate"] <= 0.03
    assert report["supported_removed_rate"] <= 0.10
    assert report["condition_shown_rate"] >= 0.90
