.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help
help: ## print this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: install
install: .venv/installed ## .venv with the commands rollout-operator and intelligence-detector, locked with hashes

.venv/installed: pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make install PYTHON=python3.11")'
	@echo "installing into .venv (about a minute)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: lock
lock: ## lock the dependencies again, with hashes and without addresses
	$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	for set in operator detector; do build/uv/bin/uv pip compile $(LOCK) --extra $$set pyproject.toml -o requirements/$$set.txt; done
	build/uv/bin/uv pip compile $(LOCK) --extra operator --extra detector --extra dev pyproject.toml -o requirements/dev.txt
	build/uv/bin/uv pip compile $(LOCK) requirements/go.in -o requirements/go.txt

LOCK := --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 --universal
