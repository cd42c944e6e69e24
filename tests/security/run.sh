#!/usr/bin/env bash
# Authentication and ACLs against a real node with real clients: kcat, kafkajs, confluent-kafka, HTTP, the command line. See security.py. Clients that
# cannot be fetched are skipped, with a line that says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
build=${BUILD:-build}; case $build in /*) ;; *) build=$root/$build ;; esac
clients=$build/conformance-kafka-clients
if [ ! -d "$clients/node_modules/kafkajs" ] && command -v npm > /dev/null; then
  mkdir -p "$clients" && cp tests/conformance/kafka/package.json "$clients/"
  (cd "$clients" && timeout 300 npm install --ignore-scripts --no-audit --no-fund > npm.log 2>&1) || echo "security: npm cannot fetch kafkajs, its cases are skipped (see $clients/npm.log)"
fi
python=$build/conformance-python
if [ ! -d "$python/confluent_kafka" ]; then
  timeout 300 python3 -m pip install --quiet --target "$python" confluent-kafka > "$build/pip.log" 2>&1 || echo "security: pip cannot fetch confluent-kafka, its cases are skipped (see $build/pip.log)"
fi
KAFKA_CLIENTS=$clients PYTHONPATH=$python exec python3 tests/security/security.py --build "$build"
