#!/usr/bin/env bash
# Formats, types, rules of style and workflows, each by the tool that pyproject.toml
# pins; and that nothing is kept that was built. Changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

cpp_files() {
    git ls-files --cached --others --exclude-standard '*.h' '*.cpp'
}

built=$(git ls-files '*.so' '*.o' '*.a' '*.pyc' '*.whl')
if [ -n "$built" ]; then
    echo "What is built is not kept: git rm --cached $built" >&2
    exit 1
fi

cpp_files | xargs -r clang-format --dry-run -Werror
ruff check --quiet .
ruff format --quiet --check .
mypy
check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
zizmor --offline --quiet .github/workflows
