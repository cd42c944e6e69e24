#!/usr/bin/env bash
# Real Kafka clients against the Kafka port: kcat, kafkajs, @platformatic/kafka, librdkafka: groups whose members come and go; under kill -9 a crash test and exactly-once processing. Needs a build of kafka_broker.
# BUILD names the build directory. The cases of passing.txt must pass; each other one is only counted.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${BUILD:-build}; case $build in /*) ;; *) build=$root/$build ;; esac
work=$(mktemp -d "${TMPDIR:-/tmp}/braid_kafka.XXXXXX")
broker_pid=
finish() { [ -n "$broker_pid" ] && kill "$broker_pid" 2>/dev/null && wait "$broker_pid" 2>/dev/null; rm -rf "$work"; }
trap finish EXIT
nice ninja -C "$build" kafka_broker kafka_crash kafka_exactly_once kafka_come_and_go > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }
programs=$build/tests/conformance/kafka

"$programs/kafka_broker" "$work/data" port=0 > "$work/broker.out" 2> "$work/broker.log" &
broker_pid=$!
for _ in $(seq 100); do grep -q listening "$work/broker.out" && break; sleep 0.1; done
address=$(sed -n 's/^listening //p' "$work/broker.out")
[ -n "$address" ] || { echo "kafka: the broker did not start"; cat "$work/broker.log"; exit 1; }

results=$work/results
: > "$results"
note() { echo "$1" | tee -a "$results"; }

if command -v kcat > /dev/null; then
  . "$here/kcat_cases.sh" >> /dev/null
  for name in $(kcat_cases); do
    if why=$("$name" "$address" 2>&1); then note "pass kcat/${name#kcat_}"; else note "fail kcat/${name#kcat_}: $(echo "$why" | tail -1)"; fi
  done
else
  echo "kafka: kcat is not installed, its cases are skipped"
fi

clients=$build/conformance-kafka-clients
if [ ! -d "$clients/node_modules/kafkajs" ]; then
  mkdir -p "$clients" && cp "$here/package.json" "$clients/"
  (cd "$clients" && timeout 300 npm install --ignore-scripts --no-audit --no-fund > npm.log 2>&1) || echo "kafka: npm cannot fetch the JavaScript clients, their cases are skipped (see $clients/npm.log)"
fi
if [ -d "$clients/node_modules/kafkajs" ]; then
  KAFKA_CLIENTS=$clients timeout 600 node "$here/clients.mjs" "$address" | tee -a "$results"
fi
for strategy in range cooperative-sticky; do
  if "$programs/kafka_come_and_go" "$address" $strategy > "$work/come_and_go.log" 2>&1; then note "pass groups/members come and go, $strategy"; else note "fail groups/members come and go, $strategy: $(tail -1 "$work/come_and_go.log")"; fi
done
"$programs/kafka_crash" "$programs/kafka_broker" "$work/crash" "${CRASH_ROUNDS:-5}" > "$work/crash.log" 2>&1 && note "pass crash/kill -9 while writing" || { note "fail crash/kill -9 while writing: $(tail -1 "$work/crash.log")"; }
"$programs/kafka_exactly_once" "$programs/kafka_broker" "$work/exactly_once" "${CRASH_ROUNDS:-5}" > "$work/exactly_once.log" 2>&1 && note "pass exactly-once/kill -9 while transactions run" || { note "fail exactly-once/kill -9 while transactions run: $(tail -1 "$work/exactly_once.log")"; }

passed=$(grep -c '^pass ' "$results"); failed=$(grep -c '^fail ' "$results")
status=0
while read -r name; do
  [ -z "$name" ] && continue
  grep -qxF "pass $name" "$results" && continue
  if grep -qF "fail $name" "$results"; then echo "kafka: '$name' passed before and fails now"; status=1; fi   # a case that did not run was skipped with a message above
done < "$here/passing.txt"
echo "$passed passed, $failed failed"
exit $status
