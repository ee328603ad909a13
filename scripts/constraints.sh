#!/usr/bin/env bash
# Resolve all extras to their newest versions that fit together: scripts/constraints.sh >constraints.txt
# Run it with the oldest Python we promise, then `make test` with every one of them.
set -euo pipefail
cd "$(dirname "$0")/.."
report=$(mktemp)
trap 'rm -f "$report"' EXIT

"${PYTHON:-.venv/bin/python}" -m pip install --quiet --dry-run --ignore-installed \
    --report "$report" '.[all,dev]'
"${PYTHON:-.venv/bin/python}" - "$report" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    packages = [item["metadata"] for item in json.load(file)["install"]]
print("# The versions that were tested together; made by scripts/constraints.sh.")
for package in sorted(packages, key=lambda package: package["name"].lower()):
    if package["name"] != "neural-aquarium":
        print(f"{package['name']}=={package['version']}")
PYTHON
