# One command per task; each does its own set-up. The plain commands behind them are in the README.
.PHONY: run test check lock bench clean
.DEFAULT_GOAL := run

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXPORT := --quiet --format requirements-txt --no-header --no-emit-project
READY := $(VENV)/.ready
SPARK := $(VENV)/.spark

run: $(READY)
	$(BIN)/python -m streamlit run app.py

# On every core; what shares a server, a Spark session or a file's fixture stays on one worker (tests/conftest.py).
test: $(SPARK)
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist loadscope

check: $(SPARK)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m benchmarks.speed

# Locked versions with hashes; then the project itself, and its kernels compiled once.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 run" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m commet_core.warmup
	touch $(READY)

# Spark weighs half a gigabyte, and the dashboard does without.
$(SPARK): $(READY) requirements-spark.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-spark.lock
	touch $(SPARK)

lock:
	uv export $(EXPORT) --group dev --extra postgres -o requirements.lock
	uv export $(EXPORT) --only-group spark -o requirements-spark.lock

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
