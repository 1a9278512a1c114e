# make run: everything, live. make test: the tests. make help: the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough, unless PYTHON names one.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
# The stamps carry the lock's checksum: a changed lock installs anew, an unchanged one needs no network.
RUN_READY := $(VENV)/ready-run-$(shell cksum < requirements.txt | tr ' ' '-')
TEST_READY := $(VENV)/ready-test-$(shell cat requirements.txt requirements-dev.txt | cksum | tr ' ' '-')
# Without compiling all bytecode ahead: that takes longer than the rest, and most is never imported.
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-compile
# So bytecode is written at the first import. Where the environment forbids it, each of the product's
# processes, and each command, would compile all its packages anew: 4 s in place of 1.5 s.
unexport PYTHONDONTWRITEBYTECODE

# Tests that watch the running product by the clock (marked stack) run alone, one after another.
# All others share the cores. One part may have no test (pytest's 5), not both. $(1): which tests, with "and".
TOGETHER := --numprocesses auto --maxprocesses 4 --dist load
define pytest
together=0; $(BIN)/python -m pytest $(TOGETHER) -m "$(1) not stack" $(ARGS) || together=$$?; \
alone=0; $(BIN)/python -m pytest -m "$(1) stack" $(ARGS) || alone=$$?; \
case "$$together $$alone" in "0 0" | "0 5" | "5 0") ;; *) \
echo "Tests failed, or none was found (exit codes of the two parts: $$together, $$alone)."; exit 1 ;; esac
endef

.PHONY: help run setup test test-services fuzz lint audit format data llm lock bench pictures chaos soak clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

run: $(RUN_READY) ## set up and start the live plant (Ctrl-C ends it)
	@exec $(BIN)/python manage.py up

setup: $(RUN_READY) ## make .venv

test: $(TEST_READY) ## set up and run all tests (ARGS="-k name" for some)
	@$(call pytest,)

test-services: $(TEST_READY) ## the data-path tests on the PostgreSQL and Redis of DATABASE_URL and REDIS_URL
	@test -n "$$DATABASE_URL" && test -n "$$REDIS_URL" || { \
	echo "Set DATABASE_URL and REDIS_URL to a PostgreSQL and a Redis, e.g."; \
	echo "  make test-services DATABASE_URL=postgresql://postgres@127.0.0.1/postgres REDIS_URL=redis://127.0.0.1:6379/0"; exit 2; }
	@export DATABASE_URL REDIS_URL; $(call pytest,datapath and)

fuzz: $(TEST_READY) ## thousands of good and bad requests (REQUESTS=6000 SEED=1)
	TEPLIVE_FUZZ_REQUESTS=$(or $(REQUESTS),6000) TEPLIVE_FUZZ_SEED=$(or $(SEED),1) $(BIN)/python -m pytest -s \
	--show-capture=no tests/teplive/test_fuzz.py tests/teplive/fuzz_stack.py tests/monitoring/test_ingest_fuzz.py $(ARGS)

lint: $(TEST_READY) ## style, types, arrows between the packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

audit: $(TEST_READY) ## known vulnerabilities of every package of the lock files (needs the network)
	@log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	$(BIN)/pip-audit --strict --progress-spinner off --no-deps --disable-pip \
	-r requirements.txt -r requirements-data.txt -r requirements-llm.txt -r requirements-dev.txt >"$$log" 2>&1 && status=0 || status=$$?; \
	grep -v 'hashes' "$$log" | tail -40; \
	if grep -qE 'could not be audited|ConnectionError|ServiceError|ProxyError|Timeout' "$$log"; then \
	echo "Not audited: the vulnerability database (pypi.org) did not answer for every package. This says nothing about them."; exit 3; fi; \
	exit $$status

format: $(TEST_READY) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

data: $(RUN_READY) ## install what Parquet files, DataFrames and plots need (optional)
	$(PIP) -r requirements-data.txt

llm: $(RUN_READY) ## install the SDKs of further language models: OpenAI-compatible servers, Gemini (optional)
	$(PIP) -r requirements-llm.txt

messages: $(RUN_READY) ## extract the texts for translators (LANGUAGE=de) to locale/; needs gettext
	@command -v xgettext >/dev/null || { echo "gettext is missing: install it (on Debian: apt install gettext)."; exit 1; }
	@mkdir -p locale
	$(BIN)/python manage.py makemessages --locale $(or $(LANGUAGE),en) --no-location --ignore '.venv*' --ignore 'var/*' --ignore 'tests/*'
	$(BIN)/python manage.py makemessages --domain djangojs --locale $(or $(LANGUAGE),en) --no-location \
	--ignore '.venv*' --ignore 'var/*' --ignore 'tests/*' --ignore 'static/vendor/*'

lock: $(TEST_READY) ## write the lock files from requirements*.in
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links requirements.in -o requirements.txt
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links requirements-data.in -o requirements-data.txt
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links requirements-llm.in -o requirements-llm.txt
	$(BIN)/pip-compile -q --strip-extras --no-emit-index-url --no-emit-find-links --allow-unsafe requirements-dev.in -o requirements-dev.txt

bench: $(TEST_READY) ## the benchmarks behind the figures in docs/
	$(BIN)/python benchmarks/integrator.py
	$(BIN)/python benchmarks/detector.py
	$(BIN)/python benchmarks/data_path.py
	$(BIN)/python benchmarks/slow_llm.py
	$(BIN)/python benchmarks/trends_data.py
	$(BIN)/python benchmarks/trends_page.py
	$(BIN)/python benchmarks/first_fault.py

pictures: $(TEST_READY) ## run the demonstration and take the pictures of docs/images (needs Chromium)
	$(BIN)/python benchmarks/pictures.py $(ARGS)

chaos: $(TEST_READY) ## kill processes at random for 5 min and hold the data against the truth (ARGS="--seconds 60 --kills 12")
	$(BIN)/python -m tests.chaos $(ARGS)

soak: $(TEST_READY) ## 20 min of 5 plants at 0.2 s: memory, growth, latency (ARGS="--minutes 3")
	$(BIN)/python benchmarks/soak.py $(ARGS)

clean: ## remove .venv and caches (not var/, which holds the data)
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "TEP Live needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3.12 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: install it (on Debian: apt install python3-venv)."; rm -rf $(VENV); exit 1; }

$(RUN_READY): | $(BIN)/python
	@echo "Installing what the product needs into $(VENV) (about half a minute) ..."
	@$(PIP) -r requirements.txt
	@rm -f $(VENV)/ready-run-* && touch $@

$(TEST_READY): | $(RUN_READY)
	@echo "Installing what the tests need into $(VENV) ..."
	@$(PIP) -r requirements-dev.txt
	@rm -f $(VENV)/ready-test-* && touch $@
