# SPDX-License-Identifier: MIT
# Every target sets up what it needs first (tools/bootstrap), so on a fresh machine `make demo` or `make test` is enough.
# Build products that can be shared by checkouts live in the cache, not here.
SHELL := /bin/bash
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kymograph
export CARGO_TARGET_DIR ?= $(CACHE)/target
# rustup's cargo and the system tools of Debian are not on everyone's PATH.
export PATH := $(PATH):$(HOME)/.cargo/bin:/usr/sbin:/sbin
# Extra arguments for the tool a target runs: make test ARGS='-k ring'
ARGS ?=

.PHONY: help demo test check bench guest-test fuzz soak wheel build format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## record the scheduler while `sleep 1` runs, and show it (root)
	@tools/bootstrap build
	@tools/demo

test: ## Rust and Python tests, also on the running kernel (root or sudo)
	@tools/bootstrap build test
	@tools/test $(ARGS)

check: ## style, types, lints, layers, file lengths
	@tools/bootstrap check
	@tools/check

bench: ## measure against LTTng, perf and babeltrace2
	@tools/bootstrap build test
	@[ -x tools/bench/run ] || { echo "there are no benchmarks in tools/bench yet" >&2; exit 1; }
	@tools/bench/run $(ARGS)

guest-test: wheel ## the tests that need a whole Debian kernel, in a QEMU guest (root)
	@tools/bootstrap guest
	@guest/build
	@tools/guest-test $(ARGS)

fuzz: ## property tests with many times the usual number of cases (FUZZ_CASES)
	@tools/bootstrap build test
	@tools/fuzz $(ARGS)

soak: ## trace under load for SOAK_MINUTES; nothing may grow, nothing may go uncounted (root)
	@tools/bootstrap build test
	@.venv/bin/python tools/soak.py

wheel: ## dist/kymograph-*.whl, which pip installs without any compiler
	@tools/bootstrap build
	@tools/wheel

build: ## .venv with the extension and the development tools
	@tools/bootstrap build

format: ## let ruff and rustfmt rewrite the sources
	@tools/bootstrap check
	.venv/bin/ruff check --fix-only --quiet
	.venv/bin/ruff format --quiet
	cargo fmt

clean: ## remove all that was built in this checkout (not the cache)
	rm -rf .venv dist target demo-trace .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f src/kymograph/_native*.so
	find src tests tools compat -name __pycache__ -prune -exec rm -rf {} +
