#!/usr/bin/env bash
# Apache Kafka's own command-line tools (4.1.2, from Maven Central) against the Kafka port, as an administrator would use them. Needs Java 17 and Maven;
# without them the suite is skipped with a message. The cases of passing.txt must pass. ONLY=pattern runs some; KAFKA_LIB names a folder that has the jars.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${BUILD:-build}; case $build in /*) ;; *) build=$root/$build ;; esac
command -v java > /dev/null || { echo "kafka-tools: java is not installed, the suite is skipped"; exit 0; }
lib=${KAFKA_LIB:-$build/conformance-kafka-tools/lib}
if ! ls "$lib"/kafka-tools-*.jar > /dev/null 2>&1; then
  command -v mvn > /dev/null || { echo "kafka-tools: mvn is not installed, the suite is skipped"; exit 0; }
  mkdir -p "$lib"
  timeout 600 mvn -q -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$lib" > "$lib.log" 2>&1 || { echo "kafka-tools: Maven cannot fetch the tools, the suite is skipped (see $lib.log)"; exit 0; }
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/braid_kafka_tools.XXXXXX")
broker_pid=
finish() { [ -n "$broker_pid" ] && kill "$broker_pid" 2>/dev/null && wait "$broker_pid" 2>/dev/null; rm -rf "$work"; }
trap finish EXIT
nice ninja -C "$build" kafka_broker > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }
"$build/tests/conformance/kafka/kafka_broker" "$work/data" port="${PORT:-0}" partitions=1 > "$work/broker.out" 2> "$work/broker.log" &
broker_pid=$!
for _ in $(seq 100); do grep -q listening "$work/broker.out" && break; sleep 0.1; done
address=$(sed -n 's/^listening //p' "$work/broker.out")
[ -n "$address" ] || { echo "kafka-tools: the broker did not start"; cat "$work/broker.log"; exit 1; }

tool() {   # CLASS ARGUMENT...: one run of one of Kafka's tools
  local class=$1; shift
  timeout 60 java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -Dorg.apache.logging.log4j.level=OFF -cp "$lib/*" "$class" "$@" 2> "$work/stderr"
  local status=$?
  grep -v "^SLF4J\|StatusLogger\|^$" "$work/stderr" >&2
  return $status
}
tools=org.apache.kafka.tools
topics() { tool $tools.TopicCommand --bootstrap-server "$address" "$@"; }
configs() { tool kafka.admin.ConfigCommand --bootstrap-server "$address" "$@"; }
groups() { tool $tools.consumer.group.ConsumerGroupCommand --bootstrap-server "$address" "$@"; }
offsets() { tool $tools.GetOffsetShell --bootstrap-server "$address" "$@"; }
expect() {   # PATTERN TEXT: there is such a line
  grep -qE -- "$1" <<< "$2" || { echo "no line matches '$1' in: $(head -c 600 <<< "$2" | tr '\n' '|')"; return 1; }
}
never() { if grep -qE -- "$1" <<< "$2"; then echo "a line matches '$1': $(head -c 600 <<< "$2" | tr '\n' '|')"; return 1; fi; }
. "$here/tools.sh"

results=$work/results
: > "$results"
for name in $(declare -F | sed -n 's/^declare -f case_//p'); do
  case $name in *${ONLY:-}*) ;; *) continue ;; esac
  if why=$("case_$name" 2>&1); then echo "pass $name" | tee -a "$results"; else echo "fail $name: $(tail -1 <<< "$why" | head -c 700)" | tee -a "$results"; fi
done
status=0
while read -r name; do
  [ -z "$name" ] || grep -qxF "pass $name" "$results" && continue
  if grep -qF "fail $name:" "$results"; then echo "kafka-tools: '$name' passed before and fails now"; status=1; fi
done < "$here/passing.txt"
echo "$(grep -c '^pass ' "$results") passed, $(grep -c '^fail ' "$results") failed"
exit $status
