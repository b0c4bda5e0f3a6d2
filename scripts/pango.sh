#!/bin/sh
# WeasyPrint draws the report with Pango, a system library. Install it where that is allowed; otherwise say how.
set -eu
packages="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
has_pango() { .venv/bin/python -c "import weasyprint.text.ffi as ffi; $1" >/dev/null 2>&1; }
if has_pango "assert ffi.harfbuzz_subset"; then exit 0; fi
command="apt-get install -y --no-install-recommends $packages"
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        echo "Installing Pango: $command"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive $command >/dev/null && exit 0
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        echo "Installing Pango: sudo $command"
        # shellcheck disable=SC2086 # words, on purpose
        sudo -n apt-get update -qq && sudo -n env DEBIAN_FRONTEND=noninteractive $command >/dev/null && exit 0
    fi
fi
if has_pango ""; then exit 0; fi # without harfbuzz-subset reports are set all the same, with larger fonts
echo "WeasyPrint needs Pango. Install it and run this again:  sudo $command" >&2
exit 1
