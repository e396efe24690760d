# Every target works on a fresh machine with Python 3.11 or newer, make and a package registry.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# pip says which registries it looked in; nobody needs that on a good day.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip --quiet

.PHONY: install demo serve test check fmt lint types imports wheel bench bench-million train mutate faults lock clean

install: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the lock file names (a few minutes the first time)..."
	@$(PIP) install --no-deps torch==2.13.0
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: install
	@$(BIN)/ringfence demo

serve: install
	@$(BIN)/ringfence serve

# A worker that dies ends the run: the tests it leaves behind would be waited for without end. Files go out in the order of
# collection, the dearest first (conftest.py), so that no worker is left alone with them at the end.
test: install
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

fmt: install
	@$(BIN)/ruff format .

lint: install
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

imports: install
	@$(BIN)/lint-imports

types: install
	@$(BIN)/mypy

wheel: install
	@$(BIN)/python -m pytest -q tests/test_wheel.py

check: lint imports types test

bench: install
	@$(BIN)/python tests/bench/run.py

# A million chunks in one home: hours, and some ten gigabytes. CHUNKS=100000 for a tenth of it; KEEP=DIR keeps the home.
CHUNKS ?= 1000000
bench-million: install
	@$(BIN)/python tests/bench/million.py --chunks $(CHUNKS) $(if $(KEEP),--home $(KEEP))

# Trains the classifier that tells a case from a question about the world; the same text gives the same model.
train: install
	@$(BIN)/python policies/detect/training/train.py

# Breaks files of every kind, ten thousand each, and reads them: an hour or two, and never longer than two.
mutate: install
	@PYTHONPATH=tests $(BIN)/python tests/mutate.py

# Kills jobs at every step and at hundreds of random moments, fills disks, plays thousands of schedules: an hour at most.
faults: install
	@PYTHONPATH=tests $(BIN)/python tests/faults.py

# Writes the lock anew. torch stays out of it: see README, "Choosing the CPU build".
lock:
	@uv pip compile pyproject.toml --group dev --group torch-needs --universal --python-version 3.11 \
		--generate-hashes --no-header --output-file requirements.lock

clean:
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
