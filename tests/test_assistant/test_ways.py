"""The organisation's own servers on other machines: encrypted, by a named authority, or stated to be internal."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from contextlib import closing, nullcontext
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fakes import Manner, RecordingServer
from house import changed_environment

from assistant.config import load_settings, quiet_environment
from assistant.egress.connections import Host, load_connections, switched_on
from assistant.egress.providers import wire
from assistant.egress.providers.wire import Limits, SendingError
from assistant.generation.ollama import find_ollama
from assistant.wiring import create_parts, guard_ingestion
from ingest.config import load_network, trust
from ingest.errors import IndexUnavailable
from ingest.index.server import collections, connect
from policies.config import Home, create_home
from policies.errors import UsageError

DESTINATION = '[assistant.destination]\nid = "lab"\nbase_url = "{url}"\nmodel = "m"\n'
WAYS = {
    "Ollama": '[assistant]\nollama_url = "http://models:11434"\n',
    "Qdrant": '[ingest]\nqdrant_url = "http://models:6333"\n',
    "the gateway": '[assistant]\ngateway_url = "http://models:7861"\n'
    + DESTINATION.format(url="https://lab.invalid/v1"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_server_to_which_text_would_go_in_clear_is_refused(home: Home, way: str) -> None:
    """The same for each of the three, at the start and at the door, with the cure; a host that is stated may."""
    for stated in ("", '[network]\ninternal_hosts = ["MODELS."]', '[network]\ninternal_hosts = ["models.example"]'):
        (home.path / "ringfence.toml").write_text(WAYS[way] + stated)
        with closing(create_parts(home.path)) as parts:
            refused = pytest.raises(UsageError, match="internal_hosts") if "MODELS" not in stated else nullcontext()
            with refused:
                assert "models" in {host.name for host in parts.configured_hosts()}
            if parts.destination:
                with refused:
                    assert parts.door


def test_who_only_takes_documents_in_goes_by_the_same_rule(home: Home) -> None:
    """Before a file is read."""
    with (
        changed_environment({"RINGFENCE_INGEST__QDRANT_URL": "http://models:6333"}),
        pytest.raises(UsageError, match="without encryption"),
    ):
        guard_ingestion(home.path)
    with changed_environment({"RINGFENCE_NETWORK__INTERNAL_HOSTS": "qdrant ollama gateway"}):
        assert load_network(home).internal_hosts == ("qdrant", "ollama", "gateway")


CLEAR = [
    "http://gw:7861",
    "http://10.0.0.7:1",
    "HTTP://127.0.0.1.example.com:1",
    "http://[fd00::7]:1",
    "http://2130706433:1",
]
SAFE = ["https://gw.example.com", "http://127.0.0.1:7861", "http://[::1]:7861", "http://localhost:1"]


@pytest.mark.parametrize("address", CLEAR + SAFE)
def test_an_address_is_taken_when_it_is_encrypted_or_on_this_machine(address: str) -> None:
    """By the address alone; what only resolves to this machine is another one."""
    with pytest.raises(UsageError, match="without encryption") if address in CLEAR else nullcontext():
        assert switched_on(load_connections(), {"app-gateway": address}) == {Host.of_url(address)}


def test_a_closed_api_is_never_internal(home: Home) -> None:
    """Whatever is stated: no host that is reached from outside over plain http."""
    more = '[network]\ninternal_hosts = ["lab.invalid"]'
    (home.path / "ringfence.toml").write_text(DESTINATION.format(url="http://lab.invalid/v1") + more)
    with closing(create_parts(home.path)) as parts, pytest.raises(UsageError, match="without encryption"):
        assert parts.door


# -- certificates --------------------------------------------------------------------------------------


def certificate(folder: Path, name: str, *, days: int = 1) -> tuple[Path, ssl.SSLContext]:
    """An authority of one's own, as a file, and a server whose certificate it has signed for `name`."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Our own authority")])
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3)

    def made(subject: x509.Name, key: ec.EllipticCurvePrivateKey, until: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(then)
            .not_valid_after(then + datetime.timedelta(days=3 + until))
        )

    signed = made(issuer, keys[0], 1).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    authority = signed.sign(keys[0], hashes.SHA256())
    theirs = made(x509.Name([]), keys[1], days)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
    leaf = theirs.add_extension(names, critical=True).sign(keys[0], hashes.SHA256())
    pem = serialization.Encoding.PEM
    ca_file, chain = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(authority.public_bytes(pem))
    private = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain.write_bytes(leaf.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return ca_file, context


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer(Manner(raw=b"{}")) as running:
        yield running


def encrypted(server: RecordingServer, context: ssl.SSLContext) -> str:
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    return f"https://127.0.0.1:{server.port}"


def test_each_client_takes_the_named_authority_and_otherwise_a_public_one(
    server: RecordingServer, tmp_path: Path
) -> None:
    """The way out and to the gateway, Qdrant, Ollama. Without it not a byte arrives, whatever the environment names."""
    ca_file, context = certificate(tmp_path, "127.0.0.1")
    url = encrypted(server, context)
    with changed_environment({"SSL_CERT_FILE": str(ca_file), "PYTHONHTTPSVERIFY": "0", "HTTPX_VERIFY": "0"}):
        with pytest.raises(SendingError, match="cannot be reached"):
            wire.post(url, (), b"x", limits=Limits(), to="It")
        with pytest.raises(IndexUnavailable):
            collections(connect(url))
        assert find_ollama(url) is None
    assert server.received == []
    verify = trust(ca_file)
    assert wire.post(url, (), b"x", limits=Limits(), to="It", verify=verify) == b"{}"
    server.manner = Manner(raw=b'{"result": {"collections": []}, "status": "ok", "time": 0}')
    assert collections(connect(url, verify=verify)) == []
    server.manner = Manner(raw=b'{"version": "1", "models": []}')
    found = find_ollama(url, verify=verify, timeout=5)
    assert found is not None
    assert found.version == "1"


@pytest.mark.parametrize(("name", "days"), [("127.0.0.2", 1), ("127.0.0.1", -1)])
def test_the_named_authority_opens_nothing_for_another_host_or_a_past_one(
    server: RecordingServer, tmp_path: Path, name: str, days: int
) -> None:
    """A certificate for another name, or one that has ended, is refused as with a public authority."""
    ca_file, context = certificate(tmp_path, name, days=days)
    with pytest.raises(SendingError, match="cannot be reached"):
        wire.post(encrypted(server, context), (), b"x", limits=Limits(), to="It", verify=trust(ca_file))
    assert server.received == []


def test_nobody_writes_down_the_keys_of_a_connection(server: RecordingServer, tmp_path: Path) -> None:
    """The environment could ask for it, and whoever holds them reads what was encrypted."""
    ca_file, context = certificate(tmp_path, "127.0.0.1")
    url, written = encrypted(server, context), tmp_path / "keys"
    with changed_environment({"SSLKEYLOGFILE": str(written)}):
        quiet_environment()
        assert wire.post(url, (), b"x", limits=Limits(), to="It", verify=trust(ca_file)) == b"{}"
    assert not written.exists()


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_file_without_a_certificate_is_refused_at_the_start(tmp_path: Path, content: str | None) -> None:
    """For the organisation's own servers and for the destination."""
    made, ca_file = create_home(tmp_path / "home"), tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    (made.path / "ringfence.toml").write_text(f'[network]\nca_file = "{ca_file}"')
    with pytest.raises(UsageError, match="ca_file"):
        load_network(made)
    toml = DESTINATION.format(url="https://lab.invalid/v1") + f'ca_file = "{ca_file}"'
    (made.path / "ringfence.toml").write_text(toml)
    with pytest.raises(UsageError, match="ca_file"):
        load_settings(made)
