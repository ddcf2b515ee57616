# Sourced by `run` and `run_instructions`, from the repository's root: what they need
# before they can measure.

bench_venv=build/bench-venv
bench_programs=build/bench/benchmarks/cpp

export CCACHE_BASEDIR="$PWD"
export CCACHE_NOHASHDIR=1
export CMAKE_BUILD_PARALLEL_LEVEL="${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}"

# An environment with the peers and with pyesi as a user would install it.
make_environment() {
    if [ ! -x "$bench_venv/bin/python" ]; then
        "${PYTHON:-python3}" -m venv "$bench_venv"
    fi
    local pip="$bench_venv/bin/python -m pip --disable-pip-version-check"
    local stamp="$bench_venv/installed"
    if [ "$stamp" -nt benchmarks/requirements.txt ] && ! anything_newer "$stamp"; then
        return
    fi
    $pip install -q -r benchmarks/requirements.txt
    CMAKE_GENERATOR=Ninja CMAKE_CXX_COMPILER_LAUNCHER=ccache $pip install -q .
    touch "$stamp"
}

anything_newer() {
    [ -n "$(find pyproject.toml CMakeLists.txt cmake src -name __pycache__ -prune \
        -o -type f -newer "$1" -print -quit)" ]
}

# The programs of C++, with the flags of a wheel.
build_programs() {
    cmake --preset release -B build/bench -DPYESI_TESTS=OFF >build/bench.log &&
        cmake --build build/bench >>build/bench.log || {
        cat build/bench.log
        return 1
    }
}
