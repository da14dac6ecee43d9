# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export SITE_URL ?= http://localhost:$(PORT)
# A Mac calls its newer Python python3.11 or so, and keeps python3 for an old one of its own.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && exit; done; echo python3)
# Two files of tests at a time; numerical libraries would otherwise take both cores for each.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --requirement

.DEFAULT_GOAL := help
.PHONY: help demo install test lint format clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /	/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Readerstudy needs Python 3.11 or newer; here is $$($(PYTHON) --version 2>&1). Install one, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/product: requirements.txt | $(BIN)/python
	@echo "Installing what Readerstudy needs into $(VENV); the first time this takes some minutes."
	@$(PIP) requirements.txt
	@touch $@

$(VENV)/development: requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "Installing what the tests need into $(VENV); the first time this takes some minutes."
	@$(PIP) requirements-dev.txt
	@touch $(VENV)/product $@

.env: | $(BIN)/python
	@umask 077; $(BIN)/python -c 'import secrets; print("DEBUG=true\nSECRET_KEY=" + secrets.token_urlsafe(50))' > $@

install: $(VENV)/product .env  ## create .venv and .env, migrate the database
	@$(BIN)/python manage.py migrate --verbosity 0

demo: install  ## build the demonstration study and serve it (DATASET=folder: with real radiographs; PORT=8000)
	@$(BIN)/python -c 'import socket; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int("$(PORT)")))' 2>/dev/null \
		|| { echo "Port $(PORT) is taken or not allowed; choose another: make demo PORT=8001"; exit 1; }
	@$(BIN)/python manage.py demo $(if $(DATASET),--dataset "$(DATASET)")
	@echo "Serving at $(SITE_URL)/ - Ctrl-C stops it." && $(BIN)/python manage.py runserver --noreload $(PORT)

test: $(VENV)/development .env  ## run all tests: SQLite and eager tasks, then PostgreSQL with a worker over Redis
	$(PYTEST)
	TEST_SHAPE=distributed $(PYTEST)

lint: $(VENV)/development .env  ## ruff, mypy, import arrows, templates, migrations, deployment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint --quiet templates
	$(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=false ALLOWED_HOSTS=study.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/development  ## let ruff and djlint lay out the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates || true  # it answers 1 when it had something to do

clean:  ## remove the virtual environment and everything that can be rebuilt; no data
	rm -rf $(VENV) staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
