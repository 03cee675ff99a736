# Needs only make and Python >= 3.11. `make demo` and `make test` install what they use.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
COVERED := tests/journal tests/pipeline tests/report

.PHONY: demo test coverage crash-test simulate lint wheel-check bench bench-short bench-matching \
  bench-quota lock clean

demo: $(VENV)/.runtime
	$(BIN)/cxone-async demo

test: $(VENV)/.development
	$(BIN)/pytest -n auto $(OPTIONS)

# Every line and branch of the rooms in which a row could be lost; less than all fails.
coverage: $(VENV)/.development
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n auto $(COVERED)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

# The real process, killed before and after every journal transition and KILLS times at random
# moments, audited against the stand-in tenant's record. 300 kills take some ten minutes.
crash-test: KILLS ?= 300
crash-test: $(VENV)/.development
	KILLS=$(KILLS) $(BIN)/pytest -n auto tests/crashes

# Whole runs from seeds 0 to SEEDS; a failing one prints the command that replays it.
SEEDS ?= 20000
PROCESSES ?= $(shell nproc)
simulate: $(VENV)/.development
	$(BIN)/python tests/simulation --seeds 0:$(SEEDS) --processes $(PROCESSES) --go-on

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=tests/simulation $(BIN)/mypy tests/simulation/*.py
	$(BIN)/lint-imports

# The built wheel, installed by itself in another place, must do the whole main job.
wheel-check: $(VENV)/.development
	tests/wheel_check.sh $(abspath $(BIN)/python)

# Speed and memory in passes of csv.DictReader; some six minutes. `OPTIONS=--large` adds 5 M rows.
bench: $(VENV)/.benchmarks
	$(BIN)/python benchmarks/throughput.py --beside $(OPTIONS)

# Fails when a CPU ratio is 1.5 times what benchmarks/throughput.json holds; one to two minutes.
bench-short: $(VENV)/.development
	$(BIN)/python benchmarks/throughput.py --check

# Accuracy beside time, on labelled lists; some twenty minutes. `--quick` takes a minute.
bench-matching: $(VENV)/.benchmarks
	$(BIN)/python benchmarks/matching.py $(OPTIONS)

bench-quota: $(VENV)/.development
	$(BIN)/python benchmarks/quota.py $(OPTIONS)

# Locks carry hashes and names only, no registry address; one serves Python 3.11 to 3.13.
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --upgrade pyproject.toml
lock: $(VENV)/.development
	$(LOCK) -o requirements.lock
	$(LOCK) --extra any-field -o any-field.lock
	$(LOCK) --extra any-field --extra test -o tests/requirements.lock

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cxone-async needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.development: $(VENV)/.runtime tests/requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	touch $@

$(VENV)/.benchmarks: $(VENV)/.development benchmarks/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	touch $@

clean:
	rm -rf $(VENV) dist build demo-run .pytest_cache .mypy_cache .ruff_cache .hypothesis
