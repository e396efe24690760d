"""The map of sensitivity labels: whole or not at all, lines named, documents raised and never lowered."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelling_house import LabellingHouse, said

from ingest.label_map import read_map
from policies.errors import RefusedError, UsageError
from policies.labels import Category, Label, Level
from policies.rulebook import load

A, B = "2096f6a2-d2f7-48be-b329-b73aaa526e5d", "0b9d3f5c-6a51-4c8e-9d0f-7f2f1d3c4b5a"


@pytest.fixture(scope="module")
def rulebook():
    return load()


@pytest.fixture
def house(home, rulebook, clock):
    opened = LabellingHouse(home, rulebook, clock)
    yield opened
    opened.close()


def rows(*lines: str, head: str = "id,name,level,categories") -> bytes:
    return "\n".join([head, *lines]).encode()


def carrying(id: str, text: str = "The plan.") -> str:
    return f"@msip_label_{id}_enabled: true\n{text}"


# -- the file ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        rows(f"{A},Kept,confidential,health personal"),
        rows(f"{{{A.upper()}}},Kept,Confidential,health; personal", ""),
        b"\xef\xbb\xbf" + rows(f"Kept;{A};confidential;personal,health", head="Name;ID;Level;Categories"),
        rows(f'"{A}"\t"Kept"\t"confidential"\t"health|personal"', head="id\tname\tlevel\tcategories"),
    ],
    ids=["plain", "braces", "semicolons", "tabs"],
)
def test_a_csv_file_is_read_as_office_programs_write_it(data: bytes):
    (found,) = read_map(data)
    assert (found.id, found.name) == (A, "Kept")
    assert found.label == Label(level=Level.CONFIDENTIAL, categories=frozenset({Category.HEALTH, Category.PERSONAL}))


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (rows(f"{A},x,internal,", "1234,x,internal,"), "line 3: the id is no GUID"),
        (rows(f"{A},x,secret,"), "line 2: there is no level 'secret'"),
        (rows(f"{A},x,internal,medical"), "line 2: there is no category 'medical'"),
        (rows(f"{A},x,internal,", f"{A.upper()},x,public,"), "line 3: the id stands there twice"),
        (rows(f"{A},x,internal"), "line 2: 3 cells under 4 columns"),
        (rows(f"{A},internal", head="id,label"), "Line 1"),
        (rows("internal", head="level"), "Line 1"),
        (rows(f"{A},internal,x", head="id,level,colour"), "colour"),
        (rows(), "it holds no label"),
        (b"", "Line 1"),
        (b"\xff\xfe\x00", "UTF-8"),
        (rows(*["x,,,"] * 30), "and 40 more"),
    ],
)
def test_what_is_amiss_is_named_by_its_line(data: bytes, named: str):
    with pytest.raises(UsageError, match=named):
        read_map(data)


@given(st.binary(max_size=200))
def test_no_bytes_break_it_otherwise(data: bytes):
    for whole in (data, rows() + b"\n" + data):
        try:
            assert read_map(whole)
        except UsageError:
            continue


# -- what it does to documents ---------------------------------------------------------------------------


def test_an_unknown_id_is_restricted_and_remembered_until_it_is_known(house):
    one = house.write("a.txt", carrying(A))
    house.ingest(said(Level.PUBLIC))
    assert house.label(one).level is Level.RESTRICTED
    assert house.room.catalogue.labels.unknown() == {A: 1}
    done = house.map.take(read_map(rows(f"{A},General,internal,")), actor="os:tester")
    assert (done.ids, done.new, done.changed, done.carriers, done.raised) == (1, 1, 0, 1, 0)
    assert house.room.catalogue.labels.unknown() == {}
    # What was taken in stays; what comes in from now on is what the id means.
    house.ingest(said(Level.PUBLIC))
    assert house.label(one).level is Level.RESTRICTED
    two = house.write("b.txt", carrying(A, "Another plan."))
    house.ingest(said(Level.PUBLIC))
    assert house.label(two).level is Level.INTERNAL


def test_an_id_that_means_more_raises_what_carries_it_at_once_and_one_that_means_less_nothing(house):
    house.map.take(read_map(rows(f"{A},General,internal,", f"{B},Other,public,")), actor="os:tester")
    one, two = house.write("a.txt", carrying(A)), house.write("b.txt", "A plan without.")
    house.ingest(said(Level.PUBLIC))
    done = house.map.take(read_map(rows(f"{A},General,confidential,health")), actor="os:tester")
    assert (done.changed, done.carriers, done.raised) == (1, 1, 1)
    raised = Label(level=Level.CONFIDENTIAL, categories=frozenset({Category.HEALTH}))
    assert (house.label(one), house.label(two).level) == (raised, Level.PUBLIC)
    assert {chunk.label for chunk, _ in house.room.catalogue.chunks(one, None)} == {raised}
    assert house.map.take(read_map(rows(f"{A},General,public,")), actor="os:tester").raised == 0
    assert house.label(one) == raised
    kinds = [json.loads(text)["kind"] for _, text in house.ledger.bodies()]
    assert kinds == ["LabelIdsMapped", "LabelIdsMapped", "RightsChanged", "ChangeEnded", "LabelIdsMapped"]


def test_an_import_that_was_killed_halfway_is_finished_by_the_next_run(house):
    house.map.take(read_map(rows(f"{A},General,internal,")), actor="os:tester")
    one = house.write("a.txt", carrying(A))
    house.ingest(said(Level.PUBLIC))
    house.room.catalogue.labels.put(read_map(rows(f"{A},General,restricted,")))  # and then it was killed
    house.ingest(said(Level.PUBLIC))
    assert house.label(one).level is Level.RESTRICTED


def test_an_id_is_removed_unless_documents_carry_it(house):
    house.map.take(read_map(rows(f"{A},General,internal,", f"{B},Other,public,")), actor="os:tester")
    house.write("a.txt", carrying(A))
    house.ingest(said(Level.PUBLIC))
    with pytest.raises(RefusedError, match="1 documents carry"):
        house.map.remove(A, actor="os:tester")
    house.map.remove(f"{{{B.upper()}}}", actor="os:tester")
    with pytest.raises(UsageError, match="no label"):
        house.map.remove(B, actor="os:tester")
    assert [one.id for one in house.room.catalogue.labels.mapped()] == [A]
    *_, (_, last) = house.ledger.bodies()
    assert json.loads(last)["labels"] == [{"id": B, "label": ""}]


def test_the_name_in_the_map_never_stands_in_the_record(house):
    house.map.take(read_map(rows(f"{A},Projekt Nordwind,internal,")), actor="os:tester")
    assert "Nordwind" not in "".join(text for _, text in house.ledger.bodies())
