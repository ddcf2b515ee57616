#!/usr/bin/env bash
# clang-tidy over every C++ file that changed since the last time, as .clang-tidy asks.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
mkdir -p build

cmake --preset tidy -DPython_EXECUTABLE="$PWD/.venv/bin/python" >build/tidy.log || {
    cat build/tidy.log
    exit 1
}
cmake --build --preset tidy --parallel "${1:-2}"
