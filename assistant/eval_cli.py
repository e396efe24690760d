"""`ringfence eval`: how well finding, deciding and grounding do on a set of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from policies.audit.cli import Json
from policies.errors import UsageError

eval_app = typer.Typer(
    rich_markup_mode=None, help="Measure retrieval, deciding and grounding on a set of your own.", no_args_is_help=True
)


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
    from ingest.index.embedder import open_embedder

    if half not in set(policy.Half):
        raise UsageError(f"There is no half {half!r}.", cure=f"Choose one of {', '.join(policy.Half)}.")
    if names not in ("public", "none"):
        raise UsageError(f"There is no such set of names: {names!r}.", cure="Choose public or none.")
    report = policy.evaluate_policy(files, meaning=open_embedder(), half=policy.Half(half), every_name=names == "none")
    print(json.dumps(report) if as_json else policy.in_words(report))


@eval_app.command("grounding")
def eval_grounding(file: Path, as_json: Json = False) -> None:
    """How often an unsupported sentence is shown, a supported one removed, a condition shown."""
    from assistant.evaluation import grounding

    report = grounding.evaluate_grounding(file)
    print(json.dumps(report) if as_json else grounding.in_words(report))
