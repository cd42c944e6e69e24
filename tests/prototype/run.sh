#!/usr/bin/env bash
# A client written for the course's prototype, against a node of ours: its REST calls with strict decoders, its STOMP socket. See client.mjs.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 tests/prototype/prototype.py --build "${BUILD:-build}"
