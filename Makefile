# Everything a checkout can do. `make help` lists it.

VENV   := .venv
LOWEST := build/venv-lowest
BIN    := $(VENV)/bin
ARGS   ?=
DATABASES ?= sqlite postgresql mariadb
PLAIN  := not browser and not cluster

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-plain test-browsers test-databases test-lowest lint widget lint-widget cluster cluster-stop bench screenshots lock clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.made ## run the three demo sites (PORT=9000 moves them, DEMO_HOST=localhost swaps names)
	@exec $(BIN)/commentkit demo

test: $(VENV)/.made peers services ## run every test on SQLite, PostgreSQL and MariaDB; ARGS='-k name' goes to pytest
	@tools/ensure-chromium
	@$(BIN)/pytest $(DATABASES:%=--database=%) $(ARGS)

test-plain: $(VENV)/.made peers services ## run, on SQLite, the tests without browsers and clusters
	@$(BIN)/pytest -m "$(PLAIN)" $(ARGS)

test-browsers: $(VENV)/.made peers services ## run, on SQLite, the tests with browsers and clusters
	@tools/ensure-chromium
	@$(BIN)/pytest -m "not ($(PLAIN))" $(ARGS)

test-databases: $(VENV)/.made peers services ## run on PostgreSQL and MariaDB, both at once, the tests that keep something
	@tools/test-databases $(BIN)/pytest $(ARGS)

test-lowest: $(LOWEST)/.made peers services ## run the plain tests on the lowest versions we promise
	@$(LOWEST)/bin/pytest -m "$(PLAIN)" $(ARGS)

lint: $(VENV)/.made lint-widget ## check style and types, and that the built widget is fresh
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

widget: ## build the widget from its TypeScript
	@cd widget && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

lint-widget:
	@tools/check-widget

cluster: $(VENV)/.made ## run a whole deployment: nginx, two servers, PostgreSQL, a replica, Redis (PORT=9400 moves it)
	@tools/ensure-services
	@$(BIN)/python -m tools.cluster start

cluster-stop: $(VENV)/.made ## end that deployment; nothing of it is left
	@$(BIN)/python -m tools.cluster stop

bench: $(VENV)/.made ## measure all beside floors (ROWS=cold,viewer: a part; BENCH=large: 1,000,000 comments)
	@tools/ensure-services
	@tools/ensure-chromium
	@tools/ensure-wrk
	@$(BIN)/python -m bench

screenshots: $(VENV)/.made ## picture the states of the form over the real demo, into docs/images
	@tools/ensure-chromium
	@$(BIN)/python tools/screenshots.py

lock: ## write requirements/*.lock anew from pyproject.toml
	@tools/lock

clean: ## remove what was made here; the demo's data stays
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache widget/node_modules

.PHONY: services
services:
	@tools/ensure-services

# The tests' own Node programs. Without npm the tests that need them say so, and in CI fail.
.PHONY: peers
peers: tests/peers/node_modules/.made
tests/peers/node_modules/.made: tests/peers/package-lock.json
	@if command -v npm >/dev/null; then \
	  cd tests/peers && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.made; fi

# An environment is made once, and again when what it was made from has changed.
$(VENV)/.made: requirements/dev.lock pyproject.toml
	@tools/make-venv $(VENV) requirements/dev.lock

$(LOWEST)/.made: requirements/lowest.lock pyproject.toml
	@tools/make-venv $(LOWEST) requirements/lowest.lock
