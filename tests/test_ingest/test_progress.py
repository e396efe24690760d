"""What a run says of itself on the console while it goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from calling import call

from ingest.jobs.report import QUARANTINED, FileResult, Meter, Report
from ingest.progress_cli import Form, on_one_line, shown


def test_each_file_is_one_line_of_json_and_the_answer_stays_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines on standard error: where it stands, and what became of the file; standard output is the report."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "leave.txt").write_text("Leave is thirty days a year. It is asked for in writing.\n")
    (docs / "empty.txt").write_bytes(b"")
    command = ["ingest", docs, "--group", "staff", "--level", "internal", "--progress", "json", "--json"]
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    done = call(tmp_path / "home", *command)
    assert done.code == 4, done.err
    report = json.loads(done.out)
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines] == ["begun", "file", "file"]
    assert {line["job"] for line in lines} == {report["job"]}
    told = {Path(line["path"]).name: (line["outcome"], line["reason"]) for line in lines[1:]}
    assert told == {"leave.txt": ("added", ""), "empty.txt": ("quarantined", "EMPTY")}
    last = lines[-1]
    size = (docs / "leave.txt").stat().st_size
    assert (last["done"], last["total"], last["bytes"], last["of_bytes"]) == (2, 2, size, size)
    assert (last["set_aside"], last["chunks"], last["seconds_left"]) == (1, report["chunks"], 0)


def test_nothing_is_shown_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    meter = Meter(Report(job="j"), [10])
    for form in (Form.BAR, Form.NONE):  # standard error is no terminal here
        with shown(form) as progress:
            progress(meter.look())
    assert capsys.readouterr() == ("", "")


def test_time_left_follows_the_bytes_not_the_number_of_files() -> None:
    """A small file out of two says little of how long the large one takes."""
    report = Report(job="j")
    meter = Meter(report, [1_000, 99_000])
    first = meter.add(FileResult(path="small", outcome="added", document="d"), 1_000)
    assert first.left == pytest.approx(99 * report.seconds)
    meter.expect(1)
    last = meter.add(FileResult(path="large", outcome=QUARANTINED, document="e"), 99_000)
    assert last.left == pytest.approx(report.seconds / 2)  # a member is still to come: by files, where bytes are done
    assert last.aside == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[2Jb.txt", "a\\x1b[2Jb.txt"),  # wipes the screen
        ("a\nlive  b.txt", "a\\nlive  b.txt"),  # looks like another line of the list
        ("a\x9b31m.txt", "a\\x9b31m.txt"),  # the same in one byte
        ("a\u202egpj.exe", "a\\u202egpj.exe"),  # reads as exe.jpg
        ("Übergabe [b] 東京\u3000می\u200cشود.txt", "Übergabe [b] 東京\u3000می\u200cشود.txt"),
    ],
)
def test_a_name_can_not_steer_the_terminal(name, shown):
    assert on_one_line(name) == shown
