"""The commands of ingestion and of the record, as the product runs them, without a process of their own."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import typer

from assistant.audit_cli import audit_app
from assistant.backup_cli import register as register_backup
from ingest.cli import register
from ingest.sources_cli import sources_app
from policies.config import Invocation
from policies.errors import RingfenceError


def call(home: Path | None, *words: object) -> SimpleNamespace:
    """`code`: the exit code; `out`, `err`: standard output and standard error."""
    app = typer.Typer()
    register(app)
    register_backup(app)
    app.add_typer(sources_app, name="sources")
    app.add_typer(audit_app, name="audit")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code: object
        try:
            command = typer.main.get_command(app)
            code = command.main([str(word) for word in words], standalone_mode=False, obj=Invocation(home=home))
        except RingfenceError as error:
            code = error.exit_code
            print(error, file=sys.stderr)
        except Exception as error:
            if not hasattr(error, "exit_code"):  # what the command line itself refuses has one
                raise
            code = error.exit_code
            print(getattr(error, "message", error), file=sys.stderr)
    return SimpleNamespace(code=code if isinstance(code, int) else 0, out=out.getvalue(), err=err.getvalue())
