# One command for each verb; CI calls `make ci` and nothing else. `make help` lists them.
SHELL := /bin/bash
BUILD ?= build
JOBS ?= $(shell nproc)
SHARED ?= ../shared
DATA ?= data
.DEFAULT_GOAL := help

help: ## this list
	@echo "Braid: a data mesh in one binary"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: build ## install what is missing, build, start one node with the demo mesh
	@$(BUILD)/braid demo --data $(DATA)

setup:
	@tools/setup.sh build
setup-test:
	@tools/setup.sh test

$(BUILD)/build.ninja: | setup
	@cmake -S . -B $(BUILD) -G Ninja > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }; rm -f $(BUILD).log

# The first build takes minutes, so it shows where it is; later ones say nothing unless something is wrong.
build: setup $(BUILD)/build.ninja ## the program: build/braid
	@[ -x $(BUILD)/braid ] || echo "building: a few minutes the first time"
	@ninja -C $(BUILD) -j $(JOBS) $(if $(wildcard $(BUILD)/braid),--quiet) braid

build-all: setup-test
	@cmake -S . -B $(BUILD) -G Ninja > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }; rm -f $(BUILD).log
	@ninja -C $(BUILD) -j $(JOBS) --quiet

unit: build-all ## the unit tests alone
	@ctest --test-dir $(BUILD) --output-on-failure --timeout 300 -j $(JOBS) $(if $(ONLY),-R $(ONLY)) || \
	 { echo "== what failed is tried once more; what passes now is a test to be mended"; \
	   ctest --test-dir $(BUILD) --output-on-failure --timeout 300 --rerun-failed; }

test: unit ## build and run all tests
	@tests/run.sh --build $(BUILD) --shared $(SHARED)

e2e: build-all ## the portal in a browser, with pictures in build/portal-pictures; ONLY=home for one part
	@BUILD=$(BUILD) SHARED=$(SHARED) ONLY=$(ONLY) tests/portal/run.sh

conformance: build-all ## SUITE=ksql|registry|kafka|kafka-tools|kafka-parity|kafka-java|librdkafka|all [CASES=DIR]: cases that others wrote
	@tests/conformance/run.sh --build $(BUILD) --shared $(SHARED) --suite "$(SUITE)" --cases "$(CASES)"

lint: ## the folder graph, banned calls, docs that name what is not there
	@python3 tools/check_layers.py
	@python3 tools/lint.py

ci: lint test ## what CI runs
	@$(MAKE) --no-print-directory conformance SUITE=all

bench: ## measure; results are printed and go to docs/BENCHMARKS.md by hand
	@tools/setup.sh bench
	@cmake -S . -B build-bench -G Ninja -DBRAID_BENCH=ON -DBRAID_TESTS=OFF > /dev/null
	@ninja -C build-bench -j $(JOBS) --quiet
	@bench/run.sh build-bench

fuzz: ## SECONDS_EACH=60 [ONLY=name]: the fuzz targets under libFuzzer (clang-19)
	@CC=clang-19 CXX=clang++-19 cmake -S . -B build-fuzz -G Ninja -DBRAID_FUZZ=ON -DBRAID_SANITIZE=ON -DCMAKE_CXX_FLAGS=-fsanitize=fuzzer-no-link > /dev/null
	@ninja -C build-fuzz -j $(JOBS) --quiet
	@for target in build-fuzz/tests/fuzz/fuzz_$(or $(ONLY),*); do [ -x $$target ] || exit 1; name=$${target##*/fuzz_}; mkdir -p build-fuzz/corpus/$$name; echo $$name; \
	  $$target -max_total_time=$(or $(SECONDS_EACH),60) -print_final_stats=1 build-fuzz/corpus/$$name $$(ls -d tests/fuzz/corpus/$$name 2>/dev/null) || exit 1; done

package: build ## a Debian package under build/
	@packaging/build_deb.sh $(BUILD)

clean: ## remove what was built (not the data)
	@rm -rf $(BUILD) build-bench build-fuzz

.PHONY: help demo setup setup-test build build-all unit test e2e conformance lint ci bench fuzz package clean
