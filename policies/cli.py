"""`ringfence policy`: what the rules are, what they make of cases and of the record; and the switch."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from policies.audit.cli import Json, moment, open_ledger, os_login, when
from policies.config import Invocation, has_home, home_path, load_table, open_home
from policies.errors import RingfenceError, UsageError
from policies.register_cli import register_app

if TYPE_CHECKING:
    from policies.detect import Detectors
    from policies.rulebook import Rulebook
    from policies.vocabulary import Embed

policy_app = typer.Typer(
    rich_markup_mode=None,
    help="The rules: what they are, what they make of a case; stopping what goes outside.",
    no_args_is_help=True,
)
policy_app.add_typer(register_app, name="register")
PARTLY = 4


@policy_app.command("check")
def check(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON lines; the form of a row stands in policies/README.md.")],
) -> None:
    """Say for each case of FILE whether it could be sent to a reference destination that may have what is public."""
    from policies import reference

    embed = _embed(ctx)
    cases = [reference.read_case(row, embed) for row in reference.read_rows(file)]
    rules, detectors = _rulebook(ctx), _detectors(ctx)
    for case in cases:
        found = reference.examine(case, rulebook=rules, detectors=detectors)
        reasons = [{"rule": one.rule, "source": one.source, "detail": one.detail} for one in found.reasons]
        line = {"id": case.id, "decision": "may_escalate" if found.sent else "local", "reasons": reasons}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


@policy_app.command("show")
def show(ctx: typer.Context, as_json: Json = False) -> None:
    """The rules in force, their digest, how far the ladder is open, and the languages that can be checked."""
    from policies.detect import LANGUAGES, chosen

    rules, site, since = _rulebook(ctx), _site(ctx), _stopped_since(ctx)
    stated = {
        "rulebook": rules.digest,
        "outside": "closed" if since else site.outside,
        "ladder": site.outside,
        "stopped_since": since,
        "rules": list(rules.rules),
        "detectors": [path.split(".")[2] for path in chosen(every_name=site.names == "none")],
        "languages": list(LANGUAGES),
    }
    if as_json:
        typer.echo(json.dumps(stated))
        return
    if since:
        typer.echo(
            f"Sending is stopped since {since} (UTC). `ringfence policy resume` starts it again, by two persons."
        )
    typer.echo(f"Outside: {stated['outside']}. Rules {rules.digest[:16]}, checked against their schema.")
    typer.echo(f"Languages that can be checked: {', '.join(LANGUAGES)}; a question in another is answered here.")
    typer.echo(rules.text.strip())


# -- the switch ----------------------------------------------------------------------------------------


@policy_app.command("stop")
def stop(
    ctx: typer.Context, reason: Annotated[str, typer.Option(help="Why, for the record.", metavar="TEXT")] = ""
) -> None:
    """Stop all sending at once. Anybody may; starting again takes two persons."""
    from policies import switch
    from policies.audit.events import Content, SiteChanged
    from policies.audit.ledger import now

    quiet = switch.stop(open_home(Invocation.of(ctx).home), now=now())
    print("Sending is stopped." if quiet else f"Sending is stopped. {switch.STILL_UNDER_WAY}")
    actor = os_login()
    why = {"why": Content(text=reason, owner=f"person:{actor}")} if reason.strip() else {}
    try:
        with open_ledger(ctx) as ledger:
            ledger.append(SiteChanged(actor=actor, what=switch.STOPPED), why)
    except RingfenceError as error:
        print(f"ringfence: It is stopped, but that could not be recorded. {error}", file=sys.stderr)
        raise typer.Exit(PARTLY) from None


# -- trying, explaining, simulating --------------------------------------------------------------------


@policy_app.command("test")
def try_cases(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(help="Cases; else those beside the home's own rules, or the packaged ones.", metavar="DIR"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Try the rules on cases in folders named by their outcome. Exit 1 unless all come out so and cover every rule."""
    from policies import trial
    from policies.home_rules import not_adopted, own_rules
    from policies.rulebook import load

    own = own_rules(home_path(Invocation.of(ctx).home))
    cases, rules = folder or (own / "cases" if own else trial.PACKAGED), load(own)
    found = trial.run(cases, rulebook=rules, detectors=_detectors(ctx), embed=_embed(ctx))
    print(json.dumps(found.as_json(), ensure_ascii=False) if as_json else trial.in_words(found))
    if own and (amiss := not_adopted(own, rules)):
        print(f"These rules are not in force: {amiss}. `ringfence policy adopt` puts them in force.", file=sys.stderr)
    raise typer.Exit(0 if found.passed else 1)


@policy_app.command("adopt")
def adopt(
    ctx: typer.Context, reason: Annotated[str, typer.Option(help="Why, for the record.", metavar="TEXT")] = ""
) -> None:
    """Put the home's own rules in force, as they stand now and as a whole. Recorded; counts from the next start."""
    from policies import home_rules
    from policies.audit.events import Content, SiteChanged
    from policies.rulebook import load

    home = home_path(Invocation.of(ctx).home)
    folder = home_rules.own_rules(home)
    if folder is None:
        raise UsageError("This home has no rules of its own.", cure=f"Put them into {home / 'rules'} first.")
    rules, actor = load(folder), os_login()
    why = {"why": Content(text=reason, owner=f"person:{actor}")} if reason.strip() else {}
    with open_ledger(ctx) as ledger:
        values = {"rulebook": rules.digest, "rules": str(len(rules.rules))}
        ledger.append(SiteChanged(actor=actor, what="rules adopted", values=values), why)
        home_rules.adopt(folder, rules)
    print(f"{len(rules.rules)} rules are in force from the next start: rules {rules.digest[:16]}.")


@policy_app.command("explain")
def explain(
    ctx: typer.Context,
    record: Annotated[int, typer.Argument(help="A question's record, or its decision's.", metavar="RECORD")],
    as_json: Json = False,
) -> None:
    """Say which reasons alone decided, and what would change the verdict. No text of anybody."""
    from policies import explain as explaining
    from policies.audit.events import RecordRead
    from policies.recorded import decision

    with open_ledger(ctx) as ledger:
        found = explaining.explain(decision(ledger, record), _rulebook(ctx))
        ledger.append(RecordRead(actor=os_login(), how="explain", records=1, first=record))
    print(json.dumps(found.as_json(), ensure_ascii=False) if as_json else explaining.in_words(found))


@policy_app.command("simulate")
def simulate(
    ctx: typer.Context,
    rules: Annotated[Path, typer.Option("--rules", help="The folder with the other rules.", metavar="DIR")],
    since: Annotated[str, typer.Option(help="From this UTC date or time on, as 2026-11-02.")] = "",
    accept: Annotated[bool, typer.Option(help="Exit 0 also when something would be newly allowed.")] = False,
    as_json: Json = False,
) -> None:
    """What other rules would have made of the decisions on record. Changes nothing; exit 1 when they allow more."""
    from policies import simulate as simulating
    from policies.audit.events import RecordRead
    from policies.recorded import decisions
    from policies.rulebook import load

    other = load(rules)
    with open_ledger(ctx) as ledger:
        found = simulating.simulate(decisions(ledger, moment(since)), other)
        ledger.append(RecordRead(actor=os_login(), how="simulate", records=found.decisions))
    print(json.dumps(found.as_json()) if as_json else simulating.in_words(found))
    raise typer.Exit(1 if found.newly_allowed and not accept else 0)


# ------------------------------------------------------------------------------------------------------


def _rulebook(ctx: typer.Context) -> Rulebook:
    """The home's own rules when it has a `rules` folder, else the packaged ones."""
    from policies.home_rules import load_home

    return load_home(home_path(Invocation.of(ctx).home))


def _detectors(ctx: typer.Context) -> Detectors:
    from policies import detect
    from policies.errors import UnavailableError

    meaning = Invocation.of(ctx).meaning
    if meaning is None:
        raise UnavailableError("The packaged embedding model is not there.", cure="Install the product again.")
    return detect.load(meaning())


def _embed(ctx: typer.Context) -> Embed | None:
    """The packaged embedding, opened when a case needs it; None where nobody gave one."""
    meaning = Invocation.of(ctx).meaning
    if meaning is None:
        return None
    opened = cache(meaning)
    return lambda texts: opened().embed_documents(texts)


def _stopped_since(ctx: typer.Context) -> str:
    """Since when sending is stopped; empty while it is not, or where there is no home."""
    from policies.switch import stopped

    home = Invocation.of(ctx).home
    state = stopped(open_home(home)) if has_home(home) else None
    return when(state.since) if state else ""


def _site(ctx: typer.Context) -> Any:
    """How far the home's ladder is open, and which names may leave; closed where there is no home."""
    from pydantic import BaseModel

    class Site(BaseModel):
        """The settings of `[assistant]` that are shown here."""

        outside: str = "closed"
        names: str = "public"

    home = Invocation.of(ctx).home
    return load_table(open_home(home), "assistant", Site) if has_home(home) else Site()
