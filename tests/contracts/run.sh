#!/usr/bin/env bash
# Topics with a contract, by Kafka (kcat), HTTP, file, statement and command line; and a node that uses another node's registry. See contracts.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 tests/contracts/contracts.py --build "${BUILD:-build}"
