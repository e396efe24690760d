"""`ringfence search` and `ringfence ask`: what is asked, and what was found or answered, in words and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.commands import desk_of, in_lines
from ingest.progress_cli import on_one_line
from policies.audit.cli import Json
from policies.errors import UsageError

if TYPE_CHECKING:
    from assistant.answers import Answer
    from policies.vocabulary import Passage

AsUser = Annotated[str, typer.Option("--as", help="The person who asks.", metavar="USER")]


def register(app: typer.Typer) -> None:
    """Hang these commands into the product's command."""
    app.command("search")(search)
    app.command("ask")(ask)


def search(
    ctx: typer.Context,
    text: str,
    user: AsUser,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 10,
    mode: Annotated[str, typer.Option(help="hybrid, dense or bm25.")] = "hybrid",
    company: Annotated[str, typer.Option(help="Only documents of this company, as they say themselves.")] = "",
    period: Annotated[str, typer.Option(help="Only documents about this period: 2024, FY2023, Q1 2023.")] = "",
    kind: Annotated[str, typer.Option(help="Only documents of this kind: 10-K, invoice, minutes.")] = "",
    author: Annotated[str, typer.Option(help="Only documents of this author.")] = "",
    since: Annotated[str, typer.Option("--from", help="Dated then or later: 2023, 2023-06 or 2023-06-30.")] = "",
    until: Annotated[str, typer.Option("--to", help="Dated then or earlier.")] = "",
    as_json: Json = False,
) -> None:
    """Find passages, without an answer."""
    import time

    from ingest import about
    from ingest.index.base import Mode
    from ingest.spot import spot

    sought = about.sought(company=company, period=period, kind=kind, author=author, since=since, until=until)

    if mode not in set(Mode):
        raise UsageError(f"There is no mode {mode!r}.", cure=f"Choose one of {', '.join(Mode)}.")
    with desk_of(ctx) as desk:
        started = time.perf_counter()
        found = desk.search(desk.person(user), text, k=k, mode=Mode(mode), sought=sought)
        took = round((time.perf_counter() - started) * 1000, 1)
    if as_json:
        hits = [_hit(passage) for passage in found.passages]
        print(json.dumps({"hits": hits, "took_ms": took}, ensure_ascii=False))
        return
    for passage in found.passages:
        place = f"{passage.document.title}, {spot(passage.document, passage.chunk)}"
        where = on_one_line(" › ".join([place, *passage.chunk.heading]))
        print(f"{passage.rank}. {where} [{passage.chunk.label.level}]")
        print(f"   {on_one_line(' '.join(passage.chunk.text.split()))[:300]}\n")
    if not found.passages:
        print("Nothing found in the documents this person may read.")


def ask(
    ctx: typer.Context,
    text: str,
    user: AsUser,
    kind: Annotated[str, typer.Option(help="documents or general.")] = "documents",
    conversation: Annotated[str, typer.Option(help="Go on with an earlier conversation.")] = "",
    allow_outside: Annotated[bool, typer.Option(help="Let policy send a general question outside.")] = False,
    write: Annotated[bool, typer.Option(help="Let the demonstration model write prose.")] = False,
    as_json: Json = False,
) -> None:
    """Ask a question and print the answer with its sources."""
    from assistant.ask import collect
    from policies.vocabulary import Kind

    if kind not in (Kind.DOCUMENTS, Kind.GENERAL):
        raise UsageError(f"There is no kind {kind!r}.", cure="Choose documents or general.")
    with desk_of(ctx) as desk:
        stream = desk.ask(
            desk.person(user),
            text,
            kind=Kind(kind),
            conversation=conversation,
            allow_outside=allow_outside,
            write=write,
            actor=desk.login,
        )
        answer = collect(stream)
    print(json.dumps(_answer(answer), ensure_ascii=False) if as_json else _answer_in_words(answer))
    raise typer.Exit(1 if answer.finished.outcome == "refused" else 0)


def _hit(passage: Passage) -> dict[str, Any]:
    from ingest import about

    return {
        "chunk": passage.chunk.id,
        "document": passage.document.id,
        "source": passage.document.source.path,
        "title": passage.document.title,
        "page": passage.chunk.page,
        "rows": passage.chunk.rows,
        "heading": " › ".join(passage.chunk.heading),
        "label": str(passage.chunk.label.level),
        "categories": sorted(passage.chunk.label.categories),
        "score": round(passage.score, 6),
        **about.stated(passage.document),
        "text": passage.chunk.text,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    decision, finished = answer.decision, answer.finished
    reasons = decision.reasons if decision else ()
    return {
        "outcome": finished.outcome,
        "answer": answer.text,
        "citations": [
            {
                "n": citation.n,
                "chunk": citation.chunk,
                "document": citation.document,
                "source": citation.source,
                "title": citation.title,
                "page": citation.page,
                "rows": citation.rows,
                "quote": citation.quote,
                "condition": citation.condition,
                "label": str(citation.label.level),
            }
            for citation in answer.citations
        ],
        "route": finished.route,
        "model": finished.model,
        "decision": {
            "verdict": decision.verdict if decision else "none",
            "reasons": [{"rule": r.rule, "source": r.source, "detail": r.detail} for r in reasons],
            "label": str(decision.label.level) if decision else "public",
            "categories": sorted(decision.label.categories) if decision else [],
            "rulebook": decision.rulebook if decision else "",
        },
        "conversation": finished.conversation,
        "record": finished.record,
        "timing_ms": {"retrieve": 0, "decide": 0, "first_sentence": 0, "total": 0} | finished.timing_ms,
    }


def _answer_in_words(answer: Answer) -> str:
    from assistant import phrases

    finished = answer.finished
    lines = [answer.text, ""]
    for citation in answer.citations:
        where = on_one_line(f"{citation.where} ({citation.label.level}), {citation.source}")
        lines.append(f"[{citation.n}] {where}")
        lines.append(f"    “{citation.quote}”")
    route = {"local": "Answered here", "escalated": "Answered outside", "none": "No model was asked"}[finished.route]
    lines.append(f"{route} · {finished.label.level} · reference {finished.record:,} · {finished.model or 'no model'}")
    if finished.demonstration:
        lines.append(phrases.DEMONSTRATION)
    lines.append(phrases.BY_A_MACHINE)
    return in_lines("\n".join(lines))
