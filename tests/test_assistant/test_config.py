"""What a site may set about answering, and the environment that keeps libraries from reaching out."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from house import changed_environment

from assistant.config import AssistantSettings, load_settings, offline_environment, quiet_environment
from policies.config import Home
from policies.errors import UsageError


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    with changed_environment({}):
        yield


def stated(home: Home, text: str) -> AssistantSettings:
    (home.path / "ringfence.toml").write_text(text)
    return load_settings(home)


def test_as_installed_nothing_leaves(home: Home) -> None:
    """Without a file: the ladder closed, no destination, lab mode, rights by source."""
    settings = load_settings(home)
    assert (settings.outside, settings.destination) == ("closed", None)
    assert (settings.mode, settings.reading, settings.model) == ("lab", "source", "auto")


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[assistant]\noutsid = 'general'", "'outside'"),
        ("[assistant]\npassage = 3", "'passages'"),
        ("[asistant]\n", "'assistant'"),
        ("[policies]\noutside = 'closed'", "assistant"),
    ],
)
def test_an_unknown_key_or_table_is_an_error_that_names_the_nearest(home: Home, text: str, near: str) -> None:
    """A misspelt switch must not be silently without effect."""
    with pytest.raises(UsageError) as refused:
        stated(home, text)
    assert near in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "[assistant]\noutside = 'open'",
        "[assistant]\nmode = 'prod'",
        "[assistant]\npassages = 0",
        "[assistant]\nlongest_question = 1000000",
        "[assistant]\nanswers_at_once = 'many'",
        "[assistant.destination]\nid = 'x'\nbase_url = 'https://x.invalid/v1'\nmodel = 'm'\nlevel = 'confidential'",
        "[assistant.destination]\nid = 'x'",
        "[assistant.destination]\nid='x'\nbase_url='https://x.invalid/v1'\nmodel='m'\nretention_days=-1",
        "[assistant",
    ],
)
def test_a_value_that_cannot_be_is_an_error(home: Home, text: str) -> None:
    """Unknown means no: nothing is read as its nearest."""
    with pytest.raises(UsageError):
        stated(home, text)


def test_a_destination_may_have_public_things_unless_it_says_more(home: Home) -> None:
    """The lowest level is the default."""
    text = "[assistant]\noutside='general'\n[assistant.destination]\nid='x'\nbase_url='https://x.invalid/v1'\nmodel='m'"
    destination = stated(home, text).destination
    assert destination is not None
    assert (destination.level, destination.key_file) == ("public", None)


CONTRACT = {"contract": '"2026-4"', "region": '"EU"', "retention_days": "0", "no_training": "true"}


def contracted(without: str = "", **more: str) -> str:
    """A destination with all that a contract states, but for `without`."""
    terms = {name: value for name, value in CONTRACT.items() if name != without} | more
    lines = "".join(f"{name} = {value}\n" for name, value in terms.items())
    return f"[assistant.destination]\nid = 'x'\nbase_url = 'https://x.invalid/v1'\nmodel = 'm'\n{lines}"


ASKS = {
    "what is internal": ("", {"level": '"internal"'}),
    "the step contracted": ("[assistant]\noutside = 'contracted'\n", {}),
    "invented names": ("", {"pseudonymised": "true"}),
}


@pytest.mark.parametrize("asks", ASKS)
@pytest.mark.parametrize("missing", CONTRACT)
def test_more_than_public_things_takes_a_contract_with_all_its_terms(home: Home, asks: str, missing: str) -> None:
    """What is missing is named; a retention of no days is stated, an empty contract is not."""
    table, more = ASKS[asks]
    settings = stated(home, table + contracted(**more))
    assert settings.destination is not None
    assert settings.destination.retention_days == 0
    for text in (table + contracted(missing, **more), table + contracted(missing, **more) + _empty(missing)):
        with pytest.raises(UsageError, match=f"not stated: {missing}"):
            stated(home, text)


def _empty(name: str) -> str:
    return {"no_training": "no_training = false\n", "retention_days": ""}.get(name, f"{name} = ' '\n")


def test_everything_that_is_missing_is_named_at_once(home: Home) -> None:
    """And what asked for it."""
    text = "[assistant.destination]\nid='x'\nbase_url='https://x.invalid/v1'\nmodel='m'\nlevel='internal'"
    with pytest.raises(UsageError) as refused:
        stated(home, text)
    assert "level = 'internal' needs a contract" in str(refused.value)
    assert all(name in str(refused.value) for name in CONTRACT)


def test_the_environment_cannot_go_round_the_contract(home: Home) -> None:
    """The step is checked as it counts, wherever it comes from."""
    os.environ["RINGFENCE_ASSISTANT__OUTSIDE"] = "contracted"
    with pytest.raises(UsageError, match="no_training"):
        stated(home, contracted("no_training"))
    assert stated(home, "").outside == "contracted"  # with nowhere to send to, nothing is asked


@pytest.mark.parametrize("hours", ["0", "169", "-1"])
def test_an_agreement_holds_an_hour_at_least_and_a_week_at_most(home: Home, hours: str) -> None:
    """A day unless stated."""
    assert stated(home, "").approval_hours == 24
    with pytest.raises(UsageError):
        stated(home, f"[assistant]\napproval_hours = {hours}")


def test_the_environment_overrides_the_file(home: Home) -> None:
    """`RINGFENCE_ASSISTANT__PASSAGES` wins over the file."""
    os.environ["RINGFENCE_ASSISTANT__PASSAGES"] = "3"
    assert stated(home, "[assistant]\npassages = 5").passages == 3


def test_settings_cannot_be_changed_afterwards(home: Home) -> None:
    """What was decided by them stays explainable."""
    with pytest.raises(ValueError):
        load_settings(home).outside = "general"  # type: ignore[misc]


def test_libraries_are_kept_from_downloads_reports_and_proxies() -> None:
    """Offline switches on, proxy variables gone, in both spellings."""
    os.environ |= {"HTTPS_PROXY": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1", "GRADIO_SHARE": "True"}
    quiet_environment()
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["DO_NOT_TRACK"] == "1"
    assert os.environ["GRADIO_SHARE"] == "False"
    assert not {name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")}


@pytest.mark.parametrize(
    "name", ["RINGFENCE_ASISTANT__OUTSIDE", "RINGFENCE_POLICIES__OUTSIDE", "RINGFENCE_ASSISTANT__OUTSID"]
)
def test_a_misspelt_setting_in_the_environment_is_an_error(home: Home, name: str) -> None:
    """Whoever thinks to have closed something has not."""
    os.environ[name] = "closed"
    with pytest.raises(UsageError, match="unknown"):
        load_settings(home)


def test_scratch_files_of_libraries_stay_in_the_home(home: Home) -> None:
    """Nothing of ours is left in a shared temporary folder."""
    offline_environment(home)
    assert os.environ["GRADIO_TEMP_DIR"].startswith(str(home.path))
    assert (home.path / "cache").stat().st_mode & 0o077 == 0
