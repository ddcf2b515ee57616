#!/usr/bin/env bash
# Builds the sdist, a wheel from that sdist, and repairs the wheel, so that it brings
# the libraries of this machine that it needs. The result is in wheelhouse/.
#
# This is a wheel for this machine and those like it; release wheels come from
# cibuildwheel (.github/workflows/wheels.yml), whose C libraries are static.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

rm -rf dist wheelhouse
CMAKE_GENERATOR=Ninja CMAKE_CXX_COMPILER_LAUNCHER=ccache python -m build --outdir dist .
auditwheel repair --wheel-dir wheelhouse dist/*.whl
ls -lh wheelhouse
