"""Every command: the keys of its JSON, its exit code, its help; and that one starts without what it does not need."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from house import HOURS, House, house, own, run

pytestmark = pytest.mark.walk
__all__ = ["house", "own"]

COMMANDS = (
    "ask", "audit checkpoint", "audit erase", "audit export", "audit hold", "audit list", "audit prove",
    "audit reconcile", "audit show", "audit verify", "backup", "demo", "doctor", "documents explain",
    "documents forget", "documents label", "documents list", "documents quarantine list",
    "documents quarantine release", "documents quarantine retry", "documents reconcile",
    "documents reembed", "documents reindex", "documents show",
    "egress-gateway", "eval grounding", "eval policy", "eval retrieval", "ingest", "init", "labels import",
    "labels list", "labels remove", "policy adopt", "policy approve", "policy check", "policy explain",
    "policy register import", "policy register list", "policy register remove", "policy resume", "policy show",
    "policy simulate", "policy stop", "policy test", "policy waiting", "restore", "search", "serve", "sources add",
    "sources list", "sources remove", "sources sync", "users add", "users disable", "users list",
)  # fmt: skip
NOT_BUILT = (
    "models list", "models costs", "documents add x",
    "eval answers .",
)  # fmt: skip
HEAVY = (
    "torch", "transformers", "gradio", "spacy", "wordfreq", "llama_index", "qdrant_edge", "qdrant_client",
    "openvino", "sentence_transformers", "fastapi", "pydantic", "numpy", "xllamacpp", "cedarpy", "httpx", "ollama",
)  # fmt: skip
ANSWER = {"outcome", "answer", "citations", "route", "model", "decision", "conversation", "record", "timing_ms"}
CITATION = {"n", "chunk", "document", "source", "page", "quote", "label"}
HIT = {"chunk", "document", "source", "page", "heading", "label", "score", "text"}
REPORT = [
    "job", "seen", "added", "updated", "unchanged", "deleted", "quarantined", "failed", "skipped", "chunks", "seconds",
    "chunks_per_second", "files",
]  # fmt: skip


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


# -- asking and searching ------------------------------------------------------------------------------


def test_ask_answers_with_the_stated_keys_and_a_citation_that_can_be_followed(house: House) -> None:
    """`ask --json` has exactly the keys of the contract; quote, document and page can be looked up."""
    said = house.run("ask", "What is the per diem in Berlin?", "--as", "dana", "--json")
    answer = said.json
    assert said.code == 0
    assert set(answer) == ANSWER
    assert set(answer["decision"]) >= {"verdict", "reasons", "label", "rulebook"}
    assert all(set(reason) == {"rule", "source", "detail"} for reason in answer["decision"]["reasons"])
    assert set(answer["timing_ms"]) == {"retrieve", "decide", "first_sentence", "total"}
    assert (answer["outcome"], answer["route"]) == ("answered", "local")
    assert "28 euros" in answer["answer"]
    first = answer["citations"][0]
    assert set(first) >= CITATION
    assert (first["document"], first["page"]) == (house.document("travel.md")["document"], 1)
    assert first["quote"] == "The per diem in Berlin is 28 euros for each full day."
    assert first["condition"] == "It is paid only if the journey lasts longer than eight hours."


def test_ask_finds_nothing_for_somebody_without_the_right_and_says_so(house: House) -> None:
    """A person who may not read a document learns nothing of it: abstained, exit 0, no citation."""
    said = house.run("ask", "What is the price of the Lisbon branch?", "--as", "dana", "--json")
    assert said.code == 0
    assert said.json["outcome"] == "abstained"
    assert said.json["citations"] == []
    assert "41 million" not in said.out
    allowed = house.run("ask", "What is the price of the Lisbon branch?", "--as", "bo", "--json").json
    assert {Path(citation["source"]).name for citation in allowed["citations"]} == {"heron.md"}


def test_search_has_the_stated_keys_and_only_what_the_person_may_read(house: House) -> None:
    """`search --json`: hits with the keys of the contract; the same nothing for forbidden and for unknown."""
    said = house.run("search", "When does the clinic open?", "--as", "dana", "-k", "3", "--json")
    assert said.code == 0
    assert set(said.json) == {"hits", "took_ms"}
    assert all(set(hit) >= HIT for hit in said.json["hits"])
    assert said.json["hits"][0]["text"] == HOURS
    everybody = house.run("search", "Lisbon branch sale", "--as", "ines", "-k", "100", "--json").json["hits"]
    assert {Path(hit["source"]).name for hit in everybody} == {"hours.txt"}
    assert "page 1" in house.run("search", "parking", "--as", "ines", "--mode", "bm25").out


def test_search_says_in_words_that_nothing_is_there(house: House) -> None:
    """Nothing to see is exit 0 and a sentence."""
    said = house.run("search", "zzzz", "--as", "ines", "--mode", "bm25")
    assert (said.code, said.out.strip()) == (0, "Nothing found in the documents this person may read.")


# -- documents and people ------------------------------------------------------------------------------


def test_documents_list_has_the_stated_keys(house: House) -> None:
    """`documents list --json` shows label, groups and outcome of each document; without a level it is restricted."""
    listed = house.run("documents", "list", "--json").json
    assert set(listed) == {"documents"}
    assert {frozenset(one) for one in listed["documents"]} == {
        frozenset({"document", "source", "version", "chunks", "label", "categories", "groups", "status", "reason"})
        | {"highest", "title", "dated", "authors", "company", "period", "kind"}
    }
    levels = {Path(one["source"]).name: (one["label"], one["groups"]) for one in listed["documents"]}
    assert levels == {
        "travel.md": ("internal", ["staff"]),
        "hours.txt": ("public", ["everyone"]),
        "leave.md": ("confidential", ["hr"]),
        "heron.md": ("restricted", ["board"]),
        "cellar.md": ("restricted", ["staff"]),
    }


def test_ingest_reports_with_the_stated_keys_and_exit_4_when_a_file_is_newly_set_aside(own: House) -> None:
    """`ingest --json`: counts are integers; 4 the first time a file is set aside, 0 when nothing is new."""
    own.write("more/rates.txt", "The rate is 3 percent.")
    (own.folder / "more" / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing that a PDF would hold")
    first = own.run("ingest", own.folder / "more", "--group", "staff", "--level", "public", "--json")
    assert first.code == 4
    assert list(first.json) == REPORT
    assert all(isinstance(first.json[key], int) for key in REPORT[1:10])
    assert (first.json["added"], first.json["quarantined"]) == (1, 1)
    again = own.run("ingest", own.folder / "more", "--group", "staff", "--level", "public", "--json")
    assert (again.code, again.json["unchanged"], again.json["added"]) == (0, 1, 0)
    aside = own.run("documents", "quarantine", "--json").json["files"]
    assert [(Path(file["path"]).name, file["reason"]) for file in aside] == [("broken.pdf", "DAMAGED")]


def test_the_index_is_filled_anew_on_command(own: House) -> None:
    """`documents reindex`: everything that was searchable is searchable again, also after its folder was lost."""
    shutil.rmtree(own.home / "index")
    assert own.run("documents", "reindex").code == 0
    hits = own.run("search", "per diem in Berlin", "--as", "dana", "--json").json["hits"]
    assert Path(hits[0]["source"]).name == "travel.md"


def test_users_are_added_listed_and_disabled(own: House) -> None:
    """A new person gets a one-time link; who is disabled can no longer be asked for."""
    added = own.run("users", "add", "nils", "--group", "staff", "--role", "operator", "--json")
    assert added.code == 0
    assert set(added.json) == {"name", "id", "link"}
    assert added.json["link"].startswith("http://127.0.0.1:7860/welcome/")
    listed = own.run("users", "list", "--json").json["users"]
    assert set(listed[0]) == {"name", "id", "groups", "clearance", "roles", "disabled"}
    assert [one["roles"] for one in listed if one["name"] == "nils"] == [["operator"]]
    assert own.run("users", "disable", "nils").code == 0
    assert own.run("search", "x", "--as", "nils").code == 2


# -- policy, record, measuring -------------------------------------------------------------------------


def test_policy_check_prints_a_line_a_case(house: House) -> None:
    """`policy check` decides each case: id, decision and reasons."""
    cases = [
        {"id": "a", "text": "Explain the difference between operational risk and credit risk."},
        {"id": "b", "text": "Why does this fail? export DB_PASSWORD=vK9-tuRn1p-77"},
    ]
    file = house.write("cases.jsonl", "".join(f"{json.dumps(case)}\n" for case in cases))
    said = house.run("policy", "check", file)
    found = lines(said.out)
    assert said.code == 0
    assert [set(line) for line in found] == [{"id", "decision", "reasons"}] * 2
    assert [(line["id"], line["decision"]) for line in found] == [("a", "may_escalate"), ("b", "local")]


def test_policy_show_names_the_rules(house: House) -> None:
    """`policy show` says that the ladder is closed as installed."""
    shown = house.run("policy", "show", "--json").json
    assert shown["outside"] == "closed"
    assert "never-when-closed" in shown["rules"]


def test_the_record_can_be_listed_shown_proven_exported_and_verified(own: House) -> None:
    """Each `audit` command gives its JSON and exit 0; every look is itself in the record."""
    asked = own.run("ask", "When does the clinic open?", "--as", "dana", "--json").json["record"]
    rows = own.run("audit", "list", "--json").json["rows"]
    assert rows[0]["seq"] == asked
    shown = own.run("audit", "show", asked, "--json").json
    assert [one["kind"] for one in shown["related"]] == ["QuestionAsked", "Decided", "Answered"]
    assert "clinic" not in json.dumps(shown)
    assert own.run("audit", "prove", asked).out.startswith("c2sp.org/tlog-proof")
    note = own.write("checkpoint.txt", own.run("audit", "checkpoint").out)
    exported = own.run("audit", "export", "--format", "jsonl")
    assert exported.code == 0
    assert lines(exported.out)[0]["format"] == "ringfence-record-1"
    verified = own.run("audit", "verify", "--checkpoint", note, "--json")
    assert (verified.code, verified.json["intact"]) == (0, True)


def test_eval_grounding_gives_its_three_rates(house: House) -> None:
    """`eval grounding --json` measures a file of rows and exits 0."""
    passage = {"id": "p", "text": "The per diem is 28 euros.", "source": "Travel policy", "page": 1}
    row = {"passages": [passage], "question": "What is the per diem?", "kind": "number", "condition": ""}
    rows = [
        row | {"id": "1", "sentence": "The per diem is 28 euros.", "label": "supported"},
        row | {"id": "2", "sentence": "The per diem is 82 euros.", "label": "unsupported"},
    ]
    file = house.write("rows.jsonl", "".join(f"{json.dumps(one)}\n" for one in rows))
    said = house.run("eval", "grounding", file, "--json")
    assert said.code == 0
    assert {"rows", "unsupported_shown_rate", "supported_removed_rate", "condition_shown_rate", "groups"} <= set(
        said.json
    )
    assert (said.json["rows"], said.json["unsupported_shown_rate"], said.json["supported_removed_rate"]) == (2, 0, 0)


# -- the command itself --------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    """`--help` of each command: exit 0 and a text."""
    said = run(*command.split(), "--help")
    assert said.code == 0
    assert "Usage: ringfence" in said.out


def test_the_commands_are_exactly_these() -> None:
    """A command that is added is tested too, and one that is not built is not registered."""
    import typer

    from assistant.cli import app

    def names(group: Any, before: str = "") -> list[str]:
        found = []
        for name, one in group.commands.items():
            found += names(one, f"{before}{name} ") if hasattr(one, "commands") else [f"{before}{name}"]
        return found

    assert sorted(names(typer.main.get_command(app))) == sorted(COMMANDS)


@pytest.mark.parametrize("command", [*NOT_BUILT, "nonsense", "documents nonsense", "ask --nonsense"])
def test_what_is_not_built_is_a_usage_error(command: str) -> None:
    """Exit 2 and a line on standard error, no stub."""
    said = run(*command.split())
    assert said.code == 2
    assert said.out == ""
    assert said.err.strip()


def test_home_may_stand_anywhere(house: House) -> None:
    """`--home` before the command, after it, with an equals sign, or in the environment: the same home."""
    keys = {"RINGFENCE_KEYS": str(house.keys)}
    first = run("--home", house.home, "documents", "list", **keys).out
    assert "travel.md" in first
    assert run("documents", "list", "--home", house.home, **keys).out == first
    assert run("documents", f"--home={house.home}", "list", **keys).out == first
    assert run("documents", "list", RINGFENCE_HOME=str(house.home), **keys).out == first


def test_home_without_a_folder_is_a_usage_error() -> None:
    """`--home` at the end names no folder: nothing is opened and nothing made where one happens to stand."""
    said = run("documents", "list", "--home")
    assert (said.code, said.out) == (2, "")
    assert "--home" in said.err


def test_there_is_no_home_yet(tmp_path: Path) -> None:
    """A command on a folder without a home: exit 3, and the message says how to make one."""
    said = run("--home", tmp_path / "none", "users", "list")
    assert said.code == 3
    assert "ringfence init" in said.err
    assert not (tmp_path / "none").exists()


# -- starting ------------------------------------------------------------------------------------------


def loaded(program: str, house: House) -> set[str]:
    """The heavy libraries that a program has imported at its end."""
    watch = f"""
import sys
{program}
sys.stderr.write("LOADED " + " ".join(name for name in {HEAVY!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, env=house.environment)
    return set(done.stderr.rsplit("LOADED", 1)[1].split())


def test_the_command_starts_without_any_heavy_library(house: House) -> None:
    """Importing the command line imports nothing that `--help` does not need."""
    assert loaded("import assistant.cli", house) == set()


@pytest.mark.parametrize(
    "words",
    [
        ["documents", "reconcile"],
        ["documents", "reindex"],
        ["documents", "quarantine", "retry", "--all"],
        ["labels", "list"],
    ],
)
def test_a_command_about_documents_reaches_this_machine_alone(house: House, tmp_path: Path, words: list[str]) -> None:
    """Whatever a library tries while files are read again or embedded: it is refused, as in `ingest`."""
    own = house.copy(tmp_path)
    program = f"""
import socket
from assistant.cli import main
from assistant.errors import GuardError
try:
    main(["--home", {str(own.home)!r}, *{words!r}])
except SystemExit:
    pass
try:
    socket.create_connection(("192.0.2.1", 9), timeout=0.1)
except (GuardError, OSError) as error:
    print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=own.environment)
    assert done.stdout.splitlines()[-1] == "GuardError", done.stderr


@pytest.mark.parametrize("words", [["documents", "list"], ["audit", "verify"], ["users", "list"], ["policy", "show"]])
def test_commands_that_read_a_store_import_only_what_they_need(house: House, words: list[str]) -> None:
    """Nothing that computes or draws is imported to read a store."""
    program = f"""
from assistant.cli import main
try:
    main(["--home", {str(house.home)!r}, *{words!r}])
except SystemExit as left:
    assert left.code == 0, left.code
"""
    small = {"pydantic"} | ({"cedarpy"} if words[0] == "policy" else set())  # the command line's own library needs it
    assert loaded(program, house) <= small
