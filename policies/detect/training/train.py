"""Trains the classifier of cases from the text beside this file: `python train.py [--report] [--calibrate FOLDER]`.

Seeded, offline, the same numbers every time; about a quarter of an hour. `--report` measures it on an author whom it
has not read. `--calibrate FOLDER` sets the threshold from files of decision cases. Run as a script, from the repository.
"""

# ruff: noqa: T201  a script prints

from __future__ import annotations

import argparse
import json
from pathlib import Path

from policies.detect.cases import CaseDetector
from policies.detect.cases import model as models
from policies.detect.training import calibrate, fitting, report


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--report", action="store_true", help="measure on an author whom it has not read")
    asked.add_argument("--calibrate", type=Path, metavar="FOLDER", help="set the threshold from decision cases")
    asked.add_argument("--keep", action="store_true", help="do not train: take the model that is there")
    asked.add_argument("--out", type=Path, default=models.FILE)
    wanted = asked.parse_args()
    from ingest.index.embedder import open_embedder
    from ingest.index.model import packaged_model

    meaning = open_embedder(threads=2)
    rows = fitting.read()
    if not wanted.keep:
        fitting.save(fitting.train(rows, meaning, packaged_model(), fitting.thresholds()), wanted.out)
    if wanted.calibrate:
        raised = calibrate.calibrate(calibrate.look(wanted.calibrate, CaseDetector(meaning, wanted.out)))
        fitting.move(wanted.out, raised)
        calibrate.table(calibrate.look(wanted.calibrate, CaseDetector(meaning, wanted.out)))
    model = models.load(wanted.out)
    size = wanted.out.stat().st_size / 1e6
    print(
        f"{wanted.out.name}: {model.stated['rows']} rows, {size:.2f} MB, thresholds {json.dumps(model.stated['thresholds'])}."
    )
    if wanted.report:
        report.report(rows, CaseDetector(meaning, wanted.out))


if __name__ == "__main__":
    main()
