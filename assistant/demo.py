"""`ringfence demo`: the whole main job on invented documents, told to somebody who sees it for the first time.

Documents in, questions as several people, decisions, the record checked by the program that an outsider would use.
It may be run again: what is there already is left as it is.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.desk.desk import Desk, open_desk
from policies.errors import UnavailableError
from policies.labels import Category, Level
from policies.vocabulary import Kind, Role

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.answers import Answer

SAMPLE = Path(__file__).parent.parent / "deploy" / "demo"
VERIFIER = Path(__file__).parent.parent / "deploy" / "verifier" / "ringfence_verify.py"
COLOURS = {"public": "green", "internal": "blue", "confidential": "yellow", "restricted": "red"}


def run(home: Path | None) -> int:
    """Tell the story. Returns 0 when everything came out as the sample says it should, else 1."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=110)  # a log is read in a wide window
    started = time.perf_counter()
    corpus, script = _sample("corpus.toml"), _sample("questions.toml")
    with open_desk(home, create=True) as desk:
        console.print(f"\n[bold]1  A home[/]   {desk.home.path}\n   its keys lie outside it, in {desk.home.keys}")
        _take_in(desk, corpus, console)
        _meet(desk, script["person"], console)
        console.print("\n[bold]4  Questions[/]   each as one person, who sees only what that person may read\n")
        wrong = sum(not _ask(desk, asked, script["person"], console) for asked in script["question"])
        _outside(desk, console)
        intact = _verify(desk, console)
        seconds = time.perf_counter() - started
        verdict = (
            "everything came out as it should" if not wrong and intact else f"{wrong} answer(s) came out differently"
        )
        console.print(f"\n[bold]Done in {seconds:.0f} seconds[/]: {verdict}.\n")
        _hand_over(desk, script["person"], console)
    return 0 if intact and not wrong else 1


def _sample(name: str) -> dict[str, Any]:
    try:
        return tomllib.loads((SAMPLE / name).read_text())
    except FileNotFoundError:
        raise UnavailableError(
            "The sample documents are not here: they come with the source, not with the package.",
            cure="Run `make demo` in the source folder, or take in your own with `ringfence ingest`.",
        ) from None


# -- documents and people ------------------------------------------------------------------------------


def _take_in(desk: Desk, corpus: dict[str, Any], console: Console) -> None:
    from rich.table import Table

    from ingest.pipeline import Asked

    console.print("\n[bold]2  Documents[/]   an invented bank and an invented clinic: every name in them is made up\n")
    table = Table(box=None, padding=(0, 2))
    for column in ("   folder", "readers", "label", "new", "unchanged", "set aside"):
        table.add_column(column)
    for folder in corpus["folder"]:
        stated = folder.get("level", "")
        asked = Asked(
            groups=frozenset(folder["groups"]),
            level=Level[stated.upper()] if stated else None,
            categories=frozenset(Category(name) for name in folder.get("categories", [])),
            actor=desk.login,
        )
        with console.status(f"reading {folder['path']} …"):
            counts = desk.parts.ingest.run_job([SAMPLE / "corpus" / folder["path"]], asked).counts
        shown = f"[{COLOURS[stated]}]{stated}[/]" if stated else "[red]none named: restricted[/]"
        new, aside = counts["added"] + counts["updated"], counts["quarantined"] + counts["failed"]
        table.add_row(
            f"   {folder['path']}", ", ".join(folder["groups"]), shown, str(new), str(counts["unchanged"]), str(aside)
        )
    desk.parts.ingest.index.settle()
    console.print(table)
    held = desk.parts.ingest.catalogue.counts()
    console.print(f"\n   {held['documents']} documents, {held['chunks']} passages, all searchable on this machine")


def _meet(desk: Desk, people: list[dict[str, Any]], console: Console) -> None:
    known = {account.person.name for account in desk.people()}
    console.print("\n[bold]3  People[/]   invented too\n")
    for one in people:
        if one["name"] not in known:
            desk.add_person(
                one["name"],
                groups=one["groups"],
                clearance=Level[one["clearance"].upper()],
                roles=[Role(role) for role in one.get("roles", ["staff"])],
            )
        reads = ", ".join([*one["groups"], "everyone"]) if one["groups"] else "what everyone may read"
        console.print(f"   {one['name']:<20} {', '.join(one.get('roles', ['staff'])):<8} reads: {reads}")


# -- questions -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    """What the sample says should happen."""

    outcome: str
    file: str
    says: str
    condition: str

    def holds(self, answer: Answer) -> bool:
        outcome = str(answer.finished.outcome)
        if self.outcome in ("abstained", "nothing"):
            return outcome == "abstained"
        if self.outcome == "general":
            return answer.finished.route in ("local", "none") and not answer.citations
        if self.outcome == "refused":
            return outcome == "refused"
        cited = [citation for citation in answer.citations if citation.source.endswith(self.file)]
        beside = " ".join(citation.condition + citation.quote for citation in cited)
        return bool(cited) and self.says in answer.text and self.condition in beside


def _ask(desk: Desk, asked: dict[str, Any], people: list[dict[str, Any]], console: Console) -> bool:
    from assistant.ask import collect

    name = next(one["name"] for one in people if one["id"] == asked["as"])
    kind = Kind(asked.get("kind", "documents"))
    answer = collect(desk.ask(desk.person(name), asked["text"], kind=kind, actor=desk.login))
    expected = _Expected(
        outcome=asked["outcome"],
        file=asked.get("file", ""),
        says=asked.get("says", ""),
        condition=asked.get("condition", ""),
    )
    as_it_should = expected.holds(answer)
    mark = "[green]✓[/]" if as_it_should else "[red]✗[/]"
    console.print(f" {mark} [bold]{name}[/]: {asked['text']}")
    for sentence in answer.sentences:
        if not sentence.heading:
            numbers = "".join(f" [cyan]{citation.n}[/]" for citation in sentence.citations)
            console.print(f"     {_plain(sentence.text)}{numbers}")
            for citation in sentence.citations:
                if citation.condition:
                    console.print(f"       [italic]Also on this page: {_plain(citation.condition)}[/]")
    for citation in answer.citations:
        colour = COLOURS[str(citation.label.level)]
        where = f"{citation.source.rsplit('/', 1)[-1]}, {citation.spot}"
        console.print(f"     [cyan]{citation.n}[/] {where} [{colour}]{citation.label.level}[/]")
    said = asked.get("why", "")
    console.print(f"     [dim]{said + ' ' if said else ''}Reference {answer.finished.record:,}.[/]\n")
    return as_it_should


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(" ".join(text.split()))


# -- what leaves, what is recorded ---------------------------------------------------------------------


def _outside(desk: Desk, console: Console) -> None:
    """What would happen to typed questions, were a destination for public things configured."""
    from policies.reference import examine, read_case

    console.print(
        "[bold]5  What could leave[/]   nothing as installed; were a closed model switched on for public things:\n"
    )
    for text in (
        "Explain the difference between operational risk and credit risk.",
        "Draft a letter to Benedikt Aluko about the payment to PL61109010140000071219812874.",
        "Why does this fail? export DB_PASSWORD=vK9-tuRn1p-77",
        "Our client told us in confidence that he will plead guilty on Monday. What sentence is usual?",
    ):
        case = read_case({"text": text})
        found = examine(case, rulebook=desk.parts.rulebook, detectors=desk.parts.detectors)
        verdict = "[yellow]may leave[/] " if found.sent else "[green]stays here[/]"
        console.print(f"   {verdict} {_plain(text)}")
        if not found.sent:
            console.print(f"              [dim]{_plain(found.reasons[0].detail)}[/]")


def _verify(desk: Desk, console: Console) -> bool:
    from policies.audit.export import export_jsonl

    console.print("\n[bold]6  The record[/]   checked with the one-file program an outsider would use\n")
    bundle = desk.home.path / "cache" / "demo-export.jsonl"
    size = desk.parts.ledger.head().size
    with bundle.open("w") as file:
        export_jsonl(desk.home, desk.parts.keys, file.write)
    # -I: isolated, so it finds neither this product nor anything in the current folder.
    done = subprocess.run([sys.executable, "-I", str(VERIFIER), str(bundle)], capture_output=True, text=True)
    for line in done.stdout.strip().splitlines():
        console.print(f"   {_plain(line)}")
    state = "[green]intact[/]" if done.returncode == 0 else "[red]NOT intact[/]"
    console.print(
        f"   {size:,} records, {state}; every question above, every decision and every document is one of them"
    )
    return done.returncode == 0


def _hand_over(desk: Desk, people: list[dict[str, Any]], console: Console) -> None:
    home = "" if desk.home.path.name == ".ringfence" else f" --home {desk.home.path}"
    console.print("Start the pages:\n   [bold].venv/bin/ringfence serve" + home + "[/]\n", soft_wrap=True)
    console.print("Then open one of these links; each works once, for 30 minutes:")
    for one in (people[1], people[-1]):
        person = desk.person(one["name"])
        roles = ", ".join(sorted(person.roles))
        if not next(account for account in desk.people() if account.person == person).has_password:
            console.print(f"   as {person.name} ({roles})  {desk.welcome_link(person)}", soft_wrap=True)
    if link := desk.first_link():
        console.print(f"   [bold]as the first person (admin)  {link}[/]\n", soft_wrap=True)
