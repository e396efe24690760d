"""docker-compose.yml keeps its promises, by reading it: what is published, what is reached, what a container may do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from assistant.config import AssistantSettings
from assistant.egress.connections import load_connections
from ingest.config import IngestSettings, NetworkSettings

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
SERVERS = ("app", "qdrant", "ollama", "gateway")
INTERNAL = ("core", "handoff")
PINNED = re.compile(r"[a-z0-9][a-z0-9./:_-]*@sha256:[0-9a-f]{64}|sha256:[0-9a-f]{64}")


def images_env():
    lines = (ROOT / "deploy" / "images.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_five_services_are_there():
    """App, worker, Qdrant, Ollama, and the gateway where somebody starts it; nothing else."""
    assert set(SERVICES) == {"app", "worker", "qdrant", "ollama", "gateway"}
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"gateway"}


def test_one_port_is_published_and_on_loopback_unless_said_otherwise():
    """Of the app alone."""
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"app": ["${RINGFENCE_BIND:-127.0.0.1}:${RINGFENCE_PORT:-7860}:7860"]}


def test_core_and_handoff_have_no_route_out():
    """And the network that publishes the port translates no addresses."""
    networks = COMPOSE["networks"]
    assert set(networks) == {"front", "way-out", *INTERNAL}
    assert all(networks[name] == {"internal": True} for name in INTERNAL)
    assert networks["front"]["driver_opts"] == {"com.docker.network.bridge.enable_ip_masquerade": "false"}


def test_only_app_and_gateway_are_on_a_network_that_is_not_internal():
    """Models, vectors and the worker have no way to the outside at all; the app has the port that is published, and the
    gateway alone a way out."""
    outward = {name: set(service["networks"]) - set(INTERNAL) for name, service in SERVICES.items()}
    assert {name: there for name, there in outward.items() if there} == {"app": {"front"}, "gateway": {"way-out"}}
    assert SERVICES["qdrant"]["networks"] == SERVICES["ollama"]["networks"] == ["core"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_hardened(name):
    """Read-only, without capabilities or new privileges, as an unprivileged user, bounded."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["user"] == "10001:10001"
    assert service["pids_limit"] > 0
    assert service["logging"]["options"]["max-size"]
    forbidden = {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode", "extra_hosts", "dns",
                 "volumes_from", "env_file", "build"}  # fmt: skip
    assert not forbidden & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_no_socket_of_the_engine_and_no_folder_of_the_machine_is_mounted(name):
    """Named volumes, and the one folder of documents, read-only."""
    for volume in SERVICES[name].get("volumes", []):
        assert "docker.sock" not in volume
        source, _, target = re.sub(r"\$\{\w+:\?[^}]*\}", "FOLDER", volume).partition(":")
        assert source in COMPOSE["volumes"] or (source, target) == ("FOLDER", "/documents:ro")


@pytest.mark.parametrize("name", SERVICES)
def test_images_come_from_variables_that_must_be_set(name):
    """An image nobody named stops compose with a message."""
    assert re.fullmatch(r"\$\{[A-Z]+_IMAGE:\?[^}]+\}", SERVICES[name]["image"])


def test_every_variable_without_a_default_is_listed_and_images_are_pinned_or_empty():
    """An empty one fails loudly; a tag without a digest is not accepted."""
    needed = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    listed = images_env()
    assert needed == set(listed)
    for name, value in listed.items():
        assert not name.endswith("_IMAGE") or value == "" or PINNED.fullmatch(value)


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_an_environment(name):
    """Secrets are files; a setting that wants one names the file."""
    for key, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"KEY|TOKEN|SECRET|PASSWORD", key) and key != "RINGFENCE_KEYS":
            assert key.endswith("_FILE")
            assert str(value).startswith("/run/secrets/")
    for secret in SERVICES[name].get("secrets", []):
        assert COMPOSE["secrets"][secret]["file"].startswith("./deploy/secrets/")


def test_secrets_are_kept_out_of_the_repository():
    """What the README makes there is never committed, and never copied into an image."""
    assert not (ROOT / "deploy" / "secrets").exists() or "deploy/secrets" in (ROOT / ".gitignore").read_text()
    assert (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().split("\n")[1] == "*"


def test_the_settings_in_the_environment_exist():
    """An unknown setting would stop the app at its start."""
    known = {
        "ASSISTANT": AssistantSettings.model_fields,
        "INGEST": IngestSettings.model_fields,
        "NETWORK": NetworkSettings.model_fields,
    }
    for name in SERVICES["app"]["environment"]:
        if "__" in name:
            table, key = name.removeprefix("RINGFENCE_").split("__")
            assert key.lower() in known[table]


def test_the_models_cloud_and_the_databases_telemetry_are_off():
    """And neither is reachable without the app."""
    assert SERVICES["ollama"]["environment"]["OLLAMA_NO_CLOUD"] == "1"
    assert SERVICES["qdrant"]["environment"]["QDRANT__TELEMETRY_DISABLED"] == "true"
    assert "/run/secrets/qdrant_config" in SERVICES["qdrant"]["command"]


@pytest.mark.parametrize("name", SERVERS)
def test_each_server_says_whether_it_is_well_without_curl(name):
    """The images have neither curl nor wget."""
    test = SERVICES[name]["healthcheck"]["test"]
    assert test[0] == "CMD"
    assert not {"curl", "wget"} & set(" ".join(test).split())


def test_who_depends_on_a_server_waits_until_it_is_well():
    """Not only until it was started."""
    for service in SERVICES.values():
        for condition in service.get("depends_on", {}).values():
            assert condition == {"condition": "service_healthy"}


def test_the_key_of_the_closed_api_and_the_homes_keys_never_meet():
    """The gateway shares no volume and no secret with anybody, and the app neither has its key nor a way past it."""
    gateway = SERVICES["gateway"]
    for name, service in SERVICES.items():
        if name != "gateway":
            assert "provider_key" not in service.get("secrets", [])
            sources = {volume.partition(":")[0] for volume in service.get("volumes", [])}
            assert not sources & {volume.partition(":")[0] for volume in gateway["volumes"]}
    assert gateway["secrets"] == ["provider_key"]
    assert "ports" not in gateway


ROWS = [row for row in load_connections() if row.network in COMPOSE["networks"]]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_connection_on_a_compose_network_joins_two_services_there(row):
    """Both ends of the row are on the network it names; on the way out, the gateway alone."""
    for end in (row.source, row.target) if row.network != "way-out" else (row.source,):
        assert row.network in SERVICES[end]["networks"]
    assert row.network != "way-out" or row.source == "gateway"


def test_every_server_is_reached_by_a_row_and_by_no_other_service():
    """Whoever shares a network with a server without a row for it would be a way that nobody wrote down."""
    reached = {(row.source, row.target) for row in ROWS if row.target in SERVICES}
    assert {target for _, target in reached} == {"qdrant", "ollama", "gateway"}
    reached.remove(("app", "gateway"))  # where it runs, the home's own settings name it
    settings = {"qdrant": "QDRANT_URL", "ollama": "OLLAMA_URL"}
    for source in ("app", "worker"):
        named = " ".join(SERVICES[source]["environment"])
        assert {end for end, setting in settings.items() if setting in named} == {t for s, t in reached if s == source}


def test_the_published_port_is_the_tables():
    """What a browser reaches is the row that says so."""
    (row,) = [row for row in load_connections() if row.network == "published"]
    assert SERVICES[row.target]["ports"][0].endswith(f":{row.port}")


def test_what_leaves_the_house_has_no_network_here():
    """As composed, the app cannot reach a closed API, whatever the settings say; with the gateway, it goes by that."""
    outside = [row for row in load_connections() if row.network == "outside"]
    assert [row.source for row in outside] == ["app"]
    assert "outside" not in COMPOSE["networks"]


DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()


def test_the_image_runs_as_nobody_special_and_installs_by_hash():
    """From the lock, without dependencies of dependencies; the base image has to be named."""
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes -r requirements.lock" in DOCKERFILE
    assert all("--no-deps" in line for line in re.findall(r"pip install .*", DOCKERFILE))
    assert DOCKERFILE.count("FROM ${PYTHON_IMAGE}") == 2
    assert "python:" not in re.sub(r"^#.*$", "", DOCKERFILE, flags=re.MULTILINE)


def test_what_the_image_copies_exists_and_is_not_ignored():
    """The build context is an allow-list."""
    allowed = re.findall(r"^!(.+)$", (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists()
            assert source in allowed
