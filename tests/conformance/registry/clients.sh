#!/usr/bin/env bash
# Published clients of the schema registry against ours: @kafkajs/confluent-schema-registry (kafkajs.js), and the specs that
# @confluentinc/schemaregistry ships, with the address of its mock or of localhost:8081 replaced. Each spec gets a fresh registry.
# Then confluent-kafka-python against a node (confluent_python.py).
# Needs npm; without it, or without its packages, it says so and ends well; so for pip. Tests of what the registry does not offer are named in
# known_failures.txt with the reason. Environment: BUILD.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
build=$(cd "${BUILD:-build}" && pwd)
server=$build/tests/conformance/registry/registry_server
[ -x "$server" ] || { echo "no $server: build it first (make build-all)"; exit 1; }
command -v npm > /dev/null || { echo "skipped: there is no npm"; exit 0; }
work=$build/npm/registry
mkdir -p "$work"
cp "$here/package.json" "$here/kafkajs.js" "$work/"
if [ ! -f "$work/installed" ] || [ "$here/package.json" -nt "$work/installed" ]; then
  (cd "$work" && timeout 600 npm install --no-audit --no-fund --loglevel=error > npm.log 2>&1) && touch "$work/installed" ||
    { echo "skipped: npm cannot install the clients ($(tail -1 "$work/npm.log"))"; exit 0; }
fi
pid=
stop() { [ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2> /dev/null; pid=; }
trap stop EXIT
start() {
  stop
  exec 3< <(exec "$server" 0 2> "$work/server.log")
  pid=$!
  read -r -t 10 port <&3 || { echo "the server did not start:"; cat "$work/server.log"; exit 1; }
  url=http://127.0.0.1:$port
}
total_passed=0 total_failed=0
count() {   # the last line of a run: "N passed, N failed"
  local passed failed
  read -r passed _ failed _ < <(tail -1 "$1")
  total_passed=$((total_passed + ${passed:-0})) total_failed=$((total_failed + ${failed:-1}))
}

start
echo "-- @kafkajs/confluent-schema-registry"
(cd "$work" && timeout 120 node kafkajs.js "$url" 2>&1) | grep -v '^{"level"' | tee "$work/kafkajs.out"
count "$work/kafkajs.out"

for spec in e2e/schemaregistry-client test/serde/avro test/serde/json test/serde/protobuf; do
  start
  echo "-- @confluentinc/schemaregistry $spec"
  live=$work/live
  rm -rf "$live" && mkdir "$live"
  cp -r "$work/node_modules/@confluentinc/schemaregistry/dist" "$live/dist"
  grep -rlE "mock://|http://localhost:8081" "$live/dist/e2e" "$live/dist/test" --include='*.js' | xargs sed -i "s#'mock://'#'$url'#; s#http://localhost:8081#$url#g"
  echo "module.exports = { rootDir: __dirname, moduleNameMapper: { '^@confluentinc/schemaregistry/(.*)\$': '<rootDir>/dist/\$1' } };" > "$live/jest.config.js"
  (cd "$work" && timeout 300 npx jest -c live/jest.config.js -i --json --outputFile="$work/jest.json" "live/dist/$spec.spec.js" > jest.log 2>&1)
  python3 - "$work/jest.json" "$here/known_failures.txt" <<'PY' | tee "$work/spec.out"
import json, sys
known = {line.split(" # ")[0].strip() for line in open(sys.argv[2]) if line.strip() and not line.startswith("#")}
tests = [test for file in json.load(open(sys.argv[1]))["testResults"] for test in file["assertionResults"]]
failed = [test for test in tests if test["status"] == "failed"]
for test in failed:
    if test["fullName"] not in known:
        print(f"FAIL {test['fullName']}\n  {test['failureMessages'][0].splitlines()[0][:300]}")
for test in tests:
    if test["status"] == "passed" and test["fullName"] in known:
        print(f"passes now, take it off known_failures.txt: {test['fullName']}")
expected = [test for test in failed if test["fullName"] in known]
print(f"{len(expected)} known failures")
print(f"{len(tests) - len(failed)} passed, {len(failed) - len(expected)} failed")
PY
  count "$work/spec.out"
done
stop

# confluent-kafka-python, with its serializers, against a whole node. (The Java serializers are in Confluent's own package host only.)
echo "-- confluent-kafka-python"
venv=$build/pip/registry
if [ ! -x "$build/braid" ]; then
  echo "skipped: there is no $build/braid"
elif [ -f "$venv/installed" ] || { python3 -m venv "$venv" && timeout 300 "$venv/bin/pip" install -q 'confluent-kafka[avro,json,protobuf,schemaregistry]==2.16.1' && touch "$venv/installed"; } > "$work/pip.log" 2>&1; then
  timeout 180 "$venv/bin/python" "$here/confluent_python.py" --build "$build" > "$work/python.out" 2>&1 || true
  head -n -1 "$work/python.out"
  count "$work/python.out"
else
  echo "skipped: pip cannot install the client ($(tail -1 "$work/pip.log"))"
fi
echo "$total_passed passed, $total_failed failed"
[ "$total_failed" = 0 ]
