"""The Library page for those who look after it: what they see, what they may do, and when the page looks again."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from web_house import fake_house
from web_reading import request, text_of
from web_tending import ASIDE, POLICIES, SHARE, SOURCES, FakeTending

from assistant.web import tending_text
from assistant.web.base import JobRow, LibraryRow
from assistant.web.library import LATER, OFF, SOON, Browsing, LibraryDesk
from assistant.web.tending import Running

HOSTILE = "<img src=x onerror=alert(1)>](http://attacker.example)"


def site() -> tuple[LibraryDesk, FakeTending]:
    house = fake_house()
    assert isinstance(house.tending, FakeTending)
    return LibraryDesk(house), house.tending


def test_a_file_set_aside_says_why_what_helps_and_what_can_be_done() -> None:
    """The reason in words and its cure, its code behind, and the two acts."""
    desk, _ = site()
    aside = desk.look("", Browsing(), request("omar"))["aside"]
    assert "It is protected with a password. Save it without one. ENCRYPTED" in text_of(aside)
    assert f'href="#c-again-{html.escape(ASIDE).replace("-", "&#45;")}"' in aside
    assert "Read again Never mind" in text_of(aside)


@pytest.mark.parametrize(
    ("wanted", "act"),
    [
        (f"again-{ASIDE}", ("omar", "read again", ASIDE)),
        (f"nevermind-{ASIDE}", ("omar", "never mind", ASIDE)),
        (f"sync-{POLICIES}", ("omar", "sync", POLICIES)),
        (f"cancel-{POLICIES}", ("omar", "cancel", POLICIES)),
        (f"remove-{POLICIES}", ("omar", "remove", POLICIES)),
    ],
)
def test_an_act_goes_to_the_house_with_who_asked(wanted: str, act: tuple[str, str, str]) -> None:
    """And the page says that it is so; what there is no word for is not done."""
    desk, tending = site()
    said = desk.act(wanted, Browsing(), request("omar"))["said"]
    assert tending.acts == [act]
    assert 'class="done"' in said
    assert "no such act" in desk.act("forget-everything", Browsing(), request("omar"))["said"]
    assert tending.acts == [act]


def test_staff_see_none_of_it_and_may_do_none_of_it() -> None:
    """Whatever the browser sends: the house refuses, and the page says so."""
    desk, tending = site()
    seen = desk.look("", Browsing(), request("dana"))
    assert (seen["sources"], seen["aside"], seen["jobs"], seen["running"], seen["every"]) == ("", "", "", "", OFF)
    assert desk.tick(Browsing(), request("dana")) == {"every": OFF}
    assert list(refused := desk.act(f"sync-{POLICIES}", Browsing(), request("dana"))) == ["said"]
    assert "Only who looks after the library" in text_of(refused["said"])
    assert tending.acts == []


def test_a_source_says_whose_it_is_who_reads_it_and_how_its_last_sync_went() -> None:
    """Name, place, owner, readers, level, documents; why it could not be seen."""
    words = text_of(tending_text.sources(SOURCES, frozenset({POLICIES})))
    for said in ("policies /srv/policies Owner: Mara Lind staff internal 412", "went well", "at work"):
        assert said in words
    for said in ("as its manifest says", "none named", "could not be seen", "Mount it again and sync."):
        assert said in words
    never = replace(SOURCES[0], state="new", synced=0, tried=0, owner="", manifest=False, groups=())
    assert "nobody internal 412 not synced yet Sync now" in text_of(tending_text.sources([never], frozenset()))
    assert "No source is saved" in tending_text.sources((), frozenset())


def test_the_page_looks_again_soon_while_something_runs() -> None:
    """How far, how fast, how long, what was set aside, and Cancel; a look that finds nothing new changes nothing."""
    desk, tending = site()
    idle = desk.look("", Browsing(), request("omar"))
    assert idle["every"] == SOON, "the run of another process is worth a look"
    assert desk.tick(idle["browsing"], request("omar")) == {"every": SOON}
    begun = desk.act(f"sync-{POLICIES}", idle["browsing"], request("omar"))
    words = text_of(begun["running"])
    assert re.search(r"policies \d+ of 412 files · [\d.]+ of 20.6 MB · 183 passages a second", words)
    assert "waits for its turn" in words
    assert words.count("Cancel") == 2
    tending.cancelled = True
    assert "stopping…" in text_of(desk.tick(begun["browsing"], request("omar"))["running"])
    tending.began = 0.0
    ended = desk.tick(begun["browsing"], request("omar"))
    assert ended["running"] == ""
    assert "Sync now" in text_of(ended["sources"])


def test_without_any_run_the_page_looks_seldom() -> None:
    """Every ten seconds, so that a run begun elsewhere is seen."""
    desk, _ = site()
    desk._library = SimpleNamespace(  # type: ignore[assignment]
        documents=lambda *_, **__: [], set_aside=lambda _: [], jobs=lambda _: []
    )
    assert desk.look("", Browsing(), request("omar"))["every"] == LATER


def test_a_run_of_another_process_shows_its_state_alone() -> None:
    """One of this server shows how far it is; one that was stopped says that what was taken in stays."""
    row = JobRow(job="j", started=1_700_000_000_000_000, state="running", counts={}, places=("/srv/a", "/srv/b"))
    assert text_of(tending_text.runs([row], {})).endswith("/srv/a and 1 more running")
    here = Running(name=SHARE, what="a", job="j", done=1_200, total=4_000, begun=True)
    assert text_of(tending_text.runs([row], {"j": here})).endswith("running 1,200 of 4,000")
    sized = replace(here, bytes=1_300_000, of_bytes=20_000_000)
    assert "1,200 of 4,000 files · 1.3 of 20.0 MB" in text_of(tending_text.running([sized]))
    assert "stopping" in tending_text.runs([row], {"j": replace(here, cancelled=True)})
    assert "stopped what was taken in stays" in text_of(tending_text.runs([replace(row, state="stopped")], {}))
    done = replace(row, state="done", counts={"added": 2, "quarantined": 1, "failed": 0})
    assert "2 added, 1 set aside" in text_of(tending_text.runs([done], {}))


def test_a_source_is_removed_only_after_a_second_word() -> None:
    """The first click asks, with what becomes of the documents; nothing is done by it."""
    desk, tending = site()
    asked = desk.act(f"askremove-{POLICIES}", Browsing(), request("omar"))
    assert text_of(asked["said"]) == (
        "Remove the source policies? Its 412 documents stay and are no longer synced. Remove it Keep it"
    )
    assert f"#c-remove-{POLICIES}".replace("-", "&#45;") in asked["said"].replace("#c-remove-", "#c&#45;remove&#45;")
    assert desk.act(f"keep-{POLICIES}", Browsing(), request("omar")) == {"said": ""}
    assert "no such source" in desk.act("askremove-x", Browsing(), request("omar"))["said"]
    assert "looks after" in text_of(desk.act(f"askremove-{POLICIES}", Browsing(), request("dana"))["said"])
    assert tending.acts == []


def test_a_source_is_added_where_the_site_allows_it() -> None:
    """The form says below which folders; without any, how that is allowed; what is wrong leaves it as it was typed."""
    desk, tending = site()
    begun = desk.adding.begin(request("omar"))
    assert (begun["adding"], begun["fields"]) == (True, True)
    assert "below /srv , /mnt/share" in text_of(begun["adding_text"])
    asked = ("drafts", "/srv/drafts", "staff, , board", "Mara Lind", "none", ["health"], "keep")
    saved = desk.save(Browsing(), request("omar"), *asked)
    assert "The source drafts is saved" in text_of(saved["said"])
    assert "/srv/drafts" in text_of(saved["sources"])
    assert saved["new_name"] == ""
    assert saved["adding"] is False
    assert "groups=('staff', 'board'), level='', categories=('health',)" in tending.acts[0][2]
    wrong = desk.save(Browsing(), request("omar"), "x", "/srv/x", "", "", "internal", [], "keep")
    assert list(wrong) == ["adding_said"]
    assert "no group was named" in wrong["adding_said"]
    tending.roots_of_site = ()
    none = desk.adding.begin(request("omar"))
    assert (none["adding"], none["fields"]) == (True, False)
    assert '[ingest] source_roots = ["/srv/documents"]' in text_of(none["adding_text"])
    assert "looks after" in text_of(desk.adding.begin(request("dana"))["said"])


def test_names_from_outside_stay_text() -> None:
    """A file, a source or an owner may be called anything."""
    row = LibraryRow(
        document=ASIDE, name=HOSTILE, source=HOSTILE, label=None, groups=(), pages=0, status="", reason="X", why=HOSTILE
    )
    source = replace(SOURCES[0], name=HOSTILE, place=HOSTILE, owner=HOSTILE, groups=(HOSTILE,), problem=HOSTILE)
    running = Running(name=ASIDE, what=HOSTILE, job="j", file=HOSTILE, begun=True)
    for markup in (
        tending_text.set_aside([row], lambda _: HOSTILE, frozenset()),
        tending_text.sources([source], frozenset()),
        tending_text.running([running]),
    ):
        assert "<img" not in markup
        assert "](" not in markup
    many = [replace(row, name="a", source="a", why="a")] * (tending_text.LISTED + 3)
    assert "And 3 more." in text_of(tending_text.set_aside(many, lambda _: "", frozenset()))
