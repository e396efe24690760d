"""`ringfence policy`: what the rules are, and what they make of cases."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policies.audit.cli import audit_app
from policies.config import Invocation, home_path

if TYPE_CHECKING:
    from policies.rulebook import Rulebook

__all__ = ["audit_app", "policy_app"]

policy_app = typer.Typer(
    rich_markup_mode=None, help="The rules: what they are, what they make of a case.", no_args_is_help=True
)


@policy_app.command("check")
def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON lines; the form of a row stands in policies/README.md.")],
) -> None:
    """Say for each case of FILE whether it could be sent to a reference destination that may have what is public."""
    from policies import detect, reference

    cases = [reference.read_case(row) for row in reference.read_rows(file)]
    rules, detectors = _rulebook(ctx), detect.load()
    for case in cases:
        sent, reasons = reference.decide_case(case, rulebook=rules, detectors=detectors)
        stated = [{"rule": reason.rule, "source": reason.source, "detail": reason.detail} for reason in reasons]
        line = {"id": case.id, "decision": "may_escalate" if sent else "local", "reasons": stated}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


@policy_app.command("show")
def show(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """The rules in force, their digest, how far the ladder is open, and the languages that can be checked."""
    from policies.detect import DETECTORS, LANGUAGES

    rules = _rulebook(ctx)
    stated = {
        "rulebook": rules.digest,
        "outside": _ladder(ctx),
        "rules": list(rules.rules),
        "detectors": [path.split(".")[2] for path in DETECTORS],
        "languages": list(LANGUAGES),
    }
    if as_json:
        typer.echo(json.dumps(stated))
        return
    typer.echo(f"Outside: {stated['outside']}. Rules {rules.digest[:16]}, checked against their schema.")
    typer.echo(f"Languages that can be checked: {', '.join(LANGUAGES)}; a question in another is answered here.")
    typer.echo(rules.text.strip())


def _rulebook(ctx: typer.Context) -> Rulebook:
    """The home's own rules when it has a `rules` folder, else the packaged ones."""
    from policies.rulebook import load

    folder = home_path(_home(ctx)) / "rules"
    return load(folder if folder.exists() else None)


def _home(ctx: typer.Context) -> Path | None:
    return ctx.obj.home if isinstance(ctx.obj, Invocation) else None


def _ladder(ctx: typer.Context) -> str:
    """What the home's settings say; closed where there is no home."""
    path = home_path(_home(ctx))
    if not (path / "home.json").exists():
        return "closed"
    from pydantic import BaseModel

    from policies.config import load_table, open_home

    class Ladder(BaseModel):
        """The one setting of `[assistant]` that is shown here."""

        outside: str = "closed"

    settings: Any = load_table(open_home(path), "assistant", Ladder)
    return str(settings.outside)
