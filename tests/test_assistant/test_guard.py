"""The socket guard and the table of connections. A hook cannot be taken off: it is installed in processes apart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from clamd_stand_in import ClamdStandIn

from assistant.egress.connections import TABLE, Connection, Host, is_loopback, load_connections, switched_on
from assistant.egress.guard import Guard
from assistant.errors import ConnectionsError, GuardError

ROOT = Path(__file__).parents[2]


def run_guarded(body, allowed="()"):
    """Run `body` in a new interpreter behind the guard; what it prints, by lines."""
    program = textwrap.dedent(
        f"""
        import socket, sys, threading
        from assistant.egress.connections import Host
        from assistant.egress.guard import install_guard
        from assistant.errors import GuardError
        install_guard({allowed})
        def refused(act):
            try:
                act()
            except GuardError:
                print("refused", flush=True)
            except Exception as error:
                print("not refused:", type(error).__name__, flush=True)
            else:
                print("connected", flush=True)
        """
    ) + textwrap.dedent(body)
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


WAYS = {
    "a plain socket": "socket.create_connection(('192.0.2.1', 80), timeout=1)",
    "IPv6": "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 80))",
    "IPv4 in the dress of IPv6": "socket.socket(socket.AF_INET6).connect(('::ffff:192.0.2.1', 80))",
    "a datagram": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    "a look-up of a name": "socket.getaddrinfo('example.com', 443)",
    "an old look-up": "socket.gethostbyname('example.com')",
    "a look-up that carries a text": "socket.getaddrinfo('the-patient-is-called.example.com', None)",
    "httpx": "__import__('httpx').get('http://192.0.2.1/')",
    "httpx by name": "__import__('httpx').get('https://example.com/')",
    "requests": "__import__('requests').get('http://192.0.2.1/', timeout=1)",
    "urllib": "__import__('urllib.request').request.urlopen('http://192.0.2.1/', timeout=1)",
    "asyncio": "__import__('asyncio').run(__import__('asyncio').open_connection('192.0.2.1', 80))",
    "a non-blocking socket": "socket.socket().connect_ex(('192.0.2.1', 80))",
    "the cloud's metadata": "socket.create_connection(('169.254.169.254', 80), timeout=1)",
}


def test_every_way_out_is_refused():
    """By whichever library, by address or by name."""
    printed = run_guarded("\n".join(f"refused(lambda: {way})" for way in WAYS.values()))
    assert dict(zip(WAYS, printed, strict=True)) == dict.fromkeys(WAYS, "refused")


def test_threads_started_before_and_after_are_guarded():
    """The hook belongs to the interpreter, not to a thread."""
    body = """
    thread = threading.Thread(target=lambda: refused(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1)))
    thread.start(); thread.join()
    """
    assert run_guarded(body) == ["refused"]


def test_a_forked_child_is_guarded():
    """What reads documents runs in a fork."""
    body = """
    import os
    if os.fork() == 0:
        refused(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1)); os._exit(0)
    os.wait()
    """
    assert run_guarded(body) == ["refused"]


def test_this_machine_and_unix_sockets_are_reached():
    """Loopback by every name it has, and sockets in the file system."""
    body = """
    import os, tempfile
    server = socket.create_server(("127.0.0.1", 0)); port = server.getsockname()[1]
    refused(lambda: socket.create_connection(("127.0.0.1", port)))
    refused(lambda: socket.create_connection(("localhost", port)))
    refused(lambda: socket.getaddrinfo(None, 80))
    path = os.path.join(tempfile.mkdtemp(), "s")
    unix = socket.socket(socket.AF_UNIX); unix.bind(path); unix.listen()
    refused(lambda: socket.socket(socket.AF_UNIX).connect(path))
    """
    assert run_guarded(body) == ["connected"] * 4


def test_it_is_not_widened_afterwards():
    """A second call for more is refused, for less is nothing."""
    body = """
    refused(lambda: install_guard({Host("b.example", 443)}))
    refused(lambda: install_guard(()))
    """
    assert run_guarded(body, allowed='{Host("a.example", 443)}') == ["refused", "connected"]


def test_an_allowed_host_is_reached_at_its_port_alone():
    """By its name or its address; another port of it, and another host, stay shut."""
    guard = Guard({Host("127.0.0.1", 1), Host("192.0.2.7", 443), Host("localhost", 8443)})
    with socket.socket() as ipv4:
        guard.check_connect(ipv4, ("192.0.2.7", 443))
        for address in (("192.0.2.7", 80), ("192.0.2.8", 443), (b"192.0.2.8", 443)):
            with pytest.raises(GuardError):
                guard.check_connect(ipv4, address)


def test_the_same_in_this_process_without_installing_it():
    """Unix sockets and this machine pass, unknown kinds and names do not."""
    guard = Guard()
    with socket.socket(socket.AF_UNIX) as unix, socket.socket() as ipv4, socket.socket(socket.AF_INET6) as ipv6:
        guard("socket.connect", (unix, "/run/x"))
        guard("socket.sendmsg", (ipv4, None))
        for connection, address in ((ipv4, ("127.0.0.1", 1)), (ipv6, ("::1", 1)), (ipv6, ("::ffff:127.0.0.1", 1))):
            guard("socket.connect", (connection, address))
    for name in (None, "", "127.0.0.1", "192.0.2.1", b"localhost", socket.gethostname()):
        guard("socket.getaddrinfo", (name, 80, 0, 0, 0))
    guard("socket.getnameinfo", (("192.0.2.1", 80), 0))
    netlink = getattr(socket, "AF_NETLINK", None)
    if netlink is not None:
        with socket.socket(netlink, socket.SOCK_RAW) as raw, pytest.raises(GuardError, match="unknown kind"):
            guard("socket.connect", (raw, (0, 0)))


def test_a_name_that_cannot_be_looked_up_stays_unknown(monkeypatch):
    """The caller's own look-up says so; the address is not let through by mistake."""

    def fail(*_, **__):
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with socket.socket() as ipv4, pytest.raises(GuardError):
        Guard({Host("api.example", 443)})("socket.connect", (ipv4, ("192.0.2.50", 443)))


def test_what_an_allowed_name_stands_for_is_learnt_by_looking_it_up(monkeypatch):
    """Only with that name's port; a name that is not allowed is not even looked up."""
    looked_up = []

    def answer(name, port, **_):
        looked_up.append(name)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.50", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    guard = Guard({Host("api.example", 443)})
    guard("socket.getaddrinfo", ("API.example", 443, 0, 0, 0))
    with socket.socket() as ipv4:
        guard("socket.connect", (ipv4, ("192.0.2.50", 443)))
        with pytest.raises(GuardError):
            guard("socket.connect", (ipv4, ("192.0.2.50", 80)))
    with pytest.raises(GuardError):
        guard("socket.getaddrinfo", ("evil.example", 443, 0, 0, 0))
    assert set(looked_up) == {"api.example"}
    guard("open", ("file", "r", 0))


def test_a_refused_name_is_cut_short_in_the_message():
    """A look-up can carry text; the message ends up in logs."""
    with pytest.raises(GuardError) as refused:
        Guard().check_lookup("socket.getaddrinfo", ("patient-miller-has-a-rare-disease.example", 443))
    assert "disease" not in str(refused.value)


def test_the_table_is_read_and_every_row_says_what_it_carries():
    """Beside the code lies a link to the one in `deploy`, so that there are not two."""
    table = load_connections()
    assert {"browser-app", "app-ollama", "app-outside"} <= {row.id for row in table}
    assert all(row.carries and row.protocol and row.source and row.target and row.network for row in table)
    assert TABLE.resolve() == ROOT / "deploy" / "connections.toml"


def test_as_installed_nothing_outside_is_on():
    """The rows to a closed API, straight and by the gateway, are off, and no other leaves the house."""
    outside = [row for row in load_connections() if row.network in ("outside", "way-out")]
    assert [(row.id, row.on) for row in outside] == [("app-outside", False), ("gateway-outside", False)]


def test_a_connection_without_a_row_cannot_be_switched_on():
    """Configuration can fill a row in; it cannot add one."""
    table = load_connections()
    assert switched_on(table, {"app-outside": "https://API.example.com/v1"}) == {Host("api.example.com", 443)}
    assert switched_on(table, {}) == frozenset()
    with pytest.raises(ConnectionsError, match="no row"):
        switched_on(table, {"app-elsewhere": "https://a.example"})


BROKEN = {
    "missing": None,
    "not TOML": "[[connection",
    "no rows": "",
    "an unknown field": '[[connection]]\nid="a"\nsecret="x"',
    "a wrong kind": '[[connection]]\nid="a"\nsource="a"\ntarget="b"\nprotocol="p"\ncarries="c"\non="yes"',
    "a field left out": '[[connection]]\nid="a"',
    "a row twice": '[[connection]]\nid="a"\nsource="a"\ntarget="b"\nprotocol="p"\ncarries="c"\non=false\n' * 2,
}


@pytest.mark.parametrize("story", BROKEN)
def test_a_broken_table_is_an_error_and_not_an_empty_one(tmp_path, story):
    """Nothing connects by a table that cannot be read."""
    path = tmp_path / "connections.toml"
    if BROKEN[story] is not None:
        path.write_text(BROKEN[story])
    with pytest.raises(ConnectionsError):
        load_connections(path)


@pytest.mark.parametrize(
    ("name", "here"),
    [
        *((name, True) for name in ("127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST.")),
        *((name, False) for name in ("0.0.0.0", "localhost.example.com", "127.0.0.1.x.example", "192.0.2.1", "")),
    ],
)
def test_loopback_is_known_by_what_it_can_only_mean(name, here):
    """A name that merely looks like it is not."""
    assert is_loopback(name) is here


def test_a_row_is_frozen():
    """The table is a value."""
    row = load_connections()[0]
    assert isinstance(row, Connection)
    with pytest.raises(AttributeError):
        row.on = True


@pytest.mark.parametrize("unix", [False, True])
def test_the_malware_check_needs_no_host_and_reaches_this_machine(unix):
    """It is a row of the table, off as installed; behind a guard that knows no host its verdicts still come."""
    (row,) = [row for row in load_connections() if row.setting == "ingest.clamd"]
    assert (row.id, row.on, row.network) == ("worker-clamd", False, "unix")
    with ClamdStandIn(unix=unix) as clamd:
        assert run_guarded(
            f"""
            from ingest.malware import Clamd
            Clamd({clamd.where!r}, seconds=20).check(b"data")
            print("clean")
            """
        ) == ["clean"]
        assert clamd.got == [b"data"]
