"""The parts of a home: made when used, let go of at the end, and what the switch, the settings and the rights mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes import make_person
from house import House, changed_environment, house, own

from assistant.errors import ConnectionsError
from assistant.wiring import Parts, create_parts, open_parts
from policies.audit.events import SiteChanged
from policies.decisions import Outside
from policies.errors import UnavailableError
from policies.labels import Level
from policies.switch import OFF
from policies.vocabulary import Question

__all__ = ["house", "own"]
OUTSIDE = """
[assistant]
outside = "general"
model = "embedded"

[assistant.destination]
id = "closed-model"
base_url = "http://127.0.0.1:9/v1"
model = "big"
"""


@pytest.fixture(autouse=True)
def keys(request: pytest.FixtureRequest) -> Iterator[None]:
    given = request.getfixturevalue("own" if "own" in request.fixturenames else "house")
    with changed_environment({"RINGFENCE_KEYS": str(given.keys)}):
        yield


@pytest.fixture
def parts(house: House) -> Iterator[Parts]:
    found = open_parts(house.home)
    yield found
    found.close()


def test_opening_makes_nothing_and_closing_lets_go(house: House) -> None:
    """A part that nobody used was never opened; closing twice harms nothing."""
    found = open_parts(house.home)
    assert not {"ledger", "ingest", "writer", "people", "means"} & set(found.__dict__)
    assert found.people.everyone()
    found.close()
    found.close()


def test_there_must_be_a_home_to_open(tmp_path, house: House) -> None:
    """Opening never makes one."""
    with pytest.raises(UnavailableError, match="init"):
        open_parts(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_the_first_record_says_that_the_home_was_made(tmp_path, house: House) -> None:
    """Once, however often it is opened."""
    with changed_environment({"RINGFENCE_KEYS": str(tmp_path / "keys")}):
        for _ in range(2):
            made = create_parts(tmp_path / "home")
            size = made.ledger.head().size
            made.close()
        assert size == 1
        assert SiteChanged.__name__ in next(iter(made.ledger.bodies()))[1]


def test_the_index_is_filtered_by_the_persons_groups(parts: Parts) -> None:
    """The real index, the real catalogue: each finds what their groups may read, and the label does not matter."""

    def names(text: str, *groups: str) -> set[str]:
        person = make_person(groups=frozenset(groups), clearance=Level.PUBLIC)
        found = parts.retrieve(Question(text=text, person=person), k=50)
        return {passage.document.source.path.rsplit("/", 1)[-1] for passage in found.passages}

    everything = "sale of the Lisbon branch, per diem, generator, leave, clinic"
    assert names(everything) == {"hours.txt"}
    assert names(everything, "staff") == {"hours.txt", "travel.md", "cellar.md"}
    assert names(everything, "board", "hr") == {"hours.txt", "heron.md", "leave.md"}


def test_with_clearance_counting_a_level_above_it_is_not_found(own: House) -> None:
    """`reading = "source+clearance"`: groups and level both have to allow it."""
    own.write("home/ringfence.toml", '[assistant]\nreading = "source+clearance"\n')
    found = open_parts(own.home)
    try:

        def names(clearance: Level) -> set[str]:
            person = make_person(groups=frozenset({"staff"}), clearance=clearance)
            passages = found.retrieve(Question(text="generator in the cellar, per diem", person=person), k=50).passages
            return {passage.document.source.path.rsplit("/", 1)[-1] for passage in passages}

        assert names(Level.INTERNAL) == {"hours.txt", "travel.md"}
        assert names(Level.RESTRICTED) == {"hours.txt", "travel.md", "cellar.md"}
    finally:
        found.close()


def test_a_rule_that_forbids_reading_counts_at_the_next_search(own: House) -> None:
    """An ethical wall in the home's own rules withholds what the index and the groups let through, and is counted."""
    own.rules(
        wall='@id("wall-staff") forbid (principal, action == Action::"read", resource) when { resource.level == 3 };'
    )
    found = open_parts(own.home)
    try:
        person = make_person(groups=frozenset({"staff"}))
        retrieved = found.retrieve(Question(text="generator in the cellar", person=person), k=50)
        assert "cellar.md" not in str([passage.document.source.path for passage in retrieved.passages])
        assert retrieved.withheld >= 1
    finally:
        found.close()


def test_as_installed_there_is_no_door(parts: Parts) -> None:
    """No destination, no door, no connection beyond this machine."""
    assert parts.outside is Outside.CLOSED
    assert parts.door is None
    assert parts.destination is None
    assert parts.configured_hosts() == frozenset()


def test_a_file_in_the_home_shuts_the_door_at_once(own: House) -> None:
    """The switch needs no restart, and taking the file away opens the ladder again."""
    own.write("home/ringfence.toml", OUTSIDE)
    found = open_parts(own.home)
    assert found.outside is Outside.GENERAL
    assert found.door is not None
    assert [str(host) for host in found.configured_hosts()] == ["127.0.0.1:9"]
    (own.home / OFF).touch()
    assert found.outside is Outside.CLOSED
    (own.home / OFF).unlink()
    assert found.outside is Outside.GENERAL
    found.close()


def test_a_changed_right_ends_a_release(own: House) -> None:
    """The versions that a release carries change with every change of a label or a right."""
    found = open_parts(own.home)
    before = found.label_versions()
    assert found.label_versions() == before
    found.ingest.catalogue.set_rights(own.document("travel.md")["document"], groups={"board"})
    assert found.label_versions() != before
    found.close()


def test_a_malformed_address_is_refused_before_anything_is_opened(own: House) -> None:
    """A destination without a host is a mistake in the settings, and says so."""
    own.write("home/ringfence.toml", OUTSIDE.replace("http://127.0.0.1:9/v1", "nonsense"))
    found = open_parts(own.home)
    with pytest.raises(ConnectionsError):
        found.guard()
    found.close()


def test_people_and_the_record_open_without_the_catalogue(own: House) -> None:
    """A damaged catalogue does not keep anybody from the record or the list of people."""
    (own.home / "catalogue" / "catalogue.db").write_bytes(b"this is no database" * 500)
    found = open_parts(own.home)
    found.guard()
    assert found.people.everyone()
    assert found.ledger.head().size
    found.close()
