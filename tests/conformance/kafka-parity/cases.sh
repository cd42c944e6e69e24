#!/usr/bin/env bash
# A second opinion: Apache Kafka (KRaft, one node, jars from Maven Central) beside our broker, the same scripted requests to both, every answer compared
# field by field; what differs on purpose is in differences.txt with a reason each. Then the contract tests of the event log, their Kafka adapter
# against that Kafka. CASES=NAME runs one case. Where Java 17 or Maven is not there, or Maven has no network, the suite is skipped and says so.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${BUILD:-build}; case $build in /*) ;; *) build=$root/$build ;; esac
. "$here/apache_kafka.sh"
apache_kafka_jars "$build" || exit 0
work=$(mktemp -d "${TMPDIR:-/tmp}/braid_parity.XXXXXX")
pids=()
finish() { [ ${#pids[@]} -gt 0 ] && kill "${pids[@]}" 2> /dev/null && wait "${pids[@]}" 2> /dev/null; rm -rf "$work"; }
trap finish EXIT
nice ninja -C "$build" kafka_broker kafka_parity test_contract > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }
programs=$build/tests/conformance

"$programs/kafka/kafka_broker" "$work/ours" port=0 partitions=1 clamp=0 check_ms=500 > "$work/ours.out" 2> "$work/ours.log" &
pids+=($!)
for _ in $(seq 200); do grep -q listening "$work/ours.out" && break; sleep 0.1; done
ours=$(sed -n 's/^listening //p' "$work/ours.out")
[ -n "$ours" ] || { echo "kafka-parity: our broker did not start"; cat "$work/ours.log"; exit 1; }
apache_kafka_start "$work/theirs" || { echo "kafka-parity: Apache Kafka did not start"; tail -5 "$work/theirs/server.log"; exit 1; }
pids+=("$apache_kafka_pid")

status=0
timeout 900 "$programs/kafka-parity/kafka_parity" "$ours" "$apache_kafka_address" "$here/differences.txt" ${CASES:+"$CASES"} || status=1
if [ -z "${CASES:-}" ]; then
  if BRAID_CONTRACT_KAFKA=$apache_kafka_address timeout 600 "$build/tests/contract/test_contract" > "$work/contract.log" 2>&1; then
    echo "pass contract tests of the event log against Apache Kafka: $(grep -c '^\[       OK' "$work/contract.log") tests"
  else
    echo "fail contract tests of the event log against Apache Kafka"; grep -A6 'Failure$\|^\[  FAILED' "$work/contract.log" | head -40; status=1
  fi
fi
exit $status
