.DEFAULT_GOAL := help
PYTHON ?= python3
STORY ?= success
BIN := .venv/bin
RUN := $(BIN)/python -m
export PIP_DISABLE_PIP_VERSION_CHECK := 1
LOCK := --quiet --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 --universal
CODE := contract operator detector e2e tests
CORE := */rollout_operator/machine.py,*/rollout_operator/moves.py,*/rollout_operator/conditions.py,*/rollout_operator/observe.py,*/rollout_operator/signals.py,*/rollout_operator/ladder.py,*/rollout_operator/drift.py,*/rollout_operator/soak.py,*/rollout_operator/render.py,*/rollout_operator/crd.py,*/rollout_operator/memory.py,*/rollout_operator/questions.py,*/rollout_operator/reconcile.py,*/rollout_operator/durations.py,*/rollout_operator/gates/*,*/rollout_operator/model/*,*/rollout_contract/*

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

.PHONY: demo
demo: install ## watch a rollout: STORY=success|errors|accuracy|blind|restart|drift|unhealthy|all, JSON=file
	@$(RUN) e2e.stories demo --story $(STORY) $(if $(JSON),--json $(JSON)) $(if $(SVG),--svg $(SVG))

.PHONY: up
up: install ## the cluster, operator and detectors of the demo, to play with; stays until make down or Ctrl-C
	@$(RUN) e2e.stories up

.PHONY: down
down: install ## end what make up started
	@$(RUN) e2e.stories down

.PHONY: cluster
cluster: install ## build and fetch what the embedded cluster needs, into the cache (about 6 minutes, once)
	@$(RUN) e2e.cluster fetch

.PHONY: test
test: lint unit cover integration ## everything CI runs

.PHONY: lint
lint: install ## formatting, lint, types, layers
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache | tail -n 12

.PHONY: unit
unit: install ## tests without a cluster or other programs
	$(BIN)/pytest -q -n 2 --dist worksteal -m "not cluster and not process"

.PHONY: cover
cover: install ## the core is covered to the last branch, by its own tests
	$(BIN)/pytest -q -n 2 --dist worksteal tests/rollout_operator/core tests/rollout_contract --cov=contract/src --cov=operator/src --cov-branch --cov-report=
	@$(BIN)/coverage report --include='$(CORE)' --fail-under=100 --skip-covered

.PHONY: integration
integration: cluster ## tests of whole programs, and on a real control plane, Prometheus and Alertmanager
	$(BIN)/pytest -q -m "cluster or process"

.PHONY: bench-reaction
bench-reaction: install ## how fast a rollback is, over at least 20 bursts; JSON=file
	@$(RUN) e2e.bench.reaction --json $(or $(JSON),build/reaction.json)

.PHONY: model
model: install ## teach the detector its default model, into the cache
	@$(BIN)/intelligence-detector model

.PHONY: image
image: install ## build the detector's container image with docker, podman or buildah: BASE=image with python3, BUILDER=
	@$(RUN) e2e.images $(if $(BASE),--base '$(BASE)') $(if $(BUILDER),--builder '$(BUILDER)')

.PHONY: encoder
encoder: install ## fetch the reference sentence encoder for tests and benchmarks, into the cache
	@$(RUN) e2e.bench.detector.encoder

.PHONY: benchmark
benchmark: install ## the detector's figures: accuracy, latency, calibration, memory; JSON=file
	@$(RUN) e2e.bench.detector --json $(or $(JSON),build/benchmark.json) --plots build/benchmark

.PHONY: tune
tune: install ## choose the detector's widths and thresholds, on validation data only
	@$(RUN) e2e.bench.detector.tune

.PHONY: bench-hostile
bench-hostile: install ## what hostile input costs the detector; JSON=file
	@$(RUN) e2e.bench.hostile $(if $(JSON),--json $(JSON))

.PHONY: fuzz
fuzz: install ## fuzz what reads strangers' writing, 20 seconds a target
	@$(RUN) e2e.fuzz --seconds 20

.PHONY: lock
lock: ## lock the dependencies again, with hashes and without addresses
	$(PYTHON) -m venv build/uv && build/uv/bin/pip install --quiet uv
	build/uv/bin/uv pip compile $(LOCK) --extra operator pyproject.toml -o requirements/operator.txt
	build/uv/bin/uv pip compile $(LOCK) --extra detector --extra encoder pyproject.toml -o requirements/detector.txt
	build/uv/bin/uv pip compile $(LOCK) --extra operator --extra detector --extra encoder --extra plots --extra dev pyproject.toml -o requirements/dev.txt
	build/uv/bin/uv pip compile $(LOCK) requirements/go.in -o requirements/go.txt
	build/uv/bin/uv pip compile $(LOCK) requirements/build.in -c requirements/dev.txt -o requirements/build.txt
