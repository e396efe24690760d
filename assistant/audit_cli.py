"""The commands of `ringfence audit` that need people and documents: holds, and erasing what a person wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.commands import desk_of
from policies.audit.cli import Json, audit_app
from policies.errors import UsageError

if TYPE_CHECKING:
    from assistant.desk.desk import Desk

__all__ = ["audit_app"]

Subject = Annotated[str, typer.Option("--subject", help="A person: what they wrote.", metavar="USER")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept sealed in the record.", metavar="TEXT")]
AsUser = Annotated[str, typer.Option("--as", help="The person who does it.", metavar="USER")]


@audit_app.command("hold")
def hold(
    ctx: typer.Context,
    document: Annotated[str, typer.Option("--document", help="As `documents list` shows it.", metavar="ID")] = "",
    subject: Subject = "",
    reason: Reason = "",
    release: Annotated[bool, typer.Option("--release", help="End it: two persons, one after the other.")] = False,
    user: AsUser = "",
    as_json: Json = False,
) -> None:
    """Keep a document from being forgotten, or what a person wrote from being erased. One places a hold, two end it."""
    if bool(document) == bool(subject):
        raise UsageError("Say what to hold.", cure="Give --document ID or --subject USER.")
    with desk_of(ctx) as desk:
        actor = _holder(desk, user)
        if document:
            from ingest.keeping import Keeping

            keeping = Keeping(desk.parts.ingest, desk.parts.ledger, actor=actor)
            ended = release and keeping.release_hold(document, why=reason)
            record = -1 if release else keeping.hold(document, why=reason)
        else:
            who = _subject(desk, subject)
            ended = release and desk.erasing.release(who, why=reason, actor=actor)
            record = -1 if release else desk.erasing.hold(who, why=reason, actor=actor)
    about = {"document": document} if document else {"subject": subject}
    if release:
        words = "The hold has ended." if ended else "Asked. A second person ends it with the same command."
        _print(as_json, about | {"held": not ended}, words)
    else:
        _print(as_json, about | {"held": True, "record": record}, f"Held since record {record}.")


@audit_app.command("erase")
def erase(
    ctx: typer.Context,
    subject: Subject,
    user: AsUser = "",
    reason: Reason = "",
    receipt: Annotated[Path | None, typer.Option("--receipt", help="Write the receipt there.", metavar="FILE")] = None,
    as_json: Json = False,
) -> None:
    """Erase for good what a person asked and was answered, with their conversations. One admin asks, another agrees
    with the same command within a week. Exit 4: asked, and nothing erased yet."""
    from policies.audit.proving import receipt as receipt_of

    if not user:
        raise UsageError("Erasing takes two persons, and each must be named.", cure="Add `--as USER`.")
    with desk_of(ctx) as desk:
        person, who = desk.responsible(user), _subject(desk, subject)
        done = desk.erasing.erase(who, person, why=reason, actor=desk.login)
        made = receipt_of(desk.home, desk.parts.keys, done.record) if done.done else None
    if made and receipt:
        _write(receipt, json.dumps(made, ensure_ascii=False) + "\n")
    covers = json.loads(made["body"])["covers"] if made else []
    stated = {"subject": subject, "erased": done.done, "record": done.record, "covers": covers, "receipt": made}
    _print(as_json, stated, _in_words(done.record, len(covers), receipt) if made else _asked(done.record))
    raise typer.Exit(0 if done.done else 4)


def _in_words(record: int, covered: int, file: Path | None) -> str:
    where = str(file) if file else f"`ringfence audit prove {record} --json`"
    return (
        f"Erased: nobody can read any more what is sealed with {covered} records; the conversations are gone.\n"
        f"The receipt is record {record}: {where}.\n"
        "Not reached: the account, what left for a destination, backups, copies kept elsewhere."
    )


def _asked(record: int) -> str:
    return f"Asked for with record {record}. Another admin runs the same command within a week; nothing is erased yet."


def _holder(desk: Desk, name: str) -> str:
    """Who holds. Whoever is at the machine may do without a name."""
    if not name:
        return desk.login
    person = desk.responsible(name)
    desk.erasing.may_hold(person)
    return person.id


def _subject(desk: Desk, name: str) -> str:
    """The id of a person, with an account that counts or not any more."""
    account = desk.parts.people.account(name)
    if account is None and not name.startswith("os:"):
        raise UsageError(f"There is no person called {name!r}.", cure="See `ringfence users list`.")
    return account.person.id if account else name


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror}). What was done stands.", cure="Run the same command again."
        ) from error


def _print(as_json: bool, stated: dict[str, Any], words: str) -> None:
    print(json.dumps(stated, ensure_ascii=False) if as_json else words)
