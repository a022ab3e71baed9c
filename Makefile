# One door: every task of the project. `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run test lint types format bench crash-test conformance docs certificates samples lock changelog clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test,dev]'
	@touch $@

setup: $(STAMP) ## make .venv and install everything

run: $(STAMP) ## start both services, send the samples through them, leave the server running
	$(BIN)/entente demo

test: $(STAMP) ## all tests, on SQLite and a real PostgreSQL
	$(BIN)/pytest $(ARGS)

lint: $(STAMP) ## style, imports between floors, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format: $(STAMP) ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

crash-test: $(STAMP) ## kill servers under traffic, ROUNDS times in total (1000)
	$(BIN)/python -m bench.kill --rounds $(or $(ROUNDS),1000) $(ARGS)

bench: $(STAMP) ## measure, each figure against a floor of the same run
	$(BIN)/python -m bench $(ARGS)

docs: $(STAMP) ## make the generated pages of docs/ again
	$(BIN)/python -m ihe_profiles.errors_page docs/errors.md
	$(BIN)/python -m ihe_profiles.atna.events_page docs/audit-events.md
	$(BIN)/python -m conformance.catalogue_page docs/conformance.md
	$(BIN)/python -m entente.settings_page docs/settings.md

conformance: $(STAMP) ## judge our own server by the conformance bench (DB=postgres for PostgreSQL)
	$(BIN)/python -m bench.conformance --database $(or $(DB),sqlite)

certificates: $(STAMP) ## make a test PKI in var/certificates (or DIR=...) for mutual TLS
	$(BIN)/entente certificates $(or $(DIR),var/certificates)

samples: $(STAMP) ## make the sample documents again from their script
	$(BIN)/python -m samples.generate

lock: $(STAMP) ## resolve the pinned versions in constraints.txt again
	$(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --python-version 3.11 \
	  --all-extras --upgrade --output-file constraints.txt pyproject.toml

changelog: $(STAMP) ## collect the fragments of changelog.d for a release (VERSION=x.y.z)
	$(BIN)/towncrier build --yes --version $(VERSION)

clean: ## remove what was made (.venv, var, caches)
	rm -rf $(VENV) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
