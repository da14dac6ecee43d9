# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export SITE_URL ?= http://localhost:$(PORT)

.DEFAULT_GOAL := help
.PHONY: help demo install test lint format clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/product: requirements.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/development: requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@ $(VENV)/product

.env:
	@umask 077; $(PYTHON) -c 'import secrets; print("DEBUG=true\nSECRET_KEY=" + secrets.token_urlsafe(50))' > $@

install: $(VENV)/product .env  ## create .venv and .env, migrate the database
	@$(BIN)/python manage.py migrate --verbosity 0

demo: install  ## build the demonstration study and serve it (DATASET=folder: with real radiographs; PORT=8000)
	@$(BIN)/python -c 'import socket, sys; s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", $(PORT)))' 2>/dev/null \
		|| { echo "Port $(PORT) is taken; say PORT=8001 or so."; exit 1; }
	@$(BIN)/python manage.py demo $(if $(DATASET),--dataset "$(DATASET)")
	@echo "Serving at $(SITE_URL)/ - Ctrl-C stops it." && $(BIN)/python manage.py runserver --noreload $(PORT)

test: $(VENV)/development .env  ## run all tests: SQLite and eager tasks, then PostgreSQL with a worker over Redis
	$(BIN)/python -m pytest
	TEST_SHAPE=distributed $(BIN)/python -m pytest

lint: $(VENV)/development .env  ## ruff, mypy, import arrows, templates, migrations, deployment
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint templates
	$(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=false ALLOWED_HOSTS=study.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/development  ## let ruff and djlint lay out the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet templates || true

clean:  ## remove the virtual environment and everything that can be rebuilt; no data
	rm -rf $(VENV) staticfiles .mypy_cache .ruff_cache .pytest_cache
