#!/bin/sh
# Installs the Debian packages in packages.txt that are missing, where this may be done; else says what is left out.
cd "$(dirname "$0")" || exit 1
missing=$(while read -r name; do dpkg -s "$name" >/dev/null 2>&1 || echo "$name"; done < packages.txt)
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq -o DPkg::Lock::Timeout=400 >/dev/null
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=400 $missing >/dev/null
else
    echo "not installed, so tests that need them are left out:" $missing >&2
fi
