"""`ringfence audit`: its exit codes, its JSON, and what each command leaves in the record."""

from __future__ import annotations

import getpass
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from audit_home import PERSON, SECRET, Tampered, change, conversation, filled, ledger_path
from click.testing import Result
from typer.testing import CliRunner

from policies.audit.checkpoint import parse, parse_proof
from policies.audit.cli import audit_app
from policies.audit.ledger import Ledger
from policies.audit.tree import leaf_hash, verify_inclusion
from policies.config import Home, Invocation
from policies.errors import UnavailableError, UsageError
from policies.keys import Keys, pseudonym


def run(home: Home, *arguments: str) -> Result:
    return CliRunner().invoke(audit_app, list(arguments), obj=Invocation(home=home.path))


def stated(home: Home, *arguments: str) -> Any:
    result = run(home, *arguments, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return json.loads(result.stdout)


def last(home: Home) -> dict[str, Any]:
    with sqlite3.connect(ledger_path(home)) as db:
        return dict(json.loads(db.execute("SELECT body FROM records ORDER BY seq DESC").fetchone()[0]))


@pytest.fixture
def spoken(home: Home) -> Home:
    """A home in which two questions were asked."""
    with Ledger(home, Keys.create(home)) as ledger:
        conversation(ledger)
        conversation(ledger, outside=True)
    return home


def test_list_shows_rows_and_records_that_it_did(spoken: Home) -> None:
    found = stated(spoken, "list")
    assert [row["outcome"] for row in found["rows"]] == ["sent outside", "answered here"]
    assert found["counts"]["everything"] == 2
    body = last(spoken)
    assert (body["kind"], body["how"], body["records"], body["first"]) == ("RecordRead", "list", 2, 0)
    assert body["actor"] == f"os:{getpass.getuser()}"
    printed = run(spoken, "list").stdout
    assert "sent outside" in printed
    assert "3 of 3 shown." in printed


def test_list_takes_filters_and_pages(spoken: Home) -> None:
    assert [row["seq"] for row in stated(spoken, "list", "--outcome", "sent outside")["rows"]] == [3]
    assert [row["seq"] for row in stated(spoken, "list", "--person", PERSON, "--limit", "1")["rows"]] == [3]
    assert [row["seq"] for row in stated(spoken, "list", "--person", PERSON, "--before", "3")["rows"]] == [0]
    assert stated(spoken, "list", "--until", "2001-01-01")["rows"] == []
    assert last(spoken)["first"] == -1
    assert len(stated(spoken, "list", "--since", "2001-01-01T10:00+02:00", "--action", "ask")["rows"]) == 2
    assert stated(spoken, "list", "--level", "restricted")["rows"] == []


@pytest.mark.parametrize(
    "arguments", [["list", "--since", "yesterday"], ["list", "--level", "x"], ["show", "99"], ["prove", "99"]]
)
def test_a_mistake_is_a_usage_error_and_no_reading(spoken: Home, arguments: list[str]) -> None:
    assert isinstance(run(spoken, *arguments).exception, UsageError)
    assert last(spoken)["kind"] == "Answered"


def test_show_tells_all_but_the_texts(spoken: Home) -> None:
    found = stated(spoken, "show", "4")
    assert found["row"]["seq"] == 3
    assert found["related"][0]["kind"] == "QuestionAsked"
    assert (last(spoken)["how"], last(spoken)["first"]) == ("show", 4)
    printed = run(spoken, "show", "0").stdout
    assert "Record 0: ask, answered here" in printed
    assert pseudonym(Keys.load(spoken), PERSON) in printed
    assert SECRET not in printed + json.dumps(found)


def test_verify_only_reads_and_says_intact(spoken: Home) -> None:
    before = last(spoken)
    found = stated(spoken, "verify")
    assert (found["intact"], found["size"], found["findings"]) == (True, 8, [])
    result = run(spoken, "verify")
    assert result.exit_code == 0
    assert "The record is intact: 8 records" in result.stdout
    assert last(spoken) == before


def test_verify_fails_with_code_and_position(spoken: Home) -> None:
    Tampered(spoken).run("UPDATE records SET body = replace(body, 'local', 'loca1') WHERE seq = 2")
    result = run(spoken, "verify", "--json")
    assert result.exit_code == 1
    assert [(one["code"], one["seq"]) for one in json.loads(result.stdout)["findings"]] == [("MODIFIED", 2)]
    result = run(spoken, "verify")
    assert result.exit_code == 1
    assert "MODIFIED" in result.stdout
    assert "NOT intact" in result.stdout


def test_verify_reports_a_damaged_file_without_raising(spoken: Home) -> None:
    ledger_path(spoken).write_bytes(b"x" * 9000)
    result = run(spoken, "verify")
    assert result.exit_code == 1
    assert "DAMAGED" in result.stdout


def test_verify_with_a_checkpoint_finds_what_it_alone_can_find(spoken: Home, tmp_path: Path) -> None:
    note = run(spoken, "checkpoint").stdout
    (tmp_path / "note").write_text(note, encoding="utf-8")
    result = run(spoken, "verify", "--checkpoint", str(tmp_path / "note"))
    assert result.exit_code == 0
    assert "continues the checkpoint of 8" in result.stdout
    Tampered(spoken).run("DELETE FROM records WHERE seq > 4", "DELETE FROM heads WHERE size > 5")
    assert run(spoken, "verify").exit_code == 0
    result = run(spoken, "verify", "--checkpoint", str(tmp_path / "note"))
    assert result.exit_code == 1
    assert "ROLLBACK" in result.stdout
    for bad in (tmp_path / "nowhere", tmp_path / "garbage"):
        (tmp_path / "garbage").write_bytes(b"\xff\xfe")
        assert isinstance(run(spoken, "verify", "--checkpoint", str(bad)).exception, UsageError)


def test_without_a_record_every_command_says_so(home: Home) -> None:
    Keys.create(home)
    for arguments in (["list"], ["show", "0"], ["verify"], ["checkpoint"], ["prove", "0"], ["export"]):
        error = run(home, *arguments).exception
        assert isinstance(error, UnavailableError)
        assert error.exit_code == 3
    assert not (home.path / "ledger").exists()


def test_checkpoint_prints_the_signed_note_and_only_reads(spoken: Home) -> None:
    note = run(spoken, "checkpoint").stdout
    found = stated(spoken, "checkpoint")
    assert found["checkpoint"] == note
    assert parse(note).signed_by(Keys.load(spoken).public)
    assert (found["size"], found["root"]) == (8, parse(note).root.hex())
    assert found["public_key"].startswith(f"ringfence/{spoken.id}+")
    assert last(spoken)["kind"] == "Answered"


def test_prove_prints_a_proof_that_holds_and_records_it(spoken: Home) -> None:
    found = stated(spoken, "prove", "3")
    proof = parse_proof(found["proof"])
    assert verify_inclusion(
        leaf_hash(found["body"].encode()), 3, proof.checkpoint.size, proof.path, proof.checkpoint.root
    )
    assert (last(spoken)["how"], last(spoken)["first"]) == ("prove", 3)
    assert parse_proof(run(spoken, "prove", "3").stdout).index == 3


def test_export_writes_a_file_that_the_stand_alone_verifier_accepts(spoken: Home, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    assert stated(spoken, "export", "--format", "jsonl", str(file)) == {"file": str(file), "records": 9}
    assert file.stat().st_mode & 0o777 == 0o600
    assert last(spoken)["how"] == "export"
    verifier = Path(__file__).parents[2] / "deploy" / "verifier" / "ringfence_verify.py"
    done = subprocess.run([sys.executable, "-I", str(verifier), str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert SECRET not in file.read_text(encoding="utf-8")
    assert "10 records written" in run(spoken, "export", str(file)).stdout


def test_export_without_a_file_goes_to_standard_output(spoken: Home) -> None:
    for arguments in (["export"], ["export", "-"]):
        lines = run(spoken, *arguments).stdout.splitlines()
        assert json.loads(lines[0])["format"] == "ringfence-record-1"
        assert len(lines) == json.loads(lines[0])["size"] + 1


@pytest.mark.parametrize("arguments", [["--format", "xml"], ["--json"], ["/nowhere/at/all"]])
def test_an_export_that_cannot_be_is_a_usage_error(spoken: Home, arguments: list[str]) -> None:
    assert isinstance(run(spoken, "export", *arguments).exception, UsageError)


def test_a_user_without_a_name_is_recorded_by_number(spoken: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 4_000_000)
    stated(spoken, "list")
    assert last(spoken)["actor"] == "os:4000000"


def test_nothing_is_shown_of_a_record_that_cannot_be_recorded_to(home: Home) -> None:
    filled(home, 3)
    (home.path / "ledger" / "resume.json").unlink()
    Tampered(home).run(*change(1))
    result = run(home, "show", "0")
    assert isinstance(result.exception, UnavailableError)
    assert result.stdout == ""


def test_loading_the_commands_loads_no_cryptography() -> None:
    code = (
        "import sys, policies.audit.cli; print([name for name in ('cryptography', 'sqlite3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
