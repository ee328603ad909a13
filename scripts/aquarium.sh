#!/usr/bin/env bash
# Set up, train the demo runs if there is nothing to show yet, and start Aquarium:
# scripts/aquarium.sh VENV BASE_DIR PORT
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1/bin/python
base_dir=$2
port=$3

scripts/venv.sh "$1" dashboard,analysis
if [ "$base_dir" = neural_experiments ] && ! compgen -G "$base_dir/*/metadata.json" >/dev/null; then
    echo "No runs in $base_dir yet: training the demo (examples/digits.py, under a minute)"
    "$python" examples/digits.py --base-dir "$base_dir"
fi
exec "$python" -m neural.tracking.aquarium_app --base-dir "$base_dir" --port "$port"
