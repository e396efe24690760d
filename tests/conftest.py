"""Shared by every test: a fresh home, a clock that only moves when told, and one rule about missing parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from policies.config import Home, create_home

# Shared machines are slow at times: a property is about what holds, never about how long it took.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


class Clock:
    """Microseconds that stand still until moved."""

    def __init__(self, now: int = 1_700_000_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def forward(self, *, seconds: float) -> None:
        self.now += round(seconds * 1_000_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A new home with its keys beside it, both gone after the test."""
    monkeypatch.setenv("RINGFENCE_KEYS", str(tmp_path / "keys"))
    return create_home(tmp_path / "home")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The walks first: a file of few tests may take longest, and the workers take whole files in this order."""
    items.sort(key=lambda item: "walks" not in item.path.parts)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    """Where real parts are required, a test that skips for want of one fails. `needs:` begins such a reason."""
    outcome = yield
    report = outcome.get_result()
    required = os.environ.get("RINGFENCE_TEST_REAL_PARTS") == "required"
    if required and report.skipped and not hasattr(report, "wasxfail") and "needs:" in str(report.longrepr):
        report.outcome = "failed"
