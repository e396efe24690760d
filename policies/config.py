"""Where a home lies and what its `ringfence.toml` says. The only place in this room that reads the environment.

A home is a folder with `home.json` ({"id", "schema"}) in it. Keys never lie inside: they are in
`$RINGFENCE_KEYS`, else in the user's configuration folder under the home's id.
"""

from __future__ import annotations

import difflib
import json
import os
import tomllib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from policies.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from typer import Context

SCHEMA = 1
TABLES = ("ingest", "assistant", "gateway", "network")
Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The folder that holds every store of one installation, and the folder that holds its keys."""

    path: Path
    id: str
    keys: Path

    def store(self, *parts: str) -> Path:
        """A path inside the home; its folder is made, readable by the owner alone."""
        path = self.path.joinpath(*parts)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What the command line knows before any command runs: typer's `ctx.obj`. `--home` may stand anywhere; `meaning`
    opens the packaged embedding model, which this room does not know."""

    home: Path | None = None
    meaning: Callable[[], Any] | None = None

    @classmethod
    def of(cls, ctx: Context) -> Invocation:
        """What the command that `ctx` belongs to was called with."""
        return ctx.find_object(cls) or cls()


def home_path(given: Path | None) -> Path:
    """`--home`, else `$RINGFENCE_HOME`, else `./.ringfence`."""
    return (given or Path(os.environ.get("RINGFENCE_HOME") or ".ringfence")).expanduser().absolute()


def has_home(given: Path | None) -> bool:
    return (home_path(given) / "home.json").exists()


def keys_path(home_id: str) -> Path:
    """`$RINGFENCE_KEYS`, else the user's configuration folder, under the home's id."""
    if given := os.environ.get("RINGFENCE_KEYS"):
        return Path(given).expanduser().absolute()
    base = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser().absolute() / "ringfence" / home_id


def create_home(given: Path | None = None) -> Home:
    """Make a home, or open the one that is there."""
    path = home_path(given)
    if has_home(path):
        return open_home(path)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        home = Home(path=path, id=str(uuid.uuid4()), keys=Path())
        waiting = path / f"home.json.{os.getpid()}"
        waiting.write_text(json.dumps({"id": home.id, "schema": SCHEMA}) + "\n")
        try:
            os.link(waiting, path / "home.json")  # two processes may try at once: one wins, both go on
        except FileExistsError:
            pass
        finally:
            waiting.unlink()
    except OSError as error:
        raise UnavailableError(
            f"The home {path} cannot be written ({error.strerror}).",
            cure="Free some space, or name another folder with --home.",
        ) from error
    return open_home(path)


def open_home(given: Path | None = None) -> Home:
    """Open a home. Raises UnavailableError when there is none, or a newer version wrote it."""
    path = home_path(given)
    try:
        stated = json.loads((path / "home.json").read_text())
        schema, home_id = int(stated["schema"]), str(uuid.UUID(stated["id"]))
    except FileNotFoundError:
        raise UnavailableError(
            f"There is no home at {path}.", cure="Run `ringfence init`, or name the right folder with --home."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnavailableError(
            f"The home at {path} cannot be read: home.json is damaged.", cure="Restore home.json from a backup."
        ) from error
    if schema > SCHEMA:
        raise UnavailableError(
            f"The home at {path} was written by a newer version (schema {schema}, this one knows {SCHEMA}).",
            cure="Install the newer version; nothing was touched.",
        )
    return Home(path=path, id=home_id, keys=keys_path(home_id))


def load_table(home: Home, table: str, model: type[Settings]) -> Settings:
    """The `[table]` of the home's `ringfence.toml`, as a pydantic model, with environment overrides.

    `RINGFENCE_INGEST__WORKERS=4` sets `workers` in `[ingest]`. An unknown table or key is a UsageError that
    names the nearest known one.
    """
    from pydantic import ValidationError

    values = _read_toml(home.path / "ringfence.toml").get(table, {})
    prefix = f"RINGFENCE_{table.upper()}__"
    for name, value in os.environ.items():
        stated, there, _ = name.removeprefix("RINGFENCE_").partition("__")
        if there and name.startswith("RINGFENCE_") and stated.lower() not in TABLES:
            raise UsageError(
                f"{name} in the environment is for an unknown table.", cure=_nearest(stated.lower(), TABLES)
            )
        if name.startswith(prefix):
            values[name.removeprefix(prefix).lower()] = value
    try:
        return model(**values)
    except ValidationError as error:
        raise UsageError(_explain(error, table, list(model.model_fields))) from None  # type: ignore[attr-defined]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", cure="Correct the line that is named.") from None
    for table in tables:
        if table not in TABLES:
            raise UsageError(f"{path} has an unknown table [{table}].", cure=_nearest(table, TABLES))
    return tables


def _explain(error: Any, table: str, known: list[str]) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"[{table}] has an unknown key {key!r}. {_nearest(key, known)}"
    return f"[{table}] {key}: {first['msg']}."


def _nearest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Known are: {', '.join(known)}."
