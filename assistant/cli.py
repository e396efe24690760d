"""The command `ringfence`. Options in, values out; it decides nothing.

Exit codes: 0 done, 1 refused or a check failed, 2 usage, 3 something needed is not there, 4 partly done.
Everything heavy is imported inside a command, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from assistant import documents_cli as documents_cli  # hangs its command into that of the room
from assistant.backup_cli import register as register_backup
from assistant.label_cli import register as register_labelling
from assistant.policy_cli import policy_app
from ingest.cli import register as register_ingest
from ingest.progress_cli import on_one_line
from ingest.sources_cli import sources_app
from policies.audit.cli import audit_app
from policies.config import Invocation
from policies.errors import RingfenceError, UsageError

if TYPE_CHECKING:
    from assistant.answers import Answer
    from assistant.desk.desk import Desk
    from policies.vocabulary import Meaning

app = typer.Typer(
    name="ringfence",
    help="A private assistant over your organisation's own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # a tenth of a second for colours in a help text
)
users_app = typer.Typer(rich_markup_mode=None, help="People who may ask.", no_args_is_help=True)
eval_app = typer.Typer(
    rich_markup_mode=None, help="Measure retrieval, deciding and grounding on a set of your own.", no_args_is_help=True
)
register_ingest(app)
register_backup(app)
app.add_typer(sources_app, name="sources")
register_labelling()
app.add_typer(users_app, name="users")
app.add_typer(policy_app, name="policy")
app.add_typer(audit_app, name="audit")
app.add_typer(eval_app, name="eval")

AsUser = Annotated[str, typer.Option("--as", help="The person who asks.", metavar="USER")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


@app.callback()
def before(ctx: typer.Context) -> None:
    """A private assistant over your organisation's own documents."""
    # Every other command that opens a store goes through the desk, which guards its process.
    if ctx.invoked_subcommand in ("ingest", "sources"):
        from assistant.wiring import guard_ingestion

        _quiet_libraries()
        guard_ingestion(_home(ctx))


@app.command()
def init(ctx: typer.Context) -> None:
    """Make a home: its folder, its keys outside it, its empty record."""
    from assistant.desk.desk import open_desk

    with open_desk(_home(ctx), create=True) as desk:
        print(f"The home is {desk.home.path}; its keys are in {desk.home.keys}.")
        print("Keep a copy of the keys elsewhere: without them the record's contents cannot be opened.")


@app.command()
def doctor(ctx: typer.Context, as_json: Json = False) -> None:
    """Say what is here, what is missing, and every connection this installation can make."""
    from assistant.doctor import examine, in_words

    report = examine(_home(ctx))
    print(json.dumps(report, indent=2) if as_json else in_words(report))
    raise typer.Exit(0 if report["ok"] else 3)


@app.command()
def demo(ctx: typer.Context) -> None:
    """Take in the sample documents, ask as several people, show the decisions, verify the record."""
    from assistant.demo import run

    raise typer.Exit(run(_home(ctx)))


@app.command()
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
    with _desk(ctx) as desk:
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


@app.command()
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
    with _desk(ctx) as desk:
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


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7860,
) -> None:
    """Serve the pages: Chat, Library and Record."""
    from assistant.server import run

    run(_home(ctx), host=host, port=port)


@app.command("egress-gateway")
def egress_gateway(
    ctx: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 7861,
) -> None:
    """The door in a process of its own, with a home of its own: it alone holds the destination's key."""
    from assistant.server import run_gateway

    run_gateway(_home(ctx), host=host, port=port)


# -- people --------------------------------------------------------------------------------------------


@users_app.command("add")
def users_add(
    ctx: typer.Context,
    name: str,
    group: Annotated[list[str] | None, typer.Option(help="A group; may be given several times.")] = None,
    clearance: Annotated[str, typer.Option(help="public, internal, confidential or restricted.")] = "internal",
    role: Annotated[list[str] | None, typer.Option(help="staff, owner, operator, auditor or admin.")] = None,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
    as_json: Json = False,
) -> None:
    """Add a person: prints a one-time link to set a password, unless one is read from standard input."""
    from policies.labels import Level
    from policies.vocabulary import Role

    if clearance.upper() not in Level.__members__:
        raise UsageError(
            f"There is no level {clearance!r}.", cure="Choose public, internal, confidential or restricted."
        )
    roles = role or ["staff"]
    if unknown := sorted(set(roles) - set(Role)):
        raise UsageError(f"There is no role {unknown[0]!r}.", cure=f"Choose from {', '.join(Role)}.")
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    with _desk(ctx, create=True) as desk:
        person = desk.add_person(
            name,
            groups=group or [],
            clearance=Level[clearance.upper()],
            roles=[Role(r) for r in roles],
            password=password,
        )
        link = "" if password is not None else desk.welcome_link(person)
    if as_json:
        print(json.dumps({"name": person.name, "id": person.id, "link": link}))
    else:
        print(f"{person.name} was added." + (f" One-time link, good for 30 minutes:\n  {link}" if link else ""))


@users_app.command("list")
def users_list(ctx: typer.Context, as_json: Json = False) -> None:
    """Everybody, with groups, clearance and roles."""
    with _desk(ctx) as desk:
        rows: list[dict[str, Any]] = [
            {
                "name": account.person.name,
                "id": account.person.id,
                "groups": sorted(account.person.groups),
                "clearance": str(account.person.clearance),
                "roles": sorted(account.person.roles),
                "disabled": account.disabled,
            }
            for account in desk.people()
        ]
    if as_json:
        print(json.dumps({"users": rows}, ensure_ascii=False))
        return
    for row in rows:
        state = " (disabled)" if row["disabled"] else ""
        groups = ", ".join(row["groups"]) or "none"
        print(f"{row['name']}{state}: {', '.join(row['roles'])}; groups {groups}; {row['clearance']}")


@users_app.command("disable")
def users_disable(ctx: typer.Context, name: str) -> None:
    """End a person's access at once."""
    with _desk(ctx) as desk:
        desk.disable_person(name)
    print(f"{name} can no longer sign in.")


# -- measuring -----------------------------------------------------------------------------------------


@eval_app.command("retrieval")
def eval_retrieval(
    directory: Path,
    split: Annotated[str, typer.Option(help="Which qrels to use.")] = "",
    keep: Annotated[Path | None, typer.Option(help="Keep the index in this home.")] = None,
    precision: Annotated[str, typer.Option(help="Of the embedding model: exact or int8.")] = "exact",
    as_json: Json = False,
) -> None:
    """nDCG, recall, MAP and MRR of each way of searching."""
    from assistant.evaluation import retrieval
    from ingest.config import precision_named

    _quiet_libraries()
    report = retrieval.evaluate_retrieval(
        directory, split=split or None, keep=keep, precision=precision_named(precision)
    )
    print(json.dumps(report) if as_json else retrieval.in_words(report))


@eval_app.command("policy")
def eval_policy(
    files: list[Path],
    half: Annotated[str, typer.Option(help="all, calibration (where thresholds are set) or report.")] = "all",
    names: Annotated[str, typer.Option(help="Which may leave: public, as installed, or none.")] = "public",
    as_json: Json = False,
) -> None:
    """How much leaks, and how much that is harmless is held back."""
    from assistant.evaluation import policy

    if half not in set(policy.Half):
        raise UsageError(f"There is no half {half!r}.", cure=f"Choose one of {', '.join(policy.Half)}.")
    if names not in ("public", "none"):
        raise UsageError(f"There is no such set of names: {names!r}.", cure="Choose public or none.")
    _quiet_libraries()
    report = policy.evaluate_policy(
        files, meaning=_packaged_embedding(), half=policy.Half(half), every_name=names == "none"
    )
    print(json.dumps(report) if as_json else policy.in_words(report))


@eval_app.command("grounding")
def eval_grounding(file: Path, as_json: Json = False) -> None:
    """How often an unsupported sentence is shown, a supported one removed, a condition shown."""
    from assistant.evaluation import grounding

    _quiet_libraries()
    report = grounding.evaluate_grounding(file)
    print(json.dumps(report) if as_json else grounding.in_words(report))


# -- out -----------------------------------------------------------------------------------------------


def _hit(passage: Any) -> dict[str, Any]:
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
    return _lines("\n".join(lines))


def _home(ctx: typer.Context) -> Path | None:
    invocation = ctx.find_object(Invocation)
    return invocation.home if invocation else None


def _packaged_embedding() -> Meaning:
    from ingest.index.embedder import open_embedder

    return open_embedder()


def _desk(ctx: typer.Context, *, create: bool = False) -> Desk:
    from assistant.desk.desk import open_desk

    return open_desk(_home(ctx), create=create)


def _quiet_libraries() -> None:
    from assistant.config import quiet_environment

    quiet_environment()


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and leave with its exit code. `--home DIR` may stand anywhere."""
    try:
        words, home = _take_home(list(sys.argv[1:] if arguments is None else arguments))
        code = typer.main.get_command(_called(words)).main(
            words, prog_name="ringfence", standalone_mode=False, obj=Invocation(home=home, meaning=_packaged_embedding)
        )
    except RingfenceError as error:
        print(f"ringfence: {_lines(str(error))}", file=sys.stderr)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # noqa: BLE001  the command line's border: click's own errors know how to show themselves
        code = _shown(error)
    sys.stdout.flush()
    sys.exit(code if isinstance(code, int) else 0)


def _called(words: Sequence[str]) -> typer.Typer:
    """The product's command with only what is called in it, where that is known: building all of it takes longer."""
    first, called = words[:1], copy(app)
    called.registered_groups = [group for group in app.registered_groups if group.name in first]
    called.registered_commands = [
        one for one in app.registered_commands if (one.name or getattr(one.callback, "__name__", "")) in first
    ]
    return called if called.registered_groups or called.registered_commands else app


def _lines(words: str) -> str:
    """With nothing in it but lines that a terminal may show."""
    return "\n".join(map(on_one_line, words.split("\n")))


def _shown(error: Exception) -> int:
    show = getattr(error, "show", None)
    if show is None:
        raise error
    show(file=sys.stderr)
    return int(getattr(error, "exit_code", 2))


def _take_home(words: list[str]) -> tuple[list[str], Path | None]:
    home: Path | None = None
    rest: list[str] = []
    iterator = iter(words)
    for word in iterator:
        if word == "--":
            rest += [word, *iterator]
        elif word == "--home":
            home = _folder(next(iterator, ""))
        elif word.startswith("--home="):
            home = _folder(word.removeprefix("--home="))
        else:
            rest.append(word)
    return rest, home


def _folder(word: str) -> Path:
    if not word:
        raise UsageError("--home names no folder.", cure="Name one after it: `--home DIR`.")
    return Path(word)


if __name__ == "__main__":
    main()
