# What people type. `make help` prints this list.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
QUICK := tests/rules/identity tests/rules/money tests/rules/months/test_cases.py tests/steps tests/services/registration

.DEFAULT_GOAL := help
.PHONY: help run test soak trust check bench demo-real format packages dictionary mutants picture requirements screenshot

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(RUN): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(DEV): $(RUN) tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	touch $@

run: $(RUN) ## migrate, start web and worker in sandbox mode, print the address
	@$(BIN)/python app.py

packages: ## install the programs that tests use, when apt and root are at hand
	@sh tests/parts/packages.sh

test: $(DEV) packages ## every test, the soaks in their short form; the quick ones a year ahead too
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not soak"
	$(BIN)/python -m tests.parts.calendar +400d -- -n 2 --dist loadfile $(QUICK)

soak: $(DEV) packages ## long forms of tests, journey and desk on PostgreSQL, all tests on other days and in ten orders
	$(BIN)/python -m pytest -m soak
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not soak" --postgres tests/whole/test_walk.py tests/web/desk
	$(BIN)/python -m tests.parts.calendar -- -n 2 --dist loadfile -m "not soak"
	$(BIN)/python -m tests.parts.calendar now --times 10 -- -n 2 --dist loadfile -m "not soak"

trust: $(DEV) packages ## each requirement, the tests that prove it and whether they passed; 250,000 made-up requests
	FUZZ=$${FUZZ:-250000} $(BIN)/python -m pytest -n 2 --dist loadfile --trust

check: $(DEV) ## format, lint, types, import rules, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet templates

format: $(DEV) ## mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

demo-real: $(DEV) packages ## the journey over Kannel, SMPP, SMTP, signed bank calls and an HTTP core, told line by line
	@$(BIN)/python -m tests.parts.real_parts

dictionary: $(RUN) ## write the compression dictionary anew, after templates or words have changed
	$(BIN)/python -m bpu.cli.dictionary

bench: $(DEV) packages ## measurements, one JSON object a line
	@for one in bench/[a-z]*.py; do case $$one in */__init__.py|*/ourform.py|*/relay.py|*/chromium.py) ;; *) $(BIN)/python -m bench.$$(basename $$one .py) || exit 1 ;; esac; done

mutants: $(DEV) packages ## change rules, money, codes and desk a little, one change at a time, and see what no test notices
	$(BIN)/python -m tests.parts.mutants

picture: $(DEV) ## draw docs/architecture.svg anew, after rooms or their imports have changed
	$(BIN)/python -m docs.architecture

screenshot: $(DEV) packages ## take docs/phone.png anew from the running app
	$(BIN)/python -m docs.screenshot

requirements: ## pin all dependencies anew, with hashes
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe -o requirements.txt pyproject.toml
	$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --allow-unsafe --extra dev -c requirements.txt -o tests/requirements.txt pyproject.toml
