"""The bench runs and says what it measured. Nothing here looks at how long anything took."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

RUN = Path(__file__).parent / "bench" / "run.py"


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, RUN, *words], capture_output=True, text=True, check=False)


def test_one_measure_is_written_as_flat_numbers_with_the_machine_they_were_taken_on(tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    done = bench("--quick", "--only", "cli_cold_s", "--out", str(out))
    assert done.returncode == 0, done.stderr
    stated = json.loads(out.read_text())
    assert {"cli_cold_s", "machine_cpus", "machine_load_before", "machine_load_after", "scale"} <= stated.keys()
    assert all(isinstance(value, int | float | str) for value in stated.values())
    assert "ingest_vs_llamaindex" not in stated
    assert "cli_cold_s" in done.stdout


def test_what_cannot_be_measured_is_left_out_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "measure.py").write_text(
        "from yardstick import LeftOut\ndef measure(scale):\n    raise LeftOut('not here', {'beside': 2.0})\n"
    )
    out = tmp_path / "bench.json"
    code = (
        "import sys; sys.path += sys.argv[1:3]; import measure, run; run.MEASURES = {measure.measure: "
        "('append_p99_ms',)}; sys.exit(run.main(['--quick', '--out', sys.argv[3]]))"
    )
    done = subprocess.run([sys.executable, "-c", code, RUN.parent, tmp_path, out], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    stated = json.loads(out.read_text())
    assert "append_p99_ms" not in stated
    assert stated["append_p99_ms_left_out"] == "not here"
    assert stated["beside"] == 2


def test_very_many_chunks_go_into_one_home_and_are_counted(tmp_path: Path) -> None:
    out = tmp_path / "million.json"
    words = [sys.executable, RUN.with_name("million.py"), "--chunks", "80", "--out", str(out)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text())["chunks"] == 80


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    done = bench("--only", "cli_cold")
    assert done.returncode == 2
    assert "cli_cold_s" in done.stderr
