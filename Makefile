# `make demo` and `make test` need Python 3.11 or newer and nothing else; all they install stays in .venv.

BIN := .venv/bin

# The first Python at hand that is new enough and can make a virtual environment. `make PYTHON=...` overrules it.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

.PHONY: demo test lint deep bench bench-peers clean

demo: .venv/installed-cli
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

test: lint
	$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing:skip-covered --cov-fail-under=100

lint: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

deep: .venv/installed-dev
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -n auto

bench: .venv/installed-bench
	$(BIN)/python -m pytest benchmarks -p no:xdist
	$(BIN)/python -m benchmarks.run --record --page

# What can't be installed is named and left out: the benchmark runs all the same.
bench-peers: .venv/installed-dev .peers/installed
	$(BIN)/python -m benchmarks.peers.run --record

clean:
	rm -rf .venv .peers .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Rabatt needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv), and none was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Rabatt needs Python 3.11 or newer, which $(PYTHON) is not. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv

# A stamp each, so that a second call installs nothing.
.venv/installed-cli: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli]'
	@touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,data]'
	@touch $@ .venv/installed-cli

# Makes the stamp by itself, unless something could not be installed: then the next call tries again.
.peers/installed: benchmarks/peers/requirements.txt benchmarks/peers/package.json | .venv/installed-dev
	$(BIN)/python -m benchmarks.peers.install

.venv/installed-bench: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@
