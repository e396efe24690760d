"""`ringfence serve`: the pages on one address, and the one-time link for the first person. `ringfence egress-gateway`:
the door alone, on another."""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from pathlib import Path

from policies.errors import UnavailableError


def run(home: Path | None, *, host: str, port: int) -> None:
    """Serve until stopped. Raises UnavailableError when the port is taken or the address is not ours."""
    listening = _listen(host, port)  # before anything is opened: a taken port must cost nothing
    from assistant.desk.desk import open_desk

    with listening, open_desk(home, create=True, serving=True) as desk:
        _greet(desk.first_link(_address(host, port)), _address(host, port))
        _serve(desk.site(hosts=_names(host)), listening)


def run_gateway(home: Path | None, *, host: str, port: int) -> None:
    """Serve the door until stopped. Everything that looks at text is loaded before the first release is taken."""
    listening = _listen(host, port)
    from assistant.egress.gateway import application
    from assistant.wiring.gateway import create_gateway

    with listening, contextlib.closing(create_gateway(home)) as gateway:
        gateway.guard()
        site = application(gateway.door)
        names = ", ".join(gateway.detectors.names)
        there = gateway.door.destination
        print(f"The gateway to {there.id} at {there.host} is at {_address(host, port)}", flush=True)
        print(
            f"Rules {gateway.rulebook.digest[:16]}; looks with {names}. Stop with Ctrl-C.", file=sys.stderr, flush=True
        )
        _serve(site, listening)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: asyncio sends small answers at once only on a socket that says it is TCP.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise UnavailableError(
                f"Port {port} is in use.", cure=f"Stop what uses it, or serve on another: `--port {port % 65535 + 1}`."
            ) from None
        raise UnavailableError(
            f"Cannot listen on {host} port {port} ({error.strerror}).", cure="Name an address of this machine."
        ) from None
    return listening


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104  what a browser here would type
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _names(host: str) -> frozenset[str]:
    """The names a browser may call this site by. Served on every address: the organisation's proxy names it."""
    return frozenset({"127.0.0.1", "localhost", "::1", host})


def _greet(link: str | None, address: str) -> None:
    print(f"Ringfence is at {address}", flush=True)
    if link:
        print(f"Nobody administers this home yet. The first person opens, within 30 minutes:\n  {link}", flush=True)
    print("Stop with Ctrl-C.", file=sys.stderr, flush=True)


def _serve(site: object, listening: socket.socket) -> None:
    import uvicorn

    # The access log would hold conversation ids and names of people: the record has what is needed.
    config = uvicorn.Config(
        site,  # type: ignore[arg-type]
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
        proxy_headers=False,
    )
    uvicorn.Server(config).run(sockets=[listening])
