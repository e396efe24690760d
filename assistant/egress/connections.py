"""The table of connections: what this product may ever connect to, and what is switched on here.

The master is `deploy/connections.toml`; the file beside this one is a link to it, and a copy of it in a wheel.
A row says which process connects to what, by which protocol, what it carries, and whether it is on as
installed. Which host a row means on this site is configuration; a host without a row is not reachable.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.errors import ConnectionsError
from policies.errors import UsageError

TABLE = Path(__file__).with_name("connections.toml")
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, order=True)
class Host:
    """A host's name or address, in lower case, and a port."""

    name: str
    port: int

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"

    @classmethod
    def of_url(cls, url: str) -> Host:
        """The host that an address names. Raises ConnectionsError for one that names none."""
        try:
            parts = urlsplit(url)
            port = parts.port if parts.port is not None else PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise ConnectionsError("An address in the settings is malformed.", cure="Write it in full.") from None
        plain = not set(url) & set(" \\?#") and url.isprintable()  # what clients read in different ways, or leave out
        if not parts.hostname or parts.username is not None or not plain:
            raise ConnectionsError("An address in the settings names no host.", cure="Write it in full.")
        return cls(parts.hostname.lower().rstrip("."), port)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One row. `host` and `port` are the usual ones, empty where only a site can say; `setting` switches it on."""

    id: str
    source: str
    target: str
    protocol: str
    carries: str
    on: bool
    port: int = 0
    host: str = ""
    network: str = ""
    setting: str = ""


def load_connections(path: Path = TABLE) -> tuple[Connection, ...]:
    """All rows. Raises ConnectionsError when the table is missing or malformed."""
    if not path.is_file():
        raise ConnectionsError("The table of connections is missing.", cure="Install the product again.")
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["connection"]
        table = tuple(_row(row) for row in rows)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConnectionsError(
            "The table of connections is malformed.", cure=f"Restore {path.name} from the release."
        ) from error
    if len({row.id for row in table}) != len(table):
        raise ConnectionsError("The table of connections names a row twice.", cure="Restore it from the release.")
    return table


def switched_on(
    table: Iterable[Connection], configured: Mapping[str, str], *, internal: Collection[str] = ()
) -> frozenset[Host]:
    """The hosts that may be reached: `configured` maps a row's id to the address that the settings give it, `internal`
    are the names to which nobody else is on the network.

    Loopback needs no entry. Raises ConnectionsError for an id that has no row, UsageError for an address to which
    questions, passages or keys would go in clear.
    """
    ids = {row.id for row in table}
    if unknown := sorted(set(configured) - ids):
        raise ConnectionsError(
            f"The connection {unknown[0]!r} has no row in connections.toml.", cure="A connection without a row is off."
        )
    for row, url in configured.items():
        host = Host.of_url(url)
        if urlsplit(url).scheme != "https" and not is_loopback(host.name) and host.name not in map(_bare, internal):
            raise UsageError(
                f"The connection {row} leads to {host} without encryption.",
                cure="Write an https address; or name the host in [network] internal_hosts, where nobody else is on "
                "the way to it.",
            )
    return frozenset(map(Host.of_url, configured.values()))


def _bare(name: str) -> str:
    return name.lower().strip("[]").rstrip(".")


def is_loopback(name: str) -> bool:
    """Whether a name or address can only mean this machine."""
    if name.lower().rstrip(".") in ("localhost", "ip6-localhost"):
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def _row(row: dict[str, Any]) -> Connection:
    kinds = {field.name: field.type for field in fields(Connection)}
    for name, value in row.items():
        if name not in kinds or type(value).__name__ != kinds[name]:
            raise ValueError(name)
    return Connection(**row)
