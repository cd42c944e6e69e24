#!/usr/bin/env bash
# The walk of the data mesh course, by command line and again by HTTP, against a node that is killed in between. See walk.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 tests/walk/walk.py --build "${BUILD:-build}" "$@"
