# make run | test | check | bench | crash | fuzz | conformance | properties | vectors: each alone is enough on a fresh clone (Python 3.11 or later; Node.js for test).
PYTHON ?= python3
VENV ?= .venv
UV ?= uv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
RUNNABLE := $(VENV)/.runnable
TESTABLE := $(VENV)/.testable
COMPILE := $(UV) pip compile --quiet --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --universal

# Where `make run` keeps its data, and what else it is told (see `mastrail serve --help`).
DATA_DIR ?= .run/data
RUN_ARGS ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
PERFORMANCE ?= docs/performance
SIZE ?= 100000
KILLS ?= 200
CRASH_ARGS ?=
MINUTES ?= 10
WORKERS ?= 2

.PHONY: run test check bench bench-scale crash fuzz conformance properties vectors lock install clean
.DELETE_ON_ERROR:

run: $(RUNNABLE)
	@mkdir -p $(DATA_DIR)
	@exec $(BIN)/mastrail demo --data-dir $(DATA_DIR) $(RUN_ARGS)

test: $(TESTABLE)
	@tools/install_chromium.sh
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

check: $(TESTABLE)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/module_size.py
	$(BIN)/python tools/schemas_valid.py
	$(BIN)/python tools/pure_engine.py

# Statements per second beside the limits of the same run; about two minutes. Numbers are printed, never asserted.
bench: $(TESTABLE)
	PYTHONPATH=tests $(BIN)/python -m bench --output $(PERFORMANCE) $(BENCH_ARGS)

# The same with SIZE statements in the store, every filter, import and check; half an hour for a million.
bench-scale: $(TESTABLE)
	PYTHONPATH=tests $(BIN)/python -m bench.scale --size $(SIZE) --output $(PERFORMANCE) $(BENCH_ARGS)

# KILLS random kill -9 of a serving process during ingestion, on each store; CRASH_ARGS=--faults lets disks, clocks and databases fail too.
crash: $(TESTABLE)
	PYTHONPATH=tests $(BIN)/python -m integration.crash --kills $(KILLS) $(CRASH_ARGS)

# Requests of every kind to every resource for MINUTES, shared out between the stores; seeds are fixed.
fuzz: $(TESTABLE)
	PYTHONPATH=tests $(BIN)/python -m integration.fuzz --minutes $(MINUTES)

# Run the conformance tests and write docs/conformance.md.
conformance: $(TESTABLE)
	$(BIN)/python tools/conformance_table.py

# Thousands of random logs for each property of the mastery engine; some minutes.
properties: $(TESTABLE)
	$(BIN)/pytest -q --hypothesis-profile=thousands tests/unit/projector/mastery -k "not test_case"

# Run the worked cases of the mastery engine and write docs/mastery-vectors.md.
vectors: $(TESTABLE)
	$(BIN)/python tools/mastery_vectors.py

install: $(TESTABLE)

# What pyproject.toml asks for, pinned for every platform.
lock:
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --group dev --output-file requirements-dev.lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name it: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNNABLE): pyproject.toml requirements.lock | $(BIN)/python
	$(PIP) install -r requirements.lock
	$(PIP) install --no-deps --editable .
	@touch $@

$(TESTABLE): requirements-dev.lock $(RUNNABLE)
	$(PIP) install -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) .run build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
