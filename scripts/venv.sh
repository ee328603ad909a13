#!/usr/bin/env bash
# Make the virtual environment, or bring it up to date: scripts/venv.sh DIRECTORY EXTRAS
# Returns at once when nothing has changed that decides what is in it.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
extras=$2
python=$venv/bin/python

stop() {
    printf '%s\n' "$@" >&2
    exit 1
}

install_hint() { # PACKAGE…: how to install them on this machine
    if command -v apt-get >/dev/null; then
        echo "  sudo apt-get install $*"
    else
        echo "  Install it with your package manager, or from https://www.python.org/downloads/"
    fi
}

find_python() { # print a Python that is new enough and can make virtual environments
    local candidate without_venv=
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
        : "${without_venv:=$candidate}"
    done
    if [ -n "$without_venv" ]; then
        stop "$without_venv cannot make virtual environments: $without_venv-venv is missing." \
            "$(install_hint "$without_venv-venv")"
    elif command -v python3 >/dev/null; then
        stop "Python 3.11 or newer is needed; this machine has $(python3 --version 2>&1)." \
            "$(install_hint python3.11 python3.11-venv)"
    fi
    stop "Python 3.11 or newer is needed." "$(install_hint python3 python3-venv)"
}

# Scripts in an environment know its path: one that was moved with the repository is made again.
place=$venv/.made-for
if ! "$python" -m pip --version >/dev/null 2>&1 ||
    { [ -e "$place" ] && [ "$(cat "$place")" != "$PWD" ]; }; then
    base=$(find_python)
    echo "Making $venv with $("$base" --version)"
    "$base" -m venv --clear "$venv"
fi
echo "$PWD" >"$place"

stamp=$venv/.installed-$extras
wanted=$(cat setup.cfg pyproject.toml constraints.txt | cksum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "Installing neural-aquarium[$extras] into $venv (the first time takes a minute or two)"
    "$python" -m pip install --quiet --disable-pip-version-check \
        --constraint constraints.txt --editable ".[$extras]"
    echo "$wanted" >"$stamp"
fi
