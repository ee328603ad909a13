#!/usr/bin/env bash
# See to the programs that the tests drive and pip cannot bring: a browser and strace.
# Root on Debian gets them by apt-get. Elsewhere the tests that need them are skipped,
# and the command that installs them is printed; where CI is set that is a failure.
set -euo pipefail
here=$(dirname "$0")

may_install() {
    [ "$(id -u)" = 0 ] && grep -qs '^ID=debian' /etc/os-release
}

find_strace() {
    command -v strace && return
    if [ "$(uname)" != Linux ]; then
        echo "No strace: it exists on Linux only" >&2
    elif command -v apt-get >/dev/null; then
        echo "No strace found: sudo apt-get install strace" >&2
    else
        echo "No strace found: install it with your package manager" >&2
    fi
    return 1
}

ensure() { # FIND PACKAGE…: install the packages unless FIND succeeds
    local find=$1
    shift
    "$find" >/dev/null 2>&1 && return
    if may_install; then
        echo "Installing $*"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" >/dev/null
    fi
    "$find" >/dev/null && return
    echo "  The tests that need it are skipped." >&2
    missing=yes
}

missing=
ensure "$here/browser.sh" chromium libatomic1
ensure find_strace strace
[ -z "$missing" ] || [ -z "${CI:-}" ]
