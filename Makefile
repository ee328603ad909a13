# `make` alone explains the targets. Everything happens in a virtual environment of its own.

BASE_DIR ?= neural_experiments
PORT ?= 8053
VENV ?= .venv
FRAMEWORKS ?= torch==2.13.0 keras==3.15.1 pytorch-lightning==2.6.6 transformers==5.23.0 accelerate==1.15.0 xgboost==3.2.0
PLATFORMS ?= mlflow wandb tensorboard pyarrow
PYTEST_ARGS ?=
# For example: make bench BENCH_ARGS="--only logging --repeats 9"
BENCH_ARGS ?=
AUDIT_ARGS ?=

PYTHON_IN = $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help aquarium test test-frameworks test-platforms torture audit bench lint format clean

help: ## Show this list
	@awk -F ': ## ' '/^[a-z-]+: ## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

aquarium: ## Start Aquarium on the runs in BASE_DIR, at PORT; with no runs yet, train the demo first
	@scripts/aquarium.sh "$(VENV)" "$(BASE_DIR)" "$(PORT)"

test: ## Check formatting, lint, types and imports, then run the tests
	@scripts/venv.sh "$(VENV)" dev
	@scripts/tools.sh
	@scripts/lint.sh "$(PYTHON_IN)"
	$(PYTHON_IN) -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

test-frameworks: ## Run the tests that need the real FRAMEWORKS (torch, Keras, …)
	@scripts/venv.sh "$(VENV)" dev
	$(PYTHON_IN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt $(FRAMEWORKS)
	$(PYTHON_IN) -m pytest -m frameworks $(PYTEST_ARGS)

test-platforms: ## Run the tests that need the real PLATFORMS (MLflow, W&B, TensorBoard)
	@scripts/venv.sh "$(VENV)" dev
	$(PYTHON_IN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt $(PLATFORMS)
	$(PYTHON_IN) -m pytest -m platforms $(PYTEST_ARGS)

torture: ## Run the fault tests at full size; takes hours, or NEURAL_TORTURE_MINUTES
	@scripts/venv.sh "$(VENV)" dev
	@scripts/tools.sh
	$(PYTHON_IN) -m pytest -p tests.torture_table -m torture --timeout 0 $(PYTEST_ARGS)

audit: ## Look the locked packages up in the databases of known holes; needs a network
	@scripts/venv.sh "$(VENV)" dev
	@$(PYTHON_IN) -m venv "$(VENV)-audit"
	$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check --upgrade pip-audit
	$(VENV)-audit/bin/python -m pip_audit --requirement constraints.txt --no-deps --disable-pip --strict $(AUDIT_ARGS)

bench: ## Measure against other trackers and write benchmarks/RESULTS.md
	@scripts/venv.sh "$(VENV)-bench" dashboard
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt
	$(VENV)-bench/bin/python -m benchmarks $(BENCH_ARGS)

lint: ## Check formatting, lint, types and imports
	@scripts/venv.sh "$(VENV)" dev
	@scripts/lint.sh "$(PYTHON_IN)"

format: ## Rewrite the source in the project's format
	@scripts/venv.sh "$(VENV)" dev
	$(PYTHON_IN) -m ruff check --fix --exit-zero .
	$(PYTHON_IN) -m ruff format .

clean: ## Remove the virtual environment and all caches; runs are kept
	rm -rf "$(VENV)" "$(VENV)-bench" "$(VENV)-audit" build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
