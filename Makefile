# Vigie: the commands people use. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench bench-streams bench-detection soak boards-preview lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A new lock file or a new pyproject makes a new stamp; otherwise the environment is reused.
STAMP := $(VENV)/.ready-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

help:  ## list the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Vigie needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) from requirements.lock (once; a few minutes the first time)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.ready-*; touch $@

setup: $(STAMP)  ## create the virtual environment from the lock file

demo: $(STAMP)  ## the simulated weeks through the whole pipeline, embedded
	@$(BIN)/vigie demo

test: check  ## lint, types, import rules, then the tests
	$(BIN)/python -m pytest

check: $(STAMP)  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)  ## replay against a bare VADER loop, queries, a connector; some minutes
	$(BIN)/python -m benchmarks.replay
	$(BIN)/python -m benchmarks.query
	$(BIN)/python -m benchmarks.jetstream

bench-streams: $(STAMP)  ## the Faust path on a real broker (needs Java and Maven)
	$(BIN)/python -m benchmarks.streams

bench-detection: $(STAMP)  ## the detector against simple rules on generated series
	$(BIN)/python -m benchmarks.detection

soak: $(STAMP)  ## the long tests: a million mentions, every kill point, a hundred thousand inputs a parser
	$(BIN)/python -m benchmarks.soak
	VIGIE_SOAK_SEEDS=10 $(BIN)/python -m pytest tests/streams/test_demo.py --timeout 7200
	VIGIE_SOAK_INPUTS=100000 VIGIE_SOAK_KILLS=10 $(BIN)/python -m pytest tests/connectors tests/contracts/test_connectors.py tests/streams/test_up_killed.py --timeout 7200

boards-preview: $(STAMP)  ## each board's queries drawn as pictures
	$(BIN)/python -m dashboards.preview

lock: $(STAMP)  ## resolve the dependencies anew into requirements.lock
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra embedded --extra onnx --group dev --output-file requirements.lock pyproject.toml requirements.build.in

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
