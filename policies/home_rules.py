"""The rules of a home that has its own: in force only as a whole, as somebody adopted them.

What is promised: `ringfence policy adopt` writes `adopted.sha256` beside the rules, when they were found valid and the
record says so. A folder whose files are not exactly those (one cut, even between two rules, or changed, missing, added,
half copied), or without a whole list of them, is an error that names the file, and never a shorter rulebook. The
list is what `sha256sum` writes, with a last line that says how many rules there are; `sha256sum -c` checks it too.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from policies.errors import RulebookError, UnavailableError
from policies.rulebook import ADOPTED, Rulebook, load

CURE = "Try them with `ringfence policy test`; when they are as you want them, run `ringfence policy adopt`."


def own_rules(home: Path) -> Path | None:
    """The rules of a home that has its own, in whatever state: one that is no folder must not be passed over."""
    folder = home / "rules"
    return folder if folder.exists() or folder.is_symlink() else None


def load_home(home: Path) -> Rulebook:
    """The rules in force: the home's own, else the packaged ones. Raises RulebookError when anything is amiss."""
    folder = own_rules(home)
    rules = load(folder)
    if folder is not None and (amiss := not_adopted(folder, rules)):
        raise RulebookError(f"The rules in {folder} are not in force: {amiss}.", cure=CURE)
    return rules


def not_adopted(folder: Path, rules: Rulebook) -> str:
    """In which way these rules are not the ones that were adopted; empty when they are."""
    listed = folder / ADOPTED
    try:
        if listed.exists() and not listed.is_file():  # a pipe would never end
            return f"{ADOPTED} cannot be read"
        lines = listed.read_text().splitlines()
    except FileNotFoundError:
        return "nobody has adopted them yet"
    except (OSError, UnicodeDecodeError):
        return f"{ADOPTED} cannot be read"
    if not lines or not lines[-1].startswith("# ") or not lines[-1].endswith(" rules"):
        return f"{ADOPTED} is not whole"
    adopted = {name: digest for digest, _, name in (line.partition("  ") for line in lines[:-1])}
    found = dict(rules.files)
    for name in sorted(adopted.keys() | found.keys()):
        if adopted.get(name) != found.get(name):
            what = "is missing" if name not in found else "was added" if name not in adopted else "was changed or cut"
            return f"{name} {what} since they were adopted"
    return "" if lines[-1] == _last(rules) else f"{ADOPTED} is not of these rules"


def adopt(folder: Path, rules: Rulebook) -> None:
    """Put `rules`, as they were loaded from `folder`, in force: whole or not at all, for whoever loads them next.
    Raises UnavailableError when the list cannot be written."""
    lines = [*(f"{digest}  {name}" for name, digest in rules.files), _last(rules)]
    waiting = folder / f".{ADOPTED}.{os.getpid()}"
    try:
        with waiting.open("w") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(folder / ADOPTED)
    except OSError as error:
        with contextlib.suppress(OSError):
            waiting.unlink(missing_ok=True)
        raise UnavailableError(
            f"{folder / ADOPTED} cannot be written ({error.strerror}).", cure="Make the folder writable for this user."
        ) from error


def _last(rules: Rulebook) -> str:
    return f"# {len(rules.rules)} rules"
