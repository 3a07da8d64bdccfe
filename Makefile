# Targets for Linux and macOS; README.md has the same steps for Windows.
# Variables: PORT, ADDRESS, REVOPS_WORKSPACE (a workspace's name, or a file), WORKERS, ARGS, PYTHON.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
PORT ?= 8501
ADDRESS ?=
REVOPS_WORKSPACE ?= demo
WORKERS ?= 2
ARGS ?=
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
PYTEST := $(PY) -m pytest -n $(WORKERS)
# The programs that tests start read what the first of them compiled, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check

.PHONY: help run test test-extra test-slow java test-spark test-spark-all lint format types docs docs-check bench bench-quick \
	bench-scale bench-import screenshots lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' \
		| awk -F'|' '{ printf "  make %-14s %s\n", $$1, $$2 }'

$(PY):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq python3-venv; \
	} || { echo "This Python cannot make a virtual environment; on Debian or Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# A stamp is newer than the lock it was installed from; with nothing changed, nothing is asked of the network.
$(VENV)/.run.stamp: requirements.txt | $(PY)
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev.stamp: requirements-dev.txt requirements.txt | $(PY)
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $(VENV)/.run.stamp $@

run: $(VENV)/.run.stamp ## open the app with the demo company loaded (PORT=8501)
	@if [ "$(REVOPS_WORKSPACE)" = demo ]; then $(PY) -m revops demo; fi
	@REVOPS_WORKSPACE="$(REVOPS_WORKSPACE)" $(PY) -m streamlit run app.py --server.port $(PORT) \
		$(if $(ADDRESS),--server.address $(ADDRESS)) $(ARGS)

test: $(VENV)/.dev.stamp ## run every test, a real headless browser included
	@$(PY) -m tests.browser.ensure_chromium
	$(PYTEST) -m "not extra" --dist loadfile --no-loadscope-reorder $(ARGS)

test-extra: $(VENV)/.dev.stamp ## the tests that are too long for make test
	@$(PY) -m tests.browser.ensure_chromium
	$(PYTEST) -m extra $(ARGS)

test-slow: $(VENV)/.dev.stamp ## ten times as many random companies and files through the property tests
	HYPOTHESIS_PROFILE=long $(PYTEST) tests/property --dist loadfile $(ARGS)

$(VENV)/.spark.stamp: requirements-spark.txt $(VENV)/.dev.stamp
	$(PIP_INSTALL) -r requirements-spark.txt
	@touch $@

java:
	@command -v java >/dev/null || test -n "$$JAVA_HOME" || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless; \
	} || { echo "Java 17 or 21 is needed; on Debian or Ubuntu: sudo apt install openjdk-17-jre-headless" >&2; exit 1; }

SPARK_TESTS := $(PY) -m pytest tests/oracle tests/engines/test_spark.py -n 2 --dist loadfile

test-spark: java $(VENV)/.spark.stamp ## run the oracles again on Apache Spark (needs Java 17: README)
	REVOPS_TEST_ENGINE=spark $(SPARK_TESTS) $(ARGS)

test-spark-all: java $(VENV)/.spark.stamp ## the same with the long ones (tests/oracle/selection.py)
	REVOPS_TEST_ENGINE=spark REVOPS_TEST_SPARK_ALL=1 $(SPARK_TESTS) $(ARGS)

lint: $(VENV)/.dev.stamp ## ruff: rules and formatting
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

format: $(VENV)/.dev.stamp ## let ruff fix and format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

types: $(VENV)/.dev.stamp ## mypy, strict, over the package
	$(PY) -m mypy

docs: $(VENV)/.run.stamp ## write the generated pages of docs/ again
	$(PY) docs/build.py

docs-check: $(VENV)/.run.stamp ## fail when a generated page of docs/ is not current
	$(PY) docs/build.py --check

bench: SIZE = 100000 10000000
bench: $(VENV)/.dev.stamp ## each metric beside hand-written SQL and pandas, 10M opportunities (an hour; 20 GB of memory)
	$(PY) -m benchmarks --only metrics --size $(SIZE) $(ARGS)

bench-quick: $(VENV)/.dev.stamp ## the same of 100,000 opportunities (SIZE=...), and an import
	$(PY) -m benchmarks --only import metrics --size $(or $(SIZE),100000) $(ARGS)

bench-scale: $(VENV)/.dev.stamp ## what the cells of pages take, 10M opportunities
	$(PY) -m benchmarks.scale --sizes 10000000 --only pages $(ARGS)

bench-import: $(VENV)/.dev.stamp ## score how awkward and real files are read and mapped
	$(PY) -m benchmarks.import_scores

screenshots: $(VENV)/.dev.stamp ## take docs/screenshots/*.png from the running demo
	@$(PY) -m tests.browser.ensure_chromium
	$(PY) -m tests.browser.screenshots $(ARGS)

lock: $(VENV)/.dev.stamp ## resolve pyproject.toml into the exact requirements files (ARGS=--upgrade)
	$(PY) -m uv pip compile --quiet --universal --no-annotate --python-version 3.11 \
		--custom-compile-command "make lock" $(ARGS) pyproject.toml -o requirements.txt
	$(PY) -m uv pip compile --quiet --universal --no-annotate --python-version 3.11 \
		--custom-compile-command "make lock" $(ARGS) --extra dev --constraints requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## remove the environment and every cache; workspaces stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
