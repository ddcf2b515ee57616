# Each target is one line of what CI does. `make demo` and `make test` need git, make
# and Python 3.11; on Debian what else they need is installed (root or sudo).

PYTHON ?= python3
JOBS ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)
EXTRAS := demo,simulator,prometheus,store

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
REQUIREMENTS_OF := $(BIN)/python scripts/print_requirements.py
SOURCES := CMakeLists.txt pyproject.toml $(shell find cmake src -not -name '*.pyc' -not -name __pycache__)

# Compiled objects are found again from one clone to the next.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
unexport PYTHONPATH

.PHONY: demo test test-cpp test-python test-wheel lint bench bench-instructions bench-check bench-baseline wheel \
    simulate-days shared-limits sanitize clean packages test-packages bench-packages wheel-packages

demo: .venv/package
	$(BIN)/pyesi demo

test: test-cpp test-python

# What fails beside a busy neighbour is tried once more, alone; so in Python.
test-cpp: test-packages
	cmake --preset dev
	cmake --build --preset dev
	ctest --preset dev --parallel $(JOBS) || ctest --preset dev --rerun-failed

test-python: .venv/test
	$(BIN)/pytest --installed -m 'not packaging and not long' -n $(JOBS) tests || \
	$(BIN)/pytest --installed -m 'not packaging and not long' --last-failed --last-failed-no-failures none tests

# Two minutes: four processes over five windows of 20 s.
shared-limits: .venv/test
	$(BIN)/pytest --installed -m long tests/integration/test_shared_limits.py

lint: .venv/lint test-packages
	scripts/lint.sh
	scripts/tidy.sh $(JOBS)

sanitize: .venv/test test-packages
	scripts/sanitize.sh

# The laws of the scheduler over whole simulated days: see tests/cpp/scheduler/day.
# DAYS=1 DOWNTIMES=0 LEDGER_DAYS=0 LEDGER_DOWNTIMES=0 APART=0 SEED=17 repeats one.
DAYS ?= 1000
DOWNTIMES ?= 10000
LEDGER_DAYS ?= 20
LEDGER_DOWNTIMES ?= 200
APART ?= 10
SEED ?= 0
simulate-days: packages
	cmake --preset release -B build/simulate-days -DPYESI_BENCHMARKS=OFF
	cmake --build build/simulate-days --target simulate_days
	build/simulate-days/tests/cpp/simulate_days days $(DAYS) $(SEED)
	build/simulate-days/tests/cpp/simulate_days downtimes $(DOWNTIMES) $(SEED)
	build/simulate-days/tests/cpp/simulate_days ledger-days $(LEDGER_DAYS) $(SEED)
	build/simulate-days/tests/cpp/simulate_days ledger-downtimes $(LEDGER_DOWNTIMES) $(SEED)
	build/simulate-days/tests/cpp/simulate_days apart $(APART) $(SEED)

bench: .venv/package bench-packages
	benchmarks/run

bench-instructions: .venv/package bench-packages
	benchmarks/run_instructions

# Held to benchmarks/baseline/; KINDS=instructions leaves the ratios out.
KINDS ?=
bench-check: .venv/package bench-packages
	benchmarks/check $(KINDS)

bench-baseline: .venv/package bench-packages
	benchmarks/check --renew $(KINDS)

wheel: .venv/wheel
	scripts/build_wheel.sh

test-wheel: wheel wheel-packages .venv/test
	$(BIN)/pytest --installed -m packaging tests/packaging

clean:
	rm -rf build dist .venv

packages:
	@scripts/install_debian_packages.sh build

test-packages:
	@scripts/install_debian_packages.sh build test

bench-packages:
	@scripts/install_debian_packages.sh build bench

wheel-packages:
	@scripts/install_debian_packages.sh build wheel

# The environment, and what is installed in it; each file is a stamp.

.venv/environment: | packages
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("pyesi needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv
	$(PIP) install -q 'pybind11>=3.0'
	@touch $@

# Built as a user would build it. Only, pybind11 is at a place that stays from one build
# to the next, so that what includes it is not compiled again each time.
.venv/package: .venv/environment $(SOURCES) | packages
	CMAKE_GENERATOR=Ninja CMAKE_CXX_COMPILER_LAUNCHER=ccache \
	$(PIP) install -q '.[$(EXTRAS)]' \
	    --config-settings=cmake.define.CMAKE_COMPILE_WARNING_AS_ERROR=ON \
	    --config-settings=cmake.define.pybind11_DIR=$$($(BIN)/python -m pybind11 --cmakedir)
	@touch $@

.venv/test .venv/lint .venv/wheel: .venv/%: .venv/package pyproject.toml
	$(REQUIREMENTS_OF) $* | $(PIP) install -q -r /dev/stdin
	@touch $@

# mypy reads the types of what the tests and the simulator import.
.venv/lint: .venv/test
