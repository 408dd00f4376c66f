# make run · make test · make dev · make bench          (needs Python >= 3.11 and make)
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export LAWBOOK_HOME ?= .lawbook
# One thread a process: the solver's arrays are small, and more threads than cores only wait for each other.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
PORT ?= 3000
TEST_WORKERS ?= 2

.PHONY: run test test-slow error-paths test-browser dev bench bench-stages bench-slopes same-tables bench-scale bench-breadth bench-compute kill-campaign lint types defs docs lawbook-results backtests judgement wind-tunnel-scores wind-tunnel-again planted-runs lock hooks release clean
.DEFAULT_GOAL := run

$(VENV)/.core: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Lawbook needs Python 3.11 or newer, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages (about a minute the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.core
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.core
	@$(BIN)/lawbook demo

test: $(VENV)/.dev lint types defs
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --durations 25

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

defs: $(VENV)/.dev
	@mkdir -p .make/dagster
	DAGSTER_HOME=$(CURDIR)/.make/dagster $(BIN)/dg check defs

test-slow: $(VENV)/.dev        # the long campaigns: coverage, kills, fuzzing, large files, and bounds on seconds, for an idle machine (about an hour, 8 GiB of disk)
	$(BIN)/python -m pytest -m slow

error-paths: $(VENV)/.dev      # the fast tests, then the places that raise an error of the project's own and that none of them came to
	rm -rf .make/raise-sites
	LAWBOOK_RAISE_SITES=$(CURDIR)/.make/raise-sites $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile
	$(BIN)/python -m tests.raise_sites .make/raise-sites

test-browser: $(VENV)/.dev     # needs Debian's chromium and chromium-driver
	$(BIN)/python -m pytest -m browser

dev: $(VENV)/.dev
	@test -d "$(LAWBOOK_HOME)" || $(BIN)/lawbook demo --prepare
	@$(BIN)/lawbook home --create
	DAGSTER_HOME=$(abspath $(LAWBOOK_HOME))/dagster $(BIN)/dg dev --host 127.0.0.1 --port $(PORT)

bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks

bench-stages: $(VENV)/.dev     # what people wait for, by stage, before and now, writes docs/scale.md (an hour)
	$(BIN)/python -m tests.benchmarks.bench_waits

bench-slopes: $(VENV)/.dev     # how cost grows with pools, points, draws, studies and runs, writes docs/scale.md (half an hour)
	$(BIN)/python -m tests.benchmarks.slopes

same-tables: $(VENV)/.dev      # are the published tables of BASE=COMMIT (or COMMIT..LATER) and of this code equal to the bit? (ten minutes)
	$(BIN)/python -m tests.campaigns.same_tables $(BASE)

bench-scale: $(VENV)/.dev      # 10 and 100 million measurements from ingest to published, writes docs/scale.md (an hour, 20 GiB of disk)
	$(BIN)/python -m tests.campaigns.scale

bench-breadth: $(VENV)/.dev    # 100,000 files, a CSV of 2 GB, 100,000 runs, 5,000 studies, 300 pools, writes docs/scale.md (hours, 10 GiB of disk)
	$(BIN)/python -m tests.campaigns.breadth

bench-compute: $(VENV)/.dev    # what a task costs here, in processes and on Dask, writes docs/scale.md (two minutes)
	$(BIN)/python -m tests.campaigns.compute

kill-campaign: $(VENV)/.dev    # 500 SIGKILLs at random over ingest, refit, publish, compaction and migration, writes docs/scale.md (hours)
	$(BIN)/python -m tests.campaigns kills

docs: $(VENV)/.dev             # writes the generated parts of README.md and docs/ anew; make test checks that they are current
	$(BIN)/python -m pipeline.laws.book > docs/laws.md
	$(BIN)/python -m tests.generated --write

lawbook-results: $(VENV)/.dev  # fits the law book to the public runs in ../shared and writes docs/lawbook_results.md (minutes)
	$(BIN)/python -m tests.shared_fits

backtests: $(VENV)/.dev        # replays the public runs in ../shared and writes docs/backtests.md (two minutes)
	$(BIN)/python -m tests.backtests

judgement: $(VENV)/.dev        # trains on a part of each public sweep in ../shared, scores laws, combination and intervals on the rest, writes docs/judgement.md (five minutes)
	$(BIN)/python -m tests.judgement

wind-tunnel-scores: $(VENV)/.dev  # fits every study of the shipped runs, scores the sealed ones, writes docs/wind_tunnel.md (a minute)
	$(BIN)/python -m tests.wind_tunnel

wind-tunnel-again: $(VENV)/.dev   # trains a shipped run of each kind again, compares the curves (needs pip install .[wind-tunnel]; 5 minutes)
	$(BIN)/python -m data.wind_tunnel.again

hooks: $(VENV)/.dev            # git runs the tools of `make lint` and `make types` before each commit (.pre-commit-config.yaml)
	$(BIN)/pre-commit install --hook-type pre-commit --hook-type pre-push

release: $(VENV)/.dev          # builds, tries the wheel in an environment and a folder of its own, tags (CONTRIBUTING.md)
	$(BIN)/python -m tests.release

planted-runs: $(VENV)/.dev     # plants single bad runs in sound sweeps, prints how often each kind is named: the table of docs/refusals.md (minutes)
	$(BIN)/python -m tests.campaigns.planted_runs

lock: $(VENV)/.dev             # resolves the ranges of pyproject.toml anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml requirements-build.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-strip-extras -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml requirements-build.in --group dev -c requirements.lock --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-strip-extras -o requirements-dev.lock

clean:
	rm -rf .make .pytest_cache .mypy_cache .ruff_cache .hypothesis
