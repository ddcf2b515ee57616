#!/usr/bin/env bash
# The C++ tests under the address, undefined behaviour and thread sanitizers, and the
# Python tests on a module that was built with the first two.
#
#   scripts/sanitize.sh [pytest arguments]
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
jobs=$(nproc)

# Outside, so that `ctest` and pytest's own children agree.
export UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS=detect_stack_use_after_return=1

for preset in asan tsan; do
    bindings=OFF
    [ "$preset" = asan ] && bindings=ON
    cmake --preset "$preset" \
        -DPYESI_BINDINGS="$bindings" -DPython_EXECUTABLE="$PWD/.venv/bin/python"
    cmake --build --preset "$preset" --parallel "$jobs"
    ctest --preset "$preset" --parallel "$jobs"
done

# The package as an installation would lay it out, with the module of the asan preset.
site=build/asan/site
rm -rf "$site"
mkdir -p "$site"
cp -R src/pyesi "$site/"
cmake --install build/asan --prefix "$site" >/dev/null

# Python leaks on purpose at exit, so leaks are left to C++'s tests. libstdc++ must be
# there before the sanitizer looks for what throws, or the first exception ends the run.
preload="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libstdc++.so.6)"
PYTHONPATH=$site \
PYTHONMALLOC=malloc \
LD_PRELOAD=$preload \
ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 \
    python -m pytest --installed -m 'not packaging and not unsanitized and not long' -n "$jobs" -o timeout=600 tests "$@"
