"""Chunks keep to their page and heading, fit the embedder, say exactly where they stand, and leave nothing out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking import MAX_LETTERS, MAX_PREFIX, MAX_TOKENS, PIPELINE, chunk, embed_text, prefix
from ingest.index.model import ModelFolder, packaged_model
from ingest.readers.base import Block, BlockKind, RawText, is_shown, page_text
from policies.labels import Category, Label, Level
from policies.vocabulary import Chunk, Document, SourceRef

REF = SourceRef(source="s", path="p.txt")
LABEL = Label(level=Level.CONFIDENTIAL, categories=frozenset({Category.HEALTH}))
DOCUMENT = Document(
    id=REF.document, version="v", source=REF, title="A title", media_type="x", label=LABEL, groups=frozenset({"staff"})
)
count = ModelFolder(packaged_model()).count_tokens
LONG = "The period starts on the last day of the calendar year in which the account is closed, unless a hold is set. "


def chunks_of(*blocks: Block, title: str = "A title") -> list[Chunk]:
    return chunk(
        replace(DOCUMENT, title=title), RawText(title=title, media_type="x", blocks=blocks), count_tokens=count
    )


def rows(number: int) -> str:
    return "\n".join(f"Account {place} | {place * 17} | closed in {2000 + place % 25}" for place in range(number))


def test_small_neighbours_under_one_heading_are_one_chunk() -> None:
    (one,) = chunks_of(Block(text="First.", heading=("A",)), Block(text="Second.", heading=("A",)))
    assert (one.text, one.heading, one.start, one.end) == ("First.\n\nSecond.", ("A",), 0, 15)


def test_another_heading_or_page_is_another_chunk() -> None:
    found = chunks_of(
        Block(text="one", heading=("A",)),
        Block(text="two", heading=("A", "B")),
        Block(text="three", heading=("A", "B"), page=2),
    )
    assert [(one.text, one.heading, one.page) for one in found] == [
        ("one", ("A",), 1),
        ("two", ("A", "B"), 1),
        ("three", ("A", "B"), 2),
    ]


def test_a_heading_stands_in_front_of_its_chunks_or_is_one_itself() -> None:
    def heading(text: str, path: tuple[str, ...]) -> Block:
        return Block(text=text, heading=path, kind=BlockKind.HEADING)

    found = chunks_of(
        heading("A", ("A",)), heading("B", ("A", "B")), Block(text="words", heading=("A", "B")), heading("C", ("C",))
    )
    assert [one.text for one in found] == ["words", "C"]


def test_a_long_paragraph_is_cut_at_sentences() -> None:
    found = chunks_of(Block(text=(LONG * 30).strip()))
    assert len(found) > 2
    assert all(one.text.endswith("set.") for one in found)


def test_every_piece_of_a_table_carries_the_header() -> None:
    found = chunks_of(Block(text=rows(80), kind=BlockKind.TABLE, header="Account | Amount | Remark"))
    assert len(found) > 2
    assert all(one.text.startswith("Account | Amount | Remark\nAccount ") for one in found)
    shown = [row for one in found for row in one.text.split("\n")[1:]]
    assert shown == rows(80).split("\n")


def test_a_table_that_fits_stays_whole_with_the_words_before_it() -> None:
    table = Block(text=rows(3), kind=BlockKind.TABLE, header="Account | Amount | Remark")
    (one,) = chunks_of(Block(text="These apply:"), table)
    assert one.text == f"These apply:\n\nAccount | Amount | Remark\n{rows(3)}"


def test_one_endless_word_is_cut_without_going_letter_by_letter() -> None:
    counted = 0

    def counting(text: str) -> int:
        nonlocal counted
        counted += 1
        return len(text) // 4 + 1

    raw = RawText(title="t", media_type="x", blocks=(Block(text="x" * 100_000),))
    found = chunk(DOCUMENT, raw, count_tokens=counting)
    assert "".join(one.text for one in found).replace("\n", "") == "x" * 100_000
    assert counted < 2000


@pytest.mark.parametrize("kind", [BlockKind.TEXT, BlockKind.TABLE])
@pytest.mark.parametrize(
    "text", ["x" * 30_000, "ธนาคารต้องส่งรายงานประจำปีเพื่อตรวจสอบบัญชี" * 700, "word" * 100 + " ." * 5_000]
)
def test_a_text_without_spaces_makes_no_endless_chunk(text: str, kind: BlockKind) -> None:
    """The embedder counts a word that it does not know as one token, however long it is."""
    found = chunks_of(Block(text="Before."), Block(text=text, kind=kind, page=2))
    assert max(len(one.text) for one in found) <= MAX_LETTERS
    page = page_text(RawText(title="t", media_type="x", blocks=(Block(text=text, kind=kind),)), 1)
    assert all(one.text == page[one.start : one.end] for one in found if one.page == 2)
    assert "".join(one.text for one in found[1:]).replace(" ", "").replace("\n", "") == text.replace(" ", "")


def test_margins_are_never_in_a_chunk() -> None:
    assert chunks_of(Block(text="CONFIDENTIAL", kind=BlockKind.MARGIN)) == []


def test_the_title_is_not_said_twice_and_a_long_path_is_cut() -> None:
    assert prefix("Guide", ("Guide", "Scope")) == "Guide > Scope"
    assert prefix("", ()) == ""
    cut = prefix("T" * 300, ("a" * 300, "last"))
    assert len(cut) <= MAX_PREFIX
    assert cut.endswith(" > last")


def test_ids_depend_on_document_version_pipeline_and_place() -> None:
    (one,) = chunks_of(Block(text="words"))
    assert one.id == Chunk.make_id(REF.document, "v", PIPELINE, 0)


words = st.text(st.sampled_from("abc de. É—漢字।\n0|,-"), min_size=1, max_size=40)
texts = st.one_of(
    words,
    st.integers(1, 40).map(lambda number: (LONG * number).strip()),
    st.integers(1, 12).map(lambda number: "漢字かな交じり文、" * 20 * number),
    st.integers(1, 5).map(lambda number: "x1/y2+" * 150 * number),
    st.integers(1, 5).map(lambda number: "x1y2z" * 700 * number),
)
blocks = st.builds(
    Block,
    text=texts.map(str.strip),
    page=st.integers(1, 3),
    heading=st.sampled_from([(), ("A",), ("A", "Part B"), ("x" * 200, "deep")]),
    kind=st.sampled_from(BlockKind),
    header=st.just(""),
)
tables = st.builds(
    Block,
    text=st.integers(1, 60).map(rows),
    page=st.integers(1, 3),
    heading=st.just(("A",)),
    kind=st.just(BlockKind.TABLE),
    header=st.sampled_from(["", "Account | Amount | Remark", "Very wide " * 150]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(blocks | tables, max_size=8))
def test_chunks_keep_all_their_promises(found: list[Block]) -> None:
    """Page and heading of some block, at most the limit, exact places, nothing lost, no label lowered."""
    raw = RawText(title="A title", media_type="x", blocks=tuple(sorted(found, key=lambda block: block.page)), pages=3)
    chunks = chunk(DOCUMENT, raw, count_tokens=count)
    shown = [block for block in raw.blocks if is_shown(block)]
    assert {(one.page, one.heading) for one in chunks} <= {(block.page, block.heading) for block in shown}
    assert all(LABEL.flows_to(one.label) for one in chunks)
    assert [one.ordinal for one in chunks] == list(range(len(chunks)))
    assert len({one.id for one in chunks}) == len(chunks)
    covered = {page: bytearray(len(page_text(raw, page))) for page in (1, 2, 3)}
    for one in chunks:
        here = page_text(raw, one.page)[one.start : one.end]
        assert one.text == here or one.text.endswith("\n" + here)
        assert count(embed_text(one, DOCUMENT.title)) <= MAX_TOKENS
        assert len(one.text) <= MAX_LETTERS
        covered[one.page][one.start : one.end] = b"\1" * (one.end - one.start)
    headed = {text for one in chunks for text in one.heading}
    for page, marks in covered.items():
        left = "".join(letter for letter, mark in zip(page_text(raw, page), marks, strict=True) if not mark)
        for block in shown:
            if block.page == page and block.kind is BlockKind.HEADING and block.text in headed:
                left = left.replace(block.text, "", 1)
            if block.header and block.page == page:
                left = left.replace(block.header, "", 1)
        assert not left.strip(), left


def test_counting_is_what_the_limit_is_about() -> None:
    """The splitter's own count is never asked: another embedder, other pieces."""
    raw = RawText(title="t", media_type="x", blocks=(Block(text=(LONG * 10).strip()),))
    by_letters = chunk(DOCUMENT, raw, count_tokens=len)
    assert all(len(embed_text(one, DOCUMENT.title)) <= MAX_TOKENS for one in by_letters)
    assert len(by_letters) > len(chunk(DOCUMENT, raw, count_tokens=count))


def test_an_empty_document_has_no_chunks() -> None:
    assert chunks_of() == []
    with pytest.raises(TypeError):
        chunk(DOCUMENT, RawText(title="t", media_type="x", blocks=()))  # type: ignore[call-arg]
