#!/usr/bin/env bash
# Java's clients against the Kafka port: kafka-clients by a small program (Clients.java), then Kafka's own programs: the verifiable producer and
# consumer, the transactional message copier with aborts, the performance tools in small, and the command-line tools that administrators use.
# The cases of passing.txt must pass; others are only counted. Skipped, with a message, where Java 17, Maven or its network are missing.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${BUILD:-build}; case $build in /*) ;; *) build=$root/$build ;; esac
. "$here/../kafka-parity/apache_kafka.sh"
apache_kafka_jars "$build" || exit 0
work=$(mktemp -d "${TMPDIR:-/tmp}/braid_java.XXXXXX")
broker_pid=
finish() { [ -n "$broker_pid" ] && kill "$broker_pid" 2> /dev/null && wait "$broker_pid" 2> /dev/null; rm -rf "$work"; }
trap finish EXIT
nice ninja -C "$build" kafka_broker > "$work/build.log" 2>&1 || { tail -20 "$work/build.log"; exit 1; }
"$build/tests/conformance/kafka/kafka_broker" "$work/data" port=0 partitions=4 > "$work/out" 2> "$work/log" &
broker_pid=$!
for _ in $(seq 200); do grep -q listening "$work/out" && break; sleep 0.1; done
address=$(sed -n 's/^listening //p' "$work/out")
[ -n "$address" ] || { echo "kafka-java: the broker did not start"; cat "$work/log"; exit 1; }
results=$work/results
: > "$results"
note() { echo "$1" | tee -a "$results"; }
has() { grep "$@" > /dev/null; }   # reads to the end, as grep -q does not: who writes into it must not be cut off
tool() { timeout 180 java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$apache_kafka_lib/*" "$@" 2>> "$work/tools.log"; }
try() {   # NAME COMMAND...: passes by its status; its last words are the reason
  local name=$1 why; shift
  if why=$("$@" 2>&1); then note "pass tools/$name"; else note "fail tools/$name: $(tail -1 <<< "$why" | cut -c1-200)"; fi
}

timeout 600 java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$apache_kafka_lib/*" "$here/Clients.java" "$address" 2> "$work/clients.log" | tee -a "$results"

t=org.apache.kafka.tools
topics() { tool $t.TopicCommand --bootstrap-server "$address" "$@"; }
topics_tool() {
  topics --create --topic tools --partitions 3 --config retention.ms=100000 > /dev/null || return 1
  topics --describe --topic tools | tee "$work/describe" | has 'PartitionCount: 3' || { cat "$work/describe"; return 1; }
  topics --alter --topic tools --partitions 5 && topics --list | has -x tools && topics --delete --topic tools && ! topics --list | has -x tools
}
configs_tool() {
  topics --create --topic configured > /dev/null || return 1
  tool kafka.admin.ConfigCommand --bootstrap-server "$address" --entity-type topics --entity-name configured --alter --add-config retention.ms=777 || return 1
  tool kafka.admin.ConfigCommand --bootstrap-server "$address" --entity-type topics --entity-name configured --describe | has retention.ms=777
}
verifiable() {   # what the producer was told is written, and the consumer gets it
  topics --create --topic verifiable --partitions 2 > /dev/null || return 1
  tool $t.VerifiableProducer --bootstrap-server "$address" --topic verifiable --max-messages 5000 --throughput 5000 --acks -1 > "$work/produced" || return 1
  [ "$(grep -c producer_send_success "$work/produced")" = 5000 ] || { echo "$(grep -c producer_send_success "$work/produced") of 5000 acknowledged"; return 1; }
  tool $t.VerifiableConsumer --bootstrap-server "$address" --topic verifiable --group-id verifiable --max-messages 5000 --enable-autocommit --verbose --reset-policy earliest > "$work/consumed" || return 1
  [ "$(grep -c '"record_data"' "$work/consumed")" = 5000 ] || { echo "$(grep -c '"record_data"' "$work/consumed") of 5000 consumed"; return 1; }
}
copier() {   # exactly once, with aborts at random
  topics --create --topic copy-out > /dev/null && topics --create --topic copy-in --partitions 1 > /dev/null || return 1
  tool $t.VerifiableProducer --bootstrap-server "$address" --topic copy-in --max-messages 2000 --throughput -1 --acks -1 > /dev/null || return 1
  tool $t.TransactionalMessageCopier --broker-list "$address" --input-topic copy-in --input-partition 0 --output-topic copy-out --max-messages 2000 --consumer-group copier --transaction-size 100 \
    --transactional-id copier --enable-random-aborts > "$work/copied" || { tail -3 "$work/tools.log"; return 1; }
  local n
  n=$(tool $t.consumer.ConsoleConsumer --bootstrap-server "$address" --topic copy-out --from-beginning --isolation-level read_committed --timeout-ms 15000 | sort -n | uniq | wc -l)
  [ "$n" = 2000 ] || { echo "$n different values of 2000"; return 1; }
  n=$(tool $t.consumer.ConsoleConsumer --bootstrap-server "$address" --topic copy-out --from-beginning --isolation-level read_committed --timeout-ms 15000 | wc -l)
  [ "$n" = 2000 ] || { echo "$n values, 2000 are due"; return 1; }
}
groups_tool() {
  tool $t.consumer.group.ConsumerGroupCommand --bootstrap-server "$address" --list | has -x verifiable || return 1
  tool $t.consumer.group.ConsumerGroupCommand --bootstrap-server "$address" --describe --group verifiable > "$work/group" || return 1
  [ "$(awk '$2 == "verifiable" {n += $4} END {print n}' "$work/group")" = 5000 ] || { cat "$work/group"; return 1; }
  tool $t.consumer.group.ConsumerGroupCommand --bootstrap-server "$address" --group verifiable --topic verifiable --reset-offsets --to-earliest --execute > /dev/null &&
    tool $t.consumer.group.ConsumerGroupCommand --bootstrap-server "$address" --delete --group verifiable > /dev/null
}
offsets_tool() { [ "$(tool $t.GetOffsetShell --bootstrap-server "$address" --topic verifiable | awk -F: '{n += $3} END {print n}')" = 5000 ]; }
delete_records_tool() {
  echo '{"partitions": [{"topic": "verifiable", "partition": 0, "offset": 7}], "version": 1}' > "$work/delete.json"
  tool $t.DeleteRecordsCommand --bootstrap-server "$address" --offset-json-file "$work/delete.json" | has 'low_watermark: 7'
}
versions_tool() { tool $t.BrokerApiVersionsCommand --bootstrap-server "$address" | has 'Produce(0)'; }
log_dirs_tool() { tool $t.LogDirsCommand --bootstrap-server "$address" --describe --topic-list verifiable | has '"partition":"verifiable-0"'; }
performance() {
  topics --create --topic performance --partitions 2 > /dev/null || return 1
  tool $t.ProducerPerformance --topic performance --num-records 20000 --record-size 100 --throughput -1 --producer-props bootstrap.servers="$address" acks=all | has '^20000 records sent' || return 1
  tool $t.ConsumerPerformance --bootstrap-server "$address" --topic performance --messages 20000 --timeout 60000 | has ', 20000,\|20000, '
}
features_tool() {
  tool $t.FeatureCommand --bootstrap-server "$address" describe | has 'Feature: transaction.version.*SupportedMinVersion: 0.*SupportedMaxVersion: 2.*FinalizedVersionLevel: 2' || return 1
  ! tool $t.FeatureCommand --bootstrap-server "$address" downgrade --feature transaction.version=1 > "$work/features" 2>&1 || return 1
  has 'stays there' < <(cat "$work/features" "$work/tools.log")
}
transactions_tool() { tool $t.TransactionsCommand --bootstrap-server "$address" list | has copier; }
killed() (   # a broker of its own, killed again and again on one port
  trap 'kill -9 $pid 2> /dev/null' EXIT
  port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
  again() { "$build/tests/conformance/kafka/kafka_broker" "$work/killed" port="$port" partitions=2 >> "$work/killed.out" 2>> "$work/killed.log" & pid=$!; }
  again
  for i in $(seq 100); do grep -q listening "$work/killed.out" && break; sleep 0.1; done
  timeout 150 java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$apache_kafka_lib/*" "$here/Killed.java" "127.0.0.1:$port" 25 > "$work/killed.java" 2>> "$work/tools.log" & client=$!
  for i in $(seq 10); do sleep 2; kill -9 $pid; wait $pid 2> /dev/null; again; done
  wait $client; i=$?
  tail -1 "$work/killed.java"
  exit $i
)
try "kill -9 while transactions of version 2 run" killed
try "topics: create, describe, alter, list, delete" topics_tool
try "configs: alter and describe" configs_tool
try "verifiable producer and consumer" verifiable
try "transactional message copier with aborts" copier
try "consumer groups: list, describe, reset, delete" groups_tool
try "offsets" offsets_tool
try "delete records" delete_records_tool
try "api versions" versions_tool
try "log dirs" log_dirs_tool
try "producer and consumer performance" performance
try "features: describe, and no downgrade" features_tool
try "transactions: list" transactions_tool

passed=$(grep -c '^pass ' "$results"); failed=$(grep -c '^fail ' "$results")
status=0
while read -r name; do
  [ -z "$name" ] || [ "${name:0:1}" = "#" ] && continue
  grep -qxF "pass $name" "$results" && continue
  echo "kafka-java: '$name' passed before and does not now"; status=1
done < "$here/passing.txt"
echo "$passed passed, $failed failed"
exit $status
