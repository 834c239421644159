# Every target makes its own virtual environment: nothing needs to be set up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COUNT ?= 20000

.PHONY: discover test test-all fuzz lint bench clean

discover: $(STAMP)  ## evolve, distil, prove, compile, re-run: about five minutes on two cores
	$(BIN)/drift discover

test: $(STAMP)  ## the test suite, at most 12 minutes on two cores
	$(BIN)/pytest -n 2 --dist worksteal

test-all: $(STAMP)  ## the slow tests too
	$(BIN)/pytest -n 2 --dist worksteal -m ""

fuzz: $(STAMP)  ## random formulas against the prover, every verdict attacked: 20,000 take about half an hour on two cores
	$(BIN)/python tests/proof/fuzz.py --count $(COUNT)

lint: $(STAMP)  ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

bench: $(STAMP)  ## the measurements behind the README's figures
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[solvers,regressors,frameworks]'
	$(BIN)/python -m benchmarks

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .cache build dist
