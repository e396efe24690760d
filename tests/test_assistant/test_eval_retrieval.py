"""`eval retrieval`: the measures are trec_eval's, and a small set made here is taken in and measured."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evaluation.ranking import mean, measures, percentile
from assistant.evaluation.retrieval import evaluate_retrieval
from assistant.evaluation.retrieval_sets import load_set
from policies.errors import UsageError

PASSAGES = {
    "p1": ("Leave", "Staff may carry five days of leave into the next year."),
    "p2": ("Fees", "The late payment fee is twelve euros per month."),
    "p3": ("Retention", "Invoices are kept for ten years after the end of the financial year."),
    "p4": ("Visitors", "Visitors sign in at the reception and wear a badge."),
    "p5": ("Long", "The cafeteria serves lunch from noon. " * 80 + "The heliport closes at dusk."),
}
QUERIES = {
    "q1": ("How many days of holiday can be taken over?", {"p1": 1}),
    "q2": ("late payment fee", {"p2": 1}),
    "q3": ("When does the heliport close?", {"p5": 1}),
    "q4": ("nobody answers this", {}),
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A set of five passages in the usual layout, with two splits."""
    folder = tmp_path / "small"
    (folder / "qrels").mkdir(parents=True)
    rows = [{"_id": id, "title": title, "text": text, "metadata": {}} for id, (title, text) in PASSAGES.items()]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = [{"_id": id, "text": text, "metadata": {}} for id, (text, _) in QUERIES.items()]
    (folder / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in asked))
    lines = [f"{id}\t{item}\t{grade}" for id, (_, wanted) in QUERIES.items() for item, grade in wanted.items()]
    (folder / "qrels" / "dev.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines, "q2\tp3\t0"]) + "\n")
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tp1\t1\n")
    return folder


def test_a_set_is_taken_in_and_measured(small: Path, tmp_path: Path) -> None:
    """Every mode finds what is plainly there; a passage cut into several chunks counts at its best chunk."""
    told: list[tuple[str, int, int]] = []
    result = evaluate_retrieval(small, keep=tmp_path / "kept", progress=lambda *step: told.append(step))
    assert (result["dataset"], result["split"], result["documents"], result["queries"]) == ("small", "dev", 5, 3)
    assert result["chunks"] > 5
    assert set(result["modes"]) == {"bm25", "dense", "hybrid"}
    for row in result["modes"].values():
        assert set(row) == {"ndcg@10", "recall@10", "recall@100", "map@10", "mrr@10"}
        assert row["recall@10"] == 1.0
    assert result["modes"]["hybrid"]["ndcg@10"] == 1.0
    assert set(result["latency_ms"]) == {"p50", "p95"}
    assert set(result["ingest"]) == {"seconds", "chunks_per_second"}
    assert {what for what, _, _ in told} == {"reading", "embedding", "asking"}
    assert (tmp_path / "kept" / "index" / "manifest.json").is_file()
    json.dumps(result)
    with pytest.raises(UsageError, match="not empty"):
        evaluate_retrieval(small, keep=tmp_path / "kept")


def test_a_query_may_be_confined_to_one_document(small: Path) -> None:
    """As rights would confine it: the better passage of another document is not found."""
    rows = [json.loads(line) for line in (small / "corpus.jsonl").read_text().splitlines()]
    for row in rows:
        row["metadata"] = {"document_id": "A" if row["_id"] in ("p1", "p4") else "B"}
    (small / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = {"_id": "q2", "text": "late payment fee", "metadata": {"filter_document_id": "A"}}
    (small / "queries.jsonl").write_text(json.dumps(asked) + "\n")
    result = evaluate_retrieval(small)
    assert all(row["recall@100"] == 0.0 for row in result["modes"].values())


def test_pages_of_pdfs_are_the_items(tmp_path: Path) -> None:
    """Page-level answers `NAME#p<page from 0>` against real PDF files."""
    from reportlab.pdfgen.canvas import Canvas

    folder = tmp_path / "filings"
    (folder / "pdfs").mkdir(parents=True)
    (folder / "qrels").mkdir()
    canvas = Canvas(str(folder / "pdfs" / "ACME_2024.pdf"))
    for line in (
        "The annual report of Acme.",
        "Capital expenditure was 17 million in the year.",
        "Risk factors follow.",
    ):
        canvas.drawString(72, 720, line)
        canvas.showPage()
    canvas.save()
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "capital expenditure"}) + "\n")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\tACME_2024#p1\t1\n")
    result = evaluate_retrieval(folder)
    assert result["documents"] == 1
    assert result["modes"]["hybrid"]["mrr@10"] == 1.0
    assert result["modes"]["hybrid"]["document@1"] == 1.0


def test_the_split_is_test_else_dev_else_the_only_one(small: Path) -> None:
    assert load_set(small).split == "dev"
    assert load_set(small, split="train").split == "train"
    (small / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tp1\t1\n")
    assert load_set(small).split == "test"
    with pytest.raises(UsageError, match="nosuch"):
        load_set(small, split="nosuch")


def test_a_set_that_cannot_be_searched_openly_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "contexts.jsonl").write_text("{}\n")
    with pytest.raises(UsageError, match="not an open retrieval set"):
        evaluate_retrieval(tmp_path)
    with pytest.raises(UsageError, match="no retrieval set"):
        evaluate_retrieval(tmp_path / "nowhere")


def test_titles_are_left_out_where_they_tell(small: Path) -> None:
    assert load_set(small).passages[0].title == "Leave"
    assert load_set(small, titles=False).passages[0].title == ""
    telling = small.rename(small.parent / "medquad-faq")
    assert load_set(telling).passages[0].title == ""
    assert load_set(telling, titles=True).passages[0].title == "Leave"


def test_measures_by_hand() -> None:
    """Relevant a, b, c; found at ranks 1 and 3."""
    row = measures(["a", "x", "b", "y"], {"a": 1, "b": 1, "c": 1})
    assert row["recall@10"] == row["recall@100"] == pytest.approx(2 / 3)
    assert row["map@10"] == pytest.approx((1 + 2 / 3) / 3)
    assert row["mrr@10"] == 1
    assert row["ndcg@10"] == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3) + 1 / 2))


def test_only_the_first_ten_count_where_it_says_ten() -> None:
    row = measures([f"x{n}" for n in range(10)] + ["a"], {"a": 1})
    assert row == {"ndcg@10": 0, "recall@10": 0, "recall@100": 1, "map@10": 0, "mrr@10": 0}


def test_means_and_percentiles() -> None:
    assert mean([{"m": 1.0}, {"m": 0.0}, {"m": 0.0}]) == {"m": 0.3333}
    assert mean([]) == {}
    assert (percentile([3, 1, 2], 0.5), percentile([3, 1, 2], 0.95), percentile([], 0.5)) == (2, 3, 0)


@given(
    ranked=st.lists(st.sampled_from("abcdefghij"), unique=True),
    wanted=st.dictionaries(st.sampled_from("abcdefghij"), st.sampled_from([1.0, 2.0]), min_size=1),
)
def test_measures_lie_between_0_and_1_and_the_best_order_has_1(ranked: list[str], wanted: dict[str, float]) -> None:
    assert all(0 <= value <= 1 + 1e-12 for value in measures(ranked, wanted).values())
    best = measures(sorted(wanted, key=lambda item: -wanted[item]), wanted)
    assert all(value == pytest.approx(1) for value in best.values())
