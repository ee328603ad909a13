#!/usr/bin/env bash
# Print the path of the browser that the browser tests drive; CHROMIUM names one of your own.
set -euo pipefail

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if [ -n "$name" ] && command -v "$name"; then
        exit 0
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
echo "No browser found: $install (or set CHROMIUM to the path of one)" >&2
exit 1
