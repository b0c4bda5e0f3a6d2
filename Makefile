# Everything that a user or a CI machine calls. Each target sets up what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TOOLS := .tools
UV := $(shell command -v uv 2>/dev/null || echo $(CURDIR)/$(TOOLS)/bin/uv)
PYTHON := .venv/bin/python
INPUT ?=
OPTIONS ?=
FOLDERS ?=

.PHONY: help setup demo ui test test-all lint bench mutants docs clean pango

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(CURDIR)/$(TOOLS)/bin/uv:
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: apt-get install -y python3"; exit 1; }
	@python3 -m venv $(TOOLS) || { rm -rf $(TOOLS); echo "python3-venv is missing: apt-get install -y python3-venv"; exit 1; }
	@$(TOOLS)/bin/pip install --quiet uv

.venv/.ready: $(UV) pyproject.toml uv.lock
	$(UV) sync --frozen --compile-bytecode --quiet
	@touch $@

pango: # WeasyPrint needs Pango
	@scripts/pango.sh

setup: .venv/.ready pango ## make .venv with the locked dependencies

demo: setup ## run the main job on generated pictures, or on INPUT=/any/folder
	@$(PYTHON) -m selection_assets.command demo $(if $(INPUT),--input "$(INPUT)") $(OPTIONS)

ui: setup ## open the demo's runs in the Dagster UI
	@DAGSTER_HOME=$${DAGSTER_HOME:-$(CURDIR)/demo/home} .venv/bin/winnow ui

lint: setup ## style, types, import boundaries
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/hadolint Dockerfile
	.venv/bin/shellcheck docker/entrypoint.sh scripts/pango.sh .ci/run

test: setup lint ## what CI runs
	.venv/bin/pytest -m "not slow" -n auto --dist worksteal

test-all: setup lint ## every test, the slow ones too
	.venv/bin/pytest -n auto --dist worksteal

bench: setup ## the figures of the documentation, side by side with their peers
	$(UV) sync --frozen --compile-bytecode --quiet --group bench
	$(PYTHON) -m benchmarks

mutants: setup ## faults that no test finds, a sample: FOLDERS="resources configs" OPTIONS="--sample 25 --seed 0"
	$(UV) sync --frozen --compile-bytecode --quiet --group mutants
	@$(PYTHON) scripts/mutants.py $(FOLDERS) $(OPTIONS)

docs: setup ## rewrite the option table in the README
	$(PYTHON) scripts/option_table.py

clean: ## remove what the other targets made
	rm -rf .venv $(TOOLS) demo
