"""The record for other systems: OCSF, CEF and CSV, as their specifications say, with no text of anybody."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audit_home import PERSON, SECRET, conversation, filled, ledger_path
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from policies.audit import outlines
from policies.audit.canonical import canonical
from policies.audit.cli import audit_app
from policies.audit.document_events import HoldChanged
from policies.audit.events import Event, PersonChanged, Revealed, SignedIn
from policies.audit.export import FORMS, export
from policies.audit.forms import _kinds
from policies.audit.ledger import Ledger
from policies.audit.outlines import DAMAGED, Severity, outline
from policies.config import Home, Invocation
from policies.errors import RecordError
from policies.keys import Keys

SCHEMA = json.loads(Path(__file__).with_name("ocsf-1.8.0.json").read_text(encoding="utf-8"))
HOME = "0192f3c4-home"
NASTY = st.text(alphabet=st.sampled_from("|=\\\n\r\t \"',;+-@＝＠ab é\u2028\0"), max_size=12)


@pytest.fixture
def spoken(home: Home) -> Home:
    with Ledger(home, Keys.create(home)) as ledger:
        conversation(ledger)
        conversation(ledger, outside=True)
        for event in (
            SignedIn(actor=PERSON, outcome="ok"),
            SignedIn(actor="unknown", outcome="refused"),
            SignedIn(actor=PERSON, outcome="out"),
            PersonChanged(actor="os:root", subject=PERSON, change="disabled"),
            HoldChanged(actor="os:root", document="d", change="placed"),
            Revealed(actor=PERSON, record=0),
        ):
            ledger.append(event)
    return home


def written(home: Home, form: str) -> str:
    out = io.StringIO(newline="")
    export(form, home, Keys.load(home), out.write)
    return out.getvalue()


def every_kind() -> Iterator[tuple[str, dict[str, Any]]]:
    """A record of each kind that there is, with something in every field."""
    values = {"str": "word", "int": 7, "list": [], "dict": {}}
    for number, kind in enumerate(one for one in _kinds(Event) if one is not Event):
        body: dict[str, Any] = {"kind": kind.__name__, "seq": number, "time": 1_700_000_000_000_000}
        body |= {
            name: values[str(field.type).split("[")[0]]
            for name, field in kind.__dataclass_fields__.items()
            if "ClassVar" not in str(field.type)
        }
        yield kind.__name__, body | ({"writer": "w"} if kind.intent else {})


# -- OCSF ----------------------------------------------------------------------------------------------


def check(value: dict[str, Any], form: dict[str, Any], where: str) -> None:
    """As the schema's export says: nothing missing, nothing strange, every number among those that are named."""
    named = form["attributes"]
    assert value.keys() <= named.keys(), (where, value.keys() - named.keys())
    assert {name for name, one in named.items() if one.get("required")} <= value.keys(), where
    assert not form["at_least_one"] or set(form["at_least_one"]) & value.keys(), where
    for name, one in value.items():
        for part in one if named[name].get("array") else [one]:
            check_one(part, named[name], f"{where}.{name}")


def check_one(value: Any, form: dict[str, Any], where: str) -> None:
    if form["type"] in ("integer_t", "long_t", "timestamp_t"):
        assert type(value) is int, where
        assert "enum" not in form or value in form["enum"], (where, value)
    elif form["type"] == "object_t":
        assert isinstance(value, dict), where
        if form["object"] in SCHEMA["objects"]:
            check(value, SCHEMA["objects"][form["object"]], where)
    else:
        assert isinstance(value, str), where


def checked(line: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(line)
    check(event, SCHEMA["classes"][str(event["class_uid"])], str(event["message"]))
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert event["category_uid"] == event["class_uid"] // 1000
    assert event["metadata"]["version"] == "1.8.0"
    return event


def test_every_kind_of_record_is_an_ocsf_event_of_its_class() -> None:
    kinds = [checked(outlines.ocsf(outline(3, canonical(body)), HOME))["message"] for _, body in every_kind()]
    assert len(kinds) > 45
    assert kinds == [kind for kind, _ in every_kind()]


def test_the_classes_are_those_of_what_happened(spoken: Home) -> None:
    events = [checked(line) for line in written(spoken, "ocsf").splitlines()]
    found = {(one["message"], one["type_uid"], one["status_id"], one["severity_id"]) for one in events}
    assert {
        ("SignedIn", 300201, 1, 1),
        ("SignedIn", 300201, 2, 3),
        ("SignedIn", 300202, 1, 1),
        ("PersonChanged", 300105, 1, 1),
        ("HoldChanged", 600303, 1, 2),
        ("Revealed", 600510, 1, 4),
        ("QuestionAsked", 600301, 0, 1),
    } <= found
    departed = next(one for one in events if one["message"] == "Departed")
    assert departed["metadata"]["correlation_uid"] == f"{spoken.id}/3"
    assert [one["metadata"]["sequence"] for one in events] == list(range(len(events)))


# -- CEF -----------------------------------------------------------------------------------------------


def parsed_cef(line: str) -> tuple[list[str], dict[str, str]]:
    """By the standard: seven fields parted by bars that are not escaped, then keys parted by `=` that are not."""
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    assert "\r" not in line
    parts = re.split(r"(?<!\\)(?:\\\\)*\|", line[:-1], maxsplit=7)
    found = re.split(r"(?:^| )(\w+)=", parts[7])
    back = {"\\\\": "\\", "\\=": "=", "\\n": "\n", "\\r": "\r"}
    values = [re.sub(r"\\[\\=nr]", lambda hit: back[hit[0]], value) for value in found[2::2]]
    return parts[:7], dict(zip(found[1::2], values, strict=True))


@given(actor=NASTY, label=NASTY, outcome=NASTY)
def test_whatever_stands_in_a_field_comes_out_of_a_cef_line_as_it_was(actor: str, label: str, outcome: str) -> None:
    body = {"kind": "Answered", "time": 5_000, "actor": f"a{actor}z", "label": f"b{label}z", "outcome": f"c{outcome}z"}
    one = outline(7, canonical(body))
    header, values = parsed_cef(outlines.cef(one, HOME))
    assert header[:3] == ["CEF:0", "Ringfence", "Ringfence"]
    assert (values["suid"], values["cs1"], values["outcome"]) == (one.actor, one.label, one.ended)
    assert (values["cs1Label"], values["rt"], values["externalId"]) == ("label", "5", "7")


@given(NASTY)
def test_a_kind_that_somebody_spoiled_keeps_the_seven_fields_of_the_header(kind: str) -> None:
    header, values = parsed_cef(outlines.cef(outline(7, canonical({"kind": f"x{kind}"})), HOME))
    assert (len(header), header[6], values["externalId"]) == (7, "1", "7")


def test_severity_rises_with_what_happened(spoken: Home) -> None:
    found = {line.split("|")[4]: line.split("|")[6] for line in written(spoken, "cef").splitlines()}
    assert {kind: found[kind] for kind in ("Answered", "Departed", "Revealed")} == {
        "Answered": "1",
        "Departed": "3",
        "Revealed": "8",
    }


# -- CSV -----------------------------------------------------------------------------------------------


@given(actor=NASTY, label=NASTY)
def test_no_cell_is_a_formula_and_every_row_can_be_read_again(actor: str, label: str) -> None:
    one = outline(7, canonical({"kind": "Answered", "time": 1, "actor": actor, "label": label}))
    text = outlines.csv_head() + outlines.csv_line(one, HOME)
    names, cells = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    row = dict(zip(names, cells, strict=True))
    assert text.endswith("\r\n")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠")) for cell in cells)
    assert row["actor"].removeprefix("'") == actor.removeprefix("'")
    assert row["label"].removeprefix("'") == label.removeprefix("'")


def test_every_time_that_a_record_can_state_has_a_date() -> None:
    for time, year in ((2**53 - 1, "2255-"), (1 - 2**53, "1684-")):
        assert f",{year}" in outlines.csv_line(outline(0, canonical({"kind": "X", "time": time})), HOME)


# -- all of them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_an_export_holds_no_text_says_the_same_twice_and_is_on_record(spoken: Home, form: str) -> None:
    assert written(spoken, form) == written(spoken, form)
    assert SECRET not in written(spoken, form)
    assert PERSON not in written(spoken, form)
    file = spoken.path.parent / "export"
    done: Result = CliRunner().invoke(
        audit_app, ["export", "--format", form, str(file), "--json"], obj=Invocation(home=spoken.path)
    )
    assert json.loads(done.stdout)["records"] == 15
    assert file.read_bytes().decode() == written(spoken, form)
    assert '"how":"export"' in written(spoken, "jsonl").replace('\\"', '"')


@pytest.mark.parametrize("form", ["ocsf", "cef", "csv"])
def test_each_line_names_the_exact_text_of_its_record(spoken: Home, form: str) -> None:
    bodies = [json.loads(line)["body"] for line in written(spoken, "jsonl").splitlines()[1:]]
    lines = written(spoken, form).splitlines()[1 if form == "csv" else 0 :]
    for body, line in zip(bodies, lines, strict=True):
        assert hashlib.sha256(body.encode()).hexdigest() in line


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"kind":5}', '{"kind":"A","reasons":["x"]}', '{"kind":"A","time":"x"}']
)
def test_a_spoiled_record_has_a_line_in_every_format_and_stops_no_export(text: str) -> None:
    one = outline(4, text)
    assert checked(outlines.ocsf(one, HOME))["metadata"]["sequence"] == 4
    assert parsed_cef(outlines.cef(one, HOME))[1]["externalId"] == "4"
    assert outlines.csv_line(one, HOME).startswith("4,")
    assert (one.kind, one.severity) == (DAMAGED, Severity.HIGH)


@pytest.mark.parametrize("form", FORMS)
def test_memory_does_not_grow_with_the_record(home: Home, form: str) -> None:
    filled(home, 40)
    keys = Keys.load(home)

    def peak() -> int:
        tracemalloc.start()
        export(form, home, keys, lambda _: None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak()  # what is loaded once
    small = peak()
    import sqlite3

    with sqlite3.connect(ledger_path(home)) as db:
        body = db.execute("SELECT body FROM records WHERE seq = 1").fetchone()[0]
        db.executemany("INSERT INTO records VALUES (?, ?)", ((seq, body) for seq in range(40, 8_000)))
    assert peak() < small + 200_000


def test_of_several_documents_the_ids_are_named_and_no_more() -> None:
    documents = [{"document": "d1", "version": "v"}, {"document": "d2", "version": "v"}]
    one = outline(1, canonical({"kind": "ForgetIntended", "documents": documents, "writer": "w"}))
    assert one.about == "d1 d2"
    assert checked(outlines.ocsf(one, HOME))["type_uid"] == 600507


def test_a_damaged_store_is_said_to_be_damaged(home: Home) -> None:
    filled(home, 3)
    keys = Keys.load(home)
    ledger_path(home).write_bytes(b"no database at all" * 100)
    for form in FORMS:
        with pytest.raises(RecordError):
            export(form, home, keys, lambda _: None)
