# Needs only make and Python >= 3.11. `make demo` and `make test` install what they use.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
COVERED := tests/commands tests/durable tests/journal tests/load tests/prepare tests/report \
  tests/runs
# The tests start hundreds of processes. Without byte code each of them compiles the package again.
unexport PYTHONDONTWRITEBYTECODE

# One test takes minutes, many take milliseconds: a worker that has none left takes another's. The
# tests of whole processes wait for them, so there are two workers a core. Fast tests wait for nothing,
# and each worker collects all tests, so for them there is one a core.
TEST_PROCESSES ?= $(shell expr 2 '*' $$(nproc))
FAST_TEST_PROCESSES ?= $(shell nproc)
PARALLEL := -n $(TEST_PROCESSES) --dist worksteal --durations=25 --durations-min=5

.PHONY: demo test test-fast coverage crash-test simulate mixed-list fuzz lint docs wheel-check bench \
  bench-short bench-matching bench-matching-edges bench-polluted bench-quota bench-watching lock \
  sbom clean

demo: $(VENV)/.runtime
	$(BIN)/cxone-async demo

# `make test COVERED_TOO=no` leaves out what `make coverage` has just run.
test: $(VENV)/.development $(VENV)/.promtool $(VENV)/.chromium
	$(BIN)/pytest $(PARALLEL) $(if $(filter no,$(COVERED_TOO)),$(COVERED:%=--ignore=%)) $(OPTIONS)

# What to run while working: less than a minute on two cores. It names what may need the mark `slow`.
test-fast: $(VENV)/.development
	$(BIN)/pytest $(PARALLEL) -n $(FAST_TEST_PROCESSES) -m "not slow" --durations=5 --durations-min=1 $(OPTIONS)

# Every line and branch of the packages in which a row could be lost; less than 100 % fails.
coverage: $(VENV)/.development
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest $(PARALLEL) $(COVERED)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

# The real process, killed before and after every journal transition and KILLS times at random
# moments, audited against the stand-in tenant's record. 300 kills take about ten minutes.
crash-test: KILLS ?= 300
crash-test: $(VENV)/.development
	KILLS=$(KILLS) $(BIN)/pytest $(PARALLEL) tests/crashes

# Whole runs from seeds 0 to SEEDS; a failing one prints the command that replays it.
SEEDS ?= 20000
PROCESSES ?= $(shell nproc)
# Nights are seeds of several nights with one ledger.
NIGHTS ?= 5000
simulate: $(VENV)/.development
	$(BIN)/python tests/simulation --seeds 0:$(SEEDS) --processes $(PROCESSES) --go-on
	$(BIN)/python tests/simulation --nights --seeds 0:$(NIGHTS) --processes $(PROCESSES) --go-on

# A list of ROWS rows of all kinds, mixed by SEED, whose right ends are known; four campaigns.
ROWS ?= 100000
SEED ?= 14
mixed-list: $(VENV)/.development
	MIXED_LIST_ROWS=$(ROWS) MIXED_LIST_SEED=$(SEED) $(BIN)/pytest -s -o faulthandler_timeout=0 tests/mixed_list

# The reader of CSV against Python's, for about a minute: on new inputs each time, with
# FUZZ_PROFILE=ci on the same ones each time.
FUZZ_EXAMPLES ?= 8000
FUZZ_PROFILE ?= default
fuzz: $(VENV)/.development
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/pytest --hypothesis-profile=$(FUZZ_PROFILE) \
	  tests/source/test_fuzz.py

lint: $(VENV)/.development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	MYPYPATH=tests/simulation $(BIN)/mypy tests/simulation/*.py
	$(BIN)/lint-imports

# The generated parts of the documentation and of deploy/, for which a test fails when they are out of date, and the
# site, build/site/index.html. It needs no server and no network, and a warning fails it.
docs: $(VENV)/.development
	$(BIN)/python tools/architecture.py
	$(BIN)/python tools/python_api.py
	$(BIN)/python tools/tried.py
	$(BIN)/python tools/log_events.py
	$(BIN)/python tools/metrics.py
	$(BIN)/python tools/prometheus_rule.py
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs build/site

# The built wheel, installed by itself in another place, must do the whole main job.
wheel-check: $(VENV)/.development
	tests/wheel_check.sh $(abspath $(BIN)/python)

# Speed and memory in passes of csv.DictReader; about six minutes. `OPTIONS=--large` adds 5 M rows.
bench: $(VENV)/.benchmarks
	$(BIN)/python benchmarks/throughput.py --beside $(OPTIONS)

# Fails when a CPU ratio is twice what benchmarks/throughput.json holds; a minute, five before it fails.
bench-short: $(VENV)/.development
	$(BIN)/python benchmarks/throughput.py --check

# Accuracy beside time, on labelled lists; about forty minutes. `--quick` takes three. The lists of
# people by themselves: `benchmarks/matching_people.py`.
bench-matching: $(VENV)/.benchmarks
	$(BIN)/python benchmarks/matching.py $(OPTIONS)

# Doubles and halves each constant of the default policy; fails where one decides too much by itself.
# About twenty minutes on one core; `OPTIONS='--processes 2'`, `--rows 5000`, `--only NAME`.
bench-matching-edges: $(VENV)/.benchmarks
	$(BIN)/python benchmarks/matching_edges.py $(OPTIONS)

# Readers of CSV on polluted files; about ten minutes. `OPTIONS='--large-rows 3000'` takes one.
bench-polluted: $(VENV)/.benchmarks
	$(BIN)/python benchmarks/polluted_files.py $(OPTIONS)

# What the live page, /metrics and a collector cost `plan` and `import`, in pairs; about ten minutes.
bench-watching: $(VENV)/.development
	$(BIN)/python benchmarks/watching.py $(OPTIONS)

bench-quota: $(VENV)/.development
	$(BIN)/python benchmarks/quota.py $(OPTIONS)

# Locks carry hashes and names only, no registry address; one serves Python 3.11 to 3.13.
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate --upgrade
lock: $(VENV)/.development
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) --group build -o requirements/build.lock
	$(LOCK) pyproject.toml --extra any-field -o requirements/any-field.lock
	$(LOCK) pyproject.toml --extra cloud --extra sftp -o requirements/remote.lock
	$(LOCK) pyproject.toml --extra otel -o requirements/otel.lock
	$(LOCK) pyproject.toml --extra any-field --extra cloud --extra excel --extra otel --extra parquet \
	  --extra sftp --extra test --group docs -o requirements/development.lock

# What is in an installation, in CycloneDX: a list for each lock, in dist/.
sbom: $(VENV)/bin/python
	$(BIN)/python tools/sbom.py dist requirements.lock requirements/any-field.lock \
	  requirements/otel.lock requirements/remote.lock requirements/build.lock

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cxone-async needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(VENV)/bin/python requirements.lock requirements/build.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.development: $(VENV)/.runtime requirements/development.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/development.lock
	touch $@

# The unit tests of the alerts need promtool, which Debian has. It is only unpacked: no service starts.
# Where there is no apt-get, install it yourself; else those tests are skipped.
$(VENV)/.promtool: $(VENV)/bin/python
	command -v promtool >/dev/null || ! command -v apt-get >/dev/null || { \
	  directory=$$(mktemp -d) && cd $$directory && \
	  { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; } && \
	  dpkg-deb --extract prometheus_*.deb . && \
	  install -m 755 usr/bin/promtool $(abspath $(BIN))/promtool && rm -r $$directory; }
	touch $@

# tests/browser needs Chromium and a font. Who is not root, or has no apt-get, installs them by hand;
# until then those tests are skipped, and with CI=true they fail.
BROWSER := chromium fonts-dejavu-core
$(VENV)/.chromium: $(VENV)/bin/python
	if command -v chromium >/dev/null && test -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf; \
	then touch $@; \
	elif command -v apt-get >/dev/null && test "$$(id -u)" = 0 && apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends \
	    -o DPkg::Lock::Timeout=600 $(BROWSER) >/dev/null; \
	then touch $@; \
	else echo "tests/browser needs: apt-get install $(BROWSER) (as root)" >&2; fi

$(VENV)/.benchmarks: $(VENV)/.development benchmarks/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	touch $@

# A run directory in the checkout goes only if the demo made it: any other may be resumable.
clean:
	grep -ls '"demo-list"' cxone-run-*/reconciliation.json | xargs -r dirname | xargs -r rm -rf
	rm -rf $(VENV) dist build demo-run htmlcov .coverage .coverage.* .pytest_cache .mypy_cache \
	  .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
