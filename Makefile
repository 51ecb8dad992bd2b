# Two commands do all: `make run` opens the playground, `make test` sets up and checks everything.
# PYTHON names the interpreter for a new environment (3.11 or newer), VENV the folder it lies in.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
CHROMIUM_FOUND := $(VENV)/.chromium
# Modules, so that a benchmark may import the project; a name with a leading _ is a helper's.
BENCHMARKS := $(sort $(patsubst benchmarks/%.py,benchmarks.%,$(wildcard benchmarks/[a-z]*.py)))
# The tools for JavaScript: TypeScript as a checker of types, Biome as formatter and linter.
NODE := $(BIN)/node
NODE_TOOLS := $(VENV)/.node
BIOME := $(NODE) node_modules/.bin/biome
IMAGE ?= neural-playground
# The engine: docker, or podman where there is no docker.
DOCKER ?= $(firstword $(shell for e in docker podman; do command -v $$e; done) docker)

SUDO := $(if $(filter 0,$(shell id -u)),,sudo -n)

.DEFAULT_GOAL := help
.PHONY: help run dev test test-deploy lint format types pytest nodetest bench image clean

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(VENV)/.run ## start the playground
	MALLOC_ARENA_MAX=1 $(BIN)/python -m streamlit run app.py

dev: $(VENV)/.run ## start it and reload when a file changes
	$(BIN)/python -m streamlit run app.py --server.fileWatcherType=auto --server.runOnSave=true

test: lint types nodetest pytest ## set up all that is missing, then run every check

lint: $(VENV)/.dev $(NODE_TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIOME) check --error-on-warnings

types: $(VENV)/.dev $(NODE_TOOLS)
	$(BIN)/mypy .
	$(NODE) node_modules/.bin/tsc

# The modules of the browser half that need no page.
nodetest: $(VENV)/.dev
	$(NODE) --test 'tests/js/*.js'

# What needs no browser runs on all cores; two browsers with their servers fill two by themselves.
pytest: $(VENV)/.dev $(CHROMIUM_FOUND)
	$(BIN)/python -m pytest --ignore=tests/browser --ignore=tests/deploy --numprocesses=auto --dist=loadfile $(PYTEST_ARGS)
	$(BIN)/python -m pytest tests/browser --numprocesses=2 --dist=worksteal $(PYTEST_ARGS)

# Two processes of the app behind haproxy, with the configuration that deploy/ has; much of it waits,
# so two such rooms at once take half the time.
test-deploy: $(VENV)/.dev $(CHROMIUM_FOUND) ## drive a browser through the proxy, and kill what is behind it
	@PATH="$$PATH:/usr/sbin:/usr/local/sbin"; for program in haproxy openssl; do \
	  command -v $$program >/dev/null || { $(SUDO) apt-get update && \
	    $(SUDO) apt-get install -y --no-install-recommends $$program; } </dev/null; done
	$(BIN)/python -m pytest tests/deploy --numprocesses=2 --dist=worksteal $(PYTEST_ARGS)

format: $(VENV)/.dev $(NODE_TOOLS) ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIOME) check --write

bench: $(VENV)/.dev $(CHROMIUM_FOUND) ## print the benchmark tables
	@set -e; for name in $(BENCHMARKS); do $(BIN)/python -m $$name; done

image: ## build the container image
	$(DOCKER) build -t $(IMAGE) .

clean: ## remove the environment and every cache
	rm -rf $(VENV) node_modules build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each stamp is newer than the file that it installed; a changed pin installs again.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'error: $(PYTHON) is missing or older than 3.11; set PYTHON=...' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo '$(PYTHON) has no venv: trying apt-get' >&2; \
	  $(SUDO) apt-get update && $(SUDO) apt-get install -y python3-venv && \
	  $(PYTHON) -m venv $(VENV); } </dev/null || { rm -rf $(VENV); \
	  echo 'error: $(PYTHON) -m venv fails; on Debian and Ubuntu: apt-get install python3-venv' >&2; \
	  exit 1; }

$(VENV)/.run: requirements.txt | $(BIN)/python
	$(PIP) install --quiet -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(BIN)/python
	$(PIP) install --quiet -r requirements-dev.txt
	@touch $@ $(VENV)/.run

# npm looks for the node that came with it.
$(NODE_TOOLS): $(VENV)/.dev package.json package-lock.json .npmrc
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/npm ci --silent
	@touch $@

# The browser tests find Chromium by the same rule: tests/browser/chromium.py.
$(CHROMIUM_FOUND): $(VENV)/.dev tests/browser/chromium.py
	$(BIN)/python tests/browser/chromium.py --install
	@touch $@
