#!/usr/bin/env bash
# The calls behind the portal's editor and operations pages, against a real node: previews that end with their client, groups of real consumers,
# the portal's frame, acting as somebody without headers. See operations.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 tests/operations/operations.py --build "${BUILD:-build}"
