"""The pages load Gradio without the stub files that it would write for editors."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

OURS = """
import assistant.web
from gradio.components import HTML


class Ours(HTML):
    pass
"""


def test_nothing_is_written_beside_a_component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A component is as it was, and no stub of it stands beside its source."""
    source = tmp_path / "ours.py"
    source.write_text(OURS)
    spec = importlib.util.spec_from_file_location("ours", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "ours", module)
    spec.loader.exec_module(module)
    assert module.Ours("<b>text</b>").get_config()["value"] == "<b>text</b>"
    assert [one.name for one in tmp_path.glob("*.py*")] == ["ours.py"]
