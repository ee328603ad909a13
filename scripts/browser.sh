#!/usr/bin/env bash
# Print the path of the browser that the browser tests drive; CHROMIUM names one of your own.
set -euo pipefail

stop() {
    echo "$1" >&2
    exit 1
}

find_browser() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if [ -n "$name" ] && command -v "$name"; then
            return
        fi
    done
    # Ubuntu's package of that name only leads to the snap.
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        install="sudo snap install chromium"
    elif command -v apt-get >/dev/null; then
        install="sudo apt-get install chromium"
    elif [ "$(uname)" = Darwin ]; then
        install="brew install --cask google-chrome"
    else
        install="install Chromium or Google Chrome"
    fi
    stop "No browser found: $install (or set CHROMIUM to the path of one)"
}

# Playwright, which drives it, brings all it needs but this one library.
if libraries=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null) &&
    ! grep -q 'libatomic\.so\.1' <<<"$libraries"; then
    stop "Playwright needs libatomic.so.1: sudo apt-get install libatomic1"
fi
find_browser
