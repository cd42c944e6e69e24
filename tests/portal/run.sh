#!/usr/bin/env bash
# The portal in Debian's Chromium against the real binary. Reads BUILD and SHARED; ONLY=home runs one spec file; PICTURES=0 leaves the pictures out;
# PORTAL=dist tests web/dist in front of the binary.
# Each spec is a file NAME.spec.mjs; pictures of the pages go to BUILD/portal-pictures/.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(realpath "${BUILD:-$root/build}")
if [ ! -x "$build/braid" ]; then echo "tests/portal: $build/braid is not built" >&2; echo "0 passed, 1 failed"; exit 1; fi
command -v chromium > /dev/null || "$root/tools/setup.sh" test || { echo "0 passed, 1 failed"; exit 1; }
if [ ! -d "$here/node_modules/playwright-core" ]; then (cd "$here" && npm ci --no-audit --no-fund --silent) || { echo "tests/portal: npm ci failed in tests/portal" >&2; echo "0 passed, 1 failed"; exit 1; }; fi
exec node "$here/main.mjs" "$build"
