"""`ringfence users`: people who may ask, added, listed, and kept out."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from assistant.commands import desk_of
from policies.audit.cli import Json
from policies.errors import UsageError

users_app = typer.Typer(rich_markup_mode=None, help="People who may ask.", no_args_is_help=True)


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
    with desk_of(ctx, create=True) as desk:
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
    with desk_of(ctx) as desk:
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
    with desk_of(ctx) as desk:
        desk.disable_person(name)
    print(f"{name} can no longer sign in.")
