#!/usr/bin/env bash
# All checks that run no code of ours: scripts/lint.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1

step() {
    echo "+ $*"
    "$@"
}

step "$python" -m ruff format --check .
step "$python" -m ruff check .
step "$python" -m mypy --strict
step "$(dirname "$python")/lint-imports"
