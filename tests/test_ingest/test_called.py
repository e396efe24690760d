"""A question names a document by its company or its title, and an everyday word names nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.called import mentioned, names
from ingest.catalogue.catalogue import Catalogue
from ingest.catalogue.rows import Stat
from policies.labels import PUBLIC
from policies.vocabulary import Document, Person, SourceRef

STAT = Stat(size=1, mtime=0, checked=0, version="v", pipeline="p")
DANA = Person(id="dana", name="dana", groups=frozenset({"staff"}))


def document(company: str = "", title: str = "x", groups: frozenset[str] = frozenset({"staff"})) -> Document:
    ref = SourceRef(source="files", path=f"{company}/{title}")
    return Document(
        id=ref.document,
        version="v",
        source=ref,
        title=title,
        media_type="text/plain",
        label=PUBLIC,
        groups=groups,
        company=company,
    )


def is_named(question: str, **of: str) -> bool:
    asked, called = mentioned(question), names(document(**of))
    return any(name in asked.part or (not part and name in asked.whole) for name, part in called.items())


@pytest.mark.parametrize(
    ("company", "question"),
    [
        ("Birch, Inc.", "Did Birch grow between FY20 and FY21?"),
        ("Birch, Inc.", "did birch grow?"),
        ("Oak Barrel, Inc.", "What did Oakbarrel's CEO say?"),
        ("Oak Barrel, Inc.", "profit of oak barrel"),
        ("Alder Communications Inc.", "Has Alder more debt?"),
        ("ALDER.COM, INC.", "What is Alder's FY2017 revenue?"),
        ("Café Noir S.A.", "What does Cafe Noir pay?"),
    ],
)
def test_a_company_is_named(company: str, question: str) -> None:
    assert is_named(question, company=company)


@pytest.mark.parametrize(
    ("company", "question"),
    [
        ("Birch, Inc.", "Is birch wood dear in Finland?"),
        ("American Barrels", "What is American Water Towers's revenue?"),
        ("American Barrels", "what do american customers pay"),
        ("Inc.", "What is Inc. in a name?"),
        ("", "What is the fee?"),
    ],
)
def test_an_everyday_word_or_a_longer_name_is_not_it(company: str, question: str) -> None:
    assert not is_named(question, company=company)


def test_a_title_of_several_words_is_a_name_and_a_single_word_is_not() -> None:
    assert is_named("What does the travel policy say of trains?", title="Travel Policy")
    assert not is_named("Who pays the invoice?", title="Invoice")


@given(st.text(max_size=300))
def test_any_question_can_be_looked_at(text: str) -> None:
    found = mentioned(text)
    assert all(found.whole | found.part) or not text.strip()


def test_only_what_a_person_may_read_is_named_and_what_is_deleted_is_forgotten(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    mine, theirs = document("Birch, Inc.", "a"), document("Birch Holdings", "b", frozenset({"board"}))
    for one in (mine, theirs):
        catalogue.commit(one, [], [], stat=STAT)
    asked = mentioned("What does Birch earn?")
    assert catalogue.named(asked, DANA) == {mine.id}
    catalogue.set_rights(mine.id, groups=["board"])
    assert catalogue.named(asked, DANA) == frozenset()
    catalogue.set_rights(mine.id, groups=["staff"])
    catalogue.delete(mine.id)
    assert catalogue.named(asked, DANA) == frozenset()
    catalogue.close()
