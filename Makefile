# `make demo` and `make test` need Python 3.11 or newer and nothing else; all they install stays in .venv.
# What is compiled needs a C compiler too, and stays in .compiled and .venv-compiled.

BIN := .venv/bin
COMPILED_BIN := .venv-compiled/bin

# The tests start many Pythons: none of them shall compile the sources anew.
unexport PYTHONDONTWRITEBYTECODE

# The first Python at hand that is new enough and can make a virtual environment. `make PYTHON=...` overrules it.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; done)

.PHONY: demo test test-long unit mutation test-compiled compiled lint pages deep bench bench-compiled bench-peers bench-service bench-simulation clean

demo: .venv/installed-cli
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

# Two parts, since following every step for the coverage makes what tries much take twice as long and more.
test: lint unit
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not unit and not long"

# What takes minutes: kills and races, fuzzing, every test of the service on PostgreSQL too, Spark, many real receipts.
test-long: .venv/installed-dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m long

# What covers the engine, to the last branch, without anything drawn at random.
unit: .venv/installed-dev
	$(BIN)/python -m pytest -n auto --dist worksteal -m unit tests/engine tests/rules tests/test_against_reference.py tests/test_cases.py \
		--cov --cov-report=term-missing:skip-covered --cov-fail-under=100

# The same tests on the compiled engine, without those that say nothing of it: the service and the report.
# -P and an empty pythonpath keep the sources from being found before the wheel.
test-compiled: .venv-compiled/installed
	RABATT_ENGINE=compiled $(COMPILED_BIN)/python -P -m pytest -o pythonpath= -n auto --dist worksteal \
		-m "not long" --ignore=tests/rabatt/service --ignore=tests/rabatt/simulation/answers/report

compiled: .compiled/built
	@ls .compiled/*.whl

lint: .venv/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# What docs/ has of the code: the OpenAPI document, the table of settings, and the drawings of the map.
pages: .venv/installed-dev
	$(BIN)/python -m tests.support.service.pages
	$(BIN)/python -m tests.support.drawing

deep: mutation
	HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -n auto

# Leaves out each check of the engine in turn, and sees that a test notices. MODULES="engine/qualify.py" for some of it.
mutation: .venv/installed-dev
	$(BIN)/python -m tests.mutation $(MODULES)

bench: .venv/installed-bench
	$(BIN)/python -m pytest benchmarks/engine/test_hot_path.py tests/benchmarks/test_plots.py -n 0
	$(BIN)/python -m benchmarks.engine.run --record --page

bench-compiled: .venv/installed-dev .venv-compiled/installed
	$(BIN)/python -m benchmarks.engine.compare --rounds 5 --most 100000 $(BIN)/python $(COMPILED_BIN)/python

# Needs wrk: apt install wrk.
bench-service: .venv/installed-dev
	$(BIN)/python -m benchmarks.service.load --record

# A million receipts, generated; SIMULATION="--receipts 10000000" for ten, SIMULATION=--spark for Spark too.
bench-simulation: .venv/installed-dev
	$(BIN)/python -m benchmarks.simulation.run --record --page $(SIMULATION)

# What can't be installed is named and left out: the benchmark runs all the same.
bench-peers: .venv/installed-dev .peers/installed
	$(BIN)/python -m benchmarks.peers.run --record --page

clean:
	rm -rf .venv .venv-compiled .compiled .peers .clients .demo .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Rabatt needs Python 3.11 or newer with its venv module (on Debian: apt install python3-venv), and none was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Rabatt needs Python 3.11 or newer, which $(PYTHON) is not. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv

# A stamp each, so that a second call installs nothing.
.venv/installed-cli: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cli,sim]'
	@touch $@

.venv/installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,data]'
	@touch $@ .venv/installed-cli

# Makes the stamp by itself, unless something could not be installed: then the next call tries again.
.peers/installed: benchmarks/peers/requirements.txt benchmarks/peers/package.json | .venv/installed-dev
	$(BIN)/python -m benchmarks.peers.engines

# What makes clients of docs/openapi.json, for the tests of them; the same.
.clients/installed: tests/rabatt/service/clients/requirements.txt tests/rabatt/service/clients/package-lock.json | .venv/installed-dev
	$(BIN)/python -m tests.rabatt.service.clients.install

.venv/installed-bench: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

# Built from a copy, since mypyc leaves the modules beside their sources: there they would be imported instead of them.
.compiled/built: pyproject.toml README.md LICENSE $(shell find rules engine rabatt -name '*.py') | .venv/bin/python
	rm -rf .compiled
	mkdir -p .compiled/source
	cp -R pyproject.toml README.md LICENSE rules engine rabatt .compiled/source
	HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps \
		--wheel-dir .compiled .compiled/source
	@touch $@

# The wheel keeps its version while its content changes. The last entry of the path is where tests and benchmarks are.
.venv-compiled/installed: .compiled/built
	$(BIN)/python -m venv .venv-compiled
	$(COMPILED_BIN)/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps .compiled/*.whl
	wheel=$$(ls .compiled/*.whl) && $(COMPILED_BIN)/python -m pip install --quiet --disable-pip-version-check "$$wheel[dev,data]"
	echo "$(CURDIR)" > "$$($(COMPILED_BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tests.pth"
	@touch $@
