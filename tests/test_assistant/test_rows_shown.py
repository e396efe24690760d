"""Who reads an answer is told in which rows of which sheet a passage stands."""

from __future__ import annotations

import openpyxl
from fakes import ScriptedGenerator
from house import House, changed_environment, house, own

from assistant.ask import collect
from assistant.desk.desk import open_desk
from assistant.desk.keeping import sentence_from_json, sentence_to_json
from assistant.web import reading, render, thread
from assistant.web.shown import Place
from ingest.index.base import Mode

__all__ = ["house", "own"]
ASKED = "What is the fee for the tailoring of a ceremonial robe?"


def test_a_citation_in_a_sheet_names_its_rows_everywhere(own: House) -> None:
    """The command line, the answer, the source card, the page in the library, and the conversation opened again."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Q1"
    for row, cells in {
        5: ("Service", "Fee"),
        6: ("Tailoring of a ceremonial robe", "912"),
        9: ("Ironing", "31"),
    }.items():
        for column, cell in enumerate(cells, start=2):
            sheet.cell(row, column, cell)
    (own.folder / "fees").mkdir()
    book.save(own.folder / "fees" / "fees-2024.xlsx")
    assert own.run("ingest", own.folder / "fees", "--group", "staff", "--level", "internal").code == 0

    hit = own.run("search", ASKED, "--as", "dana", "--json").json["hits"][0]
    assert (hit["page"], hit["heading"], hit["rows"]) == (1, "Q1", [5, 9])
    assert "Fees 2024, sheet Q1, rows 5–9 › Q1" in own.run("search", ASKED, "--as", "dana").out
    hours = own.run("search", "When does the clinic open?", "--as", "dana", "--json").json["hits"][0]
    assert hours["rows"] is None

    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as desk:
        desk.parts.writer = ScriptedGenerator(["The fee for the tailoring of a ceremonial robe is 912. "])
        dana = desk.person("dana")
        answer = collect(desk.ask(dana, ASKED))
        (cited,) = answer.citations
        assert (cited.where, cited.rows) == ("Fees 2024, sheet Q1, rows 5–9", (5, 9))
        kept = [sentence for sentence in answer.sentences if sentence.citations]
        assert [sentence_from_json(sentence_to_json(sentence)) for sentence in kept] == kept
        passage = next(
            one for one in desk.search(dana, ASKED, k=3, mode=Mode.HYBRID).passages if one.chunk.id == cited.chunk
        )
        assert "Fees 2024 · sheet Q1, rows 5–9" in thread.sources([passage], kept, lambda _: "t")
        assert "rows 5–9" in thread.excerpt(passage, [cited])
        assert "Fees 2024, sheet Q1, rows 5–9" in render.mark(cited, lambda _: "#")
        page = desk.house(hosts=frozenset()).reading.page(dana, cited.document, 1)
        assert page is not None
        markup = reading.fragment(page, Place(document=cited.document, page=1), address=str, numbered=True)
        assert "Passage 1 · rows 5–9" in markup


def test_a_citation_kept_before_rows_were_counted_names_its_page() -> None:
    """What an earlier version wrote down is read as it was."""
    kept = {
        "n": 1, "chunk": "c", "document": "d", "version": "v", "source": "/a.pdf", "title": "Travel policy", "page": 3,
        "heading": ["Per diem"], "quote": "q", "condition": "", "label": "internal",
    }  # fmt: skip
    sentence = sentence_from_json(
        {"text": "t", "standing": "supported", "citations": [kept], "paragraph": False, "heading": False}
    )
    assert [cited.where for cited in sentence.citations] == ["Travel policy, page 3"]
