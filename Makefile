# Everything that a developer or an operator runs from a checkout; `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# What was compiled is kept: the suite starts a hundred processes, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
BIN := .venv/bin
# What pins, names and checks packages lives apart: it brings many of its own, which no developer and no test needs.
SUPPLY := .cache/supply
SBOM ?= dist/sbom.json
ARGS ?=

.PHONY: help run test lint types bench chaos browser pictures openapi access pathways calendars events connect kpi schemas fhir histories lock sbom audit clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.installed ## start the whole system here; ARGS="--port 8081 --data DIR ..." go to `marshrut up`
	@exec $(BIN)/python -c "$$FOREGROUND" $(BIN)/marshrut up $(ARGS)

test: .venv/.installed $(SUPPLY)/.installed ## the whole suite: style, types, import contracts, tests; ARGS go to pytest
	@tests/preflight.sh
	@$(MAKE) lint types
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.installed ## style, formatting and import contracts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: .venv/.installed ## mypy, strict
	$(BIN)/mypy

bench: .venv/.installed ## measure; the last line is JSON
	@$(BIN)/python -m bench $(ARGS)

chaos: .venv/.installed ## only the tests that kill real processes
	@tests/preflight.sh
	$(BIN)/pytest -m chaos $(ARGS)

browser: .venv/.installed ## only the tests of the pages, in a real browser; pictures of them go to .cache/screens
	@tests/preflight.sh
	$(BIN)/pytest tests/browser $(ARGS)

pictures: .venv/.installed ## take the README's pictures of the pages anew
	@tests/preflight.sh
	$(BIN)/python -m tests.browser.pictures $(ARGS)

openapi: .venv/.installed ## rewrite docs/openapi.json
	$(BIN)/python -m api.openapi

access: .venv/.installed ## rewrite docs/access.md from what the endpoints declare
	$(BIN)/python -m api.matrix

pathways: .venv/.installed ## rewrite docs/pathways.md and its pictures
	$(BIN)/python -m workflows.map

calendars: .venv/.installed ## rewrite the catalogue's calendars from the package holidays
	$(BIN)/python -m marshrut.catalogue.generate calendars

kpi: .venv/.installed ## rewrite docs/kpi.md from the definitions
	$(BIN)/python -m marshrut.domain.kpi_words

events: .venv/.installed ## rewrite docs/events.md and its schemas from the types of events
	$(BIN)/python -m marshrut.domain.outward.page

connect: .venv/.installed ## rewrite docs/connect.md from the ways to connect and their examples
	$(BIN)/python -m api.connect.page

fhir: .venv/.installed ## rewrite the table of FHIR R4 from the official definitions (needs node and npm)
	$(BIN)/python -m tests.adapters.fhir.generate

schemas: .venv/.installed ## rewrite the JSON Schemas of the catalogue's files
	$(BIN)/python -m marshrut.catalogue.generate schemas

histories: .venv/.installed ## record the replay histories anew
	$(BIN)/python -m tests.replay.record

# lock.txt is all that a developer needs, runtime.txt what a container runs, build.txt what makes the wheel; supply.txt
# is what these three are made and looked at with, uv among it.
COMPILE = $(SUPPLY)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: $(SUPPLY)/.installed ## pin every dependency anew; ARGS="--upgrade" takes the newest
	$(COMPILE) pyproject.toml --extra dev --group build -o requirements/lock.txt $(ARGS)
	$(COMPILE) pyproject.toml -c requirements/lock.txt -o requirements/runtime.txt
	$(COMPILE) --group build -c requirements/lock.txt -o requirements/build.txt
	$(COMPILE) --group supply -o requirements/supply.txt $(ARGS)

sbom: $(SUPPLY)/.installed ## write dist/sbom.json, the bill of materials (CycloneDX) of what a container runs
	@mkdir -p $(dir $(SBOM))
	$(SUPPLY)/bin/cyclonedx-py requirements requirements/runtime.txt --pyproject pyproject.toml \
		--mc-type application --output-reproducible --spec-version 1.6 --output-format JSON --output-file $(SBOM)

audit: $(SUPPLY)/.installed ## look for known weaknesses in what is pinned; asks the index's database of them
	@for lock in lock supply; do \
		$(SUPPLY)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements/$$lock.txt $(ARGS) || { \
			echo "Not clean, or nobody could be asked: it needs https access to the database of weaknesses" \
				"(docs/security.md, What we are made of)." >&2; exit 1; }; \
	done

clean: ## remove the virtual environment and every cache
	rm -rf .venv .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; name it: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv module is missing; Debian's package is python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements/lock.txt pyproject.toml | $(BIN)/pip
	@echo "Installing $$(grep -c == requirements/lock.txt) pinned packages into .venv: a minute or two, once."
	@$(BIN)/pip install --require-hashes -r requirements/lock.txt
	@$(BIN)/pip install --quiet --no-build-isolation --no-deps -e .
	@touch $@

$(SUPPLY)/.installed: requirements/supply.txt
	@$(PYTHON) -m venv $(SUPPLY)
	@$(SUPPLY)/bin/pip install --quiet --require-hashes -r requirements/supply.txt
	@touch $@

# make dies of the Ctrl-C that its child takes calmly. On a terminal the child is therefore given a process group and the
# terminal of its own, so that a clean stop ends in exit 0; Ctrl-Z, which nothing could take back, is ignored.
define FOREGROUND
import os, signal, subprocess, sys
if not os.isatty(0) or os.tcgetpgrp(0) != os.getpgrp():
    os.execv(sys.argv[1], sys.argv[1:])
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
signal.signal(signal.SIGTSTP, signal.SIG_IGN)
child = subprocess.Popen(sys.argv[1:], process_group=0)
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
os.tcsetpgrp(0, child.pid)
code = child.wait()
os.tcsetpgrp(0, os.getpgrp())
sys.exit(code)
endef
export FOREGROUND
